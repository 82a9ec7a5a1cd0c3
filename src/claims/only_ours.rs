//! Results that were found here but that the receiver does not mention.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Claim, ClaimedResult, Comparison, DifferenceCause, Ours};
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
    /// A field in its name says, but that field is not known to be the receiver's.
    InOtherField {
        /// The index of the claim, from 0.
        claim: usize,
        /// The result in it.
        #[serde(skip)]
        result: usize,
    },
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
            Self::InOtherField { .. } => DifferenceCause::NoStanding,
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
    let elsewhere = |method: &str, signature: Option<usize>| {
        let mut all = claims.iter().enumerate();
        all.find_map(|(at, claim)| {
            let is_speaking = |result: &ClaimedResult| {
                result.method == method
                    && result.comparison != Comparison::OnlyTheirs
                    && result.signature == signature
                    && !result.is_about_helo()
            };
            let result = claim.results.iter().position(is_speaking)?;
            let is_other = claim.standing != Standing::Receiver && is_in_its_name(claims, claim);
            is_other.then_some(LeftOut::InOtherField { claim: at, result })
        })
    };
    let speaks_of = |method: &str| results.iter().any(|result| result.method == method);
    let mut left_out = Vec::new();
    if !speaks_of("spf") && ours.mail_from.result != SpfResult::NotEvaluated {
        let result = ours.mail_from.result.as_str();
        let why = elsewhere("spf", None).unwrap_or(LeftOut::NotStated);
        left_out.push(OnlyOurs::new("spf", result, None, why));
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
        let why = match (elsewhere("dkim", Some(number)), speaks_of("dkim")) {
            (Some(elsewhere), _) => elsewhere,
            (None, true) => LeftOut::FewerSignatures {
                listed: listed(&results),
            },
            (None, false) => LeftOut::NotStated,
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
        let why = elsewhere("dmarc", None).unwrap_or(LeftOut::NotStated);
        left_out.push(OnlyOurs::new("dmarc", result, None, why));
    }
    left_out
}

/// Whether `claim` has the name of a field that is the receiver's.
fn is_in_its_name(claims: &[Claim], claim: &Claim) -> bool {
    let name = claim.authserv_id.as_deref();
    let own = claims
        .iter()
        .filter(|one| one.standing == Standing::Receiver);
    let mut names = own.map(|one| one.authserv_id.as_deref());
    names.any(|own| match (own, name) {
        (Some(own), Some(name)) => own.eq_ignore_ascii_case(name),
        (None, None) => true,
        _ => false,
    })
}

/// How many signatures the results are about.
fn listed(results: &[&ClaimedResult]) -> usize {
    let dkim = results.iter().filter(|result| result.method == "dkim");
    let numbers: BTreeSet<usize> = dkim.filter_map(|result| result.signature).collect();
    numbers.len()
}
