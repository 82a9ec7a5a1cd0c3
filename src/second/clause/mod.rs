//! The reason for a difference. Each rule applies if the analysis and the other verifier's output
//! show it; if none applies, no reason is known.

mod dkim;
mod dmarc;
mod spf;

use schemars::JsonSchema;
use serde::Serialize;

pub use dkim::DkimClause;
pub use dmarc::{DmarcClause, RowName};
pub use spf::{SessionPart, SessionValue, SpfClause};

use super::{Compared, Opinion, OpinionMethod, OpinionResult, OpinionRow};
use crate::Analysis;
use crate::arc::ArcCause;
use crate::dkim::DkimVerdict;
use crate::message::Form;

/// The reason for a difference.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Clause {
    /// The reason. Data in the verdict and the row is not repeated in it.
    pub reason: ClauseReason,
    /// The section that it follows from; `None` if it follows from the data that was available.
    pub section: Option<&'static str>,
}

/// Why two verifiers differ.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ClauseReason {
    /// The file is not a bare message, and the other verifier may have read all of it as one.
    OtherForm {
        /// The form of the file.
        form: Form,
    },
    /// About SPF.
    Spf(SpfClause),
    /// About a signature.
    Dkim(DkimClause),
    /// About DMARC.
    Dmarc(DmarcClause),
    /// The newest ARC-Seal says cv=fail, so the chain has failed permanently.
    ArcHasFailed,
    /// DNS gave no answer here about the ARC chain.
    ArcOwnDns,
}

impl ClauseReason {
    /// The section that the reason follows from; `None` if it follows from the data that was
    /// available.
    pub fn section(&self) -> Option<&'static str> {
        match self {
            Self::OtherForm { .. } => None,
            Self::Spf(clause) => clause.section(),
            Self::Dkim(clause) => clause.section(),
            Self::Dmarc(clause) => clause.section(),
            // Step 2: nothing after it can repair a chain that has failed.
            Self::ArcHasFailed | Self::ArcOwnDns => Some("RFC 8617 §5.2"),
        }
    }
}

/// Two results, and everything that is known about them.
pub(super) struct Case<'a> {
    pub opinion: &'a Opinion,
    pub analysis: &'a Analysis,
    /// Their result, if they have one.
    pub theirs: Option<&'a OpinionResult>,
    /// Our signature, if the result is about one.
    pub dkim: Option<&'a DkimVerdict>,
    /// The row with both results.
    pub row: &'a OpinionRow,
    /// The rows before it: SPF and the signatures, for a row about DMARC.
    pub rows: &'a [OpinionRow],
}

impl Case<'_> {
    /// Whether `word` is their result.
    fn theirs_is(&self, word: &str) -> bool {
        self.row.theirs.as_deref() == Some(word)
    }

    /// Whether `word` is our result.
    fn ours_is(&self, word: &str) -> bool {
        self.row.ours.as_deref() == Some(word)
    }

    /// The reason if the file is not a bare message, and another program may have read all of it as
    /// one.
    fn other_form(&self) -> Option<ClauseReason> {
        let source = &self.analysis.source;
        match *source.within.first().unwrap_or(&source.form) {
            Form::Rfc5322 | Form::HeadersOnly => None,
            form => Some(ClauseReason::OtherForm { form }),
        }
    }

    fn arc(&self) -> Option<ClauseReason> {
        if self.analysis.arc.cause == ArcCause::CvFail {
            return Some(ClauseReason::ArcHasFailed);
        }
        self.ours_is("temperror").then_some(ClauseReason::ArcOwnDns)
    }
}

/// The first reason that applies.
pub(super) fn behind(case: &Case<'_>) -> Option<Clause> {
    if case.row.comparison == Compared::Agree && case.row.theirs == case.row.ours {
        return None;
    }
    let reason = match case.row.method {
        OpinionMethod::Spf => spf::behind(case).map(ClauseReason::Spf),
        OpinionMethod::Dkim => dkim::behind(case),
        OpinionMethod::Dmarc => dmarc::behind(case),
        OpinionMethod::Arc => case.arc(),
    }?;
    Some(Clause {
        section: reason.section(),
        reason,
    })
}
