//! A signature with SHA-1.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::dkim::DkimCause;

pub(super) const RULE: Rule = Rule {
    code: "dkim-sha1",
    severity: Severity::Warning,
    wants_message: true,
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
    applies: applies::has_own_signature,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    let own = case.own_signatures();
    own.filter(|signature| signature.verdict.cause == DkimCause::Sha1)
        .map(|signature| {
            let hit = signature.hit(&RULE, case.at_signature(signature));
            hit.with("algorithm", "rsa-sha1")
                .with("expected", "rsa-sha256")
        })
        .collect()
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let message = format!(
        "{} is made with rsa-sha1, which no longer counts; expected rsa-sha256",
        signature.name()
    );
    let fix = Fix::new("let the signer use rsa-sha256; the key can stay");
    Some(hit.says(message, "a=rsa-sha1").with_fix(fix))
}
