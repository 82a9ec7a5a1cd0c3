//! A signature says that it was made after the message was received.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::dkim::DkimCause;
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dkim-signature-from-the-future",
    severity: Severity::Warning,
    wants_message: true,
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
    applies: applies::has_own_signature,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    let own = case.own_signatures();
    let future = own.filter(|signature| {
        signature.verdict.cause == DkimCause::Future && !case.receiver_may_have_verified(*signature)
    });
    let hits = future.map(|signature| {
        let hit = signature.hit(&RULE, case.at_signature(signature));
        match signature.verdict.signed_at {
            Some(at) => hit.text("signed_at", at),
            None => hit,
        }
    });
    hits.collect()
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let cause = explain::dkim::cause(signature.verdict).to_string();
    let message = format!(
        "{} lies in the future: {cause}, and the message came before",
        signature.name()
    );
    let fix = Fix::new("set the clock of the signing host");
    Some(hit.says(message, cause).with_fix(fix))
}
