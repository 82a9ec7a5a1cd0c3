//! What went wrong with the text of a key on its way into DNS, by the text alone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Limits;
use crate::dkim::KeyRecord;

/// Octets of one string of a TXT record (RFC 1035 §3.3): where a form that takes no more cuts a text.
pub(in crate::findings) const STRING: usize = 255;

/// The most records that are put together as the strings of one.
const MOST_PARTS: usize = 4;

/// A key record without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutKey {
    /// Octets of the text.
    pub octets: usize,
    /// Characters of `p=` that are missing, by the length that the key states of itself.
    pub missing: Option<usize>,
}

/// Where a key record was cut off; `None` if nothing shows that it was. `p=` is its last tag and
/// shorter than its DER says, or the text has as many octets as one string can have.
pub(super) fn cut(text: &str) -> Option<CutKey> {
    let last = text.rsplit(';').next()?.trim();
    let p: String = last.strip_prefix("p=")?.split_whitespace().collect();
    let missing = missing(&p);
    let octets = text.len();
    (missing.is_some() || octets == STRING && is_base64(&p)).then_some(CutKey { octets, missing })
}

/// How many characters of base64 the DER sequence lacks that begins with `start`.
fn missing(start: &str) -> Option<usize> {
    if !is_base64(start) {
        return None;
    }
    let whole = start.len() / 4 * 4;
    let begun = STANDARD.decode(&start[..whole]).ok()?;
    let octets = match begun[..] {
        [0x30, length @ ..=0x7f, ..] => 2 + usize::from(length),
        [0x30, 0x81, length, ..] => 3 + usize::from(length),
        [0x30, 0x82, high, low, ..] => 4 + usize::from(high) * 256 + usize::from(low),
        _ => return None,
    };
    let needed = octets.div_ceil(3) * 4;
    needed
        .checked_sub(start.len())
        .filter(|missing| *missing > 0)
}

fn is_base64(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
    !text.is_empty() && text.bytes().all(is_digit)
}

/// A key that several records make, if they are the strings of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Joined {
    pub text: String,
    /// How many records it is made of.
    pub parts: usize,
}

/// The keys that records make: one that begins a key, then others, in any order. A record that can
/// be no part of a key, as SPF or the verification of a domain, may stand beside them. Empty if they
/// are no such strings.
pub(super) fn joined(texts: &[String]) -> Vec<Joined> {
    let rest: Vec<&String> = texts.iter().filter(|text| is_rest(text)).collect();
    let begins: Vec<&String> = texts.iter().filter(|text| begins_key(text)).collect();
    let [begin] = begins[..] else {
        return Vec::new();
    };
    if rest.is_empty() || rest.len() >= MOST_PARTS {
        return Vec::new();
    }
    let mut keys: Vec<Joined> = Vec::new();
    let mut begun = vec![(begin.trim().to_owned(), 1, rest)];
    while let Some((text, parts, rest)) = begun.pop() {
        if parts > 1 && is_key(&text) {
            keys.push(Joined { text, parts });
            continue;
        }
        for at in 0..rest.len() {
            let mut rest = rest.clone();
            let next = rest.remove(at);
            begun.push((format!("{text}{}", next.trim()), parts + 1, rest));
        }
    }
    let most = keys.iter().map(|key| key.parts).max();
    keys.retain(|key| Some(key.parts) == most);
    keys
}

/// Whether a text can be what follows the beginning of a key: base64, filled up only at its end.
fn is_rest(text: &str) -> bool {
    let text = text.trim();
    is_base64(text) && !text.trim_end_matches('=').contains('=')
}

/// Whether a text begins a key: it has `p=`, or the version of a key record.
fn begins_key(text: &str) -> bool {
    let mut tags = text.split(';').map(str::trim_start);
    tags.any(|tag| tag.starts_with("p=") || tag.starts_with("v=DKIM1"))
}

/// A key record without the marks that do not belong into its text: the quotes, backslashes and
/// parentheses of zone text, the ends of lines, and what a word processor makes of quotes. `None` if
/// there are none of these, or no key remains.
pub(super) fn unmarked(text: &str) -> Option<String> {
    let is_mark = |char: char| {
        char.is_control()
            || matches!(char, '"' | '\'' | '\\' | '(' | ')')
            || matches!(
                char,
                '\u{2018}'..='\u{201f}' | '\u{a0}' | '\u{200b}' | '\u{feff}'
            )
    };
    if !text.contains(is_mark) {
        return None;
    }
    let without = |text: &str| text.replace(is_mark, "").trim().to_owned();
    let text = text.replace("\" \"", "");
    // A backslash and a letter may be how an end of a line was written.
    let as_lines = without(&text.replace("\\r", "").replace("\\n", ""));
    let as_written = without(&text);
    [as_lines, as_written].into_iter().find(|text| is_key(text))
}

