//! Why a receiver's result for ARC differs from ours.

use schemars::JsonSchema;
use serde::Serialize;

use super::DifferenceCause;
use crate::arc::{ArcCause, ArcVerdict};
use crate::dkim::DkimCause;
use crate::message::ResInfo;

/// Why a result for ARC differs from ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ArcDifference {
    /// A key of the chain is no longer in DNS.
    KeyGone,
    /// DNS gave us no answer about a key of the chain.
    OwnDns,
    /// The newest message signature no longer verifies.
    MessageChanged,
    /// A seal no longer verifies.
    SealBroken,
    /// No reason is known.
    Unexplained,
}

impl ArcDifference {
    pub(super) fn cause(self) -> DifferenceCause {
        match self {
            Self::KeyGone => DifferenceCause::KeyGone,
            Self::OwnDns => DifferenceCause::OwnDns,
            Self::MessageChanged => DifferenceCause::AlteredAfterDelivery,
            Self::SealBroken => DifferenceCause::KeyChanged,
            Self::Unexplained => DifferenceCause::Unknown,
        }
    }
}

/// Why `result` differs from ours, which has `cause`; `chain` is the whole chain.
pub(super) fn difference(result: &ResInfo, cause: ArcCause, chain: &ArcVerdict) -> ArcDifference {
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
    let has_passed = result.result == "pass";
    match cause {
        ArcCause::MessageSignature | ArcCause::Seal if has_passed && has_lost_keys => {
            ArcDifference::KeyGone
        }
        ArcCause::Dns => ArcDifference::OwnDns,
        ArcCause::MessageSignature if has_passed => ArcDifference::MessageChanged,
        ArcCause::Seal if has_passed => ArcDifference::SealBroken,
        _ => ArcDifference::Unexplained,
    }
}
