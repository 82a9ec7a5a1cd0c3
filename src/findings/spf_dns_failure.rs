//! A lookup that SPF needs failed.

use super::envelope::steps;
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Mark, Rule, Severity, applies};
use crate::dns::{Reply, failure_in_words};
use crate::evidence_class::EvidenceClass;
use crate::spf::SpfCause;

pub(super) const RULE: Rule = Rule {
    code: "spf-dns-failure",
    severity: Severity::Warning,
    wants_message: false,
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
    applies: applies::has_spf_domain,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let spf = case.spf();
    if spf.cause != SpfCause::Dns {
        return None;
    }
    let of_steps = steps(&spf.trace).into_iter().flat_map(|step| &step.lookups);
    let asked: Vec<_> = of_steps.chain(&spf.lookup).collect();
    let mut lookups = case.analysis.lookups.0.iter();
    let failed = lookups
        .find(|lookup| matches!(lookup.reply, Reply::TempFail(_)) && asked.contains(&&lookup.id))?;
    // A missing answer proves nothing.
    let hit = RULE.hit(Mark::dns(failed).class(EvidenceClass::Inferred));
    let hit = hit.text("name", &failed.question.name);
    Some(hit.text("type", failed.question.kind))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let lookup = case.lookup_of(hit)?;
    let (question, Reply::TempFail(failure)) = (&lookup.question, &lookup.reply) else {
        return None;
    };
    let failure = failure_in_words(failure);
    let message = format!(
        "DNS did not answer what SPF asked, {} {}: {failure}",
        question.kind, question.name
    );
    let fix = Fix::new(
        "ask again, and ask another resolver too; if all fail, mend DNSSEC or the name servers of \
         the zone",
    );
    Some(hit.says(message, failure).with_fix(fix.check(question)))
}
