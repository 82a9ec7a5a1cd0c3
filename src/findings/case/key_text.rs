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

/// The keys that several records make if they are the strings of one: the record that begins a key,
/// then the others, in any order. Empty if they are no such strings.
pub(super) fn joined(texts: &[String]) -> Vec<String> {
    let is_rest = |text: &&String| is_base64(text.trim());
    let (rest, begins): (Vec<&String>, Vec<&String>) = texts.iter().partition(is_rest);
    let [begin] = begins[..] else {
        return Vec::new();
    };
    if rest.is_empty() || texts.len() > MOST_PARTS {
        return Vec::new();
    }
    let mut keys = Vec::new();
    let mut begun = vec![(begin.trim().to_owned(), rest)];
    while let Some((text, rest)) = begun.pop() {
        if rest.is_empty() && is_key(&text) {
            keys.push(text);
            continue;
        }
        for at in 0..rest.len() {
            let mut rest = rest.clone();
            let next = rest.remove(at);
            begun.push((format!("{text}{}", next.trim()), rest));
        }
    }
    keys
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

/// Whether several records are the strings of one.
pub(in crate::findings) fn is_split(texts: &[String]) -> bool {
    !joined(texts).is_empty()
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
        let texts = |texts: &[&str]| texts.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        for order in [[a, b, c], [c, b, a], [b, a, c]] {
            assert!(joined(&texts(&order)).contains(&RSA.to_owned()));
        }
        assert_eq!(joined(&texts(&[a, &RSA[100..]])), [RSA]);
        for others in [
            &[RSA][..],
            &[a],
            &[a, "v=spf1 -all"],
            &[a, a, b],
            &[a, b],
            &[b, c],
        ] {
            assert_eq!(joined(&texts(others)), Vec::<String>::new());
        }
    }
}
