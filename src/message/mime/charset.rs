//! Texts from one character set to another, where nothing is lost.

use encoding_rs::{Encoding, mem};

/// The sets that encoding_rs takes for windows-1252, as browsers do.
#[derive(Clone, Copy)]
enum Charset {
    Ascii,
    Latin1,
    Other(&'static Encoding),
}

impl Charset {
    /// The set with this name (RFC 2046 §4.1.2).
    fn named(label: &str) -> Option<Self> {
        let label = label.trim().to_ascii_lowercase();
        Some(match label.as_str() {
            "us-ascii" | "ascii" | "ansi_x3.4-1968" | "iso646-us" => Self::Ascii,
            "iso-8859-1" | "iso8859-1" | "iso_8859-1" | "latin1" | "l1" => Self::Latin1,
            _ => Self::Other(Encoding::for_label_no_replacement(label.as_bytes())?),
        })
    }
}

/// The text as UTF-8; `None` if the set is unknown, or an octet is no character in it.
pub(crate) fn to_utf8(bytes: &[u8], label: &str) -> Option<String> {
    match Charset::named(label)? {
        Charset::Ascii => std::str::from_utf8(bytes)
            .ok()
            .filter(|text| text.is_ascii())
            .map(str::to_owned),
        Charset::Latin1 => Some(mem::decode_latin1(bytes).into_owned()),
        Charset::Other(encoding) => encoding
            .decode_without_bom_handling_and_without_replacement(bytes)
            .map(|text| text.into_owned()),
    }
}

/// The text in a character set; `None` if the set is unknown or has not all of its characters, or
/// if it would not be read as the same text.
pub(crate) fn from_utf8(text: &str, label: &str) -> Option<Vec<u8>> {
    let bytes = match Charset::named(label)? {
        Charset::Ascii => text.as_bytes().to_vec(),
        Charset::Latin1 if mem::is_str_latin1(text) => mem::encode_latin1_lossy(text).into_owned(),
        Charset::Latin1 => return None,
        Charset::Other(encoding) => match encoding.encode(text) {
            (bytes, written, false) if written == encoding => bytes.into_owned(),
            _ => return None,
        },
    };
    (to_utf8(&bytes, label)? == text).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_go_there_and_back() {
        for (label, bytes, text) in [
            ("ISO-8859-1", &b"\xfcber\x80"[..], "über\u{80}"),
            ("windows-1252", b"\xfc\x80", "ü€"),
            ("iso-8859-15", b"\xa4", "€"),
            ("koi8-r", b"\xf0", "П"),
            ("gb18030", b"\xc4\xe3", "你"),
            ("iso-2022-jp", b"\x1b$B4A\x1b(B", "漢"),
            ("utf-8", "ü\u{feff}".as_bytes(), "ü\u{feff}"),
            (" us-ascii ", b"a", "a"),
        ] {
            assert_eq!(to_utf8(bytes, label).as_deref(), Some(text), "{label}");
            assert_eq!(from_utf8(text, label).as_deref(), Some(bytes), "{label}");
        }
    }

    #[test]
    fn what_a_set_does_not_have_is_not_replaced() {
        for (text, label) in [
            ("ü", "us-ascii"),
            ("€", "iso-8859-1"),
            ("漢", "windows-1252"),
            ("a", "utf-16le"),
            ("a", "no-such-set"),
            ("a", ""),
        ] {
            assert_eq!(from_utf8(text, label), None, "{text} {label}");
        }
        for (bytes, label) in [
            (&b"\xfc"[..], "us-ascii"),
            (b"\xfc", "utf-8"),
            (b"\xff", "shift_jis"),
            (b"a", "no-such-set"),
        ] {
            assert_eq!(to_utf8(bytes, label), None, "{bytes:?} {label}");
        }
    }
}
