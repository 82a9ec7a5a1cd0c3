//! Why two verifiers differ about a signature.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Case, ClauseReason};
use crate::dkim::{BodyResult, DkimCause};
use crate::second::compare::{fits, is_in_force};
use crate::second::{Compared, Program};

/// Why two verifiers differ about a signature.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DkimClause {
    /// They give neutral for a signature that can be processed but does not verify.
    NeutralForFail,
    /// Neither result is a pass.
    NoPass,
    /// They give more results than there are signatures.
    GivenAgain,
    /// They name a signature that was not judged here.
    NoSuchSignature,
    /// DNS gave them no answer about the key.
    TheirDns,
    /// DNS gave no answer here about the key.
    OwnDns,
    /// The recording used here does not have the key.
    NotRecorded,
    /// The file judged here has no body.
    HeadersOnly,
    /// Here it is judged at a time after `x=`.
    ExpiredHere,
    /// There it was judged at a time after `x=`.
    ExpiredThere,
    /// They leave out a signature whose `x=` is in the past.
    ExpiredLeftOut,
    /// Here it is judged at a time before `t=`.
    FutureHere,
    /// They leave out a signature whose `t=` is in the future.
    FutureLeftOut,
    /// They give no result for a signature that cannot be processed.
    UnprocessableLeftOut,
    /// They accept rsa-sha1.
    Sha1Counted,
    /// They accept a key that is too short.
    ShortKeyCounted {
        /// Its length.
        bits: usize,
    },
    /// They reject a key that is long enough.
    KeyTooShortThere {
        /// Its length.
        bits: usize,
    },
    /// They found no key, but DNS here has one.
    KeyNotFound,
    /// The selector has several records, and they may have tried only one.
    SeveralKeys {
        /// How many.
        records: usize,
    },
    /// They hashed other octets under `l=`.
    LengthTag {
        /// How many octets it counts.
        signed: u64,
        /// How many the canonical body has.
        canonical: u64,
    },
    /// They refuse a signature that has `l=`.
    LengthTagRefused,
    /// They hashed another body.
    OtherBody {
        /// The hash there, in base64.
        theirs: String,
        /// The hash here, in base64.
        ours: String,
    },
    /// They saw no signature at all.
    NothingSeen,
    /// They accept a signature with a fault that makes it invalid.
    FaultCounted {
        /// The fault.
        fault: DkimCause,
    },
    /// They accept a key with a fault.
    KeyFaultCounted {
        /// The fault.
        fault: DkimCause,
    },
}

impl DkimClause {
    pub(super) fn section(&self) -> Option<&'static str> {
        Some(match self {
            Self::NeutralForFail | Self::NoPass => "RFC 8601 §2.7.1",
            Self::ExpiredHere
            | Self::ExpiredThere
            | Self::ExpiredLeftOut
            | Self::FutureHere
            | Self::FutureLeftOut
            | Self::LengthTag { .. } => "RFC 6376 §3.5",
            Self::LengthTagRefused => "RFC 6376 §8.2",
            Self::OtherBody { .. } => "RFC 6376 §3.7",
            Self::UnprocessableLeftOut | Self::FaultCounted { .. } => "RFC 6376 §6.1.1",
            Self::TheirDns
            | Self::OwnDns
            | Self::KeyNotFound
            | Self::SeveralKeys { .. }
            | Self::KeyFaultCounted { .. } => "RFC 6376 §6.1.2",
            Self::Sha1Counted => "RFC 8301 §3.1",
            Self::ShortKeyCounted { .. } | Self::KeyTooShortThere { .. } => "RFC 8301 §3.2",
            Self::GivenAgain
            | Self::NoSuchSignature
            | Self::NotRecorded
            | Self::HeadersOnly
            | Self::NothingSeen => return None,
        })
    }
}

/// The first reason that applies.
pub(super) fn behind(case: &Case<'_>) -> Option<ClauseReason> {
    let of_result = other_word(case).or_else(|| no_signature(case));
    let of_form = || {
        let other = case.theirs_is("none") || other_body(case);
        case.other_form().filter(|_| other)
    };
    of_result
        .map(ClauseReason::Dkim)
        .or_else(of_form)
        .or_else(|| of_signature(case).map(ClauseReason::Dkim))
}

/// Another word for a signature that is not accepted.
fn other_word(case: &Case<'_>) -> Option<DkimClause> {
    let is_neutral = case.theirs_is("neutral") && case.ours_is("fail");
    (case.row.comparison == Compared::Agree).then_some(match is_neutral {
        true => DkimClause::NeutralForFail,
        false => DkimClause::NoPass,
    })
}

/// The reason if their result is not about a signature of ours, or about one that another result is
/// about.
fn no_signature(case: &Case<'_>) -> Option<DkimClause> {
    let theirs = case.theirs.filter(|_| case.dkim.is_none())?;
    let ours = &case.analysis.dkim;
    Some(
        match (0..ours.len()).any(|index| fits(theirs, index, ours)) {
            true => DkimClause::GivenAgain,
            false => DkimClause::NoSuchSignature,
        },
    )
}

