//! Why a receiver's result for ARC is not ours.

use super::Scene;
use super::cause::{Difference, DifferenceCause};
use crate::arc::ArcCause;
use crate::message::ResInfo;

/// Why `result` differs from ours, which has `cause`.
pub(super) fn difference(result: &ResInfo, cause: ArcCause, scene: &Scene<'_>) -> Difference {
    let who = &scene.who;
    let said = &result.result;
    match cause {
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
            format!("nothing in the file or in DNS shows why {who} says {said}"),
        ),
    }
}
