//! An ARC chain that does not verify.

use super::file_altered_after_delivery::is_altered;
use super::truncated_file::is_truncated;
use super::{Case, Explanation, Findings, Fires, Fix, Judged, Mark, Rule, Severity, applies};
use crate::arc::{ArcCause, ArcResult, ArcVerdict};
use crate::dkim::DkimCause;
use crate::evidence_class::EvidenceClass;
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "broken-arc-chain",
    severity: Severity::Notice,
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
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let arc = &case.analysis.arc;
    // A file that was changed since breaks the chain, too.
    let was_changed = is_altered(case) || is_truncated(case);
    if arc.result != ArcResult::Fail || was_changed || is_key_gone(arc) {
        return;
    }
    let detail = explain::arc::cause(arc).to_string();
    let detail = detail.trim_end_matches('.');
    let message = format!(
        "the ARC chain is broken, so that what earlier hosts recorded counts for nothing: {detail}"
    );
    let evidence = case
        .at_topmost("ARC-Seal")
        .map(|mark| mark.says(detail))
        .unwrap_or_else(|| Mark::verdict(Judged::Conclusion, EvidenceClass::Inferred).says(detail));
    findings.add(message, evidence).fix(Fix::new(
        "nothing is for the sender to mend; DMARC does not look at ARC",
    ));
}

/// Whether a key is not there any more, as happens to old files: then the chain cannot be checked.
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
