//! A domain check for people: the grade and its reason, one line for each part with its points, what
//! else was seen, and what to do.

pub(super) mod words;

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use super::escape::plain;
use super::page::{self, Block, Cell, Markup};
use super::provider::{self, Provider};
use super::text::{TextOptions, painted, sentence, style};
use super::wrap::{COLUMNS, Sheet, padded};
use super::{bulk, findings, spf};
use crate::DomainCheck;
use crate::domain::{Letter, SendingHost};
use crate::findings::Finding;
use crate::spf::SpfStep;
use words::Part;

/// Writes a domain check as text.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write(check: &DomainCheck, options: TextOptions, out: &mut dyn Write) -> io::Result<()> {
    let out = &mut Sheet::new(out, options.columns.unwrap_or(COLUMNS));
    headline(check, options, out)?;
    writeln!(out)?;
    for part in words::parts(check) {
        write_part(&part, out)?;
    }
    if let Some(sum) = words::sum(check) {
        out.paragraph("  Grade      ", 13, &sum)?;
    }
    writeln!(out)?;
    for (label, text) in words::seen(check) {
        out.paragraph(&format!("  {label:<10} "), 13, &plain(text))?;
    }
    for host in &check.hosts {
        out.paragraph("  Host       ", 13, &plain(words::host(host)))?;
    }
    if options.verbose {
        evidence(check, out)?;
    }
    let found = check.findings();
    // The last one knows every answer.
    let mail = check.mail().last();
    match (mail, options.verbose) {
        (Some(mail), true) => {
            findings::write(&found, &mail.analysis, mail.audience(), options, out)?;
        }
        (Some(mail), false) => {
            let (analysis, audience) = (&mail.analysis, mail.audience());
            findings::write_short(&found, analysis, audience, false, options, out)?;
        }
        (None, _) => (),
    }
    if let Some(together) = &check.together {
        writeln!(out)?;
        out.paragraph("", 2, &plain(words::together(check, together)))?;
        for line in provider::lines(&together.records, &check.lookups, options.provider) {
            writeln!(
                out,
                "    {}",
                painted(&plain(line), Style::new().bold(), options)
            )?;
        }
    }
    bulk::write(&check.bulk, out)?;
    writeln!(out)?;
    out.paragraph("", 0, &plain(words::last(check, &found)))
}

/// Writes a part, its points at the right, and below it its records and what costs points.
fn write_part(part: &Part, out: &mut Sheet<'_>) -> io::Result<()> {
    const POINTS: usize = 10;
    let first = format!("  {:<10} ", part.label);
    let mut lines = Vec::new();
    let columns = out.columns.saturating_sub(POINTS);
    Sheet::new(&mut lines, columns).paragraph(&first, first.width(), &plain(&part.text))?;
    let lines = String::from_utf8_lossy(&lines).into_owned();
    for (index, line) in lines.lines().enumerate() {
        match part.points.filter(|_| index == 0) {
            Some((points, of)) => {
                let points = format!("{points} of {of}");
                writeln!(out, "{}{points:>POINTS$}", padded(line, columns))?;
            }
            None => writeln!(out, "{line}")?,
        }
    }
    let indent = " ".repeat(first.width());
    for line in part.records.iter().chain(&part.losses) {
        out.paragraph(&indent, first.width() + 2, &plain(line))?;
    }
    Ok(())
}

fn headline(check: &DomainCheck, options: TextOptions, out: &mut Sheet<'_>) -> io::Result<()> {
    let (word, color) = match &check.grade {
        Some(grade) => (
            grade.letter.to_string(),
            match grade.letter {
                Letter::A | Letter::B => AnsiColor::Green,
                Letter::C | Letter::D => AnsiColor::Yellow,
                _ => AnsiColor::Red,
            },
        ),
        None => ("?".into(), AnsiColor::Yellow),
    };
    let mut text = Vec::new();
    let first = format!("{word}  ");
    Sheet::new(&mut text, out.columns).paragraph(&first, 3, &plain(words::headline(check)))?;
    let text = String::from_utf8_lossy(&text);
    let rest = text.strip_prefix(&word).unwrap_or(&text);
    write!(out, "{}{rest}", painted(&word, style(color), options))
}

