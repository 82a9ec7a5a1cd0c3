//! The recording does not have a lookup that a verdict needs.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Mark, Rule, Severity};
use crate::dns::Lookup;
use crate::evidence_class::EvidenceClass;
use crate::explain::means::more_dns;

/// How many questions are named; the others are counted.
const NAMED: usize = 3;

pub(super) const RULE: Rule = Rule {
    code: "snapshot-incomplete",
    severity: Severity::Notice,
    wants_message: false,
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
    applies: |case| !case.analysis.lookups.0.is_empty(),
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    if !case.analysis.is_recording_incomplete() {
        return None;
    }
    let mut missing = case.analysis.missing_lookups().peekable();
    let mark = at(missing.peek()?);
    let names: Vec<String> = missing.map(|it| it.question.name.to_string()).collect();
    Some(RULE.hit(mark).with("names", names))
}

fn at(missing: &Lookup) -> Mark {
    Mark::dns(missing).class(EvidenceClass::Inferred)
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    const SEEN: &str = "not in the recorded DNS";
    let missing: Vec<&Lookup> = case.analysis.missing_lookups().collect();
    let question = |lookup: &&Lookup| format!("{} {}", lookup.question.kind, lookup.question.name);
    let named: Vec<String> = missing.iter().take(NAMED).map(question).collect();
    let more = match missing.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let message = format!(
        "the recorded DNS lacks what a verdict hangs on; it does not hold {}{more}",
        named.join(", ")
    );
    let others = missing.into_iter().skip(1);
    let others = others.map(|lookup| at(lookup).says(SEEN));
    let fix = Fix::new(more_dns());
    Some(hit.says(message, SEEN).with_evidence(others).with_fix(fix))
}
