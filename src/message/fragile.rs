//! Octets and lines that servers on the way may change, in a message that has them all the same:
//! 8-bit octets that are not declared, CR without LF, NUL, lines over 998 octets.

use std::ops::Range;

use memchr::{memchr, memchr_iter, memrchr};

use super::mime::{self, Entity};
use super::{Header, HeaderField, Message, Reading};
use crate::Limits;

/// Where something stands in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The number of the line, from 1.
    pub line: usize,
    /// The number of the octet in that line, from 1.
    pub octet: usize,
}

impl Place {
    fn of(bytes: &[u8], at: usize) -> Self {
        let before = &bytes[..at];
        let start = memrchr(b'\n', before).map_or(0, |end| end + 1);
        Self {
            line: memchr_iter(b'\n', before).count() + 1,
            octet: at - start + 1,
        }
    }
}

/// The most octets of a line, without its line end (RFC 5322 §2.1.1).
pub(crate) const LONGEST: usize = 998;

/// Octets above 127 in a part that says it has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EightBit {
    /// The first of them.
    pub place: Place,
    /// Its Content-Transfer-Encoding, in lower case; empty if there is none, which means 7bit (RFC
    /// 2045 §6.1).
    pub declared: String,
    /// How many such parts there are.
    pub parts: usize,
}

/// A line that is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LongLine {
    /// The number of the line, from 1.
    pub line: usize,
    /// How many octets it has.
    pub octets: usize,
    /// How many such lines there are.
    pub count: usize,
}

/// What a message has of all that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fragile {
    /// Octets above 127 in the body that are not declared.
    pub eight_bit: Option<EightBit>,
    /// The first CR in the body without an LF, and how many there are.
    pub bare_cr: Option<(Place, usize)>,
    /// The first NUL.
    pub nul: Option<Place>,
    /// Lines of the body that are too long.
    pub long_line: Option<LongLine>,
}

impl Fragile {
    /// Looks for it.
    pub(crate) fn of(message: &Message<'_>, limits: &Limits) -> Self {
        Self {
            eight_bit: eight_bit(message, limits),
            bare_cr: bare_cr(message),
            nul: nul(message),
            long_line: long_line(message),
        }
    }
}

/// The parts with octets above 127 that are declared as 7bit, base64 or quoted-printable, or not at
/// all (RFC 2045 §2.7, §6.2).
fn eight_bit(message: &Message<'_>, limits: &Limits) -> Option<EightBit> {
    let start = message.header.body?;
    if message.bytes[start..].is_ascii() {
        return None;
    }
    let mut walk = Walk {
        bytes: message.bytes,
        limits,
        left: limits.mime_parts,
        found: None,
    };
    walk.entity(&message.header, start..message.bytes.len(), 0);
    walk.found
}

struct Walk<'a, 'l> {
    bytes: &'a [u8],
    limits: &'l Limits,
    /// How many parts may still be looked at.
    left: usize,
    found: Option<EightBit>,
}

impl Walk<'_, '_> {
    fn entity(&mut self, header: &Header<'_>, body: Range<usize>, depth: usize) {
        let entity = Entity::of(header);
        if depth > self.limits.mime_depth || self.bytes[body.clone()].is_ascii() {
            return;
        }
        if let Some(boundary) = &entity.boundary {
            let parts = mime::parts(self.bytes, body, boundary, self.left);
            for part in parts.spans {
                let Some(left) = self.left.checked_sub(1) else {
                    return;
                };
                self.left = left;
                self.part(part, depth + 1);
            }
        } else if entity.kind == "message/rfc822" && entity.encoding != "base64" {
            self.part(body, depth + 1);
        } else if is_ascii_by_name(&entity.encoding) {
            self.leaf(entity.encoding, body);
        }
    }

    /// A part with its own header.
    fn part(&mut self, span: Range<usize>, depth: usize) {
        let bytes = &self.bytes[..span.end];
        let limit = self.limits.header_fields;
        let header = Header::parse(bytes, span.start, limit, Reading::Saved);
        if let Some(start) = header.body {
            self.entity(&header, start..span.end, depth);
        }
    }

    fn leaf(&mut self, declared: String, body: Range<usize>) {
        let first = self.bytes[body.clone()].iter().position(|byte| *byte > 127);
        let Some(first) = first.map(|at| body.start + at) else {
            return;
        };
        match &mut self.found {
            Some(found) => found.parts += 1,
            None => {
                self.found = Some(EightBit {
                    place: Place::of(self.bytes, first),
                    declared,
                    parts: 1,
                });
            }
        }
    }
}

fn is_ascii_by_name(encoding: &str) -> bool {
    matches!(encoding, "" | "7bit" | "base64" | "quoted-printable")
}

/// The first CR in the body without an LF after it (RFC 5322 §2.3), and how many there are. One that
/// ends the file is half of a line end.
fn bare_cr(message: &Message<'_>) -> Option<(Place, usize)> {
    let start = message.header.body?;
    let body = &message.bytes[start..];
    let is_bare = |at: &usize| body.get(at + 1).is_some_and(|next| *next != b'\n');
    // Nearly all mail has a CR only before an LF. This is counted faster than it is looked up.
    if bare_pairs(body) == 0 {
        return None;
    }
    let mut bare = memchr_iter(b'\r', body).filter(is_bare);
    let first = bare.next()?;
    Some((Place::of(message.bytes, start + first), 1 + bare.count()))
}