/// Whether there is an end of a line that no folding makes (RFC 6376 §2.8): receivers differ on it.
pub(super) fn has_line_end(text: &str) -> bool {
    let folded = text.replace("\r\n ", " ").replace("\r\n\t", " ");
    folded.contains(['\r', '\n'])
}

fn is_key(text: &str) -> bool {
    KeyRecord::parse(text.as_bytes(), &Limits::default()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ED25519: &str = "k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    const RSA: &str = "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDac1EFbG/y5rucKte5KF\
                       KABiLkMSal/CuV/ksBtX0W5YwZluAROea8khazBeOH+u8QRZGH9PhvF0wKB827WQTM+tZMcqkxQ\
                       WgZGy1xM6s3sqzml4P8ZsuNrboKFPeR7MTJo02qdEDLrguwAk/pe1etmBD4mgJ+QgrWID3467dY\
                       /QIDAQAB";

    #[test]
    fn marks_are_taken_off_where_a_key_remains() {
        let quoted = format!("\"{ED25519}\"");
        let curly = format!("\u{201c}{ED25519}\u{201d}");
        let escaped = ED25519.replace(';', "\\;");
        let halves = format!("( \"{}\" \"{}\" )", &ED25519[..20], &ED25519[20..]);
        for text in [quoted, curly, escaped, halves] {
            let key = unmarked(&text).unwrap();
            assert_eq!(key.replace("  ", " "), ED25519.replace("  ", " "), "{text}");
        }
        for end in ["\n", "\r\n", "\\n", "\\r\\n", "\"\n\"", "\" \""] {
            for at in [60, 61, 62, 63] {
                let text = format!("{}{end}{}", &RSA[..at], &RSA[at..]);
                let key = unmarked(&text).unwrap_or_else(|| panic!("{text}"));
                assert_eq!(key.replace(' ', ""), RSA.replace(' ', ""), "{text}");
            }
        }
        assert_eq!(unmarked(RSA), None);
        assert_eq!(unmarked("\"hello\""), None);
    }

    #[test]
    fn a_key_without_its_end_is_shorter_than_it_says() {
        assert_eq!(cut(RSA), None);
        for (keep, missing) in [(60, RSA.len() - 60), (RSA.len() - 1, 1)] {
            let cut = cut(&RSA[..keep]).unwrap();
            assert_eq!((cut.octets, cut.missing), (keep, Some(missing)));
        }
        let filled = |p: &str| {
            let notes = "x".repeat(STRING - "v=DKIM1; n=; p=".len() - p.len());
            format!("v=DKIM1; n={notes}; p={p}")
        };
        assert_eq!(
            cut(&filled("MIGf")).unwrap().missing,
            Some(RSA.len() - 18 - 4)
        );
        let unknown = cut(&filled("M")).unwrap();
        assert_eq!((unknown.octets, unknown.missing), (STRING, None));
        for text in [
            "",
            "v=DKIM1; k=rsa; p=",
            "v=DKIM1; k=rsa; p=MIIBIj...",
            "hello",
        ] {
            assert_eq!(cut(text), None, "{text}");
        }
    }

    #[test]
    fn records_that_are_strings_of_one_are_put_together_in_any_order() {
        let (a, b, c) = (&RSA[..100], &RSA[100..160], &RSA[160..]);
        let keys = |texts: &[&str]| {
            let texts: Vec<String> = texts.iter().map(|it| (*it).to_owned()).collect();
            let keys = joined(&texts).into_iter();
            keys.map(|it| (it.text, it.parts)).collect::<Vec<_>>()
        };
        for order in [[a, b, c], [c, b, a], [b, a, c]] {
            assert!(keys(&order).contains(&(RSA.to_owned(), 3)));
        }
        let end = &RSA[100..];
        assert_eq!(keys(&[a, end]), [(RSA.to_owned(), 2)]);
        for other in [
            "google-site-verification=abc",
            "MS=ms12345678",
            "v=spf1 -all",
            "",
        ] {
            for order in [[a, end, other], [other, end, a], [end, other, a]] {
                assert_eq!(keys(&order), [(RSA.to_owned(), 2)], "{order:?}");
            }
        }
        assert!(keys(&[a, "0123456789abcdef", end]).contains(&(RSA.to_owned(), 2)));
        for others in [
            &[RSA][..],
            &[a],
            &[a, "v=spf1 -all"],
            &[a, a, b],
            &[a, b],
            &[b, c],
        ] {
            assert_eq!(keys(others), []);
        }
    }
}
