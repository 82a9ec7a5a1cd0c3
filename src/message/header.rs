//! Header fields and their positions in the file (RFC 5322 §2.2).

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr;

use super::Reading;
use super::lexer::lossy;

/// One header field, exactly as it is in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderField<'a> {
    /// The field name, without the white space that obsolete syntax allows before the colon.
    pub name: &'a [u8],
    /// Everything after the colon, including folding, without the last line end.
    pub body: &'a [u8],
    /// The position of the whole field in the file, including its last line end.
    pub span: Range<usize>,
}

/// How many octets of a field body people are shown.
const SHOWN: usize = 4_096;

impl HeaderField<'_> {
    /// Whether the field has this name, ignoring case (RFC 5322 §1.2.2).
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// The position of the field body in the file, whose content is `bytes`.
    pub fn body_start(&self, bytes: &[u8]) -> usize {
        let field = bytes.get(self.span.clone()).unwrap_or_default();
        self.span.start + memchr(b':', field).map_or(0, |colon| colon + 1)
    }

    /// The field body, unfolded, without white space at either end (RFC 5322 §2.2.3).
    pub fn unfolded(&self) -> String {
        match lossy(self.body) {
            Cow::Borrowed(text) => text.trim().to_owned(),
            Cow::Owned(mut text) => {
                text.truncate(text.trim_end().len());
                let blank = text.len() - text.trim_start().len();
                text.drain(..blank);
                text
            }
        }
    }

    /// As much of the unfolded field body as people are shown.
    pub fn shown(&self) -> String {
        let Some(start) = self.body.get(..SHOWN) else {
            return self.unfolded();
        };
        let mut text = lossy(start).trim().to_owned();
        text.push('…');
        text
    }
}

/// The header of a message, and where its body begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Header<'a> {
    /// The fields, topmost first.
    pub fields: Vec<HeaderField<'a>>,
    /// Lines that are neither a field nor a continuation of one.
    pub stray_lines: Option<StrayLines>,
    /// The number of fields beyond the limit, which were not read.
    pub left_out: usize,
    /// Where the body begins; `None` if no empty line ends the header of a saved message.
    pub body: Option<usize>,
}

/// Lines in a header that are neither a field nor a continuation of one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StrayLines {
    /// The position of the first one, with its continuation lines.
    pub first: Range<usize>,
    /// Where the last one ends.
    pub end: usize,
    /// How many there are.
    pub count: usize,
}

impl<'a> Header<'a> {
    /// Reads the header that begins at `start` in `bytes`, at most `limit` fields of it. After
    /// that, only From fields are still read, until it is known whether there is more than one.
    ///
    /// Every LF ends a line, with or without a CR before it. In a saved message whose first line ends
    /// in CR CR LF, as a program in text mode writes it, such a line end alone ends the header. A line that is not a field ends the
    /// header of a message as delivered, and is the first line of its body: this is how receivers
    /// read it. In a saved message it is skipped, and counted in `stray_lines`.
    pub fn parse(bytes: &'a [u8], start: usize, limit: usize, reading: Reading) -> Self {
        let mut header = Self::default();
        let mut late_authors = 0;
        let mut at = start;
        let first = &bytes[start..line_end(bytes, start)];
        let is_doubled = reading == Reading::Saved && first.ends_with(b"\r\r\n");
        while at < bytes.len() {
            let end = line_end(bytes, at);
            let line = &bytes[at..end];
            if matches!(line, b"\n" | b"\r\n") || is_doubled && line == b"\r\r\n" {
                header.body = Some(end);
                break;
            }
            let end = field_end(bytes, end);
            match field(bytes, at..end) {
                Some(field) if header.fields.len() >= limit => {
                    if field.is("From") && late_authors < 2 {
                        late_authors += 1;
                        header.fields.push(field);
                    } else {
                        header.left_out += 1;
                    }
                }
                Some(field) => header.fields.push(field),
                None => {
                    header.stray(at..end);
                    if reading == Reading::AsDelivered {
                        header.body = Some(at);
                        break;
                    }
                }
            }
            at = end;
        }
        if reading == Reading::AsDelivered {
            // The body is optional (RFC 5322 §3.5).
            header.body.get_or_insert(bytes.len());
        }
        header
    }

