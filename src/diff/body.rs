//! Two bodies, line by line in canonical form, in one pass: the lines that they begin and end with in
//! common, and how many lines between those only one has.

use std::borrow::Cow;
use std::ops::Range;

use foldhash::{HashMap, HashMapExt};
use memchr::{memchr, memrchr};
use schemars::JsonSchema;
use serde::Serialize;

use super::PartDiff;
use super::place::{Next, Octets, Place, Spot, Text, text_alone};
use crate::dkim::{Canonicalization, DkimSignature, canonical};
use crate::message::Message;

/// How many lines that may differ are counted one by one; of more, only the number is known.
const COUNTED: usize = 20_000;

/// Where two bodies differ.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct BodyDiff {
    /// The first octet that differs.
    pub first: Spot,
    /// Whether they differ in white space and line breaks alone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub only_white_space: bool,
    /// How many lines differ.
    pub lines: LineCounts,
    /// The first lines with text that only the first body has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub only_a: Vec<BodyLine>,
    /// The first lines with text that only the second body has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub only_b: Vec<BodyLine>,
}

/// A line of a body.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct BodyLine {
    /// Which line of the file it is, from 1.
    pub line: usize,
    /// The start of it.
    pub text: Octets,
}

/// How many lines differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct LineCounts {
    /// Lines that only the first body has.
    pub only_a: usize,
    /// Lines that only the second body has.
    pub only_b: usize,
    /// Whether there are so many that lines which both have may be among them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub at_most: bool,
}

/// How many lines are listed that only one body has.
const LISTED: usize = 5;

/// What decides how two bodies are compared: their canonical form, and `l=` in each copy.
type Way = (Canonicalization, [Option<u64>; 2]);

/// The bodies of two messages, compared once in each way that signatures need.
#[derive(Default)]
pub(super) struct Bodies {
    known: Vec<(Way, PartDiff<BodyDiff>)>,
}

