//! Blocks, as Markdown has them, as HTML.

use super::{Html, results};
use crate::render::page::{Block, Cell};

/// A table with more columns than these has several of them side by side on a narrow page.
const MANY: usize = 4;

/// Writes blocks; headings are of the third level.
pub(super) fn write(blocks: &[Block], html: &mut Html) {
    for block in blocks {
        match block {
            Block::Title(text) | Block::Heading(text) => html.element("h3", |h3| h3.text(text)),
            Block::Paragraph(text) => html.paragraph(text),
            Block::Table(head, rows) => {
                let class = if head.len() > MANY { "many" } else { "" };
                table(class, head, rows, html);
            }
            Block::Item(thing, text) | Block::Record(thing, text) => item(thing, &[text], html),
            Block::Case(thing, text, example) => item(thing, &[text, example], html),
            Block::Code(lines) => code(lines, html),
        }
    }
}

fn item(thing: &str, texts: &[&String], html: &mut Html) {
    html.element("dl", |dl| {
        dl.element("dt", |dt| dt.prose(thing));
        for text in texts {
            dl.element("dd", |dd| dd.prose(text));
        }
    });
}

/// Writes lines that are copied: exactly these, and a line end behind each.
pub fn code<T: AsRef<str>>(lines: &[T], html: &mut Html) {
    html.class("div", "copy", |div| {
        div.element("pre", |pre| {
            pre.element("code", |code| {
                for line in lines {
                    code.text(line.as_ref());
                    code.line_end();
                }
            });
        });
    });
}

/// Writes a table. The first cell of each row is its head; on a narrow page each cell stands below
/// the head of its column.
pub(super) fn table(class: &'static str, head: &[&str], rows: &[Vec<Cell>], html: &mut Html) {
    html.class("table", class, |table| {
        table.element("thead", |thead| {
            thead.element("tr", |tr| {
                for (column, title) in head.iter().enumerate() {
                    match title.is_empty() {
                        // An empty head says nothing to those who hear it.
                        true => tr.element("td", |_| ()),
                        false if is_figure(column, rows) => {
                            tr.with("th", &[("scope", "col"), ("class", "figure")], |th| {
                                th.text(title);
                            });
                        }
                        false => tr.with("th", &[("scope", "col")], |th| th.text(title)),
                    }
                }
            });
        });
        table.element("tbody", |tbody| {
            for row in rows {
                tbody.element("tr", |tr| {
                    for (column, cell) in row.iter().enumerate() {
                        let title = head.get(column).copied().unwrap_or_default();
                        match (column, cell) {
                            (0, _) => tr.with("th", &[("scope", "row")], |th| shown(cell, th)),
                            (_, Cell::Figure(text)) => {
                                let attributes = [("class", "figure"), ("data-label", title)];
                                tr.with("td", &attributes, |td| td.text(text));
                            }
                            _ => results::cell(title, tr, |td| shown(cell, td)),
                        }
                    }
                });
            }
        });
    });
}

fn is_figure(column: usize, rows: &[Vec<Cell>]) -> bool {
    let cells = rows.iter().filter_map(|row| row.get(column));
    let mut is_there = false;
    let mut cells = cells.inspect(|_| is_there = true);
    cells.all(|cell| matches!(cell, Cell::Figure(_))) && is_there
}

fn shown(cell: &Cell, html: &mut Html) {
    match cell {
        Cell::Words(text) | Cell::Figure(text) => html.text(text),
        Cell::Value(text) => html.element("code", |code| code.text(text)),
        Cell::Prose(text) => html.prose(text),
    }
}
