//! The head of a page: the outcome, the parties, and what to do first.

use super::{Html, Tone, badge, blocks, told};
use crate::conclusion::{ConclusionReason, ConclusionResult};
use crate::explain;
use crate::findings::{Finding, Fix, Severity};
use crate::render::provider::{self, Provider};
use crate::render::text::{sentence, without_plan};
use crate::render::{findings as words, parties};
use crate::{Analysis, Inspection};

/// The colour of an outcome.
pub(super) fn tone(analysis: &Analysis) -> Tone {
    match analysis.conclusion.result {
        ConclusionResult::Pass => Tone::Good,
        ConclusionResult::Fail => Tone::Bad,
        ConclusionResult::None | ConclusionResult::Inconclusive => Tone::Open,
    }
}

/// The colour of a finding.
pub(super) fn of_severity(severity: Severity) -> Tone {
    match severity {
        Severity::Error => Tone::Bad,
        Severity::Warning => Tone::Open,
        Severity::Notice => Tone::Plain,
    }
}

pub(super) fn write(
    inspection: &Inspection,
    name: &str,
    found: &[Finding],
    form: Provider<'_>,
    html: &mut Html,
) {
    let analysis = &inspection.analysis;
    if let Some(subject) = &analysis.message.subject {
        // It is cut where it is long, and whole by its title and below the evidence.
        let attributes = [("class", "subject"), ("title", subject.as_str())];
        html.with("p", &attributes, |p| p.text(subject));
    }
    html.class("p", "file", |p| p.text(name));
    html.element("h1", |h1| {
        h1.text(analysis.conclusion.result.as_str().to_uppercase());
    });
    html.class("p", "lead", |p| {
        if let Some(judged) = explain::source::judged(&analysis.source) {
            p.prose(format!("{judged} "));
            p.text(" ");
        }
        p.prose(headline(inspection));
    });
    told::write(html, |out| without_plan(inspection, out));
    html.class("dl", "parties", |dl| {
        for (label, text) in parties::entries(analysis, true, 120) {
            if !label.is_empty() {
                dl.element("dt", |dt| dt.text(label));
            }
            dl.element("dd", |dd| dd.prose(text));
        }
    });
    let records = |fix: &Fix| provider::lines(&fix.records, &analysis.lookups, form);
    let first_of = first_of(&deciding_first(inspection, found), tone(analysis));
    first(first_of, found, records, html);
}

fn headline(inspection: &Inspection) -> String {
    let words = explain::conclusion::sentence(&inspection.analysis);
    match inspection.without_plan.is_some() {
        true => format!("With the planned records: {words}"),
        false if inspection.analysis.is_redacted() => format!("Redacted: {words}"),
        false => words.to_string(),
    }
}

/// Findings in their order, but first what leaves the outcome open.
fn deciding_first<'f>(inspection: &Inspection, found: &'f [Finding]) -> Vec<&'f Finding> {
    let is_open = inspection.analysis.conclusion.reason == ConclusionReason::Undecided;
    let mut all: Vec<&Finding> = found.iter().collect();
    all.sort_by_key(|one| !(is_open && one.code == INCOMPLETE));
    all
}

/// The finding that DNS is not known.
const INCOMPLETE: &str = "snapshot-incomplete";

/// The gravest finding that something can be done about, and what. Where all is well, a notice asks for
/// nothing.
pub(super) fn first_of<'f>(found: &[&'f Finding], tone: Tone) -> Option<(&'f Finding, &'f Fix)> {
    let is_grave = |one: &&Finding| one.severity != Severity::Notice || tone != Tone::Good;
    let mut grave = found.iter().copied().filter(is_grave);
    grave.find_map(|one| one.fix.as_ref().map(|fix| (one, fix)))
}

/// [`first_of`] with its records or choices, and how many findings there are.
pub(super) fn first(
    first: Option<(&Finding, &Fix)>,
    found: &[Finding],
    records: impl Fn(&Fix) -> Vec<String>,
    html: &mut Html,
) {
    let Some((finding, fix)) = first else {
        html.element("p", |p| count(found, p));
        return;
    };
    html.class("div", "first", |div| {
        div.element("h2", |h2| h2.text("What to do first"));
        div.paragraph(sentence(&fix.text));
        if !fix.records.is_empty() && fix.choices.is_empty() {
            blocks::code(&records(fix), div);
        }
        choices(fix, div);
        div.class("p", "count", |p| {
            badge(finding.severity.as_str(), of_severity(finding.severity), p);
            p.text(" ");
            let href = format!("#{}", finding.code);
            p.with("a", &[("href", &href)], |a| a.text(finding.code));
            p.text(" · ");
            count(found, p);
        });
    });
}

/// The choices of a fix, each with its consequence. Their records stand with the finding.
fn choices(fix: &Fix, html: &mut Html) {
    if fix.choices.is_empty() {
        return;
    }
    html.element("ul", |ul| {
        for choice in &fix.choices {
            let text = format!("{}: {}", choice.text, choice.consequence);
            ul.element("li", |li| li.prose(sentence(&text)));
        }
    });
    if fix.choices.iter().any(|choice| !choice.records.is_empty()) {
        html.paragraph("The records for each stand with the finding:");
    }
}

fn count(found: &[Finding], html: &mut Html) {
    html.with("a", &[("href", "#findings")], |a| {
        a.text(words::count(found))
    });
}
