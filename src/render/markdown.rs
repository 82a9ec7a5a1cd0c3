//! An inspection as Markdown, for tickets and pull requests.

use std::io::{self, Write};

use super::escape::plain;
use super::page::{self, Block, Cell, Markup};
use super::provider::{self, Provider};
use super::receiver::Receiver;
use super::text::{judged_as_of, sentence};
use super::{broken, bulk, findings, parties, table};
use crate::dns::Evidence;
use crate::findings::Fix;
use crate::{Inspection, RecordChange, explain};

/// Writes `inspection` as Markdown: what `text` says, with tables, and with records in code, in the
/// form of `provider`.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write(
    inspection: &Inspection,
    provider: Provider<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let analysis = &inspection.analysis;
    let conclusion = analysis.conclusion.result.as_str().to_uppercase();
    let mut page = vec![
        Block::Title(conclusion),
        Block::Paragraph(match analysis.is_redacted() {
            true => format!("Redacted: {}", explain::conclusion::sentence(analysis)),
            false => explain::conclusion::sentence(analysis).to_string(),
        }),
    ];
    let parties = parties::entries(analysis, false, 120).into_iter();
    let parties = parties.map(|(label, text)| vec![Cell::Words(label.into()), Cell::Prose(text)]);
    page.push(Block::Table(vec!["", ""], parties.collect()));
    let rows = table::rows(analysis).into_iter().map(|row| {
        vec![
            Cell::Words(row.name),
            Cell::Words(row.result),
            Cell::Value(row.domain),
            Cell::Prose(row.remark),
        ]
    });
    page.push(Block::Table(
        vec!["", "Result", "Domain", "Counts for the author?"],
        rows.collect(),
    ));
    let found = inspection.findings();
    let receiver = Receiver::of(analysis);
    let broken = broken::lines(analysis, &receiver, &found);
    page.extend(receiver.lines.into_iter().map(Block::Paragraph));
    let broken = broken.into_iter();
    page.extend(
        broken.map(|(label, why)| Block::Paragraph(format!("{label}: {}", sentence(&why)))),
    );
    page.extend(
        broken::paragraphs(analysis)
            .into_iter()
            .map(Block::Paragraph),
    );
    for finding in &found {
        page.push(Block::Heading(format!(
            "{}: {}",
            finding.severity, finding.code
        )));
        page.push(Block::Paragraph(sentence(&finding.message)));
        let fixes = finding.fix.iter();
        page.extend(fixes.flat_map(|it| fix(it, &analysis.lookups, provider)));
    }
    page.extend(bulk::blocks(&inspection.bulk));
    let count = findings::count(&found);
    page.push(Block::Paragraph(format!(
        "{count}. {}",
        judged_as_of(analysis)
    )));
    page::write(&page, Markup::Markdown, out)
}

/// What mends a fault: words, records, choices and commands.
pub(super) fn fix(fix: &Fix, lookups: &Evidence, provider: Provider<'_>) -> Vec<Block> {
    let mut blocks = vec![Block::Paragraph(sentence(&fix.text))];
    blocks.extend(code(&fix.records, lookups, provider));
    for choice in &fix.choices {
        let text = format!("{}: {}", choice.text, choice.consequence);
        blocks.push(Block::Paragraph(sentence(&text)));
        blocks.extend(code(&choice.records, lookups, provider));
    }
    blocks.extend(checks(fix));
    blocks
}

fn code(records: &[RecordChange], lookups: &Evidence, provider: Provider<'_>) -> Option<Block> {
    let lines = || provider::lines(records, lookups, provider);
    (!records.is_empty()).then(|| Block::Code(lines()))
}

fn checks(fix: &Fix) -> Option<Block> {
    (!fix.checks.is_empty()).then(|| Block::Code(fix.checks.iter().map(plain).collect()))
}
