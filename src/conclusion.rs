//! The outcome of an analysis, as one word, and the reason for it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::claims::{Claim, ClaimPlace, ClaimedResult, RecordedPass};
use crate::dmarc::{Alignment, DmarcCause, DmarcResult, DmarcVerdict, Engine, Reservation};

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
    /// Whether DMARC passes only on signatures that leave a part of the body unsigned (`l=`).
    /// Anyone could have added that part.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unsigned_body: bool,
}

/// The outcome as one word.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
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
    /// DMARC passes, but a reader may see something in the file that the verdicts are not about: see
    /// the notes of the source.
    Doubtful,
    /// DMARC fails.
    Fails,
    /// The receiver recorded that DMARC failed, and nothing here shows otherwise: DMARC passes only
    /// on SPF for a session that nothing vouches for, or cannot be evaluated.
    ReceiverFailed(ClaimPlace),
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
            Self::Fails | Self::ReceiverFailed(_) | Self::NoAuthor => ConclusionResult::Fail,
            Self::NoPolicy => ConclusionResult::None,
            Self::OnlyTold | Self::Doubtful | Self::Dns | Self::Undecided | Self::Unproved(_) => {
                ConclusionResult::Inconclusive
            }
        }
    }

    fn of(dmarc: &DmarcVerdict, circumstances: &Circumstances) -> Self {
        let Circumstances {
            is_told,
            is_doubtful,
            recorded_fail,
            ..
        } = *circumstances;
        match dmarc.result {
            // Any host can write Received fields for a session that never took place, and SPF would
            // pass for it. A signature cannot be made up.
            DmarcResult::Pass if is_told && dmarc.engines == [Engine::Spf] => {
                recorded_fail.map_or(Self::OnlyTold, Self::ReceiverFailed)
            }
            DmarcResult::Pass if is_doubtful => {
                recorded_fail.map_or(Self::Doubtful, Self::ReceiverFailed)
            }
            DmarcResult::Pass => Self::Passes,
            DmarcResult::Fail => Self::Fails,
            DmarcResult::None => recorded_fail.map_or(Self::NoPolicy, Self::ReceiverFailed),
            DmarcResult::Permerror => Self::NoAuthor,
            DmarcResult::Temperror => recorded_fail.map_or(Self::Dns, Self::ReceiverFailed),
            // What a recording lacks may show otherwise.
            DmarcResult::Inconclusive if dmarc.cause == DmarcCause::NotRecorded => Self::Undecided,
            DmarcResult::Inconclusive => {
                recorded_fail.map_or(Self::Undecided, Self::ReceiverFailed)
            }
        }
    }
}

/// What a conclusion depends on besides DMARC.
pub(crate) struct Circumstances {
    /// Nothing vouches for the session.
    pub is_told: bool,
    /// A reader may see something that the verdicts are not about.
    pub is_doubtful: bool,
    /// What the receiver recorded when the message arrived, if it passed there.
    pub recorded: Option<RecordedPass>,
    /// The result that the receiver, or a host on the way, recorded if DMARC failed there.
    pub recorded_fail: Option<ClaimPlace>,
}

impl Conclusion {
    /// Draws the conclusion from DMARC.
    pub(crate) fn draw(dmarc: &DmarcVerdict, circumstances: &Circumstances) -> Self {
        let reason = ConclusionReason::of(dmarc, circumstances);
        let result = reason.result();
        let unsigned_body = reason == ConclusionReason::Passes
            && (circumstances.is_told || !dmarc.engines.contains(&Engine::Spf))
            && is_all_unsigned(dmarc);
        // A pass further down does not weaken a failure that was recorded.
        let is_failed = circumstances.recorded_fail.is_some();
        let recorded = circumstances
            .recorded
            .filter(|_| result != ConclusionResult::Pass && !is_failed);
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
                unsigned_body,
            },
            None => Self {
                result,
                reason,
                beside: recorded,
                unsigned_body,
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

/// Whether all signatures that DMARC passes on leave a part of the body unsigned.
fn is_all_unsigned(dmarc: &DmarcVerdict) -> bool {
    let carries = |one: &&Alignment| one.authenticated && one.aligned == Some(true);
    let mut carrying = dmarc.alignment.dkim.iter().filter(carries);
    carrying.all(|one| one.reservations.contains(&Reservation::UnsignedBody))
}
