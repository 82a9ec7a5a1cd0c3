//! Paragraphs, broken between words into lines of a width.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

/// The width of a page where nothing else is known.
pub(super) const COLUMNS: usize = 80;

/// A page of a width.
pub(super) struct Sheet<'o> {
    out: &'o mut dyn Write,
    /// The width.
    pub columns: usize,
}

impl<'o> Sheet<'o> {
    pub(super) fn new(out: &'o mut dyn Write, columns: usize) -> Self {
        Self { out, columns }
    }

    /// Writes `text` as [`paragraph`] does, in the width of the page.
    pub(super) fn paragraph(&mut self, first: &str, indent: usize, text: &str) -> io::Result<()> {
        broken(self.out, first, &" ".repeat(indent), text, self.columns)
    }
}

impl Write for Sheet<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.out.write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Writes `text` after `first`, broken between words, with later lines indented by `indent`
/// columns. A word longer than a line is on a line of its own.
pub(super) fn paragraph(
    out: &mut dyn Write,
    first: &str,
    indent: usize,
    text: &str,
) -> io::Result<()> {
    paragraph_behind(out, first, &" ".repeat(indent), text)
}

/// As [`paragraph`], with `rest` in front of every line but the first.
pub(super) fn paragraph_behind(
    out: &mut dyn Write,
    first: &str,
    rest: &str,
    text: &str,
) -> io::Result<()> {
    broken(out, first, rest, text, COLUMNS)
}

fn broken(
    out: &mut dyn Write,
    first: &str,
    rest: &str,
    text: &str,
    columns: usize,
) -> io::Result<()> {
    let mut column = first.width();
    write!(out, "{first}")?;
    let mut at_start = true;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let width = word.width();
        if !at_start && column + 1 + width > columns {
            write!(out, "\n{rest}")?;
            column = rest.width();
            at_start = true;
        }
        if !at_start {
            write!(out, " ")?;
            column += 1;
        }
        write!(out, "{word}")?;
        column += width;
        at_start = false;
    }
    writeln!(out)
}

/// `text`, padded with spaces to `columns`.
pub(super) fn padded(text: &str, columns: usize) -> String {
    let fill = columns.saturating_sub(text.width());
    format!("{text}{:fill$}", "")
}

/// `text`, without its middle if it is wider than `columns`.
pub(super) fn shortened(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let half = columns.saturating_sub(1) / 2;
    let take = |chars: &mut dyn Iterator<Item = char>| {
        let mut width = 0;
        let mut taken = String::new();
        for char in chars {
            width += char.to_string().width();
            if width > half {
                break;
            }
            taken.push(char);
        }
        taken
    };
    let start = take(&mut text.chars());
    let end: String = take(&mut text.chars().rev()).chars().rev().collect();
    format!("{start}…{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(first: &str, indent: usize, text: &str) -> String {
        let mut out = Vec::new();
        paragraph(&mut out, first, indent, text).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn lines_end_at_the_last_word_that_fits() {
        let text = wrapped("  A: ", 4, &"word ".repeat(20));
        assert!(text.lines().all(|line| line.width() <= COLUMNS), "{text}");
        assert!(text.lines().nth(1).unwrap().starts_with("    word"));
    }

    #[test]
    fn a_word_wider_than_the_page_is_not_broken() {
        let text = wrapped("", 2, &format!("a {} b", "x".repeat(100)));
        assert_eq!(text.lines().count(), 3);
    }

    #[test]
    fn long_texts_keep_their_start_and_end() {
        assert_eq!(
            shortened("0100018f1234-0000@amazonses.com", 21),
            "0100018f12…zonses.com"
        );
        assert_eq!(shortened("short", 10), "short");
    }
}
