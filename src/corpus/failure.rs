//! Why a message does not pass DMARC, in the detail in which many messages are counted.

use schemars::JsonSchema;
use serde::Serialize;

use super::outcome::Outcome;
use super::verdicts::Verdicts;
use crate::dkim::{DkimCause, DkimResult};
use crate::dmarc::{DmarcCause, DmarcResult};
use crate::spf::SpfResult;

/// Why a message does not pass DMARC: what would have made it pass, where that can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case", tag = "part", content = "cause")]
#[non_exhaustive]
pub enum FailureCause {
    /// The signature that could count does not verify; without one, any does not.
    Dkim(DkimCause),
    /// SPF, which could count, has this result; or there is no signature.
    Spf(SpfResult),
    /// What passes is for another domain.
    NotAligned,
    /// DMARC itself: there is no record, or no single domain in From, or it could not be judged.
    Dmarc(DmarcCause),
    /// Its receiver recorded a failure, which is not seen here.
    Receiver,
    /// It passes here, but who sent it is not proved, or the recorded pass is not shown any more.
    Unproved,
}

impl FailureCause {
    /// Why the message with these verdicts does not pass; `None` if it does.
    pub fn of(verdicts: &Verdicts) -> Option<Self> {
        let dmarc = &verdicts.dmarc;
        Some(match (verdicts.outcome, dmarc.result) {
            (Outcome::Pass, _) => return None,
            (Outcome::NoPolicy | Outcome::NoAuthor, _) => Self::Dmarc(dmarc.cause),
            (Outcome::Fail, DmarcResult::Pass) => Self::Receiver,
            (Outcome::NotJudged, DmarcResult::Pass | DmarcResult::Fail) => Self::Unproved,
            (Outcome::NotJudged, _) => Self::Dmarc(dmarc.cause),
            (Outcome::Fail, _) => Self::of_failure(verdicts),
        })
    }

    fn of_failure(verdicts: &Verdicts) -> Self {
        let spf = verdicts.mail_from.result;
        let mut signatures = verdicts.dkim.iter();
        let broken = signatures
            .clone()
            .find(|dkim| dkim.aligned == Some(true) && dkim.result != DkimResult::Pass);
        match (broken, verdicts.dkim.first()) {
            (Some(broken), _) => Self::Dkim(broken.cause),
            _ if verdicts.dmarc.spf_aligned == Some(true) && spf != SpfResult::Pass => {
                Self::Spf(spf)
            }
            _ if spf == SpfResult::Pass
                || signatures.any(|dkim| dkim.result == DkimResult::Pass) =>
            {
                Self::NotAligned
            }
            (None, Some(first)) => Self::Dkim(first.cause),
            (None, None) => Self::Spf(spf),
        }
    }
}
