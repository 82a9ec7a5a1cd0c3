//! A signature has run out, or does so soon after it was made.

use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, applies};
use crate::dkim::DkimCause;
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dkim-signature-expires",
    severity: Severity::Warning,
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
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

/// Seconds for which a signature should hold at least.
const LIFETIME: i64 = 4 * 86_400;

fn check(case: &Case<'_>, findings: &mut Findings) {
    for signature in case.own_signatures() {
        let verdict = signature.verdict;
        let Some(expires) = verdict.expires_at else {
            continue;
        };
        let seconds = verdict
            .signed_at
            .map(|at| expires.duration_since(at).as_secs());
        let has_expired =
            verdict.cause == DkimCause::Expired && !case.receiver_may_have_verified(signature);
        let message = match seconds {
            _ if has_expired => format!(
                "{} had run out when the message came: {}",
                signature.name(),
                explain::dkim::cause(verdict)
            ),
            Some(seconds @ 0..LIFETIME) => format!(
                "{} is valid for {} only; mail can be on its way for five days",
                signature.name(),
                in_words(seconds)
            ),
            _ => continue,
        };
        let evidence = case
            .at_signature(signature)
            .says(format!("x={}", expires.as_second()));
        findings.add(message, evidence).fix(Fix::new(
            "let the signer write no x=, or one a week or more after t=",
        ));
    }
}

fn in_words(seconds: i64) -> String {
    match seconds {
        172_800.. => format!("{} days", seconds / 86_400),
        7_200.. => format!("{} hours", seconds / 3_600),
        _ => format!("{} minutes", seconds / 60),
    }
}
