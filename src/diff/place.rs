//! Where two canonical texts part, as places in the files that they were made from.

use std::fmt;
use std::ops::Range;

use memchr::{memchr, memchr_iter, memrchr};
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::dkim::Canonicalization;

/// How many octets of the line before and behind a place are kept.
const AROUND: usize = 240;

/// Where two canonical texts part.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Spot {
    /// The number of the first octet that differs in the canonical text, from 1.
    pub octet: u64,
    /// Where that is in the first file.
    pub a: Place,
    /// Where that is in the second file.
    pub b: Place,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The octet in the line, from 1.
    pub column: usize,
    /// The line up to there, or the last octets of that.
    pub before: Octets,
    /// The line from there on, or the first octets of that.
    pub behind: Octets,
    /// What is there.
    pub next: Next,
}

/// What is at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Next {
    /// An octet.
    Octet(u8),
    /// The end of the line.
    LineEnd,
    /// The end of what is compared.
    End,
}

/// Octets of a message, which may be no text.
#[derive(Clone, PartialEq, Eq)]
pub struct Octets(pub Vec<u8>);

impl fmt::Display for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            f.write_str(chunk.valid())?;
            for octet in chunk.invalid() {
                write!(f, "\\x{octet:02x}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

impl Serialize for Octets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Octets {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Octets".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
    }
}

/// The octets of a text that are neither white space nor line ends.
pub(super) fn text_alone(text: &[u8]) -> impl Iterator<Item = u8> {
    let text = text.iter().copied();
    text.filter(|octet| !matches!(octet, b' ' | b'\t' | b'\r' | b'\n'))
}

/// A text in canonical form, and where it was made from.
pub(super) struct Text<'a> {
    /// The bytes of the file.
    pub file: &'a [u8],
    /// Where it is in them.
    pub span: Range<usize>,
    /// Octets in `span` that are left out before it is made canonical.
    pub without: Range<usize>,
    /// Its canonical form.
    pub canonical: &'a [u8],
    pub by: Canonicalization,
}

impl Text<'_> {
    /// The place of octet `at`, from 0, of the canonical form.
    pub fn place(&self, at: usize) -> Place {
        let offset = self.offset(at);
        let is_end = at >= self.canonical.len();
        let next = match self.file.get(offset) {
            _ if is_end => Next::End,
            Some(b'\r') if self.file.get(offset + 1) == Some(&b'\n') => Next::LineEnd,
            Some(b'\n') | None => Next::LineEnd,
            Some(octet) => Next::Octet(*octet),
        };
        Place::at(self.file, offset, next)
    }

    /// Where octet `at` of the canonical form comes from. Canonical forms drop, add and change only
    /// white space and line ends, so the octets that are neither are counted.
    fn offset(&self, at: usize) -> usize {
        let counted = |bytes: &[u8], at: usize| match bytes[at] {
            b'\n' => false,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            b' ' | b'\t' => self.by == Canonicalization::Simple,
            _ => true,
        };
        let before = (0..at.min(self.canonical.len()))
            .filter(|at| counted(self.canonical, *at))
            .count();
        let is_counted = at < self.canonical.len() && counted(self.canonical, at);
        let file = &self.file[..self.span.end];
        let source = self.span.clone().filter(|at| !self.without.contains(at));
        let mut source = source.filter(|at| counted(file, *at));
        let behind_last = match before.checked_sub(1) {
            None => self.span.start,
            Some(last) => source.nth(last).map_or(self.span.end, |at| at + 1),
        };
        let found = source.next().filter(|_| is_counted);
        found.unwrap_or(behind_last)
    }
}

impl Place {
    /// The place at `offset` of a file.
    pub(crate) fn at(file: &[u8], offset: usize, next: Next) -> Self {
        let offset = char_start(file, offset.min(file.len()));
        let start = memrchr(b'\n', &file[..offset]).map_or(0, |at| at + 1);
        let end = memchr(b'\n', &file[offset..]).map_or(file.len(), |at| offset + at);
        let is_crlf = end < file.len() && end > offset && file[end - 1] == b'\r';
        let end = end - usize::from(is_crlf);
        let from = offset.saturating_sub(AROUND).max(start);
        let from = (from..offset).find(|at| !is_inside_char(file[*at]));
        let before = from.map_or(&file[offset..offset], |from| &file[from..offset]);
        let to = char_start(file, (offset + AROUND).min(end)).max(offset);
        Self {
            line: memchr_iter(b'\n', &file[..offset]).count() + 1,
            column: offset - start + 1,
            before: Octets(before.to_vec()),
            behind: Octets(file[offset..to].to_vec()),
            next,
        }
    }
}

/// The octets that follow the first of a character in UTF-8.
fn is_inside_char(octet: u8) -> bool {
    matches!(octet, 0x80..=0xbf)
}

/// Where the character starts of which `offset` is a part; `offset` if it is a part of none.
fn char_start(file: &[u8], offset: usize) -> usize {
    if !file.get(offset).is_some_and(|octet| is_inside_char(*octet)) {
        return offset;
    }
    let starts = (1..4).filter_map(|back| offset.checked_sub(back));
    let mut starts = starts.filter(|at| !is_inside_char(file[*at]));
    let start = starts.next().filter(|start| {
        let text = &file[*start..file.len().min(start + 4)];
        let valid = text.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        let char = valid.chars().next().map_or(0, char::len_utf8);
        start + char > offset
    });
    start.unwrap_or(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(file: &[u8], canonical: &[u8], at: usize, by: Canonicalization) -> Place {
        let text = Text {
            file,
            span: 0..file.len(),
            without: 0..0,
            canonical,
            by,
        };
        text.place(at)
    }

    #[test]
    fn a_place_is_found_behind_white_space_that_was_squeezed() {
        let by = Canonicalization::Relaxed;
        let found = place(b"A :  b \t c\r\n\td", b"a:b c d", 4, by);
        assert_eq!((found.line, found.column), (1, 10));
        assert_eq!(found.next, Next::Octet(b'c'));
        let space = place(b"A :  b \t c\r\n\td", b"a:b c d", 3, by);
        assert_eq!((space.column, space.next), (7, Next::Octet(b' ')));
        let fold = place(b"A :  b \t c\r\n\td", b"a:b c d", 5, by);
        assert_eq!((fold.column, fold.next), (11, Next::LineEnd));
        let behind = place(b"A :  b \t c\r\n\td", b"a:b c d", 6, by);
        assert_eq!((behind.line, behind.column), (2, 2));
        let end = place(b"A : b \r\n", b"a:b", 3, by);
        assert_eq!((end.column, end.next), (6, Next::End));
    }

    #[test]
    fn a_place_in_a_character_is_where_that_starts() {
        let file = "x\u{e9}y".as_bytes();
        let found = place(file, file, 2, Canonicalization::Simple);
        assert_eq!(found.before.to_string(), "x");
        assert_eq!(found.behind.to_string(), "\u{e9}y");
        let file = b"x\xe9\xa9";
        let found = place(file, file, 2, Canonicalization::Simple);
        assert_eq!(found.before.to_string(), "x\\xe9");
        assert_eq!(found.behind.to_string(), "\\xa9");
        let long = "\u{e9}".repeat(500);
        let found = place(
            long.as_bytes(),
            long.as_bytes(),
            501,
            Canonicalization::Simple,
        );
        assert_eq!(found.before.0.len() + found.behind.0.len(), 2 * AROUND);
    }
}