    fn stray(&mut self, line: Range<usize>) {
        let end = line.end;
        let none = StrayLines {
            first: line,
            end,
            count: 0,
        };
        let lines = self.stray_lines.get_or_insert(none);
        lines.end = end;
        lines.count += 1;
    }
}

/// Where the line that begins at `at` ends, including its line end.
pub(super) fn line_end(bytes: &[u8], at: usize) -> usize {
    memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |index| at + index + 1)
}

/// Where a field ends whose first line ends at `end`: after its last continuation line.
fn field_end(bytes: &[u8], mut end: usize) -> usize {
    while let Some(b' ' | b'\t') = bytes.get(end) {
        end = line_end(bytes, end);
    }
    end
}

fn field(bytes: &[u8], span: Range<usize>) -> Option<HeaderField<'_>> {
    let text = &bytes[span.clone()];
    let colon = memchr(b':', text)?;
    let name = text[..colon].trim_ascii_end();
    let is_name = !name.is_empty() && name.iter().all(|byte| matches!(byte, 33..=126));
    if !is_name {
        return None;
    }
    let body = &text[colon + 1..];
    let body = body.strip_suffix(b"\n").unwrap_or(body);
    let body = body.strip_suffix(b"\r").unwrap_or(body);
    Some(HeaderField { name, body, span })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Header<'_> {
        Header::parse(text.as_bytes(), 0, 100, Reading::Saved)
    }

    #[test]
    fn fields_have_name_body_and_span_in_both_line_ends() {
        let header = parse("A: 1\r\nB : 2\n\t3\n\nbody");
        let fields: Vec<_> = header
            .fields
            .iter()
            .map(|field| (field.name, field.body, field.span.clone()))
            .collect();
        assert_eq!(
            fields,
            [
                (&b"A"[..], &b" 1"[..], 0..6),
                (&b"B"[..], &b" 2\n\t3"[..], 6..15)
            ]
        );
        assert_eq!(header.body, Some(16));
    }

    #[test]
    fn a_header_in_doubled_cr_ends_in_one() {
        let header = parse("A: 1\r\r\n\r\r\nb");
        assert_eq!((header.fields.len(), header.body), (1, Some(10)));
        assert_eq!(parse("A: 1\r\n\r\r\nB: 2\r\n\r\n").body, Some(17));
    }

    #[test]
    fn a_line_of_white_space_continues_the_field_above() {
        let header = parse("A: 1\r\n \r\nB: 2\r\n\r\n");
        assert_eq!(header.fields[0].body, b" 1\r\n ");
        assert_eq!(header.fields.len(), 2);
    }

    #[test]
    fn lines_that_are_no_field_are_kept_apart() {
        let header = parse("From x@y Mon\nA: 1\nno colon\n: 2\nB: 3\n");
        let stray = header.stray_lines.clone().unwrap();
        assert_eq!((stray.first, stray.end, stray.count), (0..13, 31, 3));
        assert_eq!(header.fields.len(), 2);
        assert_eq!(header.body, None);
    }

    #[test]
    fn a_line_that_is_no_field_ends_the_header_of_a_message_as_delivered() {
        let read = |bytes| Header::parse(bytes, 0, 100, Reading::AsDelivered);
        let header = read(b"A: 1\r\nno colon\r\nB: 2\r\n\r\nbody");
        assert_eq!((header.fields.len(), header.body), (1, Some(6)));
        for bytes in [&b" A: 1\n\n"[..], b"\nA: 1\n\n", b"A\xa0: 1\n\n"] {
            assert_eq!(read(bytes).fields, [], "{bytes:?}");
        }
        assert_eq!(read(b"A: 1\n").body, Some(5));
        assert_eq!(read(b"A : 1\n\n").fields[0].name, b"A");
    }

    #[test]
    fn fields_beyond_the_limit_are_counted() {
        let header = Header::parse(b"A: 1\nB: 2\nC: 3\n\n", 0, 1, Reading::Saved);
        assert_eq!((header.fields.len(), header.left_out), (1, 2));
    }

    #[test]
    fn a_second_from_field_beyond_the_limit_is_seen() {
        let bytes = b"From: a\nB: 2\nfrom: b\nFrom: c\nFrom: d\n\n";
        let header = Header::parse(bytes, 0, 1, Reading::Saved);
        let is_author = |field: &HeaderField<'_>| field.is("From");
        assert!(header.fields.iter().all(is_author));
        assert_eq!((header.fields.len(), header.left_out), (3, 2));
    }
}
