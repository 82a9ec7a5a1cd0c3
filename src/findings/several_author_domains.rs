//! Addresses of several domains in From.

use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, applies};
use crate::dmarc::DmarcCause;

/// Domains that are named.
const NAMED: usize = 4;

pub(super) const RULE: Rule = Rule {
    code: "several-author-domains",
    severity: Severity::Error,
    cites: &[
        "RFC 9989 §5.3.1 and §11.5",
        "Google, Email sender guidelines",
    ],
    explanation: Explanation {
        summary: "From field with addresses of several domains",
        means: "From may hold several addresses. Of one domain they are fine. Here they are of \
                several, so that there is no single domain for DMARC to look at.",
        matters: "DMARC cannot be applied, and receivers refuse such mail or treat it as forged: \
                  one address could be honest and the other not. Gmail asks for one address in \
                  From.",
        todo: "Write one address into From, and the others into Reply-To or Cc. If several people \
               wrote the message, Sender names the one who sent it.",
        example: "wrong  From: ada@example.com, ben@example.org\n\
                  right  From: ada@example.com\n\
                  \u{20}      Reply-To: ada@example.com, ben@example.org",
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
    let domains = domains(case);
    let Some(field) = case.message.fields("From").next() else {
        return;
    };
    let named: Vec<&str> = domains.iter().take(NAMED).copied().collect();
    let message = format!(
        "From holds addresses of {} domains ({}), where DMARC needs one",
        domains.len(),
        named.join(", ")
    );
    findings
        .add(message, case.at_field(field).says(field.unfolded()))
        .fix(Fix::new(
            "write one address into From, and the others into Reply-To or Cc",
        ));
}

/// The domains in From, each once.
fn domains<'a>(case: &Case<'a>) -> Vec<&'a str> {
    let mut domains: Vec<&str> = Vec::new();
    let from = &case.analysis.message.from;
    for domain in from.iter().filter_map(|author| author.domain.as_ref()) {
        if !domains.contains(&domain.as_str()) {
            domains.push(domain.as_str());
        }
    }
    domains
}

/// Whether this rule has something to say.
pub(super) fn is_found(case: &Case<'_>) -> bool {
    let is_several = case.analysis.dmarc.cause == DmarcCause::SeveralAuthorDomains;
    is_several && domains(case).len() > 1 && !case.receiver_passed()
}
