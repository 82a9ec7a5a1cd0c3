//! A domain check as a page: the grade, its parts, what else was seen, and what to do.

use std::io::{self, Write};

use super::page::{COPY, Head, page};
use super::{
    Frame, Html, Tone, blocks, conclusion, contents, evidence, findings, footer, section, spf, told,
};
use crate::DomainCheck;
use crate::domain::Letter;
use crate::findings::{Finding, Fix};
use crate::render::domain::{costs, words};
use crate::render::page::Cell;
use crate::render::provider::{self, Provider};
use crate::render::text::sentence;
use crate::render::{bulk, dmarc, findings as finding_words};

pub(super) fn write(frame: &Frame<'_>, check: &DomainCheck, out: &mut dyn Write) -> io::Result<()> {
    let found = check.findings();
    let letter = check.grade.as_ref().map(|grade| grade.letter);
    let word = letter.map_or_else(|| "Not graded".to_owned(), |letter| letter.to_string());
    let head = Head {
        title: &format!("{word}: {}", check.domain),
        tone: tone(letter),
        styles: frame.styles,
        scripts: &[COPY],
        has_forms: frame.has_forms,
    };
    let mut sections = vec![("grade", "Grade"), ("findings", "Findings")];
    sections.extend(
        check
            .together
            .as_ref()
            .map(|_| ("together", "All fixes together")),
    );
    sections.extend((!check.bulk.is_empty()).then_some(("bulk", "Bulk senders")));
    sections.extend([("spf", "SPF"), ("dmarc", "DMARC"), ("evidence", "Evidence")]);
    let body = |html: &mut Html| {
        html.element("header", |html| {
            frame.above(html);
            html.class("p", "file", |p| p.text(&check.domain));
            html.element("h1", |h1| h1.text(&word));
            html.class("p", "lead", |p| p.prose(words::headline(check)));
            let fix =
                |fix: &Fix| provider::lines(&fix.records, &check.lookups, Provider::default());
            conclusion::first(&found, tone(letter), fix, html);
        });
        contents(&sections, html);
        html.with("main", &[("id", "main")], |html| {
            for (id, title) in &sections {
                section(id, title, html, |html| match *id {
                    "grade" => grade(check, html),
                    "findings" => write_findings(check, &found, html),
                    "together" => together(check, html),
                    "bulk" => blocks::write(&bulk::blocks(&check.bulk), html),
                    "spf" => trees(check, html),
                    "dmarc" => told::write(html, |out| dmarc::write_on(&check.dmarc, out)),
                    _ => evidence::lookups(&check.lookups.0, html),
                });
            }
        });
        footer("", html);
    };
    page(&head, body, out)
}

fn tone(letter: Option<Letter>) -> Tone {
    match letter {
        Some(Letter::A | Letter::B) => Tone::Good,
        Some(Letter::C | Letter::D) | None => Tone::Open,
        Some(_) => Tone::Bad,
    }
}

fn grade(check: &DomainCheck, html: &mut Html) {
    html.class("dl", "parts", |dl| {
        for part in words::parts(check) {
            dl.element("dt", |dt| {
                dt.text(part.label);
                if let Some((points, of)) = part.points {
                    let (value, most) = (points.to_string(), of.to_string());
                    let text = format!("{points} of {of}");
                    dt.text(" ");
                    dt.class("span", "points", |span| {
                        span.text(&text);
                        span.text(" ");
                        let attributes = [
                            ("value", value.as_str()),
                            ("max", &most),
                            ("aria-hidden", "true"),
                        ];
                        span.with("meter", &attributes, |_| ());
                    });
                }
            });
            dl.element("dd", |dd| dd.prose(sentence(&part.text)));
            for record in &part.records {
                dl.class("dd", "record", |dd| {
                    dd.element("code", |code| code.text(record))
                });
            }
            if let Some(loss) = &part.losses {
                dl.class("dd", "loss", |dd| dd.prose(loss));
            }
        }
    });
    if let Some(sum) = words::sum(check) {
        html.class("p", "sum", |p| p.text(sum));
    }
    html.paragraph(words::unseen(check).unwrap_or_default());
    let seen = words::seen(check).into_iter();
    let seen = seen.map(|(label, text)| vec![Cell::Words(label.into()), Cell::Prose(text)]);
    let hosts = check.hosts.iter().map(words::host);
    let hosts = hosts.map(|text| vec![Cell::Words("Host".into()), Cell::Prose(text)]);
    blocks::table(
        "seen",
        &["", "Seen"],
        &seen.chain(hosts).collect::<Vec<_>>(),
        html,
    );
}

fn write_findings(check: &DomainCheck, found: &[Finding], html: &mut Html) {
    let provider = Provider::default();
    if found.is_empty() {
        html.paragraph(format!("{}.", finding_words::count(found)));
    }
    for (index, finding) in found.iter().enumerate() {
        let message = sentence(&finding.message);
        let is_first = found[..index].iter().all(|one| one.code != finding.code);
        findings::one(finding, &message, is_first, &check.lookups, provider, html);
    }
    if let Some(mail) = check.mail().first() {
        for text in finding_words::about_records(found, mail.audience(), provider.form) {
            html.class("p", "note", |p| p.prose(text));
        }
    }
}

fn together(check: &DomainCheck, html: &mut Html) {
    if let Some(together) = &check.together {
        html.paragraph(words::together(check, together));
        blocks::code(&finding_words::record_lines(&together.records), html);
    }
}

fn trees(check: &DomainCheck, html: &mut Html) {
    for one in &check.spf {
        let domain = one.verdict.domain.as_deref().unwrap_or_default();
        html.element("h3", |h3| h3.element("code", |code| code.text(domain)));
        html.paragraph(sentence(&words::spf(one)));
        spf::tree(&one.verdict, "tree alone", html);
        let costs = costs(&one.verdict.trace).into_iter();
        let rows: Vec<Vec<Cell>> = costs
            .map(|(term, lookups, voids)| {
                vec![Cell::Value(term), Cell::count(lookups), Cell::count(voids)]
            })
            .collect();
        if rows.len() > 1 {
            blocks::table("costs", &["Term", "Lookups", "Void"], &rows, html);
        }
    }
}
