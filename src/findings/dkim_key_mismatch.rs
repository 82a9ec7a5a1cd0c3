//! The published key is not the one that signed.

use super::{
    Case, Explanation, Finding, Fires, Fix, Hit, KeyFault, Rule, Severity, Signature, applies,
};
use crate::dns::Question;
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dkim-key-mismatch",
    severity: Severity::Warning,
    wants_message: true,
    cites: &["RFC 6376 §6.1.3", "RFC 6376 §3.6.1"],
    explanation: Explanation {
        summary: "DKIM key that is not the one that made its signature",
        means: "There is a key at the selector, and the signature was not made with its private \
                half. This shows by the signature itself, whatever happened to the rest of the \
                message. Either the wrong key is published, or the key was replaced under the \
                same selector after the message was signed. Seldom the text of the signature \
                (b=) was damaged on the way.",
        matters: "As long as signer and record do not belong together, every signature fails.",
        todo: "Compare the published p= with the public key of the signer. If you have replaced \
               a key lately, this message may be older than that: send a new one and look at it. \
               For the next change take a new selector and keep the old record for some days, so \
               that mail on its way still verifies.",
        example: "openssl rsa -in private.pem -pubout -outform der | openssl base64 -A\n\
                  dig +short TXT shop2026._domainkey.example.com\n\
                  the first output must be what stands behind p= in the second",
    },
    applies: applies::has_own_key,
    fires: Fires::OnKeyFault(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>, signature: Signature<'_>, fault: &KeyFault) -> Option<Hit> {
    match fault {
        KeyFault::Mismatch => case.key_hit(&RULE, signature),
        _ => None,
    }
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let key = signature.verdict.key.as_ref()?;
    let message = format!(
        "the key at {} is not the one that made {}",
        key.name,
        signature.name()
    );
    let cause = explain::dkim::cause(signature.verdict).to_string();
    let fix = Fix::new(
        "publish the public half of the key that signs, or let the signer use the one that is \
         published; under a new selector if mail is on its way",
    );
    let finding = hit.says(message, "another key");
    let finding = finding.with_evidence([case.at_verdict(signature).says(cause)]);
    Some(finding.with_fix(fix.check(&Question::txt(key.name.clone()))))
}
