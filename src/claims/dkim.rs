//! Why a receiver's result for a signature is not ours.

use schemars::JsonSchema;
use serde::Serialize;

use super::{DifferenceCause, Scene};
use crate::dkim::{BodyResult, DkimCause, DkimVerdict, HeaderResult};
use crate::message::ResInfo;
use crate::receivers::{self, Phrase};

/// Why a result for a signature is not ours. The verdict on the signature says the rest.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DkimDifference {
    /// The receiver saw no signature there.
    NotSeen,
    /// DNS gave us no answer; the verdict says about what.
    OwnDns,
    /// DNS gave the receiver no answer about the key.
    ReceiverDns,
    /// The body was changed after the receiver's check.
    BodyChanged {
        /// What else is wrong.
        besides: Besides,
    },
    /// The header is not the one that the receiver checked.
    HeaderChanged,
    /// The body was changed after the receiver's check, and a host of another organization took the
    /// message later.
    BodyChangedOnTheWay {
        /// The host.
        host: String,
        /// What else is wrong.
        besides: Besides,
    },
    /// The header was changed after the receiver's check, and a host of another organization took the
    /// message later.
    HeaderChangedOnTheWay {
        /// The host.
        host: String,
    },
    /// The key in DNS did not make the signature over the header as it stands; besides, the signature
    /// has another fault.
    HeaderOrKeyChanged,
    /// The key that the receiver used is no longer in DNS.
    KeyGone,
    /// The key is not the one that the receiver used.
    OtherKey,
    /// The record at the selector was another one.
    OtherKeyRecord,
    /// The receiver found no key, and there is one now.
    KeyPublishedSince,
    /// The signature ran out after the receiver's check.
    ExpiredSince,
    /// The signature had run out before the receiver's check, which let it pass.
    ExpiryIgnored,
    /// The receiver let a signature with a fault pass.
    FaultAccepted,
    /// The receiver lets a signature with such a fault pass, or it checked another one.
    FaultAcceptedOrOther,
    /// The receiver asks for more than the standard.
    StricterThanStandard,
    /// The receiver had other bytes or another key: this file verifies.
    OtherBytesOrKey,
    /// Nothing shows what the receiver had against it.
    Unexplained,
}

/// What is wrong with a signature besides its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Besides {
    /// Nothing that could be told with another body.
    Nothing,
    /// DNS has no key for it any more.
    KeyGone,
    /// What the cause of the verdict says.
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

    /// Whether it is about the message rather than about one signature of it.
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

/// Whether `result` says the same as `verdict`. Gmail says temperror of keys that do not exist.
pub(super) fn is_same_fault(result: &ResInfo, verdict: &DkimVerdict) -> bool {
    is_key_gone(verdict) && result.result == "temperror" && is_about_missing_key(result)
}

/// Whether DNS has no key at the selector any more.
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
        // A word of a receiver's own that stands for none means less.
        "none" if result.result == "none" => DkimDifference::NotSeen,
        // Gmail says so of keys that do not exist, too.
        "temperror" => match is_about_missing_key(result) {
            true => DkimDifference::KeyPublishedSince,
            false => DkimDifference::ReceiverDns,
        },
        _ => refused_then(result, verdict),
    }
}

/// The receiver let the signature pass, and it does not here. What was changed goes before what the
/// receiver may have overlooked.
fn passed_then(verdict: &DkimVerdict, scene: &Scene<'_>) -> DkimDifference {
    use DkimDifference as Difference;
    if verdict.cause == DkimCause::Dns {
        return Difference::OwnDns;
    }
    // Whoever took the message later may have changed it.
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

/// Whether body and header are as they were signed, whatever is wrong with the signature besides.
fn verifies(verdict: &DkimVerdict) -> bool {
    verdict.header.result == HeaderResult::Verified && verdict.body.result == BodyResult::Match
}

/// Whether the RSA key is as long as the signature, as the one that made it was (RFC 8017 §8.2.1).
fn has_length_of_signature(verdict: &DkimVerdict) -> bool {
    let bits = verdict.key.as_ref().and_then(|key| key.bits);
    bits.is_none_or(|bits| bits.div_ceil(8) == verdict.signature_octets)
}

/// A signature whose `x=` lies before the time judged by.
fn expired(verdict: &DkimVerdict, scene: &Scene<'_>) -> DkimDifference {
    let checked = scene.session.border_date();
    match (verdict.expires_at, checked) {
        (Some(expires), Some(checked)) if expires < checked => DkimDifference::ExpiryIgnored,
        _ => DkimDifference::ExpiredSince,
    }
}

/// The receiver did not let the signature pass, and it does here (or DNS gave us no answer).
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

/// Whether the receiver's comments or its reason say this.
fn says(result: &ResInfo, phrase: Phrase) -> bool {
    let mut texts = result.comments.iter().chain(&result.reason);
    texts.any(|text| receivers::says(text, phrase))
}