impl Bodies {
    /// Compares what a signature covers of the bodies.
    pub fn compare(
        &mut self,
        (a, in_a): (&Message<'_>, &DkimSignature),
        (b, in_b): (&Message<'_>, &DkimSignature),
    ) -> PartDiff<BodyDiff> {
        let Some((_, by)) = in_a.canonicalization else {
            return PartDiff::NotCompared;
        };
        let way = (by, [in_a.length, in_b.length]);
        if let Some((_, known)) = self.known.iter().find(|(known, _)| *known == way) {
            return known.clone();
        }
        let found = compare((a, in_a.length), (b, in_b.length), by);
        self.known.push((way, found.clone()));
        found
    }
}

/// Compares two bodies in canonical form, up to a length in each.
pub(super) fn compare(
    (a, l_of_a): (&Message<'_>, Option<u64>),
    (b, l_of_b): (&Message<'_>, Option<u64>),
    by: Canonicalization,
) -> PartDiff<BodyDiff> {
    let (Some(start_of_a), Some(start_of_b)) = (a.header.body, b.header.body) else {
        return PartDiff::NotCompared;
    };
    let mut in_a = Lines::new(a.bytes, start_of_a, by, l_of_a);
    let mut in_b = Lines::new(b.bytes, start_of_b, by, l_of_b);
    let (text_of_a, text_of_b) = (in_a.text_alone(), in_b.text_alone());
    let mut octets = 0;
    let (line_of_a, line_of_b) = loop {
        match (in_a.next(), in_b.next()) {
            (None, None) => return PartDiff::Same,
            (Some(one), Some(other)) if one == other => octets += one.length() as u64,
            pair => break pair,
        }
    };
    let first = spot(
        (&in_a, line_of_a.as_ref()),
        (&in_b, line_of_b.as_ref()),
        octets,
    );
    loop {
        let (mut up_in_a, mut up_in_b) = (in_a.clone(), in_b.clone());
        match (up_in_a.next_back(), up_in_b.next_back()) {
            (Some(one), Some(other)) if one == other => (in_a, in_b) = (up_in_a, up_in_b),
            _ => break,
        }
    }
    let only_white_space = text_of_a.eq(text_of_b);
    let in_a = || line_of_a.clone().into_iter().chain(in_a.clone());
    let in_b = || line_of_b.clone().into_iter().chain(in_b.clone());
    let (all_of_a, all_of_b) = (in_a().count(), in_b().count());
    if all_of_a + all_of_b > COUNTED {
        return PartDiff::Differ(BodyDiff {
            first,
            only_white_space,
            lines: LineCounts {
                only_a: all_of_a,
                only_b: all_of_b,
                at_most: true,
            },
            only_a: Vec::new(),
            only_b: Vec::new(),
        });
    }
    let (only_a, of_a) = without(in_a(), in_b(), a.bytes);
    let (only_b, of_b) = without(in_b(), in_a(), b.bytes);
    PartDiff::Differ(BodyDiff {
        first,
        only_white_space,
        lines: LineCounts {
            only_a,
            only_b,
            at_most: false,
        },
        only_a: of_a,
        only_b: of_b,
    })
}

/// Where two lines part, of which the canonical form begins behind `before` octets.
fn spot(
    (in_a, line_of_a): (&Lines<'_>, Option<&Line<'_>>),
    (in_b, line_of_b): (&Lines<'_>, Option<&Line<'_>>),
    before: u64,
) -> Spot {
    let a = line_of_a.map(Line::octets).unwrap_or_default();
    let b = line_of_b.map(Line::octets).unwrap_or_default();
    let common = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let place = |lines: &Lines<'_>, line: Option<&Line<'_>>, canonical: &[u8]| match line {
        None => Place::at(lines.file, lines.end_of_text(), Next::End),
        Some(line) => {
            let text = Text {
                file: lines.file,
                span: line.span.clone(),
                without: 0..0,
                canonical,
                by: lines.by,
            };
            text.place(common)
        }
    };
    Spot {
        octet: before + common as u64 + 1,
        a: place(in_a, line_of_a, &a),
        b: place(in_b, line_of_b, &b),
    }
}

/// How many of `lines`, which are in `file`, are not among `others`, wherever they are; and the first
/// of those with text.
fn without<'a>(
    lines: impl Iterator<Item = Line<'a>>,
    others: impl Iterator<Item = Line<'a>>,
    file: &[u8],
) -> (usize, Vec<BodyLine>) {
    let mut left: HashMap<(Cow<'_, [u8]>, usize), usize> = HashMap::new();
    for line in others {
        *left.entry((line.content, line.line_end)).or_default() += 1;
    }
    let mut count = 0;
    let mut listed = Vec::new();
    for line in lines {
        let key = (line.content, line.line_end);
        match left.get_mut(&key) {
            Some(times @ 1..) => *times -= 1,
            _ => {
                count += 1;
                if listed.len() < LISTED && !key.0.trim_ascii().is_empty() {
                    let there = Place::at(file, line.span.start, Next::LineEnd);
                    listed.push(BodyLine {
                        line: there.line,
                        text: there.behind,
                    });
                }
            }
        }
    }
    (count, listed)
}

/// A line in canonical form.
#[derive(Clone)]
struct Line<'a> {
    content: Cow<'a, [u8]>,
    /// How many octets of its line end are covered: two, or fewer where `l=` ends in it.
    line_end: usize,
    /// Where it is in the file.
    span: Range<usize>,
}

impl PartialEq for Line<'_> {
    fn eq(&self, other: &Self) -> bool {
        (&self.content, self.line_end) == (&other.content, other.line_end)
    }
}

impl Line<'_> {
    fn length(&self) -> usize {
        self.content.len() + self.line_end
    }

    fn octets(&self) -> Vec<u8> {
        [&*self.content, &b"\r\n"[..self.line_end]].concat()
    }

    /// The same line, up to this length.
    fn cut(mut self, length: usize) -> Self {
        self.line_end = length.saturating_sub(self.content.len()).min(2);
        if length < self.content.len() {
            self.content.to_mut().truncate(length);
        }
        self
    }
}

/// The lines of a canonical body, from either end.
#[derive(Clone)]
struct Lines<'a> {
    file: &'a [u8],
    by: Canonicalization,
    /// What is left of the body.
    rest: Range<usize>,
    /// Where the last line starts of which something is covered, and how many octets of it.
    cut: Option<(usize, usize)>,
    /// Whether an empty line is left that no octet stands for: the simple form of an empty body.
    is_empty_line_left: bool,
}

