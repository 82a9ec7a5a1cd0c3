//! The DMARC outcome of a message, in the detail in which many messages are counted.

use serde::{Deserialize, Serialize};

use crate::Analysis;
use crate::conclusion::ConclusionResult;
use crate::dkim::DkimResult;
use crate::dmarc::{Alignment, DmarcCause, DmarcResult, Engine, Rules};
use crate::spf::SpfResult;

/// The DMARC outcome of a message.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Outcome {
    /// It passes.
    Pass,
    /// It fails.
    Fail,
    /// There is no policy.
    NoPolicy,
    /// DMARC cannot be applied, as there is no single author domain.
    NoAuthor,
    /// It is not known.
    NotJudged,
}

impl Outcome {
    /// The outcome of the message of `analysis`, according to its conclusion.
    pub fn of(analysis: &Analysis) -> Self {
        match analysis.conclusion.result {
            ConclusionResult::Pass => Self::Pass,
            ConclusionResult::None => Self::NoPolicy,
            ConclusionResult::Inconclusive => Self::NotJudged,
            ConclusionResult::Fail if analysis.dmarc.result == DmarcResult::Permerror => {
                Self::NoAuthor
            }
            ConclusionResult::Fail => Self::Fail,
        }
    }

    /// The outcome of the message of `analysis` by the verdict alone, whatever its receiver
    /// recorded; a pass must be proved.
    pub(super) fn by_verdict(analysis: &Analysis) -> Self {
        match analysis.dmarc.result {
            DmarcResult::Pass if Self::of(analysis) == Self::Pass => Self::Pass,
            DmarcResult::Pass | DmarcResult::Temperror | DmarcResult::Inconclusive => {
                Self::NotJudged
            }
            DmarcResult::Fail => Self::Fail,
            DmarcResult::None => Self::NoPolicy,
            DmarcResult::Permerror => Self::NoAuthor,
        }
    }
}

/// Whether an identifier makes a message pass.
pub(super) fn counts(alignment: &Alignment) -> bool {
    alignment.authenticated && alignment.aligned == Some(true)
}

/// Whether a mechanism makes the message pass, or would if there were a policy; `None` if that is
/// not known.
pub(super) fn carried_by(analysis: &Analysis, engine: Engine) -> Option<bool> {
    let dmarc = &analysis.dmarc;
    let alignment = match dmarc.cause {
        // Without a record, nothing joins domains for the tree walk; the public suffix list does.
        DmarcCause::NoRecord => dmarc.by(Rules::Rfc7489).alignment,
        _ => &dmarc.alignment,
    };
    let spf = match analysis.spf.mail_from.result {
        SpfResult::NotEvaluated | SpfResult::Temperror => None,
        result => Some(result == SpfResult::Pass),
    };
    let dkim = analysis.dkim.iter().map(|verdict| match verdict.result {
        DkimResult::NotEvaluated | DkimResult::Temperror => None,
        result => Some(result == DkimResult::Pass),
    });
    let each = |(alignment, passes): (&Alignment, Option<bool>)| match (passes, alignment.aligned) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(counts(alignment)),
        _ => None,
    };
    let all: Vec<Option<bool>> = match engine {
        Engine::Spf => alignment.spf.iter().zip([spf]).map(each).collect(),
        Engine::Dkim => alignment.dkim.iter().zip(dkim).map(each).collect(),
    };
    match all.contains(&Some(true)) {
        true => Some(true),
        false if all.contains(&None) => None,
        false => Some(false),
    }
}
