//! A domain check as a page: the grade, its parts, what else was seen, and what to do; and the checks of
//! several domains as one.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

use super::page::{COPY, Head, page};
use super::{
    Frame, Html, Tone, badge, blocks, conclusion, contents, evidence, findings, folded, footer,
    results, section, spf, told,
};
use crate::DomainCheck;
use crate::domain::{Letter, Loss, Why};
use crate::findings::{Finding, Fix};
use crate::render::domain::{costs, words};
use crate::render::page::Cell;
use crate::render::provider::{self, Provider};
use crate::render::text::sentence;
use crate::render::{bulk, dmarc, findings as finding_words};

pub(super) fn write(frame: &Frame<'_>, check: &DomainCheck, out: &mut dyn Write) -> io::Result<()> {
    let found = check.findings();
    let letter = letter(check);
    let word = letter.map_or_else(|| "Not graded".to_owned(), |letter| letter.to_string());
    let head = Head {
        title: &format!("{word}: {}", check.domain),
        tone: tone(letter),
        styles: frame.styles,
        scripts: &[COPY],
        has_forms: frame.has_forms,
    };
    let sections = sections(check);
    let body = |html: &mut Html| {
        html.element("header", |html| {
            frame.above(html);
            html.class("p", "file", |p| p.text(&check.domain));
            html.element("h1", |h1| match letter {
                Some(letter) => h1.text(format!("Grade {letter}")),
                None => h1.text(&word),
            });
            opening(check, &found, html);
        });
        contents(&sections, html);
        html.with("main", &[("id", "main")], |html| {
            parts(check, &found, &sections, html)
        });
        footer("", html);
    };
    page(&head, body, out)
}

/// Several domains as one page: a table of them, and each folded below it.
pub(super) fn write_several(checks: &[DomainCheck], out: &mut dyn Write) -> io::Result<()> {
    let letters = || checks.iter().map(letter);
    let worst = letters().max_by_key(|letter| (letter.is_none(), *letter));
    let head = Head {
        title: &format!("{} domains", checks.len()),
        tone: tone(worst.flatten()),
        styles: &[],
        scripts: &[COPY],
        has_forms: false,
    };
    let found: Vec<Vec<Finding>> = checks.iter().map(DomainCheck::findings).collect();
    let body = |html: &mut Html| {
        html.element("header", |html| {
            html.element("h1", |h1| h1.text(format!("{} domains", checks.len())));
            html.class("p", "lead", |p| p.text(counted(letters())));
        });
        html.with("main", &[("id", "main")], |html| {
            section("summary", "What to do first", html, |html| {
                summary(checks, &found, html);
            });
            for ((check, found), number) in checks.iter().zip(&found).zip(1..) {
                let part = format!("domain-{number}-");
                html.line_end();
                html.part(&part, |html| one_of_several(check, found, html));
            }
        });
        footer("", html);
    };
    page(&head, body, out)
}

fn letter(check: &DomainCheck) -> Option<Letter> {
    check.grade.as_ref().map(|grade| grade.letter)
}

fn word(letter: Option<Letter>) -> String {
    letter.map_or_else(|| "not graded".to_owned(), |letter| letter.to_string())
}

/// As `2 with A, 1 with E, 1 not graded`.
fn counted(letters: impl Iterator<Item = Option<Letter>>) -> String {
    let mut counts: BTreeMap<(bool, Option<Letter>), usize> = BTreeMap::new();
    for letter in letters {
        *counts.entry((letter.is_none(), letter)).or_default() += 1;
    }
    let counts = counts.into_iter().map(|((_, letter), count)| match letter {
        Some(letter) => format!("{count} with {letter}"),
        None => format!("{count} not graded"),
    });
    format!("{}.", counts.collect::<Vec<_>>().join(", "))
}

