//! A page of paragraphs, tables and lists, as text for a terminal or as Markdown. Hostile text in
//! it cannot control a terminal or become a link, HTML or a part of a table.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::escape::{markdown_code, markdown_prose, plain};
use super::wrap::{paragraph, shortened};

/// How a page is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Markup {
    /// Text for a terminal.
    Text,
    /// Markdown, as GitHub reads it.
    Markdown,
}

/// A part of a page.
pub(super) enum Block {
    /// The title of the page, in our words.
    Title(String),
    /// A heading, in our words.
    Heading(String),
    /// Sentences, which may quote hostile text.
    Paragraph(String),
    /// A table: its heads and its rows.
    Table(Vec<&'static str>, Vec<Vec<Cell>>),
    /// A list item: hostile text, and sentences about it.
    Item(String, String),
    /// A list item: hostile text, sentences about it, and the name of an example, kept whole.
    Case(String, String, String),
    /// Lines to copy, as records and commands.
    Code(Vec<String>),
    /// A DNS record to copy: its name with our words about it, and its text.
    Record(String, String),
}

/// A cell of a table.
#[derive(Clone)]
pub(super) enum Cell {
    /// Text of ours.
    Words(String),
    /// Hostile text.
    Value(String),
    /// Words of ours that quote hostile text.
    Prose(String),
    /// A number, aligned to the right.
    Figure(String),
}

/// The largest width of a value.
const VALUE: usize = 34;

pub(super) fn write(page: &[Block], markup: Markup, out: &mut dyn Write) -> io::Result<()> {
    let mut is_in_list = false;
    for (index, block) in page.iter().enumerate() {
        let is_item = matches!(block, Block::Item(..) | Block::Case(..) | Block::Record(..));
        let is_behind_heading = markup == Markup::Text
            && index > 0
            && matches!(page[index - 1], Block::Heading(_) | Block::Title(_));
        if index > 0 && !(is_item && is_in_list) && !is_behind_heading {
            writeln!(out)?;
        }
        is_in_list = is_item;
        match (block, markup) {
            (Block::Title(title), Markup::Text) => {
                writeln!(out, "{title}\n{}", "=".repeat(title.width()))?;
            }
            (Block::Title(title), Markup::Markdown) => writeln!(out, "# {title}")?,
            (Block::Heading(heading), Markup::Text) => writeln!(out, "{heading}")?,
            (Block::Heading(heading), Markup::Markdown) => writeln!(out, "## {heading}")?,
            (Block::Paragraph(text), Markup::Text) => paragraph(out, "", 0, &plain(text))?,
            (Block::Paragraph(text), Markup::Markdown) => {
                paragraph(out, "", 0, &markdown_prose(text))?;
            }
            (Block::Table(head, rows), markup) => table(head, rows, markup, out)?,
            (Block::Code(lines), Markup::Text) => {
                for line in lines {
                    writeln!(out, "    {}", plain(line))?;
                }
            }
            (Block::Code(lines), Markup::Markdown) => {
                writeln!(out, "```")?;
                for line in lines {
                    // A backtick could end the code.
                    writeln!(out, "{}", plain(line).replace('`', "\\u{60}"))?;
                }
                writeln!(out, "```")?;
            }
            (Block::Item(thing, text), Markup::Text) => {
                writeln!(out, "  {}", plain(thing))?;
                paragraph(out, "      ", 6, &plain(text))?;
            }
            (Block::Case(thing, text, example), Markup::Text) => {
                writeln!(out, "  {}", plain(thing))?;
                paragraph(out, "      ", 6, &plain(text))?;
                writeln!(out, "      Such as {}", plain(example))?;
            }
            (Block::Case(thing, text, example), Markup::Markdown) => {
                writeln!(out, "- {}", markdown_code(thing))?;
                paragraph(out, "  ", 2, &markdown_prose(text))?;
                writeln!(out, "  Such as {}", markdown_code(example))?;
            }
            (Block::Record(name, record), Markup::Text) => {
                writeln!(out, "  {}", plain(name))?;
                paragraph(out, "      ", 6, &plain(record))?;
            }
            (Block::Record(name, record), Markup::Markdown) => {
                writeln!(out, "- {}", markdown_prose(name))?;
                writeln!(out, "  {}", markdown_code(record))?;
            }
            (Block::Item(thing, text), Markup::Markdown) => {
                writeln!(out, "- {}", markdown_code(thing))?;
                paragraph(out, "  ", 2, &markdown_prose(text))?;
            }
        }
    }
    Ok(())
}

impl Cell {
    /// A count.
    pub fn count(count: usize) -> Self {
        Self::Figure(count.to_string())
    }

