//! Reports to another organization that has not agreed to take them.

use super::{Case, Explanation, Findings, Fires, Mark, Rule, Severity, applies};
use crate::dmarc::{Agreement, ReportTarget};
use crate::dns::Question;
use crate::dns::change::RecordChange;

pub(super) const RULE: Rule = Rule {
    code: "dmarc-report-host-not-authorised",
    severity: Severity::Warning,
    cites: &["RFC 9990, Verifying External Destinations", "RFC 7489 §7.1"],
    explanation: Explanation {
        summary: "DMARC report address at a host that has not agreed to take reports",
        means: "rua or ruf names an address at another organization. So that nobody can have \
                reports sent to strangers, that organization must say in DNS that it takes them. \
                It does not.",
        matters: "Receivers ignore the address, and the reports do not come.",
        todo: "If it is a service's address, see in its instructions that it is the right one and \
               that your domain is set up there: the service publishes its consent, often for all \
               domains at once. If the other domain is yours too, publish the record there \
               yourself. Or take an address at your own domain.",
        example: "rua=mailto:in@reports.example.net in the record of example.com takes\n\
                  example.com._report._dmarc.reports.example.net. 300 TXT \"v=DMARC1\"",
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
    let domain = published.domain();
    let missing = |target: &&ReportTarget| target.agreement == Agreement::Missing;
    for target in case.advice.reports.iter().filter(missing) {
        let Some(host) = &target.host else {
            continue;
        };
        let message = format!(
            "reports ({}) on {domain} go to {host}, another organization, which does not say that it \
             takes them, so receivers send none",
            target.tag
        );
        let answer = target
            .agreement_at
            .clone()
            .map(|at| case.answer(&Question::txt(at)));
        let lookup = answer.as_ref().and_then(|answer| answer.lookup());
        let absent = lookup.map(|lookup| Mark::dns(lookup).says("no record with v=DMARC1"));
        let mut fix = published.fix(format!(
            "let {host} publish its consent, or take an address of a mailbox at {domain}"
        ));
        if let Some(at) = &target.agreement_at {
            fix = fix.record(RecordChange::txt(at.clone(), "v=DMARC1"));
        }
        findings
            .add(message, published.seen(case))
            .also(absent)
            .fix(fix);
    }
}