/// A line for each domain: its grade, and what to do first.
fn summary(checks: &[DomainCheck], found: &[Vec<Finding>], html: &mut Html) {
    html.class("table", "domains", |table| {
        table.element("thead", |thead| {
            thead.element("tr", |tr| {
                for title in ["Domain", "Grade", "What to do first"] {
                    tr.with("th", &[("scope", "col")], |th| th.text(title));
                }
            });
        });
        table.element("tbody", |tbody| {
            for ((check, found), number) in checks.iter().zip(found).zip(1..) {
                let grade = letter(check);
                let link = format!("#domain-{number}-all");
                tbody.element("tr", |tr| {
                    tr.with("th", &[("scope", "row")], |th| {
                        th.with("a", &[("href", &link)], |a| a.text(&check.domain));
                    });
                    results::cell("Grade", tr, |td| badge(&word(grade), tone(grade), td));
                    results::cell("First", tr, |td| match first_of(check, found) {
                        Some((finding, fix)) => {
                            td.element("strong", |strong| strong.text(finding.code));
                            td.text(": ");
                            td.prose(sentence(&fix.text));
                        }
                        None => td.text(finding_words::count(found)),
                    });
                });
            }
        });
    });
}

/// A domain below others: its headline, what to do first, and the rest folded.
fn one_of_several(check: &DomainCheck, found: &[Finding], html: &mut Html) {
    let grade = letter(check);
    let attributes = [
        ("id", "all"),
        ("class", "domain"),
        ("aria-labelledby", "title"),
    ];
    html.with("section", &attributes, |html| {
        // The heading of a page, one level lower.
        html.with("h1", &[("id", "title")], |heading| {
            badge(&word(grade), tone(grade), heading);
            heading.text(" ");
            heading.element("code", |code| code.text(&check.domain));
        });
        opening(check, found, html);
        folded("Grade, findings and all that was seen", html, |html| {
            parts(check, found, &sections(check), html);
        });
    });
}

/// The sections of a domain, each with its id.
fn sections(check: &DomainCheck) -> Vec<(&'static str, &'static str)> {
    let mut sections = vec![("grade", "Grade"), ("findings", "Findings")];
    sections.extend(
        check
            .together
            .as_ref()
            .map(|_| ("together", "All fixes together")),
    );
    sections.extend((!check.bulk.is_empty()).then_some(("bulk", "Bulk senders")));
    sections.extend([("spf", "SPF"), ("dmarc", "DMARC"), ("evidence", "Evidence")]);
    sections
}

/// The headline, and what to do first.
fn opening(check: &DomainCheck, found: &[Finding], html: &mut Html) {
    html.class("p", "lead", |p| p.prose(words::headline(check)));
    let fix = |fix: &Fix| provider::lines(&fix.records, &check.lookups, Provider::default());
    // What no finding mends is not in its box.
    let raise = words::raise(check).filter(|(why, _)| !matches!(why, Why::Finding(_)));
    if let Some((_, how)) = raise {
        html.paragraph(format!("The grade is {how}."));
    }
    conclusion::first(first_of(check, found), found, fix, html);
}

/// What raises the grade most of all that can be mended, and how; the gravest, if none of it costs points.
fn first_of<'f>(check: &DomainCheck, found: &'f [Finding]) -> Option<(&'f Finding, &'f Fix)> {
    let items = check.grade.iter().flat_map(|grade| &grade.items);
    let losses: Vec<&Loss> = items.flat_map(|item| &item.losses).collect();
    let costs = |finding: &Finding| {
        let why = Why::Finding(finding.code);
        let of_it = losses.iter().filter(|loss| loss.why == why);
        of_it.map(|loss| loss.points).max()
    };
    let mended = found.iter().filter_map(|finding| {
        let fix = finding.fix.as_ref()?;
        Some((Reverse(costs(finding)?), (finding, fix)))
    });
    // Of two that cost the same, the graver one stands first.
    let most = mended.min_by_key(|(points, _)| *points);
    let all: Vec<&Finding> = found.iter().collect();
    let gravest = || conclusion::first_of(&all, tone(letter(check)));
    most.map(|(_, first)| first).or_else(gravest)
}

fn parts(
    check: &DomainCheck,
    found: &[Finding],
    sections: &[(&'static str, &'static str)],
    html: &mut Html,
) {
    for (id, title) in sections {
        section(id, title, html, |html| match *id {
            "grade" => grade(check, html),
            "findings" => write_findings(check, found, html),
            "together" => together(check, html),
            "bulk" => blocks::write(&bulk::blocks(&check.bulk), html),
            "spf" => trees(check, html),
            "dmarc" => told::write(html, |out| dmarc::write_on(&check.dmarc, out)),
            _ => evidence::lookups(&check.lookups.0, html),
        });
    }
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
                dl.class("dd", "record", |dd| spf::terms(record, dd));
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
