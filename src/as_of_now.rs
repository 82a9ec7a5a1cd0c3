//! What the outcome would be today, for a message that is judged as of its receipt.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::Limits;
use crate::dkim::{self, DkimCause, DkimFault, DkimResult, DkimSignature, DkimVerdict, Judge};
use crate::dmarc::DmarcResult;
use crate::dns::Lookup;

/// What differs between the time of receipt and today. Both use the same DNS answers.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct AsOfNow {
    /// The signatures whose result differs.
    pub dkim: Vec<DkimAsOfNow>,
    /// DMARC as of today.
    pub dmarc: DmarcResult,
}

/// A signature whose result differs today.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct DkimAsOfNow {
    /// Which signature, from 1.
    pub signature: usize,
    /// Its result today.
    pub result: DkimResult,
    /// The cause of that result.
    pub cause: DkimCause,
    /// Why it does not verify today; `None` if it verifies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<DkimFault>,
}

/// The verdicts as of `now`, if any of them differs from `verdicts`, which are as of `at`, because
/// of the times in its signature.
pub(crate) fn verdicts(
    judge: &mut Judge<'_, '_>,
    signatures: &[DkimSignature],
    keys: &[Option<Lookup>],
    verdicts: &[DkimVerdict],
    (at, now): (Timestamp, Timestamp),
    limits: &Limits,
) -> Option<Vec<DkimVerdict>> {
    let is_other = |signature: &DkimSignature| {
        dkim::is_timely(signature, at, limits) != dkim::is_timely(signature, now, limits)
    };
    if !signatures.iter().any(is_other) {
        return None;
    }
    let today: Vec<DkimVerdict> = signatures
        .iter()
        .zip(keys)
        .zip(verdicts)
        .map(|((signature, lookup), verdict)| {
            judge.signature_at_another_time(signature, lookup.as_ref(), verdict, now)
        })
        .collect();
    let result = |verdict: &DkimVerdict| verdict.result;
    let is_same = today.iter().map(result).eq(verdicts.iter().map(result));
    (!is_same).then_some(today)
}

impl AsOfNow {
    /// The parts of `today` that differ from `then`.
    pub(crate) fn new(then: &[DkimVerdict], today: Vec<DkimVerdict>, dmarc: DmarcResult) -> Self {
        let numbered = then.iter().zip(today).zip(1..);
        let dkim = numbered
            .filter(|((then, today), _)| then.result != today.result)
            .map(|((_, today), signature)| DkimAsOfNow {
                signature,
                result: today.result,
                cause: today.cause,
                fault: today.fault,
            })
            .collect();
        Self { dkim, dmarc }
    }
}
