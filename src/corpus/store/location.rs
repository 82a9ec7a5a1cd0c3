//! URLs of object stores, and of local files, as people write them beside paths.

use std::fmt;
use std::path::{Path, PathBuf};

use percent::decoded;

/// Whose store it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scheme {
    /// `s3://`: Amazon S3, or a server with its interface.
    S3,
    /// `gs://`: Google Cloud Storage.
    Gs,
    /// `az://`: Azure Blob Storage.
    Az,
}

impl Scheme {
    const ALL: [Self; 3] = [Self::S3, Self::Gs, Self::Az];

    /// As it stands before `://`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Gs => "gs",
            Self::Az => "az",
        }
    }
}

/// An object, or all whose keys have a prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// Whose store it is.
    pub scheme: Scheme,
    /// The bucket; in Azure, the container.
    pub bucket: String,
    /// The key of an object, or a prefix of keys. Nothing in it is decoded.
    pub key: String,
}

impl Location {
    /// The place that `path` names; `None` if it is no URL of an object store.
    ///
    /// # Errors
    ///
    /// What is wrong with the URL, in words.
    pub fn parse(path: &Path) -> Option<Result<Self, String>> {
        let text = path.as_os_str().to_str();
        let lossy = path.as_os_str().to_string_lossy();
        let (scheme, rest) = Scheme::ALL
            .into_iter()
            .find_map(|scheme| after(&lossy, scheme.as_str()).map(|rest| (scheme, rest)))?;
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        let name = scheme.as_str();
        Some(if text.is_none() {
            Err("it is not in UTF-8, and every key is".into())
        } else if bucket.is_empty() {
            Err(format!(
                "the name of a bucket is missing: write {name}://BUCKET/PREFIX/"
            ))
        } else {
            Ok(Self {
                scheme,
                bucket: bucket.into(),
                key: key.into(),
            })
        })
    }

    /// Whether it stands for all objects below it.
    pub fn is_prefix(&self) -> bool {
        self.key.is_empty() || self.key.ends_with('/')
    }

    /// The same place in another key.
    pub fn with_key(&self, key: &str) -> Self {
        Self {
            key: key.into(),
            ..self.clone()
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            scheme,
            bucket,
            key,
        } = self;
        write!(out, "{}://{bucket}/{key}", scheme.as_str())
    }
}

/// The path of a `file://` URL, in which `%20` is a space (RFC 8089); `None` if it is none.
///
/// # Errors
///
/// What is wrong with the URL, in words.
pub fn of_file_url(path: &Path) -> Option<Result<PathBuf, String>> {
    let text = path.as_os_str().to_str()?;
    let rest = after(text, "file")?;
    let (host, _) = rest.split_once('/').unwrap_or((rest, ""));
    if !host.is_empty() && !host.eq_ignore_ascii_case("localhost") {
        return Some(Err(format!(
            "files of another host, {host}, are not read: write file:///FOLDER/FILE"
        )));
    }
    let Some(path) = decoded(&rest[host.len()..]).filter(|path| !path.is_empty()) else {
        return Some(Err(
            "it has a % that is not followed by two hexadecimal digits, or no path: write \
             file:///FOLDER/FILE"
                .into(),
        ));
    };
    let is_drive =
        matches!(path.as_bytes(), [b'/', drive, b':', ..] if drive.is_ascii_alphabetic());
    let from = usize::from(cfg!(windows) && is_drive);
    Some(Ok(PathBuf::from(&path[from..])))
}

/// What follows `scheme://`.
fn after<'t>(text: &'t str, scheme: &str) -> Option<&'t str> {
    let (start, rest) = text.split_at_checked(scheme.len())?;
    let is_scheme = start.eq_ignore_ascii_case(scheme);
    rest.strip_prefix("://").filter(|_| is_scheme)
}

/// Octets written as `%` and two hexadecimal digits.
mod percent {
    pub fn decoded(text: &str) -> Option<String> {
        let mut octets = text.bytes();
        let mut out = Vec::with_capacity(text.len());
        while let Some(octet) = octets.next() {
            out.push(match octet {
                b'%' => digit(octets.next()?)? << 4 | digit(octets.next()?)?,
                octet => octet,
            });
        }
        String::from_utf8(out).ok()
    }

    fn digit(octet: u8) -> Option<u8> {
        let digit = char::from(octet).to_digit(16)?;
        u8::try_from(digit).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(text: &str) -> Option<Result<(Scheme, String, String), String>> {
        let parsed = Location::parse(Path::new(text))?;
        Some(parsed.map(|it| (it.scheme, it.bucket, it.key)))
    }

    #[test]
    fn a_url_names_a_bucket_and_a_key_as_it_stands() {
        for (text, scheme, bucket, key) in [
            ("s3://mail/in/", Scheme::S3, "mail", "in/"),
            ("S3://mail", Scheme::S3, "mail", ""),
            (
                "gs://mail/a%20b c?#.eml",
                Scheme::Gs,
                "mail",
                "a%20b c?#.eml",
            ),
            ("az://mail//a", Scheme::Az, "mail", "/a"),
        ] {
            let expected = (scheme, bucket.to_owned(), key.to_owned());
            assert_eq!(location(text), Some(Ok(expected)), "{text}");
        }
        for path in [
            "s3:/mail/a",
            "s3/mail",
            "./s3://mail",
            "s3",
            "http://mail/a",
        ] {
            assert_eq!(location(path), None, "{path}");
        }
        assert!(location("s3:///a").unwrap().unwrap_err().contains("bucket"));
    }

    #[test]
    fn a_file_url_is_a_path() {
        let path = |text: &str| of_file_url(Path::new(text));
        assert_eq!(path("/a/b"), None);
        for (text, expected) in [
            ("file:///a/b%20c.eml", "/a/b c.eml"),
            ("FILE://localhost/a", "/a"),
        ] {
            assert_eq!(path(text), Some(Ok(expected.into())), "{text}");
        }
        for wrong in ["file://host/a", "file:///%2", "file:///%zz", "file://"] {
            assert!(path(wrong).unwrap().is_err(), "{wrong}");
        }
    }
}
