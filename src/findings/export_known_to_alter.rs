//! A file saved from a mailbox that writes messages anew.

use super::file_altered_after_delivery::is_altered;
use super::{
    Case, Explanation, Findings, Fires, Fix, Judged, Mark, Rule, Severity, Signature, applies,
};
use crate::evidence_class::EvidenceClass;
use crate::receivers;

pub(super) const RULE: Rule = Rule {
    code: "export-known-to-alter",
    severity: Severity::Notice,
    cites: &["RFC 6376 §3.4.3 and §6.1.3"],
    explanation: Explanation {
        summary: "file from a mailbox that writes messages anew when it saves them",
        means: "The message was saved from Outlook, Exchange or Proton. These keep the parts of a \
                message and put it together again when it is saved, with other boundaries, \
                encodings or line ends. No signature over the body can fit such a file.",
        matters: "That a signature fails here says nothing of the mail as it was sent. The \
                  receiver recorded nothing of the signature that would tell.",
        todo: "Do not mend anything on account of this file. Get the message from another mailbox: \
               send the same mail to Gmail and take \"Download original\". A copy that a \
               server stored on the way serves as well.",
        example: "Received: … by … .prod.outlook.com …\n\
                  DKIM 1 fail, the body hash differs",
    },
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some((program, operator, signature)) = found(case) else {
        return;
    };
    let message = format!(
        "the file was saved from {program}, which writes messages anew, and no signature fits it"
    );
    let evidence = Mark::verdict(Judged::Dkim(signature.number), EvidenceClass::Inferred).says(
        format!("{}; the mailbox is at {operator}", signature.verdict.detail),
    );
    findings.add(message, evidence).fix(Fix::new(
        "send the same mail to a Gmail address, and judge what \"Download original\" saves there",
    ));
}

/// The program that saved the file, whose mailbox it was in, and a signature that does not fit.
fn found<'a>(case: &Case<'a>) -> Option<(&'static str, String, Signature<'a>)> {
    let operator = case.analysis.session.operator()?;
    let program = receivers::of(Some(&operator))?.export.as_ref()?.program;
    let broken = case.signatures().find(Signature::is_broken)?;
    // Where the receiver recorded a signature that does not fit now, that says more.
    let mut results = case.receivers_results();
    let is_told = results.any(|(_, result)| result.method == "dkim") || is_altered(case);
    let any_passes = case.signatures().any(|one| one.passes());
    (!is_told && !any_passes).then_some((program, operator, broken))
}

/// Whether this rule has something to say.
pub(super) fn is_found(case: &Case<'_>) -> bool {
    found(case).is_some()
}
