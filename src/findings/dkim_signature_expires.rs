//! A signature has expired, or expires soon after it was made.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, Signature, applies};
use crate::dkim::DkimCause;
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dkim-signature-expires",
    severity: Severity::Warning,
    wants_message: true,
    cites: &["RFC 6376 §3.5 (x=)", "RFC 5321 §4.5.4.1"],
    explanation: Explanation {
        summary: "DKIM signature that expired on the way, or may",
        means: "The tag x= says until when a signature is valid. Here that was over when the \
                message was received, or comes less than four days after it was signed. A \
                sending host tries for four to five days to deliver a message.",
        matters: "Mail that waits in a queue, because the receiver is down or slows the sender, \
                  arrives with a signature that counts as none.",
        todo: "Let the signer write no x=, or one of a week or more. If the signature should not \
               have run out yet, compare the clocks of signer and receiver. Signatures of SES \
               have no x=.",
        example: "DKIM-Signature: … t=1782000000; x=1782003600; …      one hour\n\
                  in OpenDKIM: no SignatureTTL, or SignatureTTL 604800     seven days",
    },
    applies: applies::has_own_signature,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

/// The shortest time, in seconds, that a signature should be valid.
const LIFETIME: u64 = 4 * 86_400;

fn fires(case: &Case<'_>) -> Vec<Hit> {
    let own = case.own_signatures();
    own.filter_map(|signature| hit(case, signature)).collect()
}

fn hit(case: &Case<'_>, signature: Signature<'_>) -> Option<Hit> {
    let verdict = signature.verdict;
    let expires = verdict.expires_at?;
    let has_expired =
        verdict.cause == DkimCause::Expired && !case.receiver_may_have_verified(signature);
    let hit = || {
        let hit = signature.hit(&RULE, case.at_signature(signature));
        hit.text("expires_at", expires)
    };
    if has_expired {
        return Some(hit());
    }
    let seconds = expires.duration_since(verdict.signed_at?).as_secs();
    let lifetime = u64::try_from(seconds).ok()?;
    (lifetime < LIFETIME).then(|| hit().with("lifetime", lifetime).with("expected", LIFETIME))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let message = match hit.values.number("lifetime") {
        None => format!(
            "{} had run out when the message came: {}",
            signature.name(),
            explain::dkim::cause(signature.verdict)
        ),
        Some(seconds) => format!(
            "{} is valid for {} only; mail can be on its way for five days",
            signature.name(),
            in_words(seconds)
        ),
    };
    let seen = format!("x={}", signature.verdict.expires_at?.as_second());
    let fix = Fix::new("let the signer write no x=, or one a week or more after t=");
    Some(hit.says(message, seen).with_fix(fix))
}

fn in_words(seconds: u64) -> String {
    match seconds {
        172_800.. => format!("{} days", seconds / 86_400),
        7_200.. => format!("{} hours", seconds / 3_600),
        _ => format!("{} minutes", seconds / 60),
    }
}
