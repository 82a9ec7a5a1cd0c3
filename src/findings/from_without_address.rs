//! From has no address.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Judged, Mark, Rule, Severity, applies};
use crate::dmarc::DmarcCause;
use crate::evidence_class::EvidenceClass;

pub(super) const RULE: Rule = Rule {
    code: "from-without-address",
    severity: Severity::Error,
    wants_message: true,
    cites: &[
        "RFC 5322 §3.6.2",
        "RFC 9989 §5.3.1",
        "Google, SMTP error 550 5.7.1",
    ],
    explanation: Explanation {
        summary: "From field without an address at a domain",
        means: "Every message must have a From field with an address. Here there is no such field, \
                or it holds a name alone, an empty group, or an address whose domain is none.",
        matters: "There is no domain for DMARC to look at, and nobody to answer to. Most receivers \
                  refuse such mail.",
        todo: "Let the program that sends write From with a whole address of your domain. A name \
               with a comma, a colon or a dot in it needs quotation marks, or programs read the \
               field in another way.",
        example: "wrong  From: Larkspur Books\n\
                  right  From: Larkspur Books <orders@example.com>",
    },
    applies: applies::always,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let is_missing = case.analysis.dmarc.cause == DmarcCause::NoAuthorDomain;
    if !is_missing || case.receiver_passed() {
        return None;
    }
    let nowhere = || Mark::verdict(Judged::Dmarc, EvidenceClass::ClaimedByHeader);
    let mark = case.at_topmost("From").unwrap_or_else(nowhere);
    let count = case.analysis.message.from_fields;
    Some(RULE.hit(mark).with("from_fields", count))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let finding = match case.message.fields("From").next() {
        Some(field) => hit.says(
            "From names no address at a domain",
            format!("From: {}", field.shown()),
        ),
        None => hit.says("there is no From field", "no header field is called From"),
    };
    Some(finding.with_fix(Fix::new(
        "write a From field with a whole address of your domain",
    )))
}
