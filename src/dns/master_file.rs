//! Zone text as the `domain` crate reads it, record by record. What that crate cannot take is
//! refused here.

use std::panic::{AssertUnwindSafe, catch_unwind};

use domain::base::Name as WireName;
use domain::base::iana::Class;
use domain::zonefile::inplace::{Entry, ScannedRecord, Zonefile};

use crate::{Error, Limits};

/// What zone text consists of.
pub(super) enum Item<'t> {
    /// A record, which may take several lines.
    Record(&'t ScannedRecord),
    /// What follows `$GONE`, and the number of the line.
    Gone(&'t str, usize),
}

/// Gives each item of `text` to `take`: first what is gone, then the records.
pub(super) fn read(
    text: &str,
    mut take: impl FnMut(Item<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let text = text.trim_start_matches('\u{feff}');
    let longest = Limits::default().dns_line_bytes;
    let mut lines = Lines::with_capacity(text.len() + 1);
    for (line, number) in text.lines().zip(1..) {
        if line.len() > longest {
            let length = line.len();
            return Err(wrong(format!(
                "line {number} has {length} bytes, more than the limit of {longest}"
            )));
        }
        match gone(line) {
            Some(what) => take(Item::Gone(what, number))?,
            None => {
                if lines.is_between_records()
                    && let Some(quoted) = quoted(line)
                {
                    return Err(wrong(format!(
                        "line {number}: the text is not in quotes, so that it loses its spaces and \
                         ends at the first semicolon; write: {quoted}"
                    )));
                }
                lines.add(line, number);
            }
        }
        lines.file.extend_from_slice(b"\n");
    }
    // domain 0.12.3 panics if the text ends within parentheses: it expects the end of a line there.
    if let Some(line) = lines.opened {
        return Err(wrong(format!(
            "line {line}: this parenthesis is never closed"
        )));
    }
    let mut file = lines.file;
    file.set_origin(WireName::root());
    file.set_default_class(Class::IN);
    loop {
        match catch_unwind(AssertUnwindSafe(|| file.next_entry())) {
            Ok(Ok(None)) => return Ok(()),
            Ok(Ok(Some(Entry::Record(record)))) => {
                take(Item::Record(&record)).map_err(|error| {
                    // The record ends before the end of its line, which is read already.
                    let line = line_at(text, file.current_offset().saturating_sub(1));
                    at_line(line, error)
                })?;
            }
            Ok(Ok(Some(Entry::Include { path, .. }))) => {
                return Err(wrong(format!("$INCLUDE {path} is not followed")));
            }
            Ok(Err(error)) => return Err(wrong(placed(&error.to_string()))),
            Err(_) => {
                let line = line_at(text, file.current_offset());
                return Err(wrong(format!("line {line}: {FAILED}")));
            }
        }
    }
}

/// A panic of the `domain` crate.
const FAILED: &str = "the record here made the reader fail; please report it";

/// The line with its text in quotes, if it is a TXT record whose text is not and is more than one
/// word (RFC 1035 §5.1: a semicolon begins a comment, and each word is a string of its own).
fn quoted(line: &str) -> Option<String> {
    let is_blank = |char: char| char == ' ' || char == '\t';
    let has_owner = !line.starts_with(is_blank);
    let mut rest = line.trim_start_matches(is_blank);
    for index in 0.. {
        let (word, after) = rest.split_once(is_blank)?;
        rest = after.trim_start_matches(is_blank);
        if word.contains(['"', ';', '(']) {
            return None;
        }
        let may_be_type = index > 0 || !has_owner;
        if may_be_type && word.eq_ignore_ascii_case("TXT") {
            break;
        }
    }
    if rest.starts_with(['"', '(']) {
        return None;
    }
    let text = rest.trim_end();
    if text.contains('"') {
        return None;
    }
    let (value, comment) = text.split_once(';').unwrap_or((text, ""));
    let is_cut = !comment.is_empty() && (!value.ends_with(is_blank) || value.starts_with("v="));
    let is_split = value.contains('=') && value.trim_end().contains(is_blank);
    let before = &line[..line.len() - rest.len()];
    let text = text.replace('\\', "");
    (is_cut || is_split).then(|| format!("{before}\"{text}\""))
}

/// What follows `$GONE`, which is no line for the `domain` crate.
fn gone(line: &str) -> Option<&str> {
    line.strip_prefix("$GONE")
}

/// The number of the line at an offset in what the `domain` crate was given.
fn line_at(text: &str, offset: usize) -> usize {
    let mut end = 0;
    let lines = text.lines().take_while(|line| {
        end += gone(line).map_or(line.len(), |_| 0) + 1;
        end <= offset
    });
    lines.count() + 1
}

/// The lines so far, with the parentheses that are open by the rules of RFC 1035 §5.1: none count in
/// a quoted string, in a comment, or behind a backslash.
struct Lines {
    file: Zonefile,
    depth: usize,
    /// The line with the first parenthesis that is open.
    opened: Option<usize>,
    is_quoted: bool,
}

impl Lines {
    fn with_capacity(octets: usize) -> Self {
        Self {
            file: Zonefile::with_capacity(octets),
            depth: 0,
            opened: None,
            is_quoted: false,
        }
    }

    /// Whether the next line begins a record.
    fn is_between_records(&self) -> bool {
        self.depth == 0 && !self.is_quoted
    }

    /// Adds a line, without its end.
    fn add(&mut self, line: &str, number: usize) {
        let line = line.as_bytes();
        let (mut added, mut at) = (0, 0);
        while let Some(byte) = line.get(at) {
            at += 1;
            match byte {
                b'\\' => at += 1,
                b'"' => {
                    self.is_quoted = !self.is_quoted;
                    let next = line.get(at);
                    let is_token = next.is_some_and(|next| !b" \t\r\"();".contains(next));
                    if !self.is_quoted && is_token {
                        // domain 0.12.3 panics if a name follows a quoted string at once. Apart,
                        // they are the same two tokens.
                        self.file.extend_from_slice(&line[added..at]);
                        self.file.extend_from_slice(b" ");
                        added = at;
                    }
                }
                _ if self.is_quoted => (),
                b';' => break,
                b'(' => {
                    self.depth += 1;
                    self.opened.get_or_insert(number);
                }
                b')' => {
                    self.depth = self.depth.saturating_sub(1);
                    self.opened = self.opened.filter(|_| self.depth > 0);
                }
                _ => (),
            }
        }
        self.file.extend_from_slice(&line[added..]);
    }
}

/// Turns `3:1: what` into `line 2: what`. The parser points behind the text that it could not read,
/// so a position at the start of a line means the end of the line before.
fn placed(error: &str) -> String {
    let mut parts = error.splitn(3, ':');
    let mut number = || parts.next()?.trim().parse::<usize>().ok();
    match (number(), number(), parts.next()) {
        (Some(line), Some(column), Some(what)) => {
            let line = if column <= 1 {
                line.saturating_sub(1)
            } else {
                line
            };
            format!("line {}:{what}", line.max(1))
        }
        _ => error.to_owned(),
    }
}

/// `error` about a record, with the line where the record ends.
fn at_line(line: usize, error: Error) -> Error {
    match error {
        Error::Zone { problem } => wrong(format!("line {line}: {problem}")),
        other => other,
    }
}

pub(super) fn wrong(problem: String) -> Error {
    Error::Zone { problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts of the records, or the error.
    fn outcome(text: &str) -> Result<Vec<String>, String> {
        let mut records = Vec::new();
        let read = read(text, |item| {
            if let Item::Record(record) = item {
                records.push(record.to_string());
            }
            Ok(())
        });
        read.map(|()| records).map_err(|error| error.to_string())
    }

    #[test]
    fn a_text_without_quotes_that_would_be_cut_or_split_is_refused_with_the_quoted_line() {
        for (text, quoted) in [
            ("a. 300 IN TXT v=spf1 -all", "a. 300 IN TXT \"v=spf1 -all\""),
            (
                "a.\tTXT\tv=DMARC1; p=reject",
                "a.\tTXT\t\"v=DMARC1; p=reject\"",
            ),
            (
                "a. TXT v=DMARC1 ; p=reject",
                "a. TXT \"v=DMARC1 ; p=reject\"",
            ),
            ("a. TXT v=DKIM1\\; p=MII", "a. TXT \"v=DKIM1; p=MII\""),
            ("  txt v=spf1 -all", "  txt \"v=spf1 -all\""),
            ("txt. TXT k=rsa;p=MII", "txt. TXT \"k=rsa;p=MII\""),
        ] {
            let error = outcome(&format!("$ORIGIN example.\nx A 192.0.2.1\n{text}\n")).unwrap_err();
            assert!(
                error.contains("line 3: the text is not in quotes"),
                "{error}"
            );
            assert!(error.ends_with(quoted), "{text}: {error}");
        }
        for text in [
            "a. TXT word",
            "a. TXT two words",
            "a. TXT word ; a comment",
            "a. TXT \"v=spf1 -all\" ; a comment",
            "a. TXT ( \"v=spf1 \"\n\"-all\" ) ; c",
            "; a. TXT v=spf1 -all",
            "a. A 192.0.2.1 ; TXT v=spf1 -all",
            "txt. A 192.0.2.1",
        ] {
            assert!(outcome(text).is_ok(), "{text}: {:?}", outcome(text));
        }
    }

    #[test]
    fn a_parenthesis_that_is_never_closed_is_named_by_its_line() {
        for (text, line) in [
            ("example.com. TXT ( \"x\"", 1),
            ("example.com. TXT (\n", 1),
            (
                "a. TXT x\n\nb. TXT ( x )\nc. TXT ( ( x\n ) y\nd. TXT z\n",
                4,
            ),
            ("a. TXT ( \")\" ; )\n \\)\n", 1),
            ("a. A 192.0.2.1\n(", 2),
            ("$GONE a.example\na. TXT (", 2),
        ] {
            let error = outcome(text).unwrap_err();
            let expected = format!("line {line}: this parenthesis is never closed");
            assert!(error.ends_with(&expected), "{text}: {error}");
        }
    }

    #[test]
    fn what_is_no_parenthesis_does_not_count() {
        for text in [
            "a. TXT \"(\"",
            "a. TXT \\(",
            "a. TXT \"\\\"(\"",
            "a. TXT x ; (",
            "a. TXT x;\"\nb. TXT (\"\"\n )",
            "a. TXT (((x)\n))",
        ] {
            let records = outcome(text);
            assert!(records.is_ok_and(|all| !all.is_empty()), "{text}");
        }
        // A string may not have several lines; that is what is wrong.
        let error = outcome("a. TXT \"x\n(\"").unwrap_err();
        assert!(!error.contains("parenthesis"), "{error}");
    }

    #[test]
    fn a_token_right_behind_a_quoted_string_is_one_of_its_own() {
        for (text, same) in [
            ("a. TXT \"x\"y\"z\"w", "a. TXT x y z w"),
            ("a. TXT \"x\"(y\n)", "a. TXT x y"),
            (
                "a. NAPTR 1 2 \"\" \"\" \"\"b.",
                "a. NAPTR 1 2 \"\" \"\" \"\" b.",
            ),
        ] {
            assert_eq!(outcome(text), outcome(same), "{text}");
            assert!(outcome(text).is_ok_and(|all| !all.is_empty()), "{text}");
        }
        let error = outcome("$INCLUDE \"x\"y.\n").unwrap_err();
        assert!(error.contains("is not followed"), "{error}");
    }

    #[test]
    fn the_line_is_known_from_how_far_the_text_was_read() {
        let text = "a. A 192.0.2.1\r\n$GONE b.example\nc. A 192.0.2.1\n";
        // As the crate has it: lines of 15, 1 and 15 octets.
        for (offset, line) in [(0, 1), (14, 1), (15, 2), (16, 3), (30, 3), (31, 4)] {
            assert_eq!(line_at(text, offset), line, "{offset}");
        }
    }

    #[test]
    fn a_line_may_not_have_a_megabyte() {
        let text = |length| format!("a. TXT x\nb. TXT x ; {}\n", "x".repeat(length));
        assert!(outcome(&text(1_000_000)).is_ok());
        let error = outcome(&text(1 << 20)).unwrap_err();
        assert!(
            error.contains("line 2 has 1048587 bytes, more than"),
            "{error}"
        );
    }

    #[test]
    fn no_zone_text_makes_the_reader_fail() {
        const PIECES: [&str; 64] = [
            "a.example. ",
            "a ",
            "@ ",
            "@",
            ". ",
            "* ",
            " ",
            "\t",
            "\n",
            "\r\n",
            "\n\n",
            "(",
            ")",
            "( ",
            " )",
            "((",
            "\"",
            "\"\"",
            "\"x\" ",
            "\\",
            "\\\"",
            "\\(",
            "\\065",
            "\\999",
            "\\# ",
            "\\# 4 ",
            "c0000201",
            ";",
            "; x\n",
            "$ORIGIN ",
            "$TTL ",
            "$INCLUDE ",
            "$GONE ",
            "$",
            "300 ",
            "IN ",
            "CH ",
            "CLASS1 ",
            "TYPE65280 ",
            "A ",
            "AAAA ",
            "TXT ",
            "MX ",
            "CNAME ",
            "PTR ",
            "SOA ",
            "SRV ",
            "NS ",
            "CAA ",
            "DS ",
            "DNSKEY ",
            "RRSIG ",
            "NSEC ",
            "NSEC3 ",
            "TLSA ",
            "SVCB ",
            "NAPTR ",
            "192.0.2.1",
            "2001:db8::1",
            "65536 ",
            "0 ",
            "10 ",
            "\u{e9}\u{0}",
            "1 key=\"v,\\,\" ",
        ];
        let seed = "$ORIGIN example.com.\n$TTL 600\n@ IN SOA ns hostmaster ( 1 2 3\n 4 5 ) ; a\n\
                    @ TXT \"v=spf1 \" \"-all; \\\"q\\\" \\\\ \\059\"\nmail 30 IN MX 10 mx\n\
                    _dmarc TXT ( \"v=DMARC1; \"\n \"p=none\" )\n* CNAME b\n$GONE x TXT\n";
        let long = "a".repeat(300);
        let mut number = 0_u64;
        let mut random = |bound: usize| {
            // Splitmix64.
            number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) % bound as u64) as usize
        };
        let mut read = 0;
        for _ in 0..100_000 {
            let mut text = match random(2) {
                0 => seed.to_owned(),
                _ => String::new(),
            };
            for _ in 0..1 + random(12) {
                let mut at = random(text.len() + 1);
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                match random(8) {
                    0 => text.truncate(at),
                    1 => text.insert_str(at, &long[..random(300)]),
                    2 => text = text[at..].to_owned(),
                    3 | 4 => text.insert_str(at, PIECES[random(PIECES.len())]),
                    _ => text.push_str(PIECES[random(PIECES.len())]),
                }
            }
            match outcome(&text) {
                Ok(records) => read += usize::from(!records.is_empty()),
                Err(error) => assert!(!error.contains(FAILED), "{text:?}"),
            }
        }
        assert!(read > 1_000, "only {read} of them have records");
    }
}
