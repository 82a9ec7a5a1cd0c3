//! Why a receiver's result for a signature differs from ours.

use schemars::JsonSchema;
use serde::Serialize;

use super::{DifferenceCause, Scene};
use crate::dkim::{BodyResult, DkimCause, DkimVerdict, HeaderResult};
use crate::message::ResInfo;
use crate::receivers::{self, Phrase};

/// Why a result for a signature differs from ours. The verdict on the signature has the rest of the
/// data.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DkimDifference {
    /// The receiver saw no signature.
    NotSeen,
    /// DNS gave us no answer; the verdict has the lookup.
    OwnDns,
    /// DNS gave the receiver no answer about the key.
    ReceiverDns,
    /// The body was changed after the receiver's check.
    BodyChanged {
        /// What else is wrong.
        besides: Besides,
    },
    /// The header differs from the one that the receiver checked.
    HeaderChanged,
    /// The body was changed after the receiver's check, and a host of another organization received
    /// the message later.
    BodyChangedOnTheWay {
        /// The host.
        host: String,
        /// What else is wrong.
        besides: Besides,
    },
    /// The header was changed after the receiver's check, and a host of another organization
    /// received the message later.
    HeaderChangedOnTheWay {
        /// The host.
        host: String,
    },
    /// The key in DNS did not make the signature over the header in the file. The signature also
    /// has another fault.
    HeaderOrKeyChanged,
    /// The key that the receiver used is no longer in DNS.
    KeyGone,
    /// The key differs from the one that the receiver used.
    OtherKey,
    /// The record at the selector was a different one.
    OtherKeyRecord,
    /// The receiver found no key, but there is one now.
    KeyPublishedSince,
    /// The signature expired after the receiver's check.
    ExpiredSince,
    /// The signature had expired before the receiver's check, but the receiver accepted it.
    ExpiryIgnored,
    /// The receiver accepted a signature with a fault.
    FaultAccepted,
    /// The receiver accepts signatures with this fault, or it checked a different signature.
    FaultAcceptedOrOther,
    /// The receiver requires more than the standard.
    StricterThanStandard,
    /// The receiver had different bytes or a different key: this file verifies.
    OtherBytesOrKey,
    /// It is not known why the receiver did not accept it.
    Unexplained,
}

/// What is wrong with a signature besides its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Besides {
    /// Nothing that can be found without the original body.
    Nothing,
    /// DNS no longer has its key.
    KeyGone,
    /// The cause of the verdict.
    Fault,
}

impl Besides {
    fn of(verdict: &DkimVerdict) -> Self {
        match verdict.cause {
            _ if is_key_gone(verdict) => Self::KeyGone,
            DkimCause::BodyChanged | DkimCause::BodyAndHeaderChanged | DkimCause::KeyDoesNotFit => {
                Self::Nothing
            }
            _ => Self::Fault,
        }
    }
}

impl DkimDifference {
    pub(super) fn cause(&self) -> DifferenceCause {
        use DifferenceCause as Cause;
        match self {
            Self::OwnDns => Cause::OwnDns,
            Self::ReceiverDns => Cause::ReceiverDns,
            Self::BodyChanged { .. } => Cause::AlteredAfterDelivery,
            Self::HeaderChanged | Self::HeaderOrKeyChanged => Cause::HeaderChanged,
            Self::BodyChangedOnTheWay { .. } | Self::HeaderChangedOnTheWay { .. } => {
                Cause::Forwarded
            }
            Self::KeyGone => Cause::KeyGone,
            Self::OtherKey | Self::OtherKeyRecord => Cause::KeyChanged,
            Self::KeyPublishedSince => Cause::KeyPublishedSince,
            Self::ExpiredSince => Cause::ExpiredSince,
            Self::ExpiryIgnored | Self::FaultAccepted | Self::StricterThanStandard => {
                Cause::LocalRule
            }
            Self::NotSeen
            | Self::FaultAcceptedOrOther
            | Self::OtherBytesOrKey
            | Self::Unexplained => Cause::Unknown,
        }
    }

    /// Whether it concerns the whole message, not just one signature.
    pub(super) fn is_of_message(&self) -> bool {
        match self {
            Self::BodyChanged { besides } | Self::BodyChangedOnTheWay { besides, .. } => {
                *besides != Besides::Fault
            }
            Self::HeaderChanged | Self::HeaderChangedOnTheWay { .. } => true,
            _ => false,
        }
    }
}

/// Whether `result` means the same as `verdict`. Gmail gives temperror for keys that do not exist.
pub(super) fn is_same_fault(result: &ResInfo, verdict: &DkimVerdict) -> bool {
    is_key_gone(verdict) && result.result == "temperror" && is_about_missing_key(result)
}

