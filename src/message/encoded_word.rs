//! Encoded words (RFC 2047) in display names: decoding and encoding.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use encoding_rs::{Encoding, ISO_2022_JP, ISO_8859_15, UTF_8, X_USER_DEFINED};

const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

struct EncodedWord<'a> {
    charset: &'static Encoding,
    bytes: Vec<u8>,
    rest: &'a str,
}

/// The text with its encoded words decoded. Those in an unknown character set stay as they are.
///
/// White space between two encoded words is removed (RFC 2047 §6.2). §5 (3) forbids encoded words
/// in a quoted string; they are decoded there too, because mail programs do so.
pub(crate) fn decode(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut pending: Option<(&'static Encoding, Vec<u8>)> = None;
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
        // A character may be split between two words, although §5 forbids it. In ISO-2022-JP each
        // word begins and ends in ASCII, and nothing may be between two shifts.
        match &mut pending {
            Some((charset, bytes)) if *charset == word.charset && *charset != ISO_2022_JP => {
                bytes.extend(word.bytes);
            }
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

fn flush(pending: &mut Option<(&'static Encoding, Vec<u8>)>, decoded: &mut String) {
    if let Some((charset, bytes)) = pending.take() {
        decoded.push_str(&charset.decode_without_bom_handling(&bytes).0);
    }
}

/// The encoded word at the start of `text`.
fn encoded_word(text: &str) -> Option<EncodedWord<'_>> {
    let (charset, rest) = text.strip_prefix("=?")?.split_once('?')?;
    let charset = charset_named(charset)?;
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

/// The character set of this name, as browsers know them (WHATWG Encoding Standard §4.2). For some,
/// such as ISO-2022-KR and HZ, that standard has only a replacement: they are unknown here.
fn charset_named(name: &str) -> Option<&'static Encoding> {
    // A language tag may follow the name (RFC 2231 §5).
    let name = name.split('*').next()?;
    let is_name = name.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_name {
        return None;
    }
    // Text that is not ASCII and claims to be is in UTF-8 as a rule.
    if name.eq_ignore_ascii_case("us-ascii") || name.eq_ignore_ascii_case("ascii") {
        return Some(UTF_8);
    }
    if name.eq_ignore_ascii_case("latin-9") {
        return Some(ISO_8859_15);
    }
    let charset = Encoding::for_label_no_replacement(name.as_bytes())?;
    (charset != X_USER_DEFINED).then_some(charset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_encodings_are_decoded() {
        assert_eq!(decode("=?UTF-8?Q?J=C3=BCrgen_Q?="), "Jürgen Q");
        assert_eq!(decode("=?utf-8?b?SsO8cmdlbg==?="), "Jürgen");
        assert_eq!(decode("=?utf-8?b?SsO8cmdlbg?="), "Jürgen");
        assert_eq!(decode("=?utf-8*de?Q?a?="), "a");
    }

    #[test]
    fn the_character_sets_of_mail_are_decoded() {
        for (word, text) in [
            ("=?iso-8859-1?q?J=FCrgen?=", "Jürgen"),
            ("=?ISO-8859-15?Q?=A4_5?=", "€ 5"),
            ("=?windows-1252?Q?=80_5?=", "€ 5"),
            ("=?us-ascii?q?J=C3=BCrgen?=", "Jürgen"),
            ("=?koi8-r?B?8NLJ18XU?=", "Привет"),
            ("=?windows-1251?Q?=CF=F0=E8=E2=E5=F2?=", "Привет"),
            ("=?iso-8859-2?Q?=A3=F3d=BC?=", "Łódź"),
            ("=?iso-8859-7?q?=C3=E5=E9=DC?=", "Γειά"),
            ("=?windows-1255?q?=F9=EC=E5=ED?=", "שלום"),
            ("=?Shift_JIS?B?k/qWew==?=", "日本"),
            ("=?EUC-JP?B?xvzL3A==?=", "日本"),
            ("=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=", "日本"),
            (
                "=?ISO-2022-JP?B?GyRCRnwbKEI=?= =?ISO-2022-JP?B?GyRCS1wbKEI=?=",
                "日本",
            ),
            ("=?gb2312?B?1tC5+g==?=", "中国"),
            ("=?GB18030?B?1tC5+g==?=", "中国"),
            ("=?big5?B?pKSw6g==?=", "中國"),
            ("=?euc-kr?B?x9GxuQ==?=", "한국"),
            ("=?ks_c_5601-1987?B?x9GxuQ==?=", "한국"),
        ] {
            assert_eq!(decode(word), text, "{word}");
        }
    }

    #[test]
    fn octets_that_are_not_of_the_character_set_are_replaced() {
        assert_eq!(decode("=?utf-8?q?a=FFb?="), "a\u{fffd}b");
        assert_eq!(decode("=?shift_jis?q?=93?="), "\u{fffd}");
        assert_eq!(decode("=?ISO-2022-JP?B?GyRCRg==?="), "\u{fffd}");
        // No mark tells of another character set than the one that is named.
        assert_eq!(decode("=?iso-8859-1?q?=EF=BB=BFa?="), "ï»¿a");
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
        for other in ["", "x =?utf-8?q?a?=", "=?utf-8?q?a?= x", "=?utf-7?q?a?="] {
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
            "=?utf-7?q?+AOQ-?=",
            "=?iso-2022-kr?q?a?=",
            "=?hz-gb-2312?q?a?=",
            "=?replacement?q?a?=",
            "=?x-user-defined?q?=80?=",
            "=?x-none?q?a?=",
            "=? utf-8?q?a?=",
            "=??q?a?=",
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
