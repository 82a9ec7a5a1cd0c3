//! A body that was put together from pieces of the file, which still knows where they were.

use std::ops::Range;

/// A piece of a text that is replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    pub at: Range<usize>,
    pub with: Vec<u8>,
}

impl Edit {
    pub(super) fn new(at: Range<usize>, with: impl Into<Vec<u8>>) -> Self {
        Self {
            at,
            with: with.into(),
        }
    }

    pub(super) fn cut(at: Range<usize>) -> Self {
        Self::new(at, Vec::new())
    }
}

/// A body, and where its octets are in the file.
#[derive(Clone, Debug)]
pub(super) struct Edited {
    pub bytes: Vec<u8>,
    /// From this octet on, octets stand in the file from that one on.
    marks: Vec<(usize, usize)>,
}

impl Edited {
    /// The body as it is in the file, from `start` on.
    pub(super) fn of(body: &[u8], start: usize) -> Self {
        Self {
            bytes: body.to_vec(),
            marks: vec![(0, start)],
        }
    }

    /// Where the octet at `here` is in the file, or where it would be.
    pub(super) fn in_file(&self, here: usize) -> usize {
        let after = self.marks.partition_point(|(mark, _)| *mark <= here);
        let (mark, file) = self.marks[after.saturating_sub(1)];
        file + (here - mark)
    }

    /// The text with these edits, which are in order and do not overlap.
    pub(super) fn with(&self, edits: &[Edit]) -> Self {
        let grown: usize = edits.iter().map(|edit| edit.with.len()).sum();
        let mut out = Self {
            bytes: Vec::with_capacity(self.bytes.len() + grown),
            marks: Vec::new(),
        };
        let mut from = 0;
        for edit in edits {
            out.copy(self, from..edit.at.start);
            if !edit.with.is_empty() {
                out.mark(self.in_file(edit.at.start));
                out.bytes.extend_from_slice(&edit.with);
            }
            from = edit.at.end;
        }
        out.copy(self, from..self.bytes.len());
        if out.marks.is_empty() {
            out.mark(self.in_file(0));
        }
        out
    }

    fn copy(&mut self, from: &Self, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        self.mark(from.in_file(range.start));
        let start = self.bytes.len();
        let within = from.marks.partition_point(|(mark, _)| *mark <= range.start);
        for (mark, file) in &from.marks[within..] {
            if *mark >= range.end {
                break;
            }
            self.marks.push((start + mark - range.start, *file));
        }
        self.bytes.extend_from_slice(&from.bytes[range]);
    }

    fn mark(&mut self, file: usize) {
        let here = self.bytes.len();
        match self.marks.last_mut() {
            Some(last) if last.0 == here => last.1 = file,
            _ => self.marks.push((here, file)),
        }
    }
}

/// The lines of a text: where each begins, and where the next one does.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut start = 0;
    std::iter::from_fn(move || {
        let from = start;
        let rest = text.get(from..).filter(|rest| !rest.is_empty())?;
        start = match memchr::memchr(b'\n', rest) {
            Some(at) => from + at + 1,
            None => text.len(),
        };
        Some(from..start)
    })
}

/// A line without its end.
pub(super) fn content(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_the_file_survive_edits() {
        let text = Edited::of(b"0123456789", 100);
        let once = text.with(&[Edit::cut(0..2), Edit::new(5..6, b"abc".as_slice())]);
        assert_eq!(once.bytes, b"234abc6789");
        let places: Vec<_> = [0, 2, 3, 6, 9].map(|at| once.in_file(at)).into();
        assert_eq!(places, [102, 104, 105, 106, 109]);
        let twice = once.with(&[Edit::cut(1..4)]);
        assert_eq!(twice.bytes, b"2bc6789");
        assert_eq!((twice.in_file(0), twice.in_file(3)), (102, 106));
        assert_eq!(twice.with(&[Edit::cut(0..7)]).bytes, b"");
    }
}
