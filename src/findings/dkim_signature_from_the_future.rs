//! A signature says that it was made after the message came.

use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, applies};
use crate::dkim::DkimCause;
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dkim-signature-from-the-future",
    severity: Severity::Warning,
    cites: &["RFC 6376 §3.5 (t=)"],
    explanation: Explanation {
        summary: "DKIM signature that says it was made after the message was received",
        means: "The tag t= says when a signature was made. It lies after the time at which the \
                receiver took the message: the clock of the signer is fast, or that of the \
                receiver slow.",
        matters: "Receivers may ignore a signature whose time lies in the future, so that it \
                  counts as none.",
        todo: "Set the clock of the signing host, and let it be kept by NTP.",
        example: "Received: … ; Wed, 1 Jul 2026 08:00:00 +0000\n\
                  DKIM-Signature: … t=1783065600; …      3 July 2026, 08:00:00",
    },
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    for signature in case.own_signatures() {
        let verdict = signature.verdict;
        if verdict.cause != DkimCause::Future || case.receiver_may_have_verified(signature) {
            continue;
        }
        let message = format!(
            "{} lies in the future: {}, and the message came before",
            signature.name(),
            explain::dkim::cause(verdict)
        );
        findings
            .add(
                message,
                case.at_signature(signature)
                    .says(explain::dkim::cause(verdict).to_string()),
            )
            .fix(Fix::new("set the clock of the signing host"));
    }
}
