//! What the receiver recorded about a message that does not pass here. If the receiver's field has
//! standing, the result of the message is then not certain.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Claim, ClaimDifference, ClaimedResult, Comparison, DifferenceCause, DmarcDifference};
use crate::dmarc::{Alignment, DmarcVerdict};
use crate::dns::Name;
use crate::session::{Session, Standing};

/// A result of the receiver by which the message passed DMARC when it was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct RecordedPass {
    /// The result.
    pub result: ClaimPlace,
    /// The result whose difference best explains why it does not pass here: the same result, or
    /// that of the mechanism that it is based on.
    pub behind: ClaimPlace,
    /// Whether it is a result for DMARC itself.
    pub is_dmarc: bool,
    /// Whether nothing confirms that the receiver is not the sender's own host.
    pub is_unvouched: bool,
}

/// The position of a claimed result among the claims of an analysis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct ClaimPlace {
    /// The index of the claim, from 0.
    pub claim: usize,
    /// The index of the result in it, from 0.
    pub result: usize,
}

impl ClaimPlace {
    /// The claim and the result; `None` if `claims` are those of another analysis.
    pub fn of(self, claims: &[Claim]) -> Option<(&Claim, &ClaimedResult)> {
        let claim = claims.get(self.claim)?;
        Some((claim, claim.results.get(self.result)?))
    }
}

/// The receiver's result that DMARC passed, if a field with standing has one and the difference is
/// not just one of rules.
pub(crate) fn recorded_pass(
    claims: &[Claim],
    session: &Session,
    ours: &DmarcVerdict,
) -> Option<RecordedPass> {
    // Without a single author domain, nothing that passed is aligned.
    ours.author_domain.as_ref()?;
    let own = claims.iter().enumerate();
    let own = own.filter(|(_, claim)| claim.standing == Standing::Receiver);
    let all: Vec<(ClaimPlace, &ClaimedResult)> = own
        .flat_map(|(at, claim)| {
            let results = claim.results.iter().enumerate();
            results.map(move |(index, result)| {
                let place = ClaimPlace {
                    claim: at,
                    result: index,
                };
                (place, result)
            })
        })
        .collect();
    // If the receiver recorded a failure, the message did not pass there.
    if all.iter().any(|(_, result)| is_dmarc_failure(result)) {
        return None;
    }
    let own: Vec<(ClaimPlace, &ClaimedResult)> = all
        .into_iter()
        .filter(|(_, result)| result.is_pass() && result.comparison != Comparison::Agree)
        .filter(|(_, result)| !is_no_proof(result))
        .collect();
    let aligned =
        |alignment: Option<&Alignment>| alignment.is_some_and(|one| one.aligned == Some(true));
    let would_carry = |result: &ClaimedResult| match (result.method.as_str(), result.signature) {
        ("dkim", Some(number)) => aligned(ours.alignment.dkim.get(number - 1)),
        ("spf", _) => !result.is_about_helo() && aligned(ours.alignment.spf.as_ref()),
        _ => false,
    };
    let dmarc = own.iter().find(|(_, result)| result.method == "dmarc");
    let mechanism = own.iter().filter(|(_, result)| would_carry(result));
    let mechanism = mechanism.min_by_key(|(_, result)| result.method != "dkim");
    let (place, result) = dmarc.or(mechanism)?;
    // If DMARC only follows from a mechanism, the mechanism's difference says more.
    let follows = match &result.difference {
        Some(ClaimDifference::Dmarc(DmarcDifference::Follows { .. })) | None => true,
        Some(_) => result.method != "dmarc",
    };
    let behind = mechanism
        .filter(|(_, mechanism)| {
            follows && (result.cause.is_none() || result.cause == mechanism.cause)
        })
        .map_or(*place, |(behind, _)| *behind);
    let id = claims[place.claim].authserv_id.as_deref();
    Some(RecordedPass {
        result: *place,
        behind,
        is_dmarc: result.method == "dmarc",
        is_unvouched: !session.vouches_for(id),
    })
}

