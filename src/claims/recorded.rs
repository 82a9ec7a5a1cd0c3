//! What the receiver recorded of a message that does not pass here: where its word has standing, a
//! file that cannot prove it leaves the question open.

use super::{Claim, ClaimedResult, Comparison, DifferenceCause};
use crate::dmarc::{Alignment, DmarcVerdict};
use crate::session::{Session, Standing};

/// A result of the receiver's by which DMARC passed when the message came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recorded {
    /// The receiver.
    pub who: String,
    /// The result, as in `dmarc=pass`.
    pub what: String,
    /// Why it is not so here.
    pub why: Option<String>,
    /// Whether nobody vouches for the receiver, which could be the sender's own host.
    pub is_unvouched: bool,
}

/// The receiver's word for it that DMARC passed, if any field in standing gives it and the
/// difference is not one of rules.
pub(crate) fn recorded_pass(
    claims: &[Claim],
    session: &Session,
    ours: &DmarcVerdict,
) -> Option<Recorded> {
    // Without a single author nothing that passed can be the author's.
    ours.author_domain.as_ref()?;
    let all: Vec<(&Claim, &ClaimedResult)> = claims
        .iter()
        .filter(|claim| claim.standing == Standing::Receiver)
        .flat_map(|claim| claim.results.iter().map(move |result| (claim, result)))
        .collect();
    // A receiver that recorded a failure did not see the message pass, whatever else stands there.
    let is_failure = |(_, result): &(&Claim, &ClaimedResult)| {
        result.method == "dmarc"
            && matches!(result.result.as_str(), "fail" | "reject" | "quarantine")
    };
    if all.iter().any(is_failure) {
        return None;
    }
    let own: Vec<(&Claim, &ClaimedResult)> = all
        .into_iter()
        .filter(|(_, result)| result.is_pass() && result.comparison != Comparison::Agree)
        .filter(|(_, result)| !is_no_proof(result))
        .collect();
    let aligned =
        |alignment: Option<&Alignment>| alignment.is_some_and(|one| one.aligned == Some(true));
    let would_carry = |result: &ClaimedResult| match (result.method.as_str(), result.signature) {
        ("dkim", Some(number)) => aligned(ours.alignment.dkim.get(number - 1)),
        ("spf", _) => !is_about_helo(result) && aligned(ours.alignment.spf.as_ref()),
        _ => false,
    };
    let dmarc = own.iter().find(|(_, result)| result.method == "dmarc");
    let mechanism = own.iter().filter(|(_, result)| would_carry(result));
    let mechanism = mechanism.min_by_key(|(_, result)| result.method != "dkim");
    let (claim, result) = dmarc.or(mechanism)?;
    // Where DMARC only follows, the mechanism's difference says more.
    let behind = mechanism
        .map(|(_, mechanism)| mechanism)
        .filter(|mechanism| result.cause.is_none() || result.cause == mechanism.cause)
        .unwrap_or(result);
    let who = claim.authserv_id.as_deref().or(session.receiver());
    Some(Recorded {
        who: who.unwrap_or("the receiver").to_owned(),
        what: format!("{}={}", result.method, result.result),
        why: behind.explanation.clone(),
        is_unvouched: !session.vouches_for(claim.authserv_id.as_deref()),
    })
}

fn is_about_helo(result: &ClaimedResult) -> bool {
    let has = |name| result.properties.contains_key(name);
    has("smtp.helo") && !has("smtp.mailfrom") && !has("smtp.mail")
}

/// Whether a difference says nothing of what the message was when it came: the receiver went by
/// other rules, or speaks of another session.
fn is_no_proof(result: &ClaimedResult) -> bool {
    match result.cause {
        Some(DifferenceCause::Forwarded) => result.method == "spf",
        Some(
            DifferenceCause::LocalRule
            | DifferenceCause::OtherRules
            | DifferenceCause::OtherClient
            | DifferenceCause::OtherIdentity
            | DifferenceCause::NoStanding,
        ) => true,
        _ => false,
    }
}
