//! The page over many messages: charts, what to do, and a line for each message, which leads to its
//! own page.

use std::io::{self, Write};

use super::page::{COPY, Head, page};
use super::{Html, blocks, chart, report};
use crate::corpus::{DkimInShort, Trend, Verdicts};
use crate::render::trend;

/// The script that sorts and filters the lines.
const SCRIPT: &str = include_str!("index.js");

/// How many messages have a line. More would make a page that no browser shows well.
pub const LINES: usize = 20_000;

/// How many characters of a subject are shown.
const SUBJECT: usize = 200;

/// How many domains and sources are shown over time.
const OVER_TIME: usize = 3;

/// The page over many messages, as they come.
#[derive(Clone, Debug, Default)]
pub struct Index {
    folder: String,
    trend: Trend,
    lines: Html,
    count: usize,
}

impl Index {
    /// The page over messages below one folder, with a separator at its end: lines name what is below it.
    /// The folder itself is not said, as its path may tell who has the messages.
    pub fn below(folder: String) -> Self {
        Self {
            folder,
            ..Self::default()
        }
    }

    /// Adds a message with its subject, or the error of one that could not be analysed. `page` is the
    /// address of its own page, relative to this one.
    pub fn add(
        &mut self,
        name: &str,
        subject: Option<&str>,
        verdicts: Result<&Verdicts, &str>,
        page: Option<&str>,
    ) {
        let name = name.strip_prefix(&self.folder).unwrap_or(name);
        self.trend.add(name, verdicts.ok());
        self.count += 1;
        if self.count <= LINES {
            self.lines.element("tr", |tr| {
                head_of(name, subject, page, tr);
                line(verdicts, tr);
            });
            self.lines.line_end();
        }
    }

    /// Writes the page.
    ///
    /// # Errors
    ///
    /// Only errors of `out`.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let head = Head {
            title: "Messages",
            tone: report::tone(&self.trend),
            scripts: &[COPY, SCRIPT],
            styles: &[],
            has_forms: false,
        };
        let all = trend::blocks(&self.trend, OVER_TIME);
        let body = |html: &mut Html| {
            report::title("Messages", &all, html);
            html.with("main", &[("id", "main"), ("class", "wide")], |main| {
                report::charts(&self.trend, main);
                main.with("section", &[("id", "messages")], |section| {
                    self.messages(section)
                });
                main.element("section", |section| {
                    section.element("details", |details| {
                        details.element("summary", |summary| summary.text("All in numbers"));
                        blocks::write(report::rest(&all), details);
                    });
                });
            });
        };
        page(&head, body, out)
    }

    fn messages(&self, html: &mut Html) {
        html.element("h2", |h2| h2.text("One by one"));
        if self.count > LINES {
            html.paragraph(format!("The first {LINES} of {} are here.", self.count));
        }
        html.with("div", &[("id", "filters")], |_| ());
        html.with("table", &[("id", "lines"), ("class", "lines")], |table| {
            table.element("thead", |thead| {
                thead.element("tr", |tr| {
                    for title in COLUMNS {
                        tr.with("th", &[("scope", "col")], |th| th.text(title));
                    }
                });
            });
            table.line_end();
            table.element("tbody", |tbody| tbody.append(self.lines.clone()));
        });
    }
}

const COLUMNS: [&str; 7] = [
    "Message", "Result", "From", "SPF", "DKIM", "Findings", "Received",
];

/// The cell of a message: its name and its subject.
fn head_of(name: &str, subject: Option<&str>, page: Option<&str>, tr: &mut Html) {
    tr.with("th", &[("scope", "row")], |th| {
        match page {
            Some(page) => th.with("a", &[("href", page)], |a| a.text(name)),
            None => th.text(name),
        }
        if let Some(subject) = subject {
            let subject: String = subject.chars().take(SUBJECT).collect();
            th.text(" ");
            th.with("span", &[("class", "topic"), ("title", &subject)], |span| {
                span.text(&subject);
            });
        }
    });
}

fn line(verdicts: Result<&Verdicts, &str>, tr: &mut Html) {
    let verdicts = match verdicts {
        Ok(verdicts) => verdicts,
        Err(why) => {
            tr.with("td", &[("class", "plain")], |td| td.text("error"));
            tr.with("td", &[("colspan", "5")], |td| td.text(why));
            return;
        }
    };
    let (class, word) = chart::part(verdicts.outcome);
    tr.with("td", &[("class", class)], |td| td.text(word));
    let from = verdicts.dmarc.author_domain.as_ref();
    tr.element("td", |td| td.text(from.map_or("", |from| from.as_str())));
    let spf = &verdicts.mail_from;
    let domain = spf.domain.as_deref().unwrap_or_default();
    tr.element("td", |td| {
        td.text(format!("{} {domain}", spf.result).trim_end())
    });
    let dkim = |one: &DkimInShort| {
        let domain = one.domain.as_ref().map_or("", |domain| domain.as_str());
        format!("{} {domain}", one.result.as_str())
    };
    let dkim: Vec<String> = verdicts.dkim.iter().take(4).map(dkim).collect();
    tr.element("td", |td| td.text(dkim.join(", ")));
    let codes: Vec<&str> = verdicts.findings.iter().map(|(_, code)| *code).collect();
    tr.element("td", |td| td.text(codes.join(", ")));
    let at = verdicts.received_at;
    let at = at.map(|at| at.strftime("%Y-%m-%d %H:%M").to_string());
    tr.element("td", |td| td.text(at.unwrap_or_default()));
}
