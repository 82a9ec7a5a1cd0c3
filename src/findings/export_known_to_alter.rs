//! A file saved from a mailbox that writes messages anew.

use super::{
    Case, Evidence, Explanation, Findings, Fix, Judged, Rule, Severity, file_altered_after_delivery,
};
use crate::class::EvidenceClass;
use crate::dkim::{DkimCause, DkimResult};

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
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let operator = case.analysis.session.operator();
    let (program, operator) = match operator.as_deref() {
        Some(operator @ "outlook.com") => ("Outlook or Exchange", operator),
        Some(operator @ "protonmail.ch") => ("Proton", operator),
        _ => return,
    };
    let is_broken = |cause| {
        matches!(
            cause,
            DkimCause::BodyChanged | DkimCause::BodyAndHeaderChanged | DkimCause::HeaderChanged
        )
    };
    let dkim = &case.analysis.dkim;
    let broken = (1..)
        .zip(dkim)
        .find(|(_, verdict)| is_broken(verdict.cause));
    let any_passes = dkim
        .iter()
        .any(|verdict| verdict.result == DkimResult::Pass);
    // Where the receiver recorded a signature that does not fit now, that says more.
    let said = case
        .receivers_results()
        .any(|(_, result)| result.method == "dkim");
    let Some((number, verdict)) = broken else {
        return;
    };
    if any_passes || said || file_altered_after_delivery::is_altered(case) {
        return;
    }
    let message = format!(
        "the file was saved from {program}, which writes messages anew, and no signature fits it"
    );
    let evidence = Evidence::verdict(
        Judged::Dkim(number),
        EvidenceClass::Inferred,
        format!("{}; the mailbox is at {operator}", verdict.detail),
    );
    findings.add(message, evidence).fix(Fix::new(
        "send the same mail to a Gmail address, and judge what \"Download original\" saves there",
    ));
}
