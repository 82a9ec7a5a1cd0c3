//! One verdict for each signature (RFC 6376 §6.1): its key, its body hash, its header.

use std::sync::Arc;

use jiff::Timestamp;

use super::canonical::{self, BodyHashes, Canonicalization};
use super::key::KeyRecord;
use super::select::FieldIndex;
use super::verdict;
use super::verify::Check;
use super::{Algorithm, BodyResult, DkimCause, DkimSignature, DkimVerdict, Fault};
use crate::Limits;
use crate::dns::{Lookup, Reply};
use crate::message::Message;

/// Judges `signatures` of `message`, as of `at`.
///
/// `keys` holds the answer to each signature's [`DkimSignature::question`], in the same order.
pub fn judge(
    message: &Message<'_>,
    signatures: &[DkimSignature],
    keys: &[Option<Arc<Lookup>>],
    at: Timestamp,
    limits: &Limits,
) -> Vec<DkimVerdict> {
    let mut bodies = Bodies {
        signatures,
        known: Vec::new(),
    };
    let index = FieldIndex::new(message);
    signatures
        .iter()
        .zip(keys)
        .map(|(signature, lookup)| {
            let mut verdict = DkimVerdict::new(signature);
            let body = judge_body(message, signature, &mut bodies, &mut verdict);
            let keys = candidate_keys(signature, lookup.as_deref(), limits, &mut verdict);
            let mut header =
                keys.and_then(|keys| judge_header(message, signature, &keys, &index, &mut verdict));
            if header != Ok(Some(Check::Verified)) {
                let earlier = lookup.iter().flat_map(|lookup| &lookup.earlier);
                for seen in earlier.take(limits.key_records) {
                    let mut attempt = verdict.clone();
                    let verified = read_keys(signature, &seen.reply, limits, &mut attempt)
                        .and_then(|keys| {
                            judge_header(message, signature, &keys, &index, &mut attempt)
                        });
                    if verified == Ok(Some(Check::Verified)) {
                        attempt.note_earlier_key(seen.at);
                        (header, verdict) = (verified, attempt);
                        break;
                    }
                }
            }
            let faults = [
                signature.fault.clone(),
                time_fault(signature, at, limits),
                sha1_fault(signature),
                header.as_ref().err().cloned(),
            ];
            match faults.into_iter().flatten().next() {
                Some(fault) => verdict.decide(fault.cause, fault.detail),
                None => decide_by_hashes(signature, header.ok().flatten(), body, &mut verdict),
            }
            verdict
        })
        .collect()
}

/// The hashes of the body, one pass for each way in which signatures hash it.
struct Bodies<'s> {
    signatures: &'s [DkimSignature],
    known: Vec<(Canonicalization, &'static str, BodyHashes)>,
}

impl Bodies<'_> {
    fn hashes(&mut self, body: &[u8], by: Canonicalization, algorithm: Algorithm) -> &BodyHashes {
        let way = |(known_by, hash, _): &(Canonicalization, &str, BodyHashes)| {
            (*known_by, *hash) == (by, algorithm.hash_name())
        };
        let at = self.known.iter().position(way).unwrap_or_else(|| {
            let lengths = self
                .signatures
                .iter()
                .filter_map(|signature| signature.length);
            let hashes = canonical::body_hashes(body, by, algorithm.hash(), lengths);
            self.known.push((by, algorithm.hash_name(), hashes));
            self.known.len() - 1
        });
        &self.known[at].2
    }
}

fn judge_body(
    message: &Message<'_>,
    signature: &DkimSignature,
    bodies: &mut Bodies<'_>,
    verdict: &mut DkimVerdict,
) -> BodyResult {
    let (Some(body), Some(algorithm), Some((_, by))) = (
        message.body(),
        signature.algorithm,
        signature.canonicalization,
    ) else {
        return BodyResult::Unchecked;
    };
    if signature.body_hash.is_empty() {
        return BodyResult::Unchecked;
    }
    let hashes = bodies.hashes(body, by, algorithm);
    let computed = hashes.digest(signature.length);
    // §3.5: l= must not exceed the body. There are signers that count it before canonicalization,
    // so that a body that hashes as it was signed passes all the same, as most verifiers have it.
    let result = if computed == signature.body_hash {
        BodyResult::Match
    } else {
        BodyResult::Differ
    };
    verdict.set_body(result, computed, hashes.length, signature);
    result
}

