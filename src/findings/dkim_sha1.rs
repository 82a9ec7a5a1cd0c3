//! A signature by SHA-1.

use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, applies};
use crate::dkim::DkimCause;

pub(super) const RULE: Rule = Rule {
    code: "dkim-sha1",
    severity: Severity::Warning,
    cites: &["RFC 8301 §3.1"],
    explanation: Explanation {
        summary: "DKIM signature by SHA-1, which must not be used",
        means: "The signature says a=rsa-sha1. For SHA-1 different texts with the same hash can \
                be made, so it no longer shows that a message is the one that was signed.",
        matters: "Receivers must not accept the signature, even if it verifies: it counts as \
                  none.",
        todo: "Let the signer use rsa-sha256. The key can stay. SES signs with rsa-sha256: a \
               signature with rsa-sha1 is made by your application or its mail server.",
        example: "wrong: DKIM-Signature: v=1; a=rsa-sha1; …\n\
                  right: DKIM-Signature: v=1; a=rsa-sha256; …\n\
                  in OpenDKIM: SignatureAlgorithm rsa-sha256",
    },
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    for signature in case.own_signatures() {
        if signature.verdict.cause != DkimCause::Sha1 {
            continue;
        }
        let message = format!(
            "{} is made with rsa-sha1, which no longer counts; expected rsa-sha256",
            signature.name()
        );
        let evidence = case.at_signature(signature).says("a=rsa-sha1");
        findings
            .add(message, evidence)
            .fix(Fix::new("let the signer use rsa-sha256; the key can stay"));
    }
}
