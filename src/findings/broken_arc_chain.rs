//! An ARC chain that does not verify.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Judged, Mark, Rule, Severity};
use crate::arc::{ArcCause, ArcResult, ArcVerdict};
use crate::dkim::DkimCause;
use crate::evidence_class::EvidenceClass;
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "broken-arc-chain",
    severity: Severity::Notice,
    wants_message: true,
    cites: &["RFC 8617 §5.2 and §9"],
    explanation: Explanation {
        summary: "broken ARC chain",
        means: "Hosts that pass mail on can write down in ARC fields what they had found, and seal \
                that. Here a seal, or the newest message signature, does not verify, or a set is \
                not whole.",
        matters: "A receiver that trusts such hosts cannot see that the message was good before it \
                  was passed on. DMARC itself does not look at ARC, and nothing else hangs on it. A \
                  file that was altered when it was saved breaks the chain too.",
        todo: "The sender can do nothing about it. Who runs the list or the gateway lets it seal \
               last, after all changes, and keep the sets that are there.",
        example: "ARC-Seal: i=1; … cv=none; b=…   does not verify\n\
                  ARC-Authentication-Results: i=1; … was changed after the seal",
    },
    applies: has_chain,
    fires: Fires::OnCase(fires),
    say,
    // A file that was changed later also breaks the chain.
    yields_to: &["file-altered-after-delivery", "truncated-file"],
};

/// There is an ARC set.
fn has_chain(case: &Case<'_>) -> bool {
    case.analysis.arc.result != ArcResult::None
}

fn fires(case: &Case<'_>) -> Vec<Hit> {
    let arc = &case.analysis.arc;
    if arc.result != ArcResult::Fail || is_key_gone(arc) {
        return Vec::new();
    }
    let verdict = || Mark::verdict(Judged::Conclusion, EvidenceClass::Inferred);
    let mark = case.at_topmost("ARC-Seal").unwrap_or_else(verdict);
    vec![RULE.hit(mark).with("sets", arc.instances.len())]
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let cause = explain::arc::cause(&case.analysis.arc).to_string();
    let cause = cause.trim_end_matches('.');
    let message = format!(
        "the ARC chain is broken, so that what earlier hosts recorded counts for nothing: {cause}"
    );
    Some(hit.says(message, cause).with_fix(Fix::new(
        "nothing is for the sender to mend; DMARC does not look at ARC",
    )))
}

/// Whether a key no longer exists, as is usual for old files: then the chain cannot be checked.
fn is_key_gone(arc: &ArcVerdict) -> bool {
    let seals = arc.instances.iter().filter_map(|set| set.seal.as_ref());
    let newest = arc.instances.last();
    let signature = newest.and_then(|set| set.message_signature.as_ref());
    let mut causes = seals
        .map(|seal| seal.cause)
        .chain(signature.map(|signature| signature.cause));
    let is_of_keys = matches!(arc.cause, ArcCause::MessageSignature | ArcCause::Seal);
    is_of_keys && causes.any(|cause| cause == DkimCause::KeyGone)
}
