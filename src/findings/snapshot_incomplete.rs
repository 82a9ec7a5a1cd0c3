//! The recorded DNS does not hold what a verdict needs.

use super::{Case, Explanation, Findings, Fires, Fix, Mark, Rule, Severity, applies};
use crate::evidence_class::EvidenceClass;

/// Questions named in the finding; the others are counted.
const NAMED: usize = 3;

pub(super) const RULE: Rule = Rule {
    code: "snapshot-incomplete",
    severity: Severity::Notice,
    cites: &["sesauth help inspect, --record, --dns and --dns-absent"],
    explanation: Explanation {
        summary: "snapshot of DNS that is incomplete: verdicts are left open",
        means: "The answers of DNS were read from a recording, and that does not hold a question \
                that a verdict hangs on. Nothing is known then: it is neither \"there is no such \
                record\" nor a failure of DNS. What hangs on it is not evaluated.",
        matters: "The result may change once the answer is known. The exit code is 2, so that a \
                  script does not take an open result for a good one.",
        todo: "Record again, with network: --record adds what is missing to the same file and \
               keeps what it holds. If the recording is complete and a name that it does not hold \
               does not exist, say so with --dns-absent nxdomain.",
        example: "sesauth inspect --record dns.jsonl message.eml\n\
                  sesauth inspect --dns dns.jsonl message.eml",
    },
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    if !case.analysis.is_recording_incomplete() {
        return;
    }
    let missing: Vec<_> = case.analysis.missing_lookups().collect();
    let question =
        |lookup: &&crate::dns::Lookup| format!("{} {}", lookup.question.kind, lookup.question.name);
    let named: Vec<String> = missing.iter().take(NAMED).map(question).collect();
    let more = match missing.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let mut evidence = missing.iter().map(|lookup| {
        Mark::dns(lookup)
            .class(EvidenceClass::Inferred)
            .says("not in the recorded DNS")
    });
    let Some(first) = evidence.next() else {
        return;
    };
    let message = format!(
        "the recorded DNS lacks what a verdict hangs on; it does not hold {}{more}",
        named.join(", ")
    );
    findings.add(message, first).also(evidence).fix(Fix::new(
        "record again with network: sesauth inspect --record FILE MESSAGE",
    ));
}
