//! What is behind a difference. Each rule holds where the analysis and their words show that it does;
//! where none holds, no reason is known.

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

/// What is behind a difference.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Clause {
    /// The reason. What the verdict and the row hold is not repeated in it.
    pub reason: ClauseReason,
    /// The section that it follows from; `None` where it is a matter of what was at hand.
    pub section: Option<&'static str>,
}

/// Why two verifiers differ.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ClauseReason {
    /// The file is not the bare message, and the other may have read all of it as one.
    OtherForm {
        /// What the file is.
        form: Form,
    },
    /// About SPF.
    Spf(SpfClause),
    /// About a signature.
    Dkim(DkimClause),
    /// About DMARC.
    Dmarc(DmarcClause),
    /// The newest ARC-Seal says cv=fail, so that the chain has failed for good.
    ArcHasFailed,
    /// DNS gave no answer here about the ARC chain.
    ArcOwnDns,
}

impl ClauseReason {
    /// The section that the reason follows from; `None` where it is a matter of what was at hand.
    pub fn section(&self) -> Option<&'static str> {
        match self {
            Self::OtherForm { .. } => None,
            Self::Spf(clause) => clause.section(),
            Self::Dkim(clause) => clause.section(),
            Self::Dmarc(clause) => clause.section(),
            // Step 2: nothing after it can mend a chain that has failed.
            Self::ArcHasFailed | Self::ArcOwnDns => Some("RFC 8617 §5.2"),
        }
    }
}

/// Two results, and all that is known about them.
pub(super) struct Case<'a> {
    pub opinion: &'a Opinion,
    pub analysis: &'a Analysis,
    /// Their result, where they have one.
    pub theirs: Option<&'a OpinionResult>,
    /// Our signature, where the result is about one.
    pub dkim: Option<&'a DkimVerdict>,
    /// Both results.
    pub row: &'a OpinionRow,
    /// What was compared before: SPF and the signatures, where this is about DMARC.
    pub rows: &'a [OpinionRow],
}

impl Case<'_> {
    /// Whether this is their result.
    fn theirs_is(&self, word: &str) -> bool {
        self.row.theirs.as_deref() == Some(word)
    }

    /// Whether this is our result.
    fn ours_is(&self, word: &str) -> bool {
        self.row.ours.as_deref() == Some(word)
    }

    /// That the file is not the bare message, and another program may have read all of it as one.
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

/// The first reason that holds.
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