/// A key that could be read.
struct Candidate {
    /// Its place among the TXT records at the selector, from 1.
    number: usize,
    record: KeyRecord,
    /// What keeps it from being used for this signature.
    fault: Option<Fault>,
}

/// The keys that the selector offers for this signature, or why there is none.
fn candidate_keys(
    signature: &DkimSignature,
    lookup: Option<&Lookup>,
    limits: &Limits,
    verdict: &mut DkimVerdict,
) -> Result<Vec<Candidate>, Fault> {
    let Some(lookup) = lookup else {
        let detail = "d= and s= do not say where the key is".into();
        return Err(Fault::new(DkimCause::Syntax, detail));
    };
    verdict.set_lookup(lookup);
    let name = &lookup.question.name;
    let (cause, detail) = match &lookup.reply {
        Reply::Records(_) => return read_keys(signature, &lookup.reply, limits, verdict),
        Reply::NoData(_) => (
            DkimCause::KeyGone,
            format!("there is no TXT record at {name}"),
        ),
        Reply::NxDomain(_) => (DkimCause::KeyGone, format!("{name} does not exist in DNS")),
        Reply::TempFail(failure) => (
            DkimCause::Dns,
            format!("DNS gave no answer about {name}: {failure}"),
        ),
        Reply::NotRecorded => (
            DkimCause::NotRecorded,
            format!("the recorded DNS does not hold TXT {name}"),
        ),
    };
    Err(Fault::new(cause, detail))
}

fn read_keys(
    signature: &DkimSignature,
    reply: &Reply,
    limits: &Limits,
    verdict: &mut DkimVerdict,
) -> Result<Vec<Candidate>, Fault> {
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut faults = Vec::new();
    for (txt, number) in reply.txt().take(limits.key_records).zip(1..) {
        match KeyRecord::parse(&txt.joined(), limits) {
            Ok(record) => {
                let identity_is_domain = signature.identity_domain == signature.domain;
                let fault = signature
                    .algorithm
                    .and_then(|algorithm| record.fault(algorithm, identity_is_domain));
                candidates.push(Candidate {
                    number,
                    record,
                    fault,
                });
            }
            Err(fault) => faults.push(fault),
        }
    }
    candidates.sort_by_key(|candidate| candidate.fault.is_some());
    verdict.note_records(candidates.len(), &faults);
    // A record that was meant as a key says more about the fault than one that is none.
    faults.sort_by_key(|fault| matches!(fault.cause, DkimCause::KeyNotAKey | DkimCause::KeyEmpty));
    match faults.into_iter().next() {
        Some(fault) if candidates.is_empty() => Err(fault),
        _ => Ok(candidates),
    }
}

/// Tries the keys; the one that verifies decides, else the one that comes nearest.
fn judge_header(
    message: &Message<'_>,
    signature: &DkimSignature,
    keys: &[Candidate],
    index: &FieldIndex<'_>,
    verdict: &mut DkimVerdict,
) -> Result<Option<Check>, Fault> {
    let mut best: Option<(Option<Check>, &Candidate)> = None;
    let mut signed = Vec::new();
    if let (Some(_), Some((by, _))) = (signature.algorithm, signature.canonicalization) {
        signed = signed_header(message, signature, by, index);
    }
    for candidate in keys {
        let record = &candidate.record;
        let check = match signature.algorithm {
            Some(algorithm) if !signature.signature.is_empty() && record.serves(algorithm) => {
                Some(record.key.check(algorithm, &signed, &signature.signature))
            }
            _ => None,
        };
        if best.is_none_or(|(best, _)| rank(check) > rank(best)) {
            best = Some((check, candidate));
        }
        if check == Some(Check::Verified) {
            break;
        }
    }
    let check = best.and_then(|(check, _)| check);
    verdict.set_header(check, signed);
    if let Some((_, candidate)) = best {
        verdict.set_key(&candidate.record);
        if check == Some(Check::Verified) {
            verdict.note_fitting_record(candidate.number);
        }
        if let Some(fault) = &candidate.fault {
            return Err(fault.clone());
        }
    }
    Ok(check)
}

fn rank(check: Option<Check>) -> u8 {
    match check {
        None => 0,
        Some(Check::OtherKey) => 1,
        Some(Check::Failed) => 2,
        Some(Check::OtherBytes) => 3,
        Some(Check::Verified) => 4,
    }
}

