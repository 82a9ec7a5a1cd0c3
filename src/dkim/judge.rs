//! One verdict for each signature (RFC 6376 §6.1): its key, its body hash, its header.

use std::sync::Arc;

use jiff::Timestamp;

use super::bodies::Bodies;
use super::canonical::{self, Canonicalization};
use super::key::KeyRecord;
use super::select::FieldIndex;
use super::verdict;
use super::verify::Check;
use super::{Algorithm, BodyResult, DkimCause, DkimSignature, DkimVerdict, Fault};
use crate::Limits;
use crate::dns::{Lookup, Reply};
use crate::message::Message;

/// Judges the signatures of one message and keeps what they share.
pub struct Judge<'m, 'a> {
    message: &'m Message<'a>,
    index: FieldIndex<'a>,
    bodies: Bodies,
    limits: &'m Limits,
}

impl<'m, 'a> Judge<'m, 'a> {
    /// For the `signatures` of `message`, all of which must be given here.
    pub fn new<'s>(
        message: &'m Message<'a>,
        signatures: impl IntoIterator<Item = &'s DkimSignature>,
        limits: &'m Limits,
    ) -> Self {
        let lengths = signatures.into_iter().filter_map(|one| one.length);
        Self {
            message,
            index: FieldIndex::new(message),
            bodies: Bodies::new(lengths.collect()),
            limits,
        }
    }

    /// Judges a signature over header and body as of `at`; `lookup` is the answer to its
    /// [`DkimSignature::question`].
    pub fn signature(
        &mut self,
        signature: &DkimSignature,
        lookup: Option<&Lookup>,
        at: Timestamp,
    ) -> DkimVerdict {
        let mut verdict = DkimVerdict::new(signature);
        let body = self
            .bodies
            .judge(self.message.body(), signature, &mut verdict);
        let signed = match (signature.algorithm, signature.canonicalization) {
            (Some(_), Some((by, _))) => signed_header(self.message, signature, by, &self.index),
            _ => Vec::new(),
        };
        let header = self.header(signature, lookup, &signed, &mut verdict);
        let fault = signature
            .fault
            .clone()
            .or_else(|| time_fault(signature, at, self.limits))
            .or_else(|| sha1_fault(signature));
        match (fault, header) {
            (Some(fault), _) | (None, Err(fault)) => verdict.decide(fault.cause, fault.detail),
            (None, Ok(check)) => decide_by_hashes(signature, check, body, &mut verdict),
        }
        verdict
    }

    /// Judges an ARC-Seal, which covers the bytes `sealed` and no body (RFC 8617 §4.1.3).
    pub(crate) fn seal(
        &self,
        signature: &DkimSignature,
        lookup: Option<&Lookup>,
        sealed: &[u8],
    ) -> DkimVerdict {
        let mut verdict = DkimVerdict::new(signature);
        let header = self.header(signature, lookup, sealed, &mut verdict);
        let fault = signature.fault.clone().or_else(|| sha1_fault(signature));
        match (fault, header) {
            (Some(fault), _) | (None, Err(fault)) => verdict.decide(fault.cause, fault.detail),
            (None, Ok(check)) => decide_seal(signature, check, &mut verdict),
        }
        verdict
    }

    /// What the keys say of the signature over `signed`: those that stand at the selector, else
    /// those that were seen there before.
    fn header(
        &self,
        signature: &DkimSignature,
        lookup: Option<&Lookup>,
        signed: &[u8],
        verdict: &mut DkimVerdict,
    ) -> Result<Option<Check>, Fault> {
        let limits = self.limits;
        let keys = candidate_keys(signature, lookup, limits, verdict);
        let header = keys.and_then(|keys| judge_header(signature, &keys, signed, verdict));
        if header == Ok(Some(Check::Verified)) {
            return header;
        }
        let earlier = lookup.into_iter().flat_map(|lookup| &lookup.earlier);
        for seen in earlier.take(limits.key_records) {
            let mut attempt = verdict.clone();
            let records = KeyRecords::read(&seen.reply, limits);
            let verified = read_keys(signature, &records, &mut attempt)
                .and_then(|keys| judge_header(signature, &keys, signed, &mut attempt));
            if verified == Ok(Some(Check::Verified)) {
                attempt.note_earlier_key(seen.at);
                *verdict = attempt;
                return verified;
            }
        }
        header
    }
}

/// A key that could be read.
struct Candidate {
    /// Its place among the TXT records at the selector, from 1.
    number: usize,
    record: Arc<KeyRecord>,
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
        Reply::Records(_) => {
            let records = lookup.reading(|reply| KeyRecords::read(reply, limits));
            return read_keys(signature, &records, verdict);
        }
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

/// The key records in a reply, or why a text is none. Read once for all signatures of a run.
struct KeyRecords(Vec<Result<Arc<KeyRecord>, Fault>>);

impl KeyRecords {
    fn read(reply: &Reply, limits: &Limits) -> Self {
        let texts = reply.txt().take(limits.key_records);
        let records = texts.map(|text| KeyRecord::parse(&text.joined(), limits).map(Arc::new));
        Self(records.collect())
    }
}

fn read_keys(
    signature: &DkimSignature,
    records: &KeyRecords,
    verdict: &mut DkimVerdict,
) -> Result<Vec<Candidate>, Fault> {
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut faults = Vec::new();
    for (read, number) in records.0.iter().zip(1..) {
        match read {
            Ok(record) => {
                let identity_is_domain = signature.identity_domain == signature.domain;
                let fault = signature
                    .algorithm
                    .and_then(|algorithm| record.fault(algorithm, identity_is_domain));
                candidates.push(Candidate {
                    number,
                    record: Arc::clone(record),
                    fault,
                });
            }
            Err(fault) => faults.push(fault.clone()),
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

/// Tries the keys on the bytes `signed`; the one that verifies decides, else the one that comes
/// nearest.
fn judge_header(
    signature: &DkimSignature,
    keys: &[Candidate],
    signed: &[u8],
    verdict: &mut DkimVerdict,
) -> Result<Option<Check>, Fault> {
    let mut best: Option<(Option<Check>, &Candidate)> = None;
    for candidate in keys {
        let record = &candidate.record;
        let check = match signature.algorithm {
            Some(algorithm) if !signature.signature.is_empty() && record.serves(algorithm) => {
                Some(record.key.check(algorithm, signed, &signature.signature))
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
    verdict.set_header(check, signed.to_vec());
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
        (Some(Check::OtherKey), _) => (DkimCause::KeyDoesNotFit, other_key(signature)),
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

fn other_key(signature: &DkimSignature) -> String {
    let name = signature.key_name();
    let name = name.map_or(String::new(), |name| name.to_string());
    format!("the key at {name} did not make this signature, or b= was damaged")
}

fn decide_seal(signature: &DkimSignature, check: Option<Check>, verdict: &mut DkimVerdict) {
    let (cause, detail) = match check {
        Some(Check::Verified) => (
            DkimCause::Verified,
            "it verifies: the ARC fields that it covers are as they were sealed".into(),
        ),
        Some(Check::OtherKey) => (DkimCause::KeyDoesNotFit, other_key(signature)),
        Some(Check::OtherBytes) => (
            DkimCause::HeaderChanged,
            "an ARC field that it covers was changed, removed or added; the key made this seal"
                .into(),
        ),
        Some(Check::Failed) => (
            DkimCause::HeaderChanged,
            "an ARC field that it covers was changed, or the key is another".into(),
        ),
        None => (DkimCause::Syntax, "there is nothing to verify".into()),
    };
    verdict.decide(cause, detail);
}