/// The SPF trees, the tags of the DMARC record, and every lookup.
fn evidence(check: &DomainCheck, out: &mut Sheet<'_>) -> io::Result<()> {
    for one in &check.spf {
        writeln!(out)?;
        spf::write(&one.verdict, out)?;
        for (term, lookups, voids) in costs(&one.verdict.trace) {
            let noun = if lookups == 1 { "lookup" } else { "lookups" };
            let voids = match voids {
                0 => String::new(),
                voids => format!(", {voids} of them void"),
            };
            out.paragraph(
                "    ",
                6,
                &plain(format!("{term}: {lookups} {noun}{voids}")),
            )?;
        }
    }
    writeln!(out)?;
    super::dmarc::write(&check.dmarc, out)?;
    writeln!(out, "\n  Lookups")?;
    for lookup in &check.lookups.0 {
        super::details::lookup(lookup, out)?;
    }
    Ok(())
}

/// The terms of a record that cause lookups, each with how many it causes in all, and how many of
/// them find nothing.
pub(super) fn costs(steps: &[SpfStep]) -> Vec<(String, usize, usize)> {
    let with_costs = steps.iter().filter_map(|step| {
        let (lookups, voids) = cost(step);
        (lookups > 0).then(|| (step.term.to_string(), lookups, voids))
    });
    with_costs.collect()
}

fn cost(step: &SpfStep) -> (usize, usize) {
    let below = step.steps.iter().map(cost);
    let own = (usize::from(step.lookup_number.is_some()), step.voids);
    below.fold(own, |(lookups, voids), (more, empty)| {
        (lookups + more, voids + empty)
    })
}

/// Writes a domain check as Markdown, with records in the form of `provider`.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_markdown(
    check: &DomainCheck,
    provider: Provider<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let grade = check.grade.as_ref().map(|grade| grade.letter.to_string());
    let mut page = vec![
        Block::Title(grade.unwrap_or_else(|| "Not graded".into())),
        Block::Paragraph(words::headline(check)),
    ];
    let rows = words::parts(check).into_iter().map(|part| {
        let points = part
            .points
            .map_or_else(String::new, |(points, of)| format!("{points} of {of}"));
        let mut text = part.text;
        for line in part.records.iter().chain(&part.losses) {
            text.push_str("; ");
            text.push_str(line);
        }
        vec![
            Cell::Words(part.label.into()),
            Cell::Prose(text),
            Cell::Figure(points),
        ]
    });
    let sum = words::sum(check).map(|sum| {
        let points = check.grade.as_ref().map_or(0, |grade| grade.points);
        vec![
            Cell::Words("Grade".into()),
            Cell::Words(sum),
            Cell::Figure(points.to_string()),
        ]
    });
    page.push(Block::Table(
        vec!["", "Seen", "Points"],
        rows.chain(sum).collect(),
    ));
    let seen = words::seen(check).into_iter();
    let seen = seen.map(|(label, text)| vec![Cell::Words(label.into()), Cell::Prose(text)]);
    let host =
        |host: &SendingHost| vec![Cell::Words("Host".into()), Cell::Prose(words::host(host))];
    let rows = seen.chain(check.hosts.iter().map(host)).collect();
    page.push(Block::Table(vec!["", ""], rows));
    let found = check.findings();
    for finding in &found {
        page.extend(finding_blocks(finding, check, provider));
    }
    if let Some(together) = &check.together {
        page.push(Block::Heading("All fixes together".into()));
        page.push(Block::Paragraph(words::together(check, together)));
        page.push(Block::Code(provider::lines(
            &together.records,
            &check.lookups,
            provider,
        )));
    }
    page.extend(bulk::blocks(&check.bulk));
    page::write(&page, Markup::Markdown, out)
}

fn finding_blocks(finding: &Finding, check: &DomainCheck, provider: Provider<'_>) -> Vec<Block> {
    let mut blocks = vec![
        Block::Heading(format!("{}: {}", finding.severity, finding.code)),
        Block::Paragraph(sentence(&finding.message)),
    ];
    let fixes = finding.fix.iter();
    blocks.extend(fixes.flat_map(|fix| super::markdown::fix(fix, &check.lookups, provider)));
    blocks
}