/// The bytes that a signature covers besides the body: the fields of `h=` and itself (§3.7).
fn signed_header(
    message: &Message<'_>,
    signature: &DkimSignature,
    by: Canonicalization,
    index: &FieldIndex<'_>,
) -> Vec<u8> {
    let fields = &message.header.fields;
    let mut out = Vec::with_capacity(2048);
    for at in index.select(&signature.signed_fields) {
        let field = &fields[at];
        canonical::header_field(field, &message.bytes[field.span.clone()], by, &mut out);
    }
    let field = &fields[signature.field];
    let bytes = &message.bytes[field.span.clone()];
    canonical::signature_field(field, bytes, signature.signature_span.clone(), by, &mut out);
    out
}

/// Whether `t=` and `x=` of a signature let it be valid at a time.
pub(crate) fn is_timely(signature: &DkimSignature, at: Timestamp, limits: &Limits) -> bool {
    time_fault(signature, at, limits).is_none()
}

fn time_fault(signature: &DkimSignature, at: Timestamp, limits: &Limits) -> Option<Fault> {
    let skew = jiff::SignedDuration::from_secs(limits.clock_skew);
    if let Some(expires) = signature.expiration
        && at.duration_since(expires) > skew
    {
        let detail = format!(
            "x= ended its validity on {}",
            verdict::day_and_time(expires)
        );
        return Some(Fault::new(DkimCause::Expired, detail));
    }
    if let Some(signed) = signature.timestamp
        && signed.duration_since(at) > skew
    {
        let detail = format!("t= says it was made on {}", verdict::day_and_time(signed));
        return Some(Fault::new(DkimCause::Future, detail));
    }
    None
}

/// RFC 8301 §3.1: rsa-sha1 must not be verified.
fn sha1_fault(signature: &DkimSignature) -> Option<Fault> {
    (signature.algorithm == Some(Algorithm::RsaSha1)).then(|| {
        let detail = "a=rsa-sha1 is no longer acceptable (RFC 8301); sign with rsa-sha256";
        Fault::new(DkimCause::Sha1, detail.into())
    })
}

fn decide_by_hashes(
    signature: &DkimSignature,
    check: Option<Check>,
    body: BodyResult,
    verdict: &mut DkimVerdict,
) {
    let by_key = signature
        .key_name()
        .map_or(String::new(), |name| name.to_string());
    let (cause, detail) = match (check, body) {
        (Some(Check::Verified), BodyResult::Match) => (
            DkimCause::Verified,
            match (verdict.body.signed_length, verdict.body.canonical_length) {
                (Some(signed), Some(length)) if signed > length => format!(
                    "it verifies: the body and the signed header fields are as they were signed, \
                     although l= counts {signed} octets and the body has {length}"
                ),
                _ => "it verifies: the body and the signed header fields are as they were signed"
                    .into(),
            },
        ),
        (Some(Check::Verified), BodyResult::Differ) => (
            DkimCause::BodyChanged,
            match (verdict.body.signed_length, verdict.body.canonical_length) {
                (Some(signed), Some(length)) if signed > length => format!(
                    "l= says that {signed} octets of the body were signed, but it has only \
                     {length}: its end was cut off"
                ),
                _ => "the body is not the one that was signed; the signed header fields are".into(),
            },
        ),
        (Some(Check::Verified), BodyResult::Unchecked) => (
            DkimCause::HeadersOnly,
            "the signed header fields are intact; the file holds no body to check".into(),
        ),
        (Some(Check::OtherKey), _) => (
            DkimCause::KeyDoesNotFit,
            format!("the key at {by_key} did not make this signature, or b= was damaged"),
        ),
        (Some(Check::OtherBytes), BodyResult::Differ) => (
            DkimCause::BodyAndHeaderChanged,
            "a signed header field and the body were changed; the key made this signature".into(),
        ),
        (Some(Check::OtherBytes), _) => (
            DkimCause::HeaderChanged,
            "a signed header field was changed, removed or added; the key made this signature"
                .into(),
        ),
        (Some(Check::Failed), BodyResult::Differ) => (
            DkimCause::BodyAndHeaderChanged,
            "the body is not the one that was signed, and the signature does not fit the header"
                .into(),
        ),
        (Some(Check::Failed), _) => (
            DkimCause::HeaderChanged,
            "a signed header field was changed, or the key is another".into(),
        ),
        (None, _) => (DkimCause::Syntax, "there is nothing to verify".into()),
    };
    verdict.decide(cause, detail);
}