/// The topmost result that DMARC failed for the author domain, in a field that a sender did not
/// write.
pub(crate) fn recorded_fail(claims: &[Claim], ours: &DmarcVerdict) -> Option<ClaimPlace> {
    let author = ours.author_domain.as_ref()?;
    let is_failure = |result: &&ClaimedResult| {
        let from = result.properties.get("header.from");
        is_dmarc_failure(result) && from.is_none_or(|from| is_domain(from, author.as_str()))
    };
    let witnesses = claims.iter().enumerate();
    let mut witnesses = witnesses.filter(|(_, claim)| claim.is_witness);
    witnesses.find_map(|(claim, witness)| {
        let result = witness.results.iter().position(|one| is_failure(&one));
        // What could not be read is no result with a place among them.
        let unread = witness.unread_failure.then_some(witness.results.len());
        let result = result.or(unread)?;
        Some(ClaimPlace { claim, result })
    })
}

/// Whether results that no sender wrote say that DMARC passed for the author domain, or that SPF
/// passed for the envelope domain that it passes for here. A field that could not be read as a whole
/// does not count: a sender's words may be in its place.
pub(crate) fn is_pass_confirmed(claims: &[Claim], ours: &DmarcVerdict) -> bool {
    let author = ours.author_domain.as_ref().map(|author| author.as_str());
    let is_same_author = |result: &ClaimedResult| {
        let from = result.properties.get("header.from");
        from.zip(author)
            .is_some_and(|(from, author)| is_domain(from, author))
    };
    let spf = ours.alignment.spf.as_ref();
    let spf = spf.and_then(|spf| spf.identifier.as_ref());
    let is_same_path = |result: &ClaimedResult| {
        let mut named = ["smtp.mailfrom", "smtp.mail"].iter();
        let named = named.find_map(|name| result.properties.get(*name));
        named
            .zip(spf)
            .is_some_and(|(named, spf)| is_domain(named, spf.as_str()))
    };
    let own = claims
        .iter()
        .filter(|claim| claim.is_above_all && claim.problems.is_empty());
    let mut results = own.flat_map(|claim| &claim.results);
    results.any(|result| match result.method.as_str() {
        "dmarc" => result.is_pass() && is_same_author(result),
        "spf" => result.is_pass() && result.comparison == Comparison::Agree && is_same_path(result),
        _ => false,
    })
}

/// Whether `from`, a domain or an address as receivers write it, has this domain, in whatever letters
/// that mean the same (RFC 5891 §5.2).
fn is_domain(from: &str, domain: &str) -> bool {
    let from = from.rsplit('@').next().unwrap_or(from);
    let from = from.trim_matches(['<', '>', '.', ' ']);
    Name::parse(from).is_ok_and(|name| name.as_str().eq_ignore_ascii_case(domain))
}

fn is_dmarc_failure(result: &ClaimedResult) -> bool {
    result.method == "dmarc" && matches!(result.result.as_str(), "fail" | "reject" | "quarantine")
}

/// Whether a difference says nothing about the message as it was received: the receiver used other
/// rules, or judged another session.
fn is_no_proof(result: &ClaimedResult) -> bool {
    match result.cause {
        Some(DifferenceCause::Forwarded) => result.method == "spf",
        Some(
            DifferenceCause::LocalRule
            | DifferenceCause::OtherRules
            | DifferenceCause::OtherClient
            | DifferenceCause::OtherIdentity
            | DifferenceCause::Planned
            | DifferenceCause::NoStanding,
        ) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_domain;

    #[test]
    fn a_domain_is_the_same_in_other_letters() {
        for from in [
            "example.com",
            "a@Example.COM",
            "<a@example.com>",
            "𝐞𝐱𝐚𝐦𝐩𝐥𝐞.com.",
        ] {
            assert!(is_domain(from, "example.com"), "{from}");
        }
        for from in ["example.com.evil.example", "", "examp1e.com"] {
            assert!(!is_domain(from, "example.com"), "{from}");
        }
    }
}
