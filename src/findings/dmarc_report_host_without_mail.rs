//! Reports to a host that takes no mail.

use super::{Case, Explanation, Findings, Fires, Mark, Rule, Severity, applies};
use crate::dmarc::{ReportTarget, TakesMail};
use crate::dns::{Question, RecordType};

pub(super) const RULE: Rule = Rule {
    code: "dmarc-report-host-without-mail",
    severity: Severity::Warning,
    cites: &["RFC 9990", "RFC 5321 §5.1", "RFC 7505 §3"],
    explanation: Explanation {
        summary: "DMARC report address at a host that takes no mail",
        means: "rua or ruf names an address at a domain that has no mail exchanger (MX) and no \
                address either, or that says by a null MX that it takes no mail.",
        matters: "The reports cannot be delivered. A domain that only sends through Amazon SES \
                  often has no mailboxes, so that an address at the domain itself goes nowhere.",
        todo: "Name a mailbox at a domain that takes mail. If that is another organization, it \
               must agree in DNS. A custom MAIL FROM domain of SES is no place for it: its MX leads \
               to SES, which takes bounces only.",
        example: "example.com. 300 MX 0 .          takes no mail\n\
                  v=DMARC1; p=none; rua=mailto:dmarc@example.com   goes nowhere",
    },
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(published) = case.record() else {
        return;
    };
    let takes_none =
        |target: &&ReportTarget| matches!(target.mail, TakesMail::No | TakesMail::NullMx);
    for target in case.advice.reports.iter().filter(takes_none) {
        let Some(host) = &target.host else {
            continue;
        };
        let why = match target.mail {
            TakesMail::NullMx => "says that it takes no mail (null MX)",
            _ => "has neither MX nor an address",
        };
        let message = format!(
            "reports ({}) go to {}, and {host} {why}",
            target.tag, target.uri
        );
        let question = Question::new(host.clone(), RecordType::Mx);
        let answer = case.answer(&question);
        let seen = answer.lookup().map(|lookup| Mark::dns(lookup).says(why));
        let fix = published
            .fix(format!(
                "in {}, name a mailbox that exists at a domain that takes mail; its MX shows it",
                target.tag
            ))
            .check(&question);
        findings
            .add(message, published.seen(case))
            .also(seen)
            .fix(fix);
    }
}
