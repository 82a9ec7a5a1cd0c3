//! Findings: what was found, on what it rests, and what to do, with the records to copy.

use super::conclusion::of_severity;
use super::{Html, badge, blocks, folded};
use crate::Inspection;
use crate::dns::Evidence;
use crate::findings::Finding;
use crate::render::provider::Provider;
use crate::render::{findings as words, markdown};

pub(super) fn write(
    inspection: &Inspection,
    found: &[Finding],
    provider: Provider<'_>,
    html: &mut Html,
) {
    if found.is_empty() {
        html.paragraph(format!("{}.", words::count(found)));
    }
    for (index, finding) in found.iter().enumerate() {
        let message = words::without_proofs(finding, &inspection.analysis);
        let is_first = found[..index].iter().all(|one| one.code != finding.code);
        let lookups = &inspection.analysis.lookups;
        one(finding, &message, is_first, lookups, provider, html);
    }
    for text in words::about_records(found, inspection.audience(), provider.form) {
        html.class("p", "note", |p| p.prose(text));
    }
}

/// Writes a finding. The first one of a code can be linked to.
pub(super) fn one(
    finding: &Finding,
    message: &str,
    is_first: bool,
    lookups: &Evidence,
    provider: Provider<'_>,
    html: &mut Html,
) {
    let attributes = [("class", "finding"), ("id", finding.code)];
    let attributes = &attributes[..if is_first { 2 } else { 1 }];
    html.with("article", attributes, |article| {
        article.element("h3", |h3| {
            badge(finding.severity.as_str(), of_severity(finding.severity), h3);
            h3.text(format!(" {}", finding.code));
        });
        article.paragraph(message);
        if let Some(fix) = &finding.fix {
            blocks::write(&markdown::fix(fix, lookups, provider), article);
        }
        if !finding.evidence.is_empty() {
            folded("Seen", article, |details| {
                details.element("ul", |ul| {
                    for evidence in &finding.evidence {
                        ul.element("li", |li| li.prose(words::seen(evidence)));
                    }
                });
            });
        }
        article.class("p", "more", |p| {
            p.text("More: ");
            p.element("code", |code| {
                code.text(format!("sesauth explain {}", finding.code))
            });
        });
    });
}
