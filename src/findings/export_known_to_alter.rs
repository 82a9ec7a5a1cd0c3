//! A file saved from a mailbox that rewrites messages.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, Signature, applies};
use crate::explain;
use crate::receivers;

pub(super) const RULE: Rule = Rule {
    code: "export-known-to-alter",
    severity: Severity::Notice,
    wants_message: true,
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
    applies: applies::has_signature,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let operator = case.analysis.session.operator()?;
    program(&operator)?;
    let broken = case.signatures().find(Signature::is_broken)?;
    // A recorded signature that does not verify now says more.
    let mut results = case.receivers_results();
    let is_told = results.any(|(_, result)| result.method == "dkim");
    if is_told || case.signatures().any(|one| one.passes()) {
        return None;
    }
    Some(
        RULE.hit(case.at_verdict(broken))
            .of_signature(broken.number)
            .with("operator", operator),
    )
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let operator = hit.values.text("operator")?;
    let program = program(operator)?;
    let cause = explain::dkim::cause(case.signature_of(hit)?.verdict);
    let message = format!(
        "the file was saved from {program}, which writes messages anew, and no signature fits it"
    );
    let finding = hit.says(message, format!("{cause}; the mailbox is at {operator}"));
    Some(finding.with_fix(Fix::new(
        "send the same mail to a Gmail address, and judge what \"Download original\" saves there",
    )))
}

/// The program that saves messages from this operator's mailboxes, if it rewrites them.
fn program(operator: &str) -> Option<&'static str> {
    let receiver = receivers::of(Some(operator))?;
    receiver.export.as_ref().map(|export| export.program)
}