impl<'a> Lines<'a> {
    fn new(file: &'a [u8], start: usize, by: Canonicalization, limit: Option<u64>) -> Self {
        let mut lines = Self {
            file,
            by,
            rest: start..file.len(),
            cut: None,
            is_empty_line_left: false,
        };
        let mut end = file.len();
        while let Some(line) = lines.next_back()
            && line.content.is_empty()
        {
            end = line.span.start;
        }
        lines.rest = start..end;
        lines.is_empty_line_left = by == Canonicalization::Simple && end == start;
        if let Some(limit) = limit {
            lines.limit(limit);
        }
        lines
    }

    /// Leaves only the first octets.
    fn limit(&mut self, mut left: u64) {
        for line in self.clone() {
            let length = line.length() as u64;
            if length >= left {
                self.rest.end = line.span.end;
                if left == 0 {
                    self.rest.end = line.span.start;
                    self.is_empty_line_left = false;
                }
                self.cut = Some((line.span.start, left as usize));
                return;
            }
            left -= length;
        }
    }

    /// Where the text of what is left ends, without its last line end.
    fn end_of_text(&self) -> usize {
        let text = &self.file[..self.rest.end];
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        text.strip_suffix(b"\r").unwrap_or(text).len()
    }

    /// The octets that are neither white space nor line ends.
    fn text_alone(&self) -> impl Iterator<Item = u8> + use<'a> {
        let lines = self.clone();
        lines.flat_map(|line| text_alone(&line.content).collect::<Vec<_>>())
    }

    fn line(&self, span: Range<usize>) -> Line<'a> {
        let text = &self.file[span.clone()];
        let text = match text.strip_suffix(b"\n") {
            Some(text) => text.strip_suffix(b"\r").unwrap_or(text),
            None => text,
        };
        let line = Line {
            content: canonical::body_line(text, self.by),
            line_end: 2,
            span,
        };
        match self.cut {
            Some((at, length)) if at == line.span.start => line.cut(length),
            _ => line,
        }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let start = self.rest.start;
        if self.rest.is_empty() {
            let is_left = std::mem::take(&mut self.is_empty_line_left);
            return is_left.then(|| self.line(start..start));
        }
        let rest = &self.file[self.rest.clone()];
        let end = memchr(b'\n', rest).map_or(self.rest.end, |at| start + at + 1);
        self.rest.start = end;
        Some(self.line(start..end))
    }
}

