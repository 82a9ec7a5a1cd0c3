//! What was found here and the receiver does not speak of.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Claim, DifferenceCause, Ours};
use crate::dkim::DkimResult;
use crate::dmarc::DmarcResult;
use crate::session::Standing;
use crate::spf::SpfResult;

/// A result of ours that no field of the receiver speaks of.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct OnlyOurs {
    /// The method: `spf`, `dkim` or `dmarc`.
    pub method: &'static str,
    /// Our result.
    pub result: &'static str,
    /// Which signature, from 1.
    pub signature: Option<usize>,
    /// Why the receiver may have left it out.
    pub cause: DifferenceCause,
    /// The same in a sentence.
    pub explanation: String,
}

/// What the receiver's fields among `claims` leave out. Where the receiver wrote nothing, nothing
/// is left out.
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
        left_out.push(not_stated("spf", ours.mail_from.result.as_str(), None));
    }
    // A result that names no signature may be about any of them.
    let is_nameless = |result: &&&super::ClaimedResult| {
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
        left_out.push(match speaks_of("dkim") {
            true => OnlyOurs {
                method: "dkim",
                result,
                signature: Some(number),
                cause: DifferenceCause::FewerSignatures,
                explanation: fewer(&results, ours.dkim.len()),
            },
            false => not_stated("dkim", result, Some(number)),
        });
    }
    if !speaks_of("dmarc")
        && !matches!(
            ours.dmarc.result,
            DmarcResult::Inconclusive | DmarcResult::None
        )
    {
        left_out.push(not_stated("dmarc", ours.dmarc.result.as_str(), None));
    }
    left_out
}

fn fewer(results: &[&super::ClaimedResult], signatures: usize) -> String {
    let listed = results
        .iter()
        .filter(|result| result.method == "dkim")
        .filter_map(|result| result.signature)
        .collect::<std::collections::BTreeSet<_>>()
        .len();
    format!(
        "the receiver lists {listed} of {signatures} signatures; some list only the one that they \
         go by"
    )
}

fn not_stated(method: &'static str, result: &'static str, signature: Option<usize>) -> OnlyOurs {
    OnlyOurs {
        method,
        result,
        signature,
        cause: DifferenceCause::NotStated,
        explanation: "the receiver says nothing of it".into(),
    }
}
