//! Encoded words (RFC 2047) in display names: decoding and encoding.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Charset {
    Utf8,
    Latin1,
    Latin9,
    Windows1252,
}

struct EncodedWord<'a> {
    charset: Charset,
    bytes: Vec<u8>,
    rest: &'a str,
}

/// The text with its encoded words decoded. Those in an unknown character set stay as they are.
///
/// White space between two encoded words is removed (RFC 2047 §6.2). §5 (3) forbids encoded words
/// in a quoted string; they are decoded there too, because mail programs do so.
pub(super) fn decode(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut pending: Option<(Charset, Vec<u8>)> = None;
    let mut rest = text;
    while let Some(start) = rest.find("=?") {
        let before = &rest[..start];
        let Some(word) = encoded_word(&rest[start..]) else {
            flush(&mut pending, &mut decoded);
            decoded.push_str(before);
            decoded.push_str("=?");
            rest = &rest[start + 2..];
            continue;
        };
        if !(pending.is_some() && before.bytes().all(|byte| byte.is_ascii_whitespace())) {
            flush(&mut pending, &mut decoded);
            decoded.push_str(before);
        }
        // A character may be split between two words, although §5 forbids it.
        match &mut pending {
            Some((charset, bytes)) if *charset == word.charset => bytes.extend(word.bytes),
            _ => {
                flush(&mut pending, &mut decoded);
                pending = Some((word.charset, word.bytes));
            }
        }
        rest = word.rest;
    }
    flush(&mut pending, &mut decoded);
    decoded.push_str(rest);
    decoded
}

/// The text, if it consists of nothing but encoded words and white space between them; `None` if it
/// does not, or if one of them cannot be decoded.
pub(super) fn decode_all(text: &str) -> Option<String> {
    let mut rest = text.trim_ascii();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        rest = encoded_word(rest)?.rest.trim_ascii_start();
    }
    Some(decode(text.trim_ascii()))
}

fn flush(pending: &mut Option<(Charset, Vec<u8>)>, decoded: &mut String) {
    if let Some((charset, bytes)) = pending.take() {
        decoded.push_str(&charset.decode(&bytes));
    }
}

/// The encoded word at the start of `text`.
fn encoded_word(text: &str) -> Option<EncodedWord<'_>> {
    let (charset, rest) = text.strip_prefix("=?")?.split_once('?')?;
    let charset = Charset::named(charset)?;
    let (encoding, rest) = rest.split_at_checked(1)?;
    let rest = rest.strip_prefix('?')?;
    let end = rest.find('?')?;
    let rest_after = rest[end..].strip_prefix("?=")?;
    let bytes = match encoding {
        "Q" | "q" => quoted_printable(&rest[..end]),
        "B" | "b" => TOLERANT.decode(rest[..end].trim_ascii()).ok()?,
        _ => return None,
    };
    Some(EncodedWord {
        charset,
        bytes,
        rest: rest_after,
    })
}

/// Decodes the Q encoding (RFC 2047 §4.2). An `=` without two digits stays as it is.
fn quoted_printable(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = after;
        match (byte, after) {
            (b'_', _) => bytes.push(b' '),
            (b'=', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high << 4 | low);
                    rest = after;
                }
                _ => bytes.push(b'='),
            },
            _ => bytes.push(*byte),
        }
    }
    bytes
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// One encoded word in UTF-8 and base64, whatever its length.
pub(super) fn encode(text: &str) -> String {
    format!("=?UTF-8?B?{}?=", STANDARD.encode(text))
}

impl Charset {
    fn named(name: &str) -> Option<Self> {
        // A language tag may follow the name (RFC 2231 §5).
        let name = name.split('*').next()?.to_ascii_lowercase();
        if name.len() > 20 {
            return None;
        }
        match name.as_str() {
            "utf-8" | "utf8" | "us-ascii" | "ascii" => Some(Self::Utf8),
            "iso-8859-1" | "latin1" => Some(Self::Latin1),
            "iso-8859-15" | "latin-9" => Some(Self::Latin9),
            "windows-1252" | "cp1252" => Some(Self::Windows1252),
            _ => None,
        }
    }

    fn decode(self, bytes: &[u8]) -> String {
        match self {
            Self::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
            _ => bytes.iter().map(|byte| self.character(*byte)).collect(),
        }
    }

    fn character(self, byte: u8) -> char {
        match (self, byte) {
            (Self::Windows1252, 0x80..=0x9f) => WINDOWS_1252[usize::from(byte - 0x80)],
            (Self::Latin9, 0xa4) => '€',
            (Self::Latin9, 0xa6) => 'Š',
            (Self::Latin9, 0xa8) => 'š',
            (Self::Latin9, 0xb4) => 'Ž',
            (Self::Latin9, 0xb8) => 'ž',
            (Self::Latin9, 0xbc) => 'Œ',
            (Self::Latin9, 0xbd) => 'œ',
            (Self::Latin9, 0xbe) => 'Ÿ',
            _ => char::from(byte),
        }
    }
}

/// Windows-1252 from 0x80 to 0x9f; the five unassigned bytes become replacement characters.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{fffd}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{fffd}', 'Ž',
    '\u{fffd}', '\u{fffd}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{fffd}',
    'ž', 'Ÿ',
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_encodings_and_four_character_sets_are_decoded() {
        assert_eq!(decode("=?UTF-8?Q?J=C3=BCrgen_Q?="), "Jürgen Q");
        assert_eq!(decode("=?utf-8?b?SsO8cmdlbg==?="), "Jürgen");
        assert_eq!(decode("=?utf-8?b?SsO8cmdlbg?="), "Jürgen");
        assert_eq!(decode("=?iso-8859-1?q?J=FCrgen?="), "Jürgen");
        assert_eq!(decode("=?ISO-8859-15?Q?=A4_5?="), "€ 5");
        assert_eq!(decode("=?windows-1252?Q?=80_5?="), "€ 5");
        assert_eq!(decode("=?utf-8*de?Q?a?="), "a");
    }

    #[test]
    fn white_space_between_encoded_words_falls_away_and_elsewhere_stays() {
        assert_eq!(decode("=?utf-8?q?a?= =?utf-8?q?b?= c"), "ab c");
        assert_eq!(decode("x =?utf-8?q?a?= =?latin1?q?b?="), "x ab");
    }

    #[test]
    fn a_text_of_encoded_words_alone_is_told_from_one_with_others() {
        let both = "=?utf-8?q?spf=3Dpa?=\r\n =?utf-8?q?ss?=";
        assert_eq!(decode_all(both).as_deref(), Some("spf=pass"));
        for other in ["", "x =?utf-8?q?a?=", "=?utf-8?q?a?= x", "=?koi8-r?q?a?="] {
            assert_eq!(decode_all(other), None, "{other}");
        }
    }

    #[test]
    fn a_character_split_between_two_words_is_joined() {
        assert_eq!(decode("=?utf-8?q?=C3?= =?utf-8?q?=BC?="), "ü");
    }

    #[test]
    fn what_cannot_be_decoded_stays_as_written() {
        for text in [
            "=?koi8-r?q?a?=",
            "=?utf-8?x?a?=",
            "=?utf-8?b?*?=",
            "=?utf-8?q?a",
            "=?=?=?",
        ] {
            assert_eq!(decode(text), text);
        }
        assert_eq!(decode("=?utf-8?q?a=b?="), "a=b");
    }

    #[test]
    fn what_is_encoded_is_decoded_to_the_same() {
        assert_eq!(decode(&encode("a\n=?ü")), "a\n=?ü");
    }
}
