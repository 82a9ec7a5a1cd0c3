//! From names nobody.

use super::{Case, Explanation, Findings, Fires, Fix, Judged, Mark, Rule, Severity, applies};
use crate::dmarc::DmarcCause;
use crate::evidence_class::EvidenceClass;

pub(super) const RULE: Rule = Rule {
    code: "from-without-address",
    severity: Severity::Error,
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
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    if !is_found(case) {
        return;
    }
    let field = case.message.fields("From").next();
    let (message, evidence) = match field {
        Some(field) => (
            "From names no address at a domain",
            case.at_field(field)
                .says(format!("From: {}", field.unfolded())),
        ),
        None => (
            "there is no From field",
            Mark::verdict(Judged::Dmarc, EvidenceClass::ClaimedByHeader)
                .says("no header field is called From"),
        ),
    };
    findings.add(message, evidence).fix(Fix::new(
        "write a From field with a whole address of your domain",
    ));
}

/// Whether this rule has something to say.
pub(super) fn is_found(case: &Case<'_>) -> bool {
    case.analysis.dmarc.cause == DmarcCause::NoAuthorDomain && !case.receiver_passed()
}
