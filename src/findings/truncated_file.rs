//! A file that ends before the message does.

use super::{Case, Explanation, Findings, Fires, Fix, Judged, Mark, Rule, Severity, applies};
use crate::evidence_class::EvidenceClass;
use crate::explain::source;
use crate::message::SourceNote;

pub(super) const RULE: Rule = Rule {
    code: "truncated-file",
    severity: Severity::Notice,
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
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(why) = note(case).and_then(source::truncation) else {
        return;
    };
    let evidence = Mark::verdict(Judged::Conclusion, EvidenceClass::Inferred).says(why.clone());
    findings
        .add(
            format!("{why}; what is signed cannot be checked on a part of it"),
            evidence,
        )
        .fix(Fix::new("save the whole message and look at that"));
}

/// The note on the file that says so.
fn note<'a>(case: &Case<'a>) -> Option<&'a SourceNote> {
    let mut notes = case.analysis.source.notes.iter();
    notes.find(|note| note.is_truncation())
}

/// Whether this rule has something to say.
pub(super) fn is_truncated(case: &Case<'_>) -> bool {
    note(case).is_some()
}
