//! The key at the selector has changed since the message was signed.

use super::{
    Case, Explanation, Finding, Fires, Fix, Hit, KeyFault, Rule, Severity, Signature, applies,
};
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dkim-key-changed-since-signing",
    severity: Severity::Notice,
    wants_message: true,
    cites: &["RFC 6376 §3.1", "RFC 6376 §6.1.3"],
    explanation: Explanation {
        summary: "DKIM key that was replaced under the same selector since it was signed",
        means: "The key that is published now did not make the signature. When the message came, \
                another one stood there: the receiver verified with it, or it is a selector of \
                SES, which puts new keys behind its selectors.",
        matters: "The signature of this message cannot be checked any more. That says nothing \
                  against the sender.",
        todo: "Nothing for keys of SES. For keys of your own: a new key under a new selector \
               keeps the signatures of old mail valid, and those of mail on its way.",
        example: "2025: TOKEN._domainkey.amazonses.com TXT \"p=MIGf…old\"\n\
                  2026: TOKEN._domainkey.amazonses.com TXT \"p=MIGf…new\"",
    },
    applies: applies::has_key,
    fires: Fires::OnKeyFault(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>, signature: Signature<'_>, fault: &KeyFault) -> Option<Hit> {
    match fault {
        KeyFault::Changed => case.key_hit(&RULE, signature),
        _ => None,
    }
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let message = format!(
        "another key stands at {} than when {} was made, which therefore cannot be checked again",
        hit.values.text("name")?,
        signature.name()
    );
    let cause = explain::dkim::cause(signature.verdict).to_string();
    let finding = hit.says(message, "a key that did not make the signature");
    let finding = finding.with_evidence([case.at_verdict(signature).says(cause)]);
    let finding = finding.with_evidence(case.at_recorded(signature));
    Some(finding.with_fix(Fix::new("nothing to do about this message")))
}
