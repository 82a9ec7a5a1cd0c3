//! DNS did not say whether there is a DMARC record.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::dmarc::{Found, question};
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dmarc-dns-failure",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 9989 §4.10.1 and §5.3.6", "RFC 7489 §6.6.3"],
    explanation: Explanation {
        summary: "DMARC record that DNS gave no answer about",
        means: "The question for the DMARC record was not answered: the name servers of the domain \
                were not reached, took too long or gave an error. That is neither \"there is a \
                record\" nor \"there is none\".",
        matters: "A receiver that gets no answer may put the mail off or deliver it unprotected. \
                  If it was a passing fault, nothing is wrong. If it lasts, the zone is not well: a \
                  name server that is gone, or DNSSEC signatures that have run out.",
        todo: "Ask again in some minutes. If it fails again, ask the name servers of the domain \
               themselves, and show your DNS provider the error.",
        example: "dig +short TXT _dmarc.example.com\n\
                  dig +short NS example.com",
    },
    applies: applies::has_own_domain,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    let steps = case.own_steps();
    steps
        .filter(|step| step.found == Found::NoAnswer)
        .map(|step| {
            let hit = RULE.hit(case.at_step(step));
            hit.with("domain", step.domain.as_str())
        })
        .collect()
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let step = case.own_step(hit.values.text("domain")?)?;
    let reason = explain::dmarc::reason(step)?.to_string();
    let message = format!(
        "whether there is a DMARC record at _dmarc.{} is not known: {reason}",
        step.domain
    );
    let fix = Fix::new("ask again; if it fails again, ask the provider of the zone");
    let fix = match question(&step.domain) {
        Some(question) => fix.check(&question),
        None => fix,
    };
    Some(hit.says(message, reason).with_fix(fix))
}
