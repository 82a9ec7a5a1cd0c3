//! Results that were found here but that the receiver does not mention.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Claim, ClaimedResult, DifferenceCause, Ours};
use crate::dkim::DkimResult;
use crate::dmarc::DmarcResult;
use crate::session::Standing;
use crate::spf::SpfResult;

/// A result of ours that no field of the receiver mentions.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct OnlyOurs {
    /// The method: `spf`, `dkim` or `dmarc`.
    pub method: &'static str,
    /// Our result.
    pub result: &'static str,
    /// Which signature, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<usize>,
    /// Why the receiver may have left it out.
    pub cause: DifferenceCause,
    /// The same reason with the data that shows it.
    pub left_out: LeftOut,
}

/// Why a receiver may have left out a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LeftOut {
    /// It does not mention the method.
    NotStated,
    /// It lists fewer signatures than the message has.
    FewerSignatures {
        /// How many it lists.
        listed: usize,
    },
}

impl LeftOut {
    /// The cause in a word.
    pub fn cause(self) -> DifferenceCause {
        match self {
            Self::NotStated => DifferenceCause::NotStated,
            Self::FewerSignatures { .. } => DifferenceCause::FewerSignatures,
        }
    }
}

impl OnlyOurs {
    fn new(
        method: &'static str,
        result: &'static str,
        signature: Option<usize>,
        left_out: LeftOut,
    ) -> Self {
        Self {
            method,
            result,
            signature,
            cause: left_out.cause(),
            left_out,
        }
    }
}

/// The results that the receiver's fields in `claims` leave out; none if the receiver wrote no
/// field.
pub fn only_ours(claims: &[Claim], ours: &Ours<'_>) -> Vec<OnlyOurs> {
    let own = claims
        .iter()
        .filter(|claim| claim.standing == Standing::Receiver);
    let results: Vec<_> = own.flat_map(|claim| &claim.results).collect();
    if results.is_empty() {
        return Vec::new();
    }
    let speaks_of = |method: &str| results.iter().any(|result| result.method == method);
    let mut left_out = Vec::new();
    if !speaks_of("spf") && ours.mail_from.result != SpfResult::NotEvaluated {
        let result = ours.mail_from.result.as_str();
        left_out.push(OnlyOurs::new("spf", result, None, LeftOut::NotStated));
    }
    // A result that does not name a signature may be about any of them.
    let is_nameless = |result: &&&ClaimedResult| {
        result.method == "dkim" && result.signature.is_none() && result.result != "none"
    };
    let is_clear = !results.iter().any(|result| is_nameless(&result));
    for (verdict, number) in ours.dkim.iter().zip(1..) {
        let is_listed = results
            .iter()
            .any(|result| result.signature == Some(number));
        if is_listed || !is_clear || verdict.result == DkimResult::NotEvaluated {
            continue;
        }
        let result = verdict.result.as_str();
        let why = match speaks_of("dkim") {
            true => LeftOut::FewerSignatures {
                listed: listed(&results),
            },
            false => LeftOut::NotStated,
        };
        left_out.push(OnlyOurs::new("dkim", result, Some(number), why));
    }
    if !speaks_of("dmarc")
        && !matches!(
            ours.dmarc.result,
            DmarcResult::Inconclusive | DmarcResult::None
        )
    {
        let result = ours.dmarc.result.as_str();
        left_out.push(OnlyOurs::new("dmarc", result, None, LeftOut::NotStated));
    }
    left_out
}

/// How many signatures the results are about.
fn listed(results: &[&ClaimedResult]) -> usize {
    let dkim = results.iter().filter(|result| result.method == "dkim");
    let numbers: BTreeSet<usize> = dkim.filter_map(|result| result.signature).collect();
    numbers.len()
}