/// The difference in the signature, its key or the body.
fn of_signature(case: &Case<'_>) -> Option<DkimClause> {
    if case.theirs_is("temperror") {
        return Some(DkimClause::TheirDns);
    }
    let dkim = case.dkim?;
    let has_passed = case.theirs_is("pass");
    let by_cause = match dkim.cause {
        DkimCause::Dns => Some(DkimClause::OwnDns),
        DkimCause::NotRecorded => Some(DkimClause::NotRecorded),
        DkimCause::HeadersOnly => Some(DkimClause::HeadersOnly),
        DkimCause::Expired if has_passed => Some(DkimClause::ExpiredHere),
        DkimCause::Expired if is_left_out(case) => Some(DkimClause::ExpiredLeftOut),
        DkimCause::Future if has_passed => Some(DkimClause::FutureHere),
        DkimCause::Future if is_left_out(case) => Some(DkimClause::FutureLeftOut),
        DkimCause::Expired | DkimCause::Future => None,
        _ if !is_in_force(dkim) && case.row.comparison == Compared::OnlyOurs => {
            Some(DkimClause::UnprocessableLeftOut)
        }
        DkimCause::Sha1 if has_passed => Some(DkimClause::Sha1Counted),
        _ => None,
    };
    by_cause
        .or_else(|| expired_there(case))
        .or_else(|| of_key(case))
        .or_else(|| of_body(case))
        .or_else(|| nothing_seen(case))
        .or_else(|| fault_counted(case))
}

/// Whether rspamd gives no symbol for the signature, as for all that are expired or in the future.
fn is_left_out(case: &Case<'_>) -> bool {
    case.row.comparison == Compared::OnlyOurs && case.opinion.program == Program::Rspamd
}

fn expired_there(case: &Case<'_>) -> Option<DkimClause> {
    let expired = case.theirs?.says("expired") && case.dkim?.expires_at.is_some();
    (expired && case.ours_is("pass")).then_some(DkimClause::ExpiredThere)
}

fn of_key(case: &Case<'_>) -> Option<DkimClause> {
    let dkim = case.dkim?;
    let (theirs, key) = (case.theirs?, dkim.key.as_ref()?);
    match key.bits {
        Some(bits) if dkim.cause == DkimCause::KeyTooShort && case.theirs_is("pass") => {
            return Some(DkimClause::ShortKeyCounted { bits });
        }
        Some(bits) if theirs.says("weak-key") && case.ours_is("pass") => {
            return Some(DkimClause::KeyTooShortThere { bits });
        }
        _ => (),
    }
    if key.kind.is_some() && theirs.text.as_deref() == Some("no key") {
        return Some(DkimClause::KeyNotFound);
    }
    let records = key.records;
    let tried_others = records > 1 && case.ours_is("pass") && !other_body(case);
    tried_others.then_some(DkimClause::SeveralKeys { records })
}

fn of_body(case: &Case<'_>) -> Option<DkimClause> {
    if case.theirs?.says("'l='") {
        return Some(DkimClause::LengthTagRefused);
    }
    let body = &case.dkim.filter(|_| other_body(case))?.body;
    if let (Some(signed), Some(canonical)) = (body.signed_length, body.canonical_length) {
        return Some(DkimClause::LengthTag { signed, canonical });
    }
    Some(DkimClause::OtherBody {
        theirs: case.theirs?.body_hash.clone()?,
        ours: body.hash()?.to_string(),
    })
}

fn nothing_seen(case: &Case<'_>) -> Option<DkimClause> {
    let dkim = case.dkim.filter(|_| case.theirs_is("none"))?;
    let is_seen = is_in_force(dkim) || case.opinion.program == Program::Mailauth;
    is_seen.then_some(DkimClause::NothingSeen)
}

/// The reason if they accept a signature that has a fault itself or in its key.
fn fault_counted(case: &Case<'_>) -> Option<DkimClause> {
    let fault = case.dkim.filter(|_| case.theirs_is("pass"))?.cause;
    match fault {
        DkimCause::IdentityOutsideDomain
        | DkimCause::FromNotSigned
        | DkimCause::MissingTag
        | DkimCause::Version
        | DkimCause::Syntax
        | DkimCause::UnknownAlgorithm => Some(DkimClause::FaultCounted { fault }),
        DkimCause::KeyGone
        | DkimCause::KeyEmpty
        | DkimCause::KeyRevoked
        | DkimCause::KeyNotAKey
        | DkimCause::KeySyntax
        | DkimCause::KeyDoesNotFit
        | DkimCause::KeyType
        | DkimCause::KeyHashNotAllowed
        | DkimCause::KeyService
        | DkimCause::KeyStrictIdentity => Some(DkimClause::KeyFaultCounted { fault }),
        _ => None,
    }
}

/// Whether they hashed a different body.
fn other_body(case: &Case<'_>) -> bool {
    let (Some(theirs), Some(dkim)) = (case.theirs, case.dkim) else {
        return false;
    };
    match (&theirs.body_hash, dkim.body.hash()) {
        (Some(theirs), Some(ours)) => *theirs != ours.to_string(),
        _ => case.theirs_is("pass") && dkim.body.result == BodyResult::Differ,
    }
}
