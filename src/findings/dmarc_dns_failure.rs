//! DNS did not say whether there is a DMARC record.

use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, applies};
use crate::dmarc::{Found, question};
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dmarc-dns-failure",
    severity: Severity::Warning,
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
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    for step in case
        .own_steps()
        .filter(|step| step.found == Found::NoAnswer)
    {
        let Some(reason) = explain::dmarc::reason(step) else {
            continue;
        };
        let message = format!(
            "whether there is a DMARC record at _dmarc.{} is not known: {reason}",
            step.domain
        );
        let mut fix = Fix::new("ask again; if it fails again, ask the provider of the zone");
        if let Some(question) = question(&step.domain) {
            fix = fix.check(&question);
        }
        findings
            .add(message, case.at_step(step).says(reason.to_string()))
            .fix(fix);
    }
}
