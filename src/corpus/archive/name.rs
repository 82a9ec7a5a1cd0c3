//! What the name of a member of an archive says: where it is, and what may be in it.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::super::mail_file::{has_name_of_mail, is_one_message};

/// What a member may be, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// A file that no program shows, as in a folder.
    Hidden,
    /// One message.
    Message,
    /// One message or an mbox, packed or not.
    Mail,
    /// An archive.
    Archive,
    /// What may be the metadata of a message.
    Json,
    /// Its octets show what it is.
    Open,
}

impl Named {
    pub fn of(path: &Path) -> Self {
        if is_hidden(path) {
            return Self::Hidden;
        }
        if is_one_message(path) {
            return Self::Message;
        }
        if has_name_of_archive(path) {
            return Self::Archive;
        }
        if has_name_of_mail(path) {
            return Self::Mail;
        }
        let extension = path.extension().unwrap_or_default();
        match extension.eq_ignore_ascii_case("json") {
            true => Self::Json,
            false => Self::Open,
        }
    }
}

/// Whether a file is called as archives are.
pub fn has_name_of_archive(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_ascii_lowercase();
    let ends = [
        ".tar",
        ".tar.gz",
        ".tgz",
        ".tar.zst",
        ".tzst",
        ".tar.zstd",
        ".zip",
    ];
    ends.iter().any(|end| name.ends_with(end))
}

/// The path of a member within its archive, with nothing in it that a terminal would obey; `None`
/// if it leads out of the archive.
pub fn within(name: &[u8]) -> Option<PathBuf> {
    let name = String::from_utf8_lossy(name);
    let has_drive = matches!(name.as_bytes(), [drive, b':', ..] if drive.is_ascii_alphabetic());
    if name.starts_with('/') || has_drive {
        return None;
    }
    let mut path = PathBuf::new();
    for part in name.split('/') {
        match part {
            "" | "." => (),
            ".." => return None,
            part => path.push(printable(part)),
        }
    }
    (!path.as_os_str().is_empty()).then_some(path)
}

fn printable(part: &str) -> String {
    let mut out = String::with_capacity(part.len());
    for char in part.chars() {
        match char.is_control() || char == '\\' {
            // Writing to a string does not fail.
            true => _ = write!(out, "{}", char.escape_default()),
            false => out.push(char),
        }
    }
    out
}

/// As in folders: what begins with a full stop, but for the folders of a Maildir.
fn is_hidden(path: &Path) -> bool {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.iter().enumerate().any(|(index, part)| {
        let next = parts.get(index + 1);
        let is_maildir = next.is_some_and(|next| matches!(next.as_ref(), "cur" | "new"));
        part.starts_with('.') && !is_maildir
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_within_the_archive_and_can_be_printed() {
        let name = |name: &[u8]| within(name).map(|path| path.display().to_string());
        assert_eq!(name(b"./a//b/./c.eml").unwrap(), "a/b/c.eml");
        assert_eq!(name(b"a\x1b[31m\n.eml").unwrap(), "a\\u{1b}[31m\\n.eml");
        assert_eq!(name(b"\xff.eml").unwrap(), "\u{fffd}.eml");
        for outside in [
            &b"/etc/a.eml"[..],
            b"../a.eml",
            b"a/../../b.eml",
            b"C:/a.eml",
            b"",
            b"./",
        ] {
            assert_eq!(name(outside), None);
        }
    }

    #[test]
    fn names_say_what_may_be_in_a_member() {
        for (path, named) in [
            ("a/b.EML", Named::Message),
            ("m/cur/1.host:2,S", Named::Message),
            (".Sent/cur/1", Named::Message),
            ("__MACOSX/._b.eml", Named::Hidden),
            (".git/b.eml", Named::Hidden),
            ("b.mbox.gz", Named::Mail),
            ("b.tar.gz", Named::Archive),
            ("b.zip", Named::Archive),
            ("b.json", Named::Json),
            ("b", Named::Open),
        ] {
            assert_eq!(Named::of(Path::new(path)), named, "{path}");
        }
    }
}