/// Whether DNS no longer has a key at the selector.
fn is_key_gone(verdict: &DkimVerdict) -> bool {
    matches!(
        verdict.cause,
        DkimCause::KeyGone | DkimCause::KeyEmpty | DkimCause::KeyRevoked
    )
}

fn is_about_missing_key(result: &ResInfo) -> bool {
    says(result, Phrase::NoKey)
}

/// Why `result` differs from what `verdict` says of the same signature.
pub(super) fn difference(
    result: &ResInfo,
    verdict: &DkimVerdict,
    scene: &Scene<'_>,
) -> DkimDifference {
    match receivers::registered("dkim", &result.result) {
        "pass" => passed_then(verdict, scene),
        // An unknown word of a receiver that is read as none means less.
        "none" if result.result == "none" => DkimDifference::NotSeen,
        // Gmail gives this word for keys that do not exist, too.
        "temperror" => match is_about_missing_key(result) {
            true => DkimDifference::KeyPublishedSince,
            false => DkimDifference::ReceiverDns,
        },
        _ => refused_then(result, verdict),
    }
}

/// The receiver accepted the signature, but it does not verify here. A change of the message is a
/// better reason than a fault that the receiver may have ignored.
fn passed_then(verdict: &DkimVerdict, scene: &Scene<'_>) -> DkimDifference {
    use DkimDifference as Difference;
    if verdict.cause == DkimCause::Dns {
        return Difference::OwnDns;
    }
    // A host that received the message later may have changed it.
    let onward = || scene.session.passed_on_to().map(str::to_owned);
    if verdict.body.result == BodyResult::Differ {
        let besides = Besides::of(verdict);
        return match onward() {
            Some(host) => Difference::BodyChangedOnTheWay { host, besides },
            None => Difference::BodyChanged { besides },
        };
    }
    match verdict.cause {
        _ if is_key_gone(verdict) => Difference::KeyGone,
        DkimCause::KeyDoesNotFit => Difference::OtherKey,
        DkimCause::KeyNotAKey
        | DkimCause::KeySyntax
        | DkimCause::KeyType
        | DkimCause::KeyHashNotAllowed
        | DkimCause::KeyService
        | DkimCause::KeyStrictIdentity => Difference::OtherKeyRecord,
        DkimCause::HeaderChanged | DkimCause::BodyAndHeaderChanged => match onward() {
            Some(host) => Difference::HeaderChangedOnTheWay { host },
            None => Difference::HeaderChanged,
        },
        _ if verdict.header.result == HeaderResult::Failed => Difference::HeaderOrKeyChanged,
        DkimCause::KeyTooShort if !has_length_of_signature(verdict) => Difference::OtherKey,
        DkimCause::Expired => expired(verdict, scene),
        DkimCause::Sha1 | DkimCause::KeyTooShort | DkimCause::Future => Difference::FaultAccepted,
        _ if verifies(verdict) => Difference::FaultAccepted,
        _ => Difference::FaultAcceptedOrOther,
    }
}

/// Whether the body and the header are as signed, whatever else is wrong with the signature.
fn verifies(verdict: &DkimVerdict) -> bool {
    verdict.header.result == HeaderResult::Verified && verdict.body.result == BodyResult::Match
}

/// Whether the RSA key has the length of the signature, which is that of the signing key (RFC 8017
/// §8.2.1).
fn has_length_of_signature(verdict: &DkimVerdict) -> bool {
    let bits = verdict.key.as_ref().and_then(|key| key.bits);
    bits.is_none_or(|bits| bits.div_ceil(8) == verdict.signature_octets)
}

/// The reason for a signature whose `x=` is before the time of judgement.
fn expired(verdict: &DkimVerdict, scene: &Scene<'_>) -> DkimDifference {
    let checked = scene.session.border_date();
    match (verdict.expires_at, checked) {
        (Some(expires), Some(checked)) if expires < checked => DkimDifference::ExpiryIgnored,
        _ => DkimDifference::ExpiredSince,
    }
}

/// The receiver did not accept the signature, but it verifies here (or DNS gave us no answer).
fn refused_then(result: &ResInfo, verdict: &DkimVerdict) -> DkimDifference {
    match receivers::registered("dkim", &result.result) {
        _ if verdict.cause == DkimCause::Dns => DkimDifference::OwnDns,
        _ if is_about_missing_key(result) => DkimDifference::KeyPublishedSince,
        "policy" => DkimDifference::StricterThanStandard,
        _ if says(result, Phrase::ShortKey) => DkimDifference::StricterThanStandard,
        _ if says(result, Phrase::DoesNotVerify) => DkimDifference::OtherBytesOrKey,
        _ => DkimDifference::Unexplained,
    }
}

/// Whether the comments or the reason of the result contain this phrase.
fn says(result: &ResInfo, phrase: Phrase) -> bool {
    let mut texts = result.comments.iter().chain(&result.reason);
    texts.any(|text| receivers::says(text, phrase))
}
