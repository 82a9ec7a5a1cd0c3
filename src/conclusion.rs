//! The outcome of an analysis, as one word, and the reason for it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::claims::{Claim, ClaimedResult, RecordedPass};
use crate::dmarc::{DmarcResult, DmarcVerdict, Engine};

/// The outcome of an analysis.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Conclusion {
    /// The outcome as one word.
    pub result: ConclusionResult,
    /// The reason for it.
    pub reason: ConclusionReason,
    /// A different result that the receiver recorded, if it does not change the outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beside: Option<RecordedPass>,
}

/// The outcome as one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ConclusionResult {
    /// DMARC passes.
    Pass,
    /// DMARC fails, or cannot be applied because From is malformed.
    Fail,
    /// There is no DMARC policy.
    None,
    /// The outcome cannot be determined.
    Inconclusive,
}

/// The reason for an outcome. The details are in the verdicts and the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ConclusionReason {
    /// DMARC passes.
    Passes,
    /// DMARC passes on SPF alone, and nothing vouches for the session that SPF was evaluated for.
    OnlyTold,
    /// DMARC fails.
    Fails,
    /// No policy applies.
    NoPolicy,
    /// From names no single author domain.
    NoAuthor,
    /// DNS did not answer a question that the outcome depends on.
    Dns,
    /// Something that the outcome depends on could not be evaluated.
    Undecided,
    /// The receiver recorded a pass when the message arrived, but the file and DNS no longer show
    /// it. That is not a failure of the sender.
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
    /// The outcome that this reason leads to.
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

    /// The reason that follows from `dmarc`. `is_told`: nothing vouches for the session.
    fn of(dmarc: &DmarcVerdict, is_told: bool) -> Self {
        match dmarc.result {
            // Any host can write Received fields for a session that never took place, and SPF would
            // pass for it. A signature cannot be made up.
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
    /// Draws the conclusion from DMARC. `is_told`: nothing vouches for the session. `recorded`:
    /// what the receiver recorded when the message arrived.
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

    /// The result among `claims` whose difference explains why the message can no longer be proved,
    /// if there is one.
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
