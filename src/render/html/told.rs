//! What is told for a terminal, as paragraphs and lists: the same words, broken by the browser.

use std::io;

use super::{Html, folded};
use crate::render::wrap::Sheet;

/// A line as for a terminal of any width.
pub(super) struct Line {
    /// By how many columns it is indented.
    pub indent: usize,
    /// The text; control characters are escaped in it.
    pub text: String,
}

/// The lines that `write` writes, without empty ones.
pub(super) fn lines(write: impl FnOnce(&mut Sheet<'_>) -> io::Result<()>) -> Vec<Line> {
    let mut out = Vec::new();
    // A vector takes all.
    let _ = write(&mut Sheet::new(&mut out, usize::MAX));
    let text = String::from_utf8_lossy(&out);
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines
        .map(|line| Line {
            indent: line.len() - line.trim_start().len(),
            text: line.trim().to_owned(),
        })
        .collect()
}

/// Writes the lines that `write` writes: paragraphs, and what is indented below one as a list.
pub(super) fn write(html: &mut Html, write: impl FnOnce(&mut Sheet<'_>) -> io::Result<()>) {
    list(&lines(write), html);
}

/// Writes the lines that `write` writes, folded below the first of them.
pub(super) fn fold(html: &mut Html, write: impl FnOnce(&mut Sheet<'_>) -> io::Result<()>) {
    if let Some((head, rest)) = lines(write).split_first() {
        folded(&head.text, html, |html| list(rest, html));
    }
}

/// Writes lines: paragraphs, and what is indented below one as a list.
pub(super) fn list(lines: &[Line], html: &mut Html) {
    let is_item = |line: &Line| line.indent > 2;
    let mut runs = lines
        .chunk_by(|one, next| is_item(one) == is_item(next))
        .peekable();
    while let Some(run) = runs.next() {
        match run.first().is_some_and(is_item) {
            false => {
                for (index, line) in run.iter().enumerate() {
                    // What has a list below it and is no sentence is the head of the list.
                    let is_last = index + 1 == run.len() && runs.peek().is_some();
                    match is_last && !line.text.ends_with('.') {
                        true => html.class("p", "head", |p| p.prose(&line.text)),
                        false => html.paragraph(&line.text),
                    }
                }
            }
            true => html.element("ul", |ul| {
                let least = run.iter().map(|line| line.indent).min().unwrap_or(0);
                for line in run {
                    let class = match line.indent > least {
                        true => "deep",
                        false => "",
                    };
                    let text = line.text.strip_prefix("- ").unwrap_or(&line.text);
                    ul.class("li", class, |li| li.prose(text));
                }
            }),
        }
    }
}