    /// `part` as a percentage of `whole`, with both.
    pub fn share(part: usize, whole: usize) -> Self {
        Self::Figure(share(part, whole))
    }

    /// The cell as a part of a sentence.
    pub fn text(&self) -> &str {
        match self {
            Self::Words(text) | Self::Value(text) | Self::Prose(text) | Self::Figure(text) => text,
        }
    }

    fn shown(&self, markup: Markup) -> String {
        match (self, markup) {
            (Self::Words(text) | Self::Figure(text), _) => text.clone(),
            (Self::Prose(text), Markup::Text) => plain(text),
            (Self::Prose(text), Markup::Markdown) => markdown_prose(text),
            (Self::Value(text), Markup::Text) => shortened(&plain(text), VALUE),
            (Self::Value(text), Markup::Markdown) => markdown_code(shortened(&plain(text), VALUE)),
        }
    }
}

/// `part` as a percentage of `whole`, with both: `97.1 % (233 of 240)`.
pub(super) fn share(part: usize, whole: usize) -> String {
    match whole {
        0 => "-".into(),
        _ => format!(
            "{:.1} % ({part} of {whole})",
            100.0 * part as f64 / whole as f64
        ),
    }
}

fn table(head: &[&str], rows: &[Vec<Cell>], markup: Markup, out: &mut dyn Write) -> io::Result<()> {
    let is_figure = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        !rows.is_empty()
            && cells
                .into_iter()
                .all(|cell| matches!(cell, Cell::Figure(_)))
    };
    let shown: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| cell.shown(markup)).collect())
        .collect();
    let columns: Vec<(usize, bool)> = head
        .iter()
        .enumerate()
        .map(|(column, title)| {
            let cells = shown.iter().filter_map(|row| row.get(column));
            let widest = cells.map(|cell| cell.width()).max().unwrap_or(0);
            (widest.max(title.width()).max(3), is_figure(column))
        })
        .collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| -> String {
        let cells = cells.zip(&columns).map(|(cell, (width, is_figure))| {
            let fill = " ".repeat(width.saturating_sub(cell.width()));
            match is_figure {
                true => format!("{fill}{cell}"),
                false => format!("{cell}{fill}"),
            }
        });
        let cells: Vec<String> = cells.collect();
        match markup {
            Markup::Text => format!("  {}", cells.join("  ")).trim_end().to_owned(),
            Markup::Markdown => format!("| {} |", cells.join(" | ")),
        }
    };
    writeln!(out, "{}", line(&mut head.iter().copied()))?;
    if markup == Markup::Markdown {
        let rules = columns.iter().map(|(width, is_figure)| match is_figure {
            true => format!("{}:", "-".repeat(width + 1)),
            false => "-".repeat(width + 2),
        });
        writeln!(out, "|{}|", rules.collect::<Vec<_>>().join("|"))?;
    }
    for row in &shown {
        writeln!(out, "{}", line(&mut row.iter().map(String::as_str)))?;
    }
    Ok(())
}

/// The first `most` of `rows`, with all further rows combined by `rest` if there are several.
pub(super) fn largest<T>(mut rows: Vec<T>, most: usize, rest: impl FnOnce(&[T]) -> T) -> Vec<T> {
    if rows.len() > most + 1 {
        let others = rows.split_off(most);
        rows.push(rest(&others));
    }
    rows
}
