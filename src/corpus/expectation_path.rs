//! Where the expectation of a message is: a unique path within `expected` for every message.

use std::path::{Component, Path};

use aws_lc_rs::digest;

/// The end of every name.
const SUFFIX: &str = ".json";
/// The name of the settings, which are not an expectation.
pub(super) const SETTINGS: &str = "corpus.json";
/// The longest name, in octets, that file systems allow.
const LONGEST: usize = 255;

/// The path for the message in the file at `path`, relative to the corpus; `number` if it is in an
/// mbox. Octets that are not UTF-8, control characters and `%` are written as `%` and two digits,
/// and so is what would make two paths the same.
pub(super) fn place(path: &Path, number: Option<usize>) -> String {
    let mut parts: Vec<String> = path
        .components()
        .filter_map(|component| match component {
            Component::Normal(name) => Some(escaped(name.as_encoded_bytes())),
            _ => None,
        })
        .collect();
    let name = match number {
        Some(number) => number.to_string(),
        None => parts.pop().unwrap_or_default(),
    };
    for folder in &mut parts {
        // Keeps `a.json/` apart from the expectation of a message `a`.
        let stem = folder.len().saturating_sub(SUFFIX.len());
        let end = folder.get(stem..);
        if end.is_some_and(|end| end.eq_ignore_ascii_case(SUFFIX)) {
            folder.replace_range(stem..=stem, "%2E");
        }
        *folder = bounded(std::mem::take(folder), LONGEST);
    }
    let mut name = format!("{}{SUFFIX}", bounded(name, LONGEST - SUFFIX.len()));
    if parts.is_empty() && name.eq_ignore_ascii_case(SETTINGS) {
        name = format!("%{:02X}{}", name.as_bytes()[0], &name[1..]);
    }
    parts.push(name);
    parts.join("/")
}

/// The name of the message whose expectation has this path, as far as the path shows; `is_folder`
/// says whether a path within the corpus is a folder.
pub(super) fn name(place: &str, is_folder: impl Fn(&str) -> bool) -> String {
    let path = unescaped(place.strip_suffix(SUFFIX).unwrap_or(place));
    match path.rsplit_once('/') {
        Some((file, number))
            if number.bytes().all(|byte| byte.is_ascii_digit()) && !is_folder(file) =>
        {
            format!("{file}#{number}")
        }
        _ => path,
    }
}

/// Whether the file with this name in `expected` is an expectation.
pub(super) fn is_place(place: &str) -> bool {
    place.ends_with(SUFFIX) && place != SETTINGS
}

fn escaped(name: &[u8]) -> String {
    let mut out = String::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        for char in chunk.valid().chars() {
            match char {
                '%' | '\\' => out.push_str(&format!("%{:02X}", u32::from(char))),
                char if char.is_control() => {
                    let mut buffer = [0; 4];
                    let bytes = char.encode_utf8(&mut buffer).bytes();
                    bytes.for_each(|byte| out.push_str(&format!("%{byte:02X}")));
                }
                char => out.push(char),
            }
        }
        let invalid = chunk.invalid().iter();
        invalid.for_each(|byte| out.push_str(&format!("%{byte:02X}")));
    }
    out
}

/// `name`, or its beginning and a hash if it is longer than `limit`.
fn bounded(name: String, limit: usize) -> String {
    if name.len() <= limit {
        return name;
    }
    let hash = digest::digest(&digest::SHA256, name.as_bytes());
    let mut end = limit - 2 - 32;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}%~{}", &name[..end], hex(&hash.as_ref()[..16]))
}

fn unescaped(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        let digits = rest.get(at + 1..at + 3);
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                rest = &rest[at + 3..];
            }
            None => {
                out.push(b'%');
                rest = &rest[at + 1..];
            }
        }
    }
    out.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&out).into_owned()
}

/// Two digits for each octet.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_messages_have_the_same_place() {
        let of = |path: &str| place(Path::new(path), None);
        assert_eq!(of("a.eml"), "a.eml.json");
        assert_eq!(of("a.eml.json/b"), "a.eml%2Ejson/b.json");
        assert_eq!(of("a.eml.JSON/b"), "a.eml%2EJSON/b.json");
        assert_eq!(of("corpus"), "%63orpus.json");
        assert_eq!(of("sub/corpus"), "sub/corpus.json");
        assert_eq!(of("%63orpus"), "%2563orpus.json");
        assert_eq!(place(Path::new("a.mbox"), Some(3)), "a.mbox/3.json");
        assert_eq!(of("../../a.eml"), "a.eml.json");
        assert_eq!(of("line\nend\u{9b}"), "line%0Aend%C2%9B.json");
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_no_text_stay_apart() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let of = |bytes: &[u8]| place(Path::new(OsStr::from_bytes(bytes)), None);
        assert_eq!(of(b"\xff.eml"), "%FF.eml.json");
        assert_ne!(of(b"\xff.eml"), of(b"\xfe.eml"));
    }

    #[test]
    fn a_long_name_is_cut_and_stays_apart_from_others() {
        let long = |end: &str| place(Path::new(&format!("{}{end}", "ä".repeat(126))), None);
        assert!(long("1").len() <= LONGEST && long("1").ends_with(".json"));
        assert_ne!(long("1"), long("2"));
        assert_eq!(place(Path::new(&"a".repeat(250)), None).len(), LONGEST);
    }

    #[test]
    fn the_name_of_a_message_can_be_read_from_its_place() {
        let of = |place: &str| name(place, |folder| folder == "cur");
        assert_eq!(of("a.mbox/3.json"), "a.mbox#3");
        assert_eq!(of("cur/3.json"), "cur/3");
        assert_eq!(of("a%2Ejson/b%0A%25.eml.json"), "a.json/b\n%.eml");
        assert_eq!(of("%63orpus.json"), "corpus");
        assert_eq!(of("100%~.json"), "100%~");
    }
}
