//! Addresses of several domains in From.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::dmarc::DmarcCause;

/// How many domains are named.
const NAMED: usize = 4;

pub(super) const RULE: Rule = Rule {
    code: "several-author-domains",
    severity: Severity::Error,
    wants_message: true,
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
    applies: applies::has_from,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let is_several = case.analysis.dmarc.cause == DmarcCause::SeveralAuthorDomains;
    if !is_several || case.receiver_passed() {
        return None;
    }
    let mut domains: Vec<String> = Vec::new();
    let from = &case.analysis.message.from;
    for domain in from.iter().filter_map(|author| author.domain.as_ref()) {
        if !domains.iter().any(|known| known == domain.as_str()) {
            domains.push(domain.to_string());
        }
    }
    let mark = case.at_topmost("From").filter(|_| domains.len() > 1)?;
    Some(RULE.hit(mark).with("domains", domains))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let domains = hit.values.list("domains")?;
    let named: Vec<&str> = domains.iter().take(NAMED).map(String::as_str).collect();
    let message = format!(
        "From holds addresses of {} domains ({}), where DMARC needs one",
        domains.len(),
        named.join(", ")
    );
    let fix = Fix::new("write one address into From, and the others into Reply-To or Cc");
    Some(hit.says(message, case.message.text("From")?).with_fix(fix))
}
