//! The author's signature does not match the message, for no known reason.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dkim-broken",
    severity: Severity::Warning,
    wants_message: true,
    cites: &["RFC 6376 §6.1.3", "RFC 6376 §3.4.3"],
    explanation: Explanation {
        summary: "broken DKIM signature of its author: the message is not as it was signed",
        means: "The key is there and, as far as can be told, made the signature, but header or \
                body are not those that were signed. Nothing in the message shows that a list or \
                a forwarder changed it. Changes that can be undone exactly are tried: one is named \
                only if the signature, or the hash of the body, fits with the change undone.",
        matters: "The signature counts as none. If SPF does not pass for your domain either, \
                  DMARC fails.",
        todo: "First make sure that the file is what was received. SES signs the body as it is \
               (c=relaxed/simple), so that a space lost at the end of a line breaks the \
               signature: take the file by the download of the mail program, and not by copying \
               text. Exchange and Outlook often change what they store.\n\
               If other receivers report the same, look for what changes the mail between the \
               signer and them: a gateway that adds a banner or rewrites links, an anti-virus \
               program, a server that converts 8-bit text, or an application that signs before \
               it is done with the message.",
        example: "body hash differs: a footer, a banner, rewritten links, lost spaces\n\
                  header differs:    a tag in Subject, a rewritten To, Date or Message-ID",
    },
    applies: applies::has_own_signature,
    fires: Fires::OnCase(fires),
    say,
    // If the message was forwarded, or the file differs from what the receiver saw, that is said
    // instead.
    yields_to: &[
        "dkim-broken-in-transit",
        "truncated-file",
        "export-known-to-alter",
    ],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    let broken = case.broken_signatures();
    broken
        .map(|signature| signature.hit(&RULE, case.at_verdict(signature)))
        .collect()
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let cause = explain::dkim::cause(signature.verdict).to_string();
    let name = signature.name();
    let Some(proof) = signature.proof(case.may_be_passed_on()) else {
        let likely = signature.likely();
        let message = format!("{name} does not fit the message: {cause}{likely}");
        let finding = hit.says(message, cause);
        let finding = finding.with_evidence(case.at_recorded(signature));
        return Some(finding.with_fix(Fix::new(
            "see that the file is what was received, saved by a download; then look for what \
             changes mail behind the signer",
        )));
    };
    let finding = hit.says(format!("{name} is broken: {}", proof.found), cause);
    let finding = finding.with_evidence([proof.seen]);
    let finding = finding.with_evidence(proof.who);
    let finding = finding.with_evidence(case.at_recorded(signature));
    Some(finding.with_fix(Fix::new(proof.remedy)))
}