/// How often a CR comes before another octet than LF. The sums are of one byte, because the compiler
/// then counts 16 at a time.
fn bare_pairs(text: &[u8]) -> usize {
    let is_bare = |(cr, lf): (&u8, &u8)| u8::from((*cr == b'\r') & (*lf != b'\n'));
    let seconds = text.get(1..).unwrap_or_default().chunks(240);
    let pieces = text.chunks(240).zip(seconds);
    let count = |(first, second): (&[u8], &[u8])| first.iter().zip(second).map(is_bare).sum::<u8>();
    pieces.map(count).map(usize::from).sum()
}

/// The first NUL of the message (RFC 5322 §2.2, §4.1).
fn nul(message: &Message<'_>) -> Option<Place> {
    let start = message.header.fields.first()?.span.start;
    let at = memchr(0, &message.bytes[start..])?;
    Some(Place::of(message.bytes, start + at))
}

/// Lines of the body of more than 998 octets.
fn long_line(message: &Message<'_>) -> Option<LongLine> {
    let start = message.header.body?;
    long_lines(message.bytes, start..message.bytes.len())
}

/// Lines of a header field of more than 998 octets.
pub(crate) fn long_line_of(message: &Message<'_>, field: &HeaderField<'_>) -> Option<LongLine> {
    match field.span.len() > LONGEST {
        true => long_lines(message.bytes, field.span.clone()),
        false => None,
    }
}

/// Looks only at the end of each stretch of 1,000 octets, where a line has to end.
fn long_lines(bytes: &[u8], span: Range<usize>) -> Option<LongLine> {
    let mut found: Option<LongLine> = None;
    let mut start = span.start;
    while start + LONGEST < span.end {
        // A line of 998 octets, CR and LF.
        let window = &bytes[start..span.end.min(start + LONGEST + 2)];
        if let Some(end) = memrchr(b'\n', window) {
            // An LF at the very end may be that of a line of 999 octets.
            let is_one_more = end == LONGEST + 1
                && window[LONGEST] != b'\r'
                && memrchr(b'\n', &window[..end]).is_none();
            if !is_one_more {
                start += end + 1;
                continue;
            }
        }
        let rest = &bytes[start..span.end];
        let end = memchr(b'\n', rest).unwrap_or(rest.len());
        let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
        if line.len() > LONGEST {
            let octets = line.len();
            let found = found.get_or_insert_with(|| LongLine {
                line: Place::of(bytes, start).line,
                octets,
                count: 0,
            });
            found.count += 1;
        }
        start += end + 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(bytes: &[u8]) -> Message<'_> {
        Message::parse(bytes, &Limits::default()).unwrap()
    }

    #[test]
    fn eight_bit_octets_count_where_the_part_denies_them() {
        let of = |text: &str| eight_bit(&parsed(text.as_bytes()), &Limits::default());
        let found = of("From: a@b\r\n\r\nab\r\ncé\r\n").unwrap();
        assert_eq!(found.place, Place { line: 4, octet: 2 });
        assert_eq!((found.declared.as_str(), found.parts), ("", 1));
        for encoding in ["7bit", "7BIT", "base64", "quoted-printable"] {
            let text = format!("Date: x\r\nContent-Transfer-Encoding: {encoding}\r\n\r\né\r\n");
            assert!(of(&text).is_some(), "{encoding}");
        }
        for encoding in ["8bit", "binary", "x-other"] {
            let text = format!("Date: x\r\nContent-Transfer-Encoding: {encoding}\r\n\r\né\r\n");
            assert_eq!(of(&text), None, "{encoding}");
        }
    }

    #[test]
    fn each_part_declares_its_own_encoding() {
        let of = |first: &str, second: &str| {
            let text = format!(
                "Date: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\né\r\n--b\r\n{first}\r\né\r\n--b\r\n\
                 {second}\r\né\r\n--b--\r\n"
            );
            eight_bit(&parsed(text.as_bytes()), &Limits::default())
        };
        let eight = "Content-Transfer-Encoding: 8bit\r\n";
        assert_eq!(of(eight, eight), None);
        let found = of(eight, "Content-Transfer-Encoding: 7bit\r\n").unwrap();
        assert_eq!((found.place.line, found.parts), (12, 1));
        assert_eq!(of("", "").map(|found| found.parts), Some(2));
    }

    #[test]
    fn a_cr_without_lf_and_a_nul_are_found() {
        let bytes = b"Date: b\r\n\r\na\r\nb\rc\r\r\nd\r";
        let found = bare_cr(&parsed(bytes));
        assert_eq!(found, Some((Place { line: 4, octet: 2 }, 2)));
        assert_eq!(bare_cr(&parsed(b"Date: b\r\n\r\na\r\n\r\n")), None);
        assert_eq!(
            nul(&parsed(b"Date: b\r\n\r\na\0\r\n")),
            Some(Place { line: 3, octet: 2 })
        );
        assert_eq!(nul(&parsed(b"Date: b\r\n\r\na\r\n")), None);
    }

    #[test]
    fn lines_over_998_octets_are_counted() {
        for (length, is_long) in [(997, false), (998, false), (999, true), (5_000, true)] {
            for end in ["\r\n", "\n", ""] {
                let text = format!("Date: b\r\n\r\nx\r\n{}{end}", "y".repeat(length));
                let found = long_line(&parsed(text.as_bytes()));
                let expected = is_long.then_some((4, length, 1));
                let found = found.map(|found| (found.line, found.octets, found.count));
                assert_eq!(found, expected, "{length} {end:?}");
            }
        }
        let line = format!("{}\r\nx\r\n", "y".repeat(1_200));
        let text = format!("Date: b\r\n\r\n{line}{line}");
        assert_eq!(long_line(&parsed(text.as_bytes())).unwrap().count, 2);
    }
}
