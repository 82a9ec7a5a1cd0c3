//! A lookup that SPF needs failed.

use super::envelope::steps;
use super::{Case, Explanation, Findings, Fires, Fix, Mark, Rule, Severity, applies};
use crate::dns::Reply;
use crate::evidence_class::EvidenceClass;
use crate::spf::SpfCause;

pub(super) const RULE: Rule = Rule {
    code: "spf-dns-failure",
    severity: Severity::Warning,
    cites: &["RFC 7208 §2.6.6 and §4.4"],
    explanation: Explanation {
        summary: "DNS lookup for SPF that failed",
        means: "DNS gave no answer to a question that SPF hangs on: a server reported an error \
                (SERVFAIL), or none answered in time. That is not the same as \"there is no such \
                record\". The result is temperror.",
        matters: "SPF does not pass now, and it is not known whether it would. A receiver that \
                  meets the same failure may put the mail off and let the sender try again, or \
                  take it without SPF.",
        todo: "Ask again. If only your own resolver fails, ask another one. If others fail too, the \
               fault is at the servers of the zone: a SERVFAIL mostly comes from signatures of \
               DNSSEC that do not fit, or from name servers that do not know the zone.",
        example: "dig +short TXT mail.example.com\n\
                  dig +cd TXT mail.example.com   where only this answers: DNSSEC",
    },
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let spf = case.spf();
    if spf.cause != SpfCause::Dns {
        return;
    }
    let of_steps = steps(&spf.trace).into_iter().flat_map(|step| &step.lookups);
    let asked: Vec<_> = of_steps.chain(&spf.lookup).collect();
    let lookups = case.analysis.lookups.0.iter();
    let failed = lookups.filter(|lookup| asked.contains(&&lookup.id));
    for lookup in failed {
        let Reply::TempFail(failure) = &lookup.reply else {
            continue;
        };
        let question = &lookup.question;
        let message = format!(
            "DNS did not answer what SPF asked, {} {}: {failure}",
            question.kind, question.name
        );
        // No answer proves nothing.
        let evidence = Mark::dns(lookup)
            .class(EvidenceClass::Inferred)
            .says(failure.to_string());
        findings.add(message, evidence).fix(
            Fix::new(
                "ask again, and ask another resolver too; if all fail, mend DNSSEC or the name \
                 servers of the zone",
            )
            .check(question),
        );
        return;
    }
}
