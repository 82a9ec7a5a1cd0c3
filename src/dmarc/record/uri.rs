//! Where reports are to be sent: the URIs of `rua` and `ruf` (RFC 9989 §4.6 and §4.8).

use schemars::JsonSchema;
use serde::Serialize;

use crate::dns::Name;

/// One URI of `rua` or `ruf`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReportUri {
    /// The URI, without the size that RFC 7489 allowed after it.
    pub uri: String,
    /// That size, such as `10m`; RFC 9989 removed it.
    pub size: Option<String>,
    /// The host that would receive the reports; `None` if the URI has no host that could be in DNS.
    pub host: Option<Name>,
}

/// Why reports cannot be sent to a URI; `uri` is the text, without a size after it.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum UriFault {
    /// It is an email address: `mailto:` is missing.
    Address {
        /// The text.
        uri: String,
    },
    /// It does not have the form of a URI.
    NotAUri {
        /// The text.
        uri: String,
    },
    /// It contains a character that URIs cannot have.
    Sign {
        /// The text.
        uri: String,
        /// The first such character.
        sign: char,
    },
    /// It has no destination.
    NoPlace {
        /// The text.
        uri: String,
    },
}

impl ReportUri {
    /// Parses one URI.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, UriFault> {
        let (uri, size) = match text.rsplit_once('!') {
            Some((uri, size)) if is_size(size) => (uri, Some(size.to_owned())),
            _ => (text, None),
        };
        let owned = || uri.to_owned();
        let Some((scheme, rest)) = uri.split_once(':') else {
            return Err(match uri.contains('@') {
                true => UriFault::Address { uri: owned() },
                false => UriFault::NotAUri { uri: owned() },
            });
        };
        let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
        if !is_scheme || rest.contains(|char: char| char.is_ascii_whitespace() || char == '!') {
            return Err(UriFault::NotAUri { uri: owned() });
        }
        // RFC 3986 §2 does not allow these.
        if let Some(sign) = rest.chars().find(|char| "<>\"\\^`{|}".contains(*char)) {
            return Err(UriFault::Sign { uri: owned(), sign });
        }
        let host = host(scheme, rest);
        match host {
            "" => Err(UriFault::NoPlace { uri: owned() }),
            host => Ok(Self {
                uri: owned(),
                size,
                host: Name::parse(host).ok(),
            }),
        }
    }
}

/// The host in what follows the scheme; empty if there is none.
fn host<'u>(scheme: &str, rest: &'u str) -> &'u str {
    if scheme.eq_ignore_ascii_case("mailto") {
        let address = rest.split('?').next().unwrap_or_default();
        return match address.rsplit_once('@') {
            Some((local, domain)) if !local.is_empty() => domain,
            _ => "",
        };
    }
    let authority = rest.trim_start_matches('/').split(['/', '?', '#']).next();
    let host = authority.unwrap_or_default().rsplit('@').next();
    let host = host.unwrap_or_default();
    host.split(':').next().unwrap_or_default()
}

fn is_size(text: &str) -> bool {
    let digits = text.trim_end_matches(|char: char| "kmgtKMGT".contains(char));
    !digits.is_empty()
        && text.len() - digits.len() <= 1
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_of_rfc_7489_is_told_from_the_uri() {
        let uri = ReportUri::parse("mailto:a@example.com!10m").unwrap();
        assert_eq!(uri.uri, "mailto:a@example.com");
        assert_eq!(uri.size.as_deref(), Some("10m"));
        assert_eq!(uri.host, Name::parse("example.com").ok());
    }

    #[test]
    fn a_uri_names_a_place() {
        type Fault = fn(String) -> UriFault;
        let address: Fault = |uri| UriFault::Address { uri };
        let no_uri: Fault = |uri| UriFault::NotAUri { uri };
        let no_place: Fault = |uri| UriFault::NoPlace { uri };
        let sign: Fault = |uri| UriFault::Sign { uri, sign: '<' };
        for (text, fault) in [
            ("mailto:", no_place),
            ("mailto:@example.com", no_place),
            ("a@example.com", address),
            ("https:///", no_place),
            ("mailto:a b@example.com", no_uri),
            ("mailto:<a@example.com>", sign),
            ("", no_uri),
        ] {
            let expected = Err(fault(text.to_owned()));
            assert_eq!(ReportUri::parse(text), expected, "{text}");
        }
        let https = ReportUri::parse("https://reports.example.net:8443/dmarc").unwrap();
        assert_eq!(https.host, Name::parse("reports.example.net").ok());
    }
}
