//! The outcome of an analysis in a word, and what it rests on.

use schemars::JsonSchema;
use serde::Serialize;

use crate::claims::{Claim, ClaimedResult, RecordedPass};
use crate::dmarc::{DmarcResult, DmarcVerdict, Engine};

/// The outcome of an analysis.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Conclusion {
    /// In a word.
    pub result: ConclusionResult,
    /// What it rests on.
    pub reason: ConclusionReason,
    /// What the receiver recorded otherwise, where that does not change the outcome.
    pub beside: Option<RecordedPass>,
}

/// The outcome in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConclusionResult {
    /// DMARC passes.
    Pass,
    /// DMARC fails, or cannot be applied as From is malformed.
    Fail,
    /// There is no DMARC policy.
    None,
    /// It cannot be told.
    Inconclusive,
}

/// What an outcome rests on. The verdicts and the session say the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ConclusionReason {
    /// DMARC passes.
    Passes,
    /// DMARC passes on SPF alone, for a session of which nobody tells who vouches for it.
    OnlyTold,
    /// DMARC fails.
    Fails,
    /// No policy applies.
    NoPolicy,
    /// From names no single author domain.
    NoAuthor,
    /// DNS did not answer a question that decides.
    Dns,
    /// What decides could not be evaluated.
    Undecided,
    /// The receiver recorded that the message passed when it came, which the file and DNS do not
    /// show any more: that is no failure of the sender's.
    Unproved(RecordedPass),
}

impl ConclusionResult {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::None => "none",
            Self::Inconclusive => "inconclusive",
        }
    }
}

impl ConclusionReason {
    /// The outcome that goes with this reason.
    pub fn result(self) -> ConclusionResult {
        match self {
            Self::Passes => ConclusionResult::Pass,
            Self::Fails | Self::NoAuthor => ConclusionResult::Fail,
            Self::NoPolicy => ConclusionResult::None,
            Self::OnlyTold | Self::Dns | Self::Undecided | Self::Unproved(_) => {
                ConclusionResult::Inconclusive
            }
        }
    }

    /// What `dmarc` comes to; `is_told` where nobody vouches for the session.
    fn of(dmarc: &DmarcVerdict, is_told: bool) -> Self {
        match dmarc.result {
            // Any host can write Received fields of a session that never was, so that SPF for it
            // would pass; a signature cannot be made up.
            DmarcResult::Pass if is_told && dmarc.engines == [Engine::Spf] => Self::OnlyTold,
            DmarcResult::Pass => Self::Passes,
            DmarcResult::Fail => Self::Fails,
            DmarcResult::None => Self::NoPolicy,
            DmarcResult::Permerror => Self::NoAuthor,
            DmarcResult::Temperror => Self::Dns,
            DmarcResult::Inconclusive => Self::Undecided,
        }
    }
}

impl Conclusion {
    /// Draws the conclusion from DMARC. `is_told` where nobody vouches for the session; `recorded` is
    /// what the receiver recorded when the message came.
    pub(crate) fn draw(
        dmarc: &DmarcVerdict,
        is_told: bool,
        recorded: Option<RecordedPass>,
    ) -> Self {
        let reason = ConclusionReason::of(dmarc, is_told);
        let result = reason.result();
        let recorded = recorded.filter(|_| result != ConclusionResult::Pass);
        let unproved = recorded.filter(|recorded| {
            let is_worse = match result {
                ConclusionResult::Fail => true,
                ConclusionResult::None => recorded.is_dmarc,
                ConclusionResult::Pass | ConclusionResult::Inconclusive => false,
            };
            is_worse && !recorded.is_unvouched
        });
        match unproved.map(ConclusionReason::Unproved) {
            Some(reason) => Self {
                result: reason.result(),
                reason,
                beside: None,
            },
            None => Self {
                result,
                reason,
                beside: recorded,
            },
        }
    }

    /// The result among `claims` whose difference explains why the message is not proved any more,
    /// where something explains it.
    pub(crate) fn explained_by<'a>(
        &self,
        claims: &'a [Claim],
    ) -> Option<(&'a Claim, &'a ClaimedResult)> {
        let ConclusionReason::Unproved(recorded) = &self.reason else {
            return None;
        };
        let behind = recorded.behind.of(claims);
        behind.filter(|(_, result)| match &result.difference {
            Some(difference) => !difference.is_unexplained(),
            None => result.is_explained(),
        })
    }
}
