//! A file that ends before the message does.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Judged, Mark, Rule, Severity, applies};
use crate::evidence_class::EvidenceClass;
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "truncated-file",
    severity: Severity::Notice,
    wants_message: true,
    cites: &["RFC 2046 §5.1.1", "RFC 6376 §3.7"],
    explanation: Explanation {
        summary: "file that seems to end before the message does",
        means: "Something says that there was more: a boundary between parts that is never closed, \
                a length that the body does not reach, an encoding that breaks off.",
        matters: "A signature covers the whole body. It does not fit a part of it, and that is no \
                  fault of the sender's.",
        todo: "Save the message again, and the whole of it. Web pages often show only the first \
               part of a long message; \"Download original\" in Gmail gives all of it. A program \
               that keeps mail on the server must load it first.",
        example: "Content-Type: multipart/alternative; boundary=\"b\"\n\
                  … and no line --b-- at the end",
    },
    applies: applies::always,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let mark = Mark::verdict(Judged::Conclusion, EvidenceClass::Inferred);
    case.truncation().map(|_| RULE.hit(mark))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let why = explain::source::truncation(case.truncation()?)?;
    let message = format!("{why}; what is signed cannot be checked on a part of it");
    let fix = Fix::new("save the whole message and look at that");
    Some(hit.says(message, why).with_fix(fix))
}