impl DoubleEndedIterator for Lines<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let end = self.rest.end;
        if self.rest.is_empty() {
            return self.next();
        }
        let above = &self.file[self.rest.start..end - 1];
        let start = memrchr(b'\n', above).map_or(self.rest.start, |at| self.rest.start + at + 1);
        self.rest.end = start;
        Some(self.line(start..end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn octets(lines: &mut dyn Iterator<Item = Line<'_>>) -> Vec<u8> {
        lines.flat_map(|line| line.octets()).collect()
    }

    #[test]
    fn the_lines_together_are_what_is_hashed() {
        let signs = b"a \t\r\n";
        for number in 0..5_usize.pow(6) {
            let length = (number > 0).then(|| number.ilog(5) as usize + 1);
            let digit = |at| signs[number / 5_usize.pow(at) % 5];
            let body: Vec<u8> = (0..length.unwrap_or(0) as u32).map(digit).collect();
            for by in [Canonicalization::Simple, Canonicalization::Relaxed] {
                let mut whole = Vec::new();
                canonical::body(&body, by, |piece| whole.extend_from_slice(piece));
                let lines = Lines::new(&body, 0, by, None);
                assert_eq!(octets(&mut lines.clone()), whole, "{by} {body:?}");
                let mut reversed: Vec<Line<'_>> = lines.rev().collect();
                reversed.reverse();
                assert_eq!(octets(&mut reversed.into_iter()), whole, "{by} {body:?}");
                if number > 5_usize.pow(5) {
                    continue;
                }
                for limit in 0..=whole.len() + 1 {
                    let lines = Lines::new(&body, 0, by, Some(limit as u64));
                    let start = &whole[..limit.min(whole.len())];
                    let found = octets(&mut lines.clone());
                    assert_eq!(found, start, "{by} {body:?} l={limit}");
                }
            }
        }
    }

    fn differ(a: &[u8], b: &[u8], by: Canonicalization) -> Option<BodyDiff> {
        let limits = crate::Limits::default();
        let whole = |body: &[u8]| [b"From: a@example.com\r\n\r\n", body].concat();
        let (a, b) = (whole(a), whole(b));
        let a = Message::parse(&a, &limits).unwrap();
        let b = Message::parse(&b, &limits).unwrap();
        match compare((&a, None), (&b, None), by) {
            PartDiff::Differ(diff) => Some(diff),
            PartDiff::Same => None,
            PartDiff::NotCompared => panic!("{by}"),
        }
    }

    #[test]
    fn lines_are_counted_that_only_one_body_has() {
        for (a, b, expected) in [
            (&b"1\n2\n3\n"[..], &b"1\n2\n3\n4\n5\n"[..], (0, 2)),
            (b"1\n2\n3\n", b"1\nx\n3\n", (1, 1)),
            (b"1\n2\n3\n", b"0\n1\n2\n3\n", (0, 1)),
            (b"1\n2\n3\n", b"1\n3\n2\n", (0, 0)),
            (b"1\n1\n", b"1\n1\n1\n", (0, 1)),
            (b"", b"1\n", (0, 1)),
        ] {
            let lines = differ(a, b, Canonicalization::Relaxed).unwrap().lines;
            assert_eq!((lines.only_a, lines.only_b), expected, "{a:?} {b:?}");
        }
    }

    #[test]
    fn the_first_octet_that_differs_is_counted_in_the_canonical_body() {
        let diff = differ(b"a  b\nc d\n", b"a b\nc x\n", Canonicalization::Relaxed).unwrap();
        assert_eq!(diff.first.octet, 8);
        assert_eq!((diff.first.a.line, diff.first.a.column), (4, 3));
        assert_eq!(diff.first.b.next, Next::Octet(b'x'));
        let diff = differ(b"a\n", b"a\nb\n", Canonicalization::Simple).unwrap();
        assert_eq!((diff.first.octet, diff.first.a.next), (4, Next::End));
        assert_eq!(diff.first.a.before.to_string(), "a");
        assert_eq!((diff.first.a.line, diff.first.b.line), (3, 4));
        let empty = differ(b"", b"b\n", Canonicalization::Simple).unwrap();
        assert_eq!((empty.first.a.line, empty.first.a.next), (3, Next::LineEnd));
        assert_eq!(differ(b"a\n\n\n", b"a\r\n", Canonicalization::Simple), None);
    }

    #[test]
    fn many_lines_take_no_time_that_grows_with_their_square() {
        let many = |word: &str| word.repeat(200_000).into_bytes();
        let diff = differ(&many("a\n"), &many("b\n"), Canonicalization::Relaxed).unwrap();
        assert_eq!((diff.lines.only_a, diff.lines.at_most), (200_000, true));
    }
}
