//! Why two verifiers differ about an ARC chain.

use schemars::JsonSchema;
use serde::Serialize;

use super::Case;
use crate::arc::ArcCause;

/// Why two verifiers differ about an ARC chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ArcClause {
    /// They write the word of a signature for a chain that does not pass.
    OtherWord,
    /// The newest ARC-Seal says cv=fail, so the chain has failed permanently.
    HasFailed,
    /// They accept a chain that has a fault, or see none in its fields.
    FaultCounted {
        /// The fault.
        fault: ArcCause,
    },
    /// They do not accept it, but every seal and the newest ARC-Message-Signature verify here.
    VerifiesHere,
    /// DNS gave them no answer.
    TheirDns,
    /// DNS gave no answer here about the chain.
    OwnDns,
    /// The recording used here does not have a key.
    NotRecorded,
    /// The file judged here has no body.
    HeadersOnly,
}

impl ArcClause {
    pub(super) fn section(self) -> Option<&'static str> {
        Some(match self {
            Self::OtherWord => "RFC 8617 §4.4",
            Self::NotRecorded | Self::HeadersOnly => return None,
            // Step 2: nothing after it can repair a chain that has failed.
            _ => "RFC 8617 §5.2",
        })
    }
}

/// The first reason that applies.
pub(super) fn behind(case: &Case<'_>) -> Option<ArcClause> {
    let cause = case.analysis.arc.cause;
    if case.row.comparison == crate::second::Compared::Agree {
        return Some(ArcClause::OtherWord);
    }
    match cause {
        ArcCause::CvFail => Some(ArcClause::HasFailed),
        ArcCause::Dns => Some(ArcClause::OwnDns),
        ArcCause::NotRecorded => Some(ArcClause::NotRecorded),
        ArcCause::HeadersOnly => Some(ArcClause::HeadersOnly),
        _ if case.theirs_is("temperror") => Some(ArcClause::TheirDns),
        ArcCause::Verified if case.theirs.is_some() => Some(ArcClause::VerifiesHere),
        fault if case.ours_is("fail") && case.theirs.is_some() => {
            Some(ArcClause::FaultCounted { fault })
        }
        _ => None,
    }
}
