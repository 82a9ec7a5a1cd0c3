//! Why a receiver's result for ARC is not ours.

use super::Scene;
use super::cause::{Difference, DifferenceCause, NO_REASON};
use crate::arc::{ArcCause, ArcVerdict};
use crate::dkim::DkimCause;
use crate::message::ResInfo;

/// Why `result` differs from ours, which has `cause`; `chain` is the whole one.
pub(super) fn difference(
    result: &ResInfo,
    cause: ArcCause,
    chain: &ArcVerdict,
    scene: &Scene<'_>,
) -> Difference {
    let who = &scene.who;
    let said = &result.result;
    let causes = chain.instances.iter().flat_map(|one| {
        let seal = one.seal.as_ref().map(|seal| seal.cause);
        let signature = one.message_signature.as_ref().map(|one| one.cause);
        [seal, signature]
    });
    let is_gone = |cause| {
        matches!(
            cause,
            DkimCause::KeyGone | DkimCause::KeyEmpty | DkimCause::KeyRevoked
        )
    };
    let has_lost_keys = causes.flatten().any(is_gone);
    match cause {
        ArcCause::MessageSignature | ArcCause::Seal if said == "pass" && has_lost_keys => {
            Difference::new(
                DifferenceCause::KeyGone,
                format!("a key of the chain that {who} used is no longer in DNS"),
            )
        }
        ArcCause::Dns => Difference::new(
            DifferenceCause::OwnDns,
            "DNS gave no answer about a key of the chain here",
        ),
        ArcCause::MessageSignature if said == "pass" => Difference::new(
            DifferenceCause::AlteredAfterDelivery,
            format!(
                "the newest message signature of the chain no longer fits: the message was changed \
                 after {who} checked it, or the key is another now"
            ),
        ),
        ArcCause::Seal if said == "pass" => Difference::new(
            DifferenceCause::KeyChanged,
            format!("a seal that {who} verified no longer fits the key that DNS has for it"),
        ),
        _ => Difference::new(
            DifferenceCause::Unknown,
            format!("{NO_REASON}why {who} says {said}"),
        ),
    }
}
