//! ARC: results that hosts recorded along the way, each set sealed over the ones before (RFC 8617,
//! status Historic).
//!
//! For information only: neither DMARC nor the conclusion depends on it.

mod chain;
mod fault;
mod seal;
mod set;
mod verdict;

use jiff::Timestamp;

pub use fault::{ArcFault, ArcPart};
pub(crate) use set::Sets;
pub use verdict::{
    ArcCause, ArcInstance, ArcResult, ArcVerdict, Original, RecordedResult, SealVerdict,
};

use crate::dkim::{Canonicalization, DkimResult, DkimSignature, Judge};
use crate::dns::Lookup;
use crate::message::Message;
use seal::Sealed;
use set::Set;

/// Judges the chain of `message` formed by `sets`, as of `at`.
///
/// `keys` are the answers for [`Sets::signatures`], in the same order. `border` is the position of
/// the receiver's Received field: if the first set is below it, it was there when the message came.
pub(crate) fn judge(
    message: &Message<'_>,
    sets: &Sets,
    keys: &[Option<Lookup>],
    judge: &mut Judge<'_, '_>,
    border: Option<usize>,
    at: Timestamp,
) -> ArcVerdict {
    let mut keys = keys.iter();
    let mut sealed = Sealed::default();
    let instances: Vec<ArcInstance> = sets
        .by_instance
        .iter()
        .map(|(number, set)| instance(message, (*number, set), &mut keys, &mut sealed, judge, at))
        .collect();
    let fault = match sets.is_empty() {
        true => Some(ArcFault::NoSets),
        false => sets.fault(),
    };
    // Step 5 applies only to a chain without structural faults.
    let oldest_pass = match fault {
        Some(_) => None,
        None => chain::oldest_pass(&instances),
    };
    let fault = fault.or_else(|| chain::unverified(&instances));
    let cause = fault.as_ref().map_or(ArcCause::Verified, ArcFault::cause);
    let result = cause.result();
    let first = sets.by_instance.get(&1).zip(instances.first());
    let original = first.and_then(|(set, instance)| {
        let results = set.results.field.as_ref()?;
        let recorded = &results.recorded;
        let came_with = border.is_some_and(|border| recorded.span.start > border);
        (came_with || instances.len() > 1).then(|| {
            let verified = result == ArcResult::Pass;
            Original::new(recorded, instance.domain.clone(), verified)
        })
    });
    ArcVerdict {
        result,
        cause,
        fault,
        oldest_pass,
        original,
        instances,
    }
}

fn instance<'k>(
    message: &Message<'_>,
    (number, set): (u32, &Set),
    keys: &mut impl Iterator<Item = &'k Option<Lookup>>,
    sealed: &mut Sealed,
    judge: &mut Judge<'_, '_>,
    at: Timestamp,
) -> ArcInstance {
    let mut key = || keys.next().and_then(Option::as_ref);
    let message_signature = set.message_signature.field.as_ref().map(|signature| {
        // A set may have been added long after the judged session.
        let at = signature.timestamp.map_or(at, |signed| signed.max(at));
        let key = key();
        let verdict = judge.signature(signature, key, at);
        if verdict.result != DkimResult::Fail || signature.names_canonicalization {
            return verdict;
        }
        let relaxed = judge.signature(&as_relaxed(signature), key, at);
        match relaxed.result {
            DkimResult::Pass => relaxed,
            _ => verdict,
        }
    });
    let covered = sealed.add(set, message);
    let seal = set.seal.field.as_ref();
    let signature = seal.map(|seal| &seal.signature);
    let recorded = set.results.field.as_ref().map(|results| &results.recorded);
    ArcInstance {
        instance: number,
        domain: signature.and_then(|signature| signature.domain.clone()),
        selector: signature.and_then(|signature| signature.selector.clone()),
        chain_validation: seal.and_then(|seal| seal.chain_validation.clone()),
        signed_at: signature.and_then(|signature| signature.timestamp),
        seal: signature
            .zip(covered)
            .map(|(signature, covered)| judge.seal(signature, key(), covered).into()),
        message_signature,
        authserv_id: recorded.and_then(|recorded| recorded.authserv_id.clone()),
        results: recorded.map_or(Vec::new(), |recorded| {
            recorded.results.iter().map(RecordedResult::from).collect()
        }),
        results_start: recorded.map(|recorded| recorded.span.start),
    }
}

/// The signature with relaxed/relaxed. Without `c=` it means simple/simple, as in DKIM (§4.1.2),
/// but the implementations that were used to test the standard take it as relaxed/relaxed.
fn as_relaxed(signature: &DkimSignature) -> DkimSignature {
    let mut relaxed = signature.clone();
    relaxed.canonicalization = Some((Canonicalization::Relaxed, Canonicalization::Relaxed));
    relaxed.canonicalization_text = "relaxed/relaxed".into();
    relaxed
}
