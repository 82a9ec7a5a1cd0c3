//! The verdict on each signature (RFC 6376 §6.1): its key, its body hash, its header.

use std::cell::OnceCell;
use std::sync::Arc;

use jiff::Timestamp;

use super::autopsy::{self, Budget, Effort};
use super::bodies::Bodies;
use super::key::KeyRecord;
use super::signed_header::{Signed, SignedHeaders};
use super::verdict::BodyVerdict;
use super::verify::Check;
use super::{Algorithm, BodyResult, DkimFault, DkimSignature, DkimVerdict, KeyRecordFault};
use crate::Limits;
use crate::dns::{Lookup, Reply};
use crate::message::Message;

/// Judges the signatures of one message, and keeps what they have in common.
pub struct Judge<'m, 'a> {
    pub(super) message: &'m Message<'a>,
    pub(super) headers: SignedHeaders<'m, 'a>,
    pub(super) bodies: Bodies,
    pub(super) limits: &'m Limits,
    /// How many octets of each canonical header are kept.
    kept: usize,
    /// How much may still be tried to find out what broke signatures.
    pub(super) budget: Budget,
    /// Bodies that were reconstructed for one signature.
    pub(super) known: autopsy::Known,
    /// The same of fields of the header.
    pub(super) known_headers: autopsy::KnownHeaders,
}

impl<'m, 'a> Judge<'m, 'a> {
    /// A judge for `message`. All its signatures that will be judged must be in `signatures`.
    pub fn new<'s>(
        message: &'m Message<'a>,
        signatures: impl IntoIterator<Item = &'s DkimSignature>,
        limits: &'m Limits,
    ) -> Self {
        let lengths = signatures.into_iter().filter_map(|one| one.length);
        Self {
            message,
            headers: SignedHeaders::new(message),
            bodies: Bodies::new(lengths.collect()),
            limits,
            kept: 0,
            budget: Budget::new(Effort::Off, 0),
            known: autopsy::Known::default(),
            known_headers: autopsy::KnownHeaders::default(),
        }
    }

    /// The same; `keep` says whether each verdict contains its canonical header, as much of it as
    /// the limits allow.
    #[must_use]
    pub fn keeping_header(mut self, keep: bool) -> Self {
        self.kept = if keep {
            self.limits.canonical_header_bytes
        } else {
            0
        };
        self
    }

    /// The same; says how much is tried to find out what broke signatures.
    #[must_use]
    pub fn with_effort(mut self, effort: Effort) -> Self {
        let work = match effort {
            Effort::Off => 0,
            Effort::Quick => self.limits.autopsy_quick,
            Effort::Deep => self.limits.autopsy_deep,
        };
        self.budget = Budget::new(effort, work);
        self
    }

    /// Judges a signature over header and body as of `at`. `lookup` is the answer to its
    /// [`DkimSignature::question`]; `None` if it has none.
    pub fn signature(
        &mut self,
        signature: &DkimSignature,
        lookup: Option<&Lookup>,
        at: Timestamp,
    ) -> DkimVerdict {
        let mut verdict = DkimVerdict::new(signature);
        self.bodies
            .judge(self.message.body(), signature, &mut verdict);
        let fault = field_fault(signature)
            .or_else(|| time_fault(signature, at, self.limits))
            .or_else(|| sha1_fault(signature));
        let trial = Trial {
            signature,
            covered: &|| self.headers.hash(signature, self.kept),
            signed: OnceCell::new(),
            is_decided: fault.is_some(),
            keeps_header: self.kept > 0,
        };
        let header = self.header(&trial, lookup, &mut verdict);
        let fault = match (fault, header) {
            (Some(fault), _) | (None, Err(fault)) => Some(fault),
            (None, Ok(check)) => fault_of_hashes(check, &verdict.body),
        };
        verdict.decide(fault);
        verdict
    }

    /// The verdict as of `at`, made from `verdict`, which is as of another time.
    pub(crate) fn signature_at_another_time(
        &mut self,
        signature: &DkimSignature,
        lookup: Option<&Lookup>,
        verdict: &DkimVerdict,
        at: Timestamp,
    ) -> DkimVerdict {
        let was_out_of_time = matches!(
            verdict.fault,
            Some(DkimFault::Expired { .. } | DkimFault::Future { .. })
        );
        match time_fault(signature, at, self.limits) {
            None if was_out_of_time => self.signature(signature, lookup, at),
            None => verdict.clone(),
            Some(fault) => {
                let mut verdict = verdict.clone();
                verdict.decide(field_fault(signature).or(Some(fault)));
                verdict
            }
        }
    }

    /// Judges an ARC-Seal. It covers the bytes `sealed` and no body (RFC 8617 §4.1.3).
    pub(crate) fn seal(
        &self,
        signature: &DkimSignature,
        lookup: Option<&Lookup>,
        sealed: &[u8],
    ) -> DkimVerdict {
        let mut verdict = DkimVerdict::new(signature);
        let fault = field_fault(signature).or_else(|| sha1_fault(signature));
        let algorithm = signature.algorithm;
        let trial = Trial {
            signature,
            covered: &|| algorithm.map(|algorithm| Signed::of(sealed, algorithm)),
            signed: OnceCell::new(),
            is_decided: fault.is_some(),
            keeps_header: false,
        };
        let header = self.header(&trial, lookup, &mut verdict);
        let fault = match (fault, header) {
            (Some(fault), _) | (None, Err(fault)) => Some(fault),
            (None, Ok(check)) => fault_of_seal(check),
        };
        verdict.decide(fault);
        verdict
    }

    /// Whether the key in the text `record` made `signature`, whatever was changed in the message
    /// since. An Ed25519 key shows it only over what was signed.
    pub(crate) fn is_made_by(&self, signature: &DkimSignature, record: &[u8]) -> bool {
        let Ok(record) = KeyRecord::parse(record, self.limits) else {
            return false;
        };
        let trial = Trial {
            signature,
            covered: &|| self.headers.hash(signature, 0),
            signed: OnceCell::new(),
            is_decided: false,
            keeps_header: false,
        };
        let key = Candidate {
            number: 1,
            record: Arc::new(record),
            fault: None,
        };
        let check = judge_header(&trial, &[key], true, &mut DkimVerdict::new(signature));
        matches!(check, Ok(Some(Check::Verified | Check::OtherBytes)))
    }

    /// Checks a signature with the keys at the selector, and then with keys that were seen there
    /// before.
    fn header(
        &self,
        trial: &Trial<'_>,
        lookup: Option<&Lookup>,
        verdict: &mut DkimVerdict,
    ) -> Result<Option<Check>, DkimFault> {
        let limits = self.limits;
        let keys = candidate_keys(trial.signature, lookup, limits, verdict);
        let header = keys.and_then(|keys| {
            // If there are several keys, the verdict shows the one that made the signature.
            let usable = |key: &Candidate| key.fault.is_none();
            let asks_who = keys.len() > 1 || (!trial.is_decided && keys.iter().all(usable));
            judge_header(trial, &keys, asks_who, verdict)
        });
        if header == Ok(Some(Check::Verified)) {
            return header;
        }
        let earlier = lookup.into_iter().flat_map(|lookup| &lookup.earlier);
        for seen in earlier.take(limits.key_records) {
            let mut attempt = verdict.clone();
            let records = KeyRecords::read(&seen.reply, limits);
            let verified = read_keys(trial.signature, &records, &mut attempt)
                .and_then(|keys| judge_header(trial, &keys, false, &mut attempt));
            if verified == Ok(Some(Check::Verified)) {
                attempt.note_earlier_key(seen.at);
                *verdict = attempt;
                return verified;
            }
        }
        header
    }
}

/// A signature to check with keys.
struct Trial<'t> {
    signature: &'t DkimSignature,
    /// Hashes the bytes that it covers; called only if there is a key, and once.
    covered: &'t dyn Fn() -> Option<Signed>,
    signed: OnceCell<Option<Signed>>,
    /// Whether the result is already known, so it does not matter which key made the signature.
    is_decided: bool,
    /// Whether the verdict will contain the start of what was hashed.
    keeps_header: bool,
}

impl Trial<'_> {
    fn signed(&self) -> Option<&Signed> {
        self.signed.get_or_init(|| (self.covered)()).as_ref()
    }
}

/// A key record that could be read.
pub(super) struct Candidate {
    /// Its number among the TXT records at the selector, from 1.
    number: usize,
    pub record: Arc<KeyRecord>,
    /// Why it cannot be used for this signature.
    pub fault: Option<KeyRecordFault>,
}

/// The keys at the selector, or why there are none.
pub(super) fn candidate_keys(
    signature: &DkimSignature,
    lookup: Option<&Lookup>,
    limits: &Limits,
    verdict: &mut DkimVerdict,
) -> Result<Vec<Candidate>, DkimFault> {
    let lookup = lookup.ok_or(DkimFault::NoKeyName)?;
    verdict.set_lookup(lookup);
    match &lookup.reply {
        Reply::Records(_) => {
            let records = lookup.reading(|reply| KeyRecords::read(reply, limits));
            read_keys(signature, &records, verdict)
        }
        Reply::NoData(_) => Err(DkimFault::NoTxtRecord),
        Reply::NxDomain(_) => Err(DkimFault::NoSuchName),
        Reply::TempFail(failure) => Err(DkimFault::NoAnswer {
            failure: failure.clone(),
        }),
        Reply::NotRecorded => Err(DkimFault::NotRecorded),
    }
}

/// The TXT records of a reply, each as a key record or a fault. Parsed once for all signatures of a
/// run.
struct KeyRecords(Vec<Result<Arc<KeyRecord>, KeyRecordFault>>);

impl KeyRecords {
    fn read(reply: &Reply, limits: &Limits) -> Self {
        let texts = reply.txt().take(limits.key_records);
        let records = texts.map(|text| KeyRecord::parse(&text.joined(), limits).map(Arc::new));
        Self(records.collect())
    }

    /// The faults of the records that are not keys.
    fn faults(&self) -> impl Iterator<Item = &KeyRecordFault> {
        self.0.iter().filter_map(|record| record.as_ref().err())
    }
}

fn read_keys(
    signature: &DkimSignature,
    records: &KeyRecords,
    verdict: &mut DkimVerdict,
) -> Result<Vec<Candidate>, DkimFault> {
    let identity_is_domain = signature.identity_domain == signature.domain;
    let numbered = records.0.iter().zip(1..);
    let readable = numbered.filter_map(|(read, number)| Some((read.as_ref().ok()?, number)));
    let mut candidates: Vec<Candidate> = readable
        .map(|(record, number)| Candidate {
            number,
            record: Arc::clone(record),
            fault: signature
                .algorithm
                .and_then(|algorithm| record.fault(algorithm, identity_is_domain)),
        })
        .collect();
    candidates.sort_by_key(|candidate| candidate.fault.is_some());
    verdict.note_records(candidates.len(), records.faults());
    // The fault of a record that was meant as a key says more than that of other text.
    let fault = records.faults().min_by_key(|fault| fault.is_other_text());
    match fault {
        Some(fault) if candidates.is_empty() => Err(DkimFault::Key(fault.clone())),
        _ => Ok(candidates),
    }
}

/// Checks the signature with each key. The key that verifies it decides, or else the one that comes
/// closest. `asks_who`: determine which key made a signature that does not verify.
fn judge_header(
    trial: &Trial<'_>,
    keys: &[Candidate],
    asks_who: bool,
    verdict: &mut DkimVerdict,
) -> Result<Option<Check>, DkimFault> {
    let octets = trial.signature.signature.as_slice();
    let mut best: Option<(Option<Check>, &Candidate)> = None;
    for candidate in keys {
        let record = &candidate.record;
        let algorithm = trial.signature.algorithm;
        let algorithm = algorithm.filter(|one| !octets.is_empty() && record.serves(*one));
        let check = algorithm.map(|algorithm| {
            let signed = trial.signed();
            let check = |signed: &Signed| record.key.check(algorithm, &signed.digest, octets);
            match signed.map_or(Check::Failed, check) {
                Check::Failed if asks_who => record.key.who_made(octets),
                check => check,
            }
        });
        if best.is_none_or(|(best, _)| rank(check) > rank(best)) {
            best = Some((check, candidate));
        }
        if check == Some(Check::Verified) {
            break;
        }
    }
    let check = best.and_then(|(check, _)| check);
    verdict.set_header(check);
    if trial.keeps_header
        && let Some(signed) = trial.signed()
    {
        verdict.header.canonical = signed.start.clone();
        verdict.header.canonical_length = signed.length;
    }
    if let Some((_, candidate)) = best {
        verdict.set_key(&candidate.record);
        if check == Some(Check::Verified) {
            verdict.note_fitting_record(candidate.number);
        }
        if let Some(fault) = &candidate.fault {
            return Err(DkimFault::Key(fault.clone()));
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

/// Whether the signature is valid at this time according to `t=` and `x=`.
pub(crate) fn is_timely(signature: &DkimSignature, at: Timestamp, limits: &Limits) -> bool {
    time_fault(signature, at, limits).is_none()
}

fn field_fault(signature: &DkimSignature) -> Option<DkimFault> {
    signature.fault.clone().map(DkimFault::Signature)
}

fn time_fault(signature: &DkimSignature, at: Timestamp, limits: &Limits) -> Option<DkimFault> {
    let skew = jiff::SignedDuration::from_secs(limits.clock_skew);
    let expires = signature.expiration;
    if let Some(expires) = expires.filter(|expires| at.duration_since(*expires) > skew) {
        return Some(DkimFault::Expired { at: expires });
    }
    let signed = signature.timestamp;
    let signed = signed.filter(|signed| signed.duration_since(at) > skew)?;
    Some(DkimFault::Future { at: signed })
}

/// Signatures with rsa-sha1 must not be verified (RFC 8301 §3.1).
fn sha1_fault(signature: &DkimSignature) -> Option<DkimFault> {
    (signature.algorithm == Some(Algorithm::RsaSha1)).then_some(DkimFault::Sha1)
}

/// The fault that follows from the header and body checks, if nothing else is wrong.
fn fault_of_hashes(check: Option<Check>, body: &BodyVerdict) -> Option<DkimFault> {
    let Some(check) = check else {
        return Some(DkimFault::NothingToVerify);
    };
    let made_by_key = check == Check::OtherBytes;
    match (check, body.result) {
        (Check::Verified, BodyResult::Match) => None,
        (Check::Verified, BodyResult::Differ) => {
            Some(match (body.signed_length, body.canonical_length) {
                (Some(signed), Some(length)) if signed > length => {
                    DkimFault::BodyCutOff { signed, length }
                }
                _ => DkimFault::BodyChanged,
            })
        }
        (Check::Verified, BodyResult::Unchecked) => Some(DkimFault::HeadersOnly),
        (Check::OtherKey, _) => Some(DkimFault::KeyDoesNotFit),
        (Check::OtherBytes | Check::Failed, BodyResult::Differ) => {
            Some(DkimFault::BodyAndHeaderChanged { made_by_key })
        }
        (Check::OtherBytes | Check::Failed, _) => Some(DkimFault::HeaderChanged { made_by_key }),
    }
}

/// Like [`fault_of_hashes`], for a seal, which covers no body.
fn fault_of_seal(check: Option<Check>) -> Option<DkimFault> {
    match check {
        Some(Check::Verified) => None,
        Some(Check::OtherKey) => Some(DkimFault::KeyDoesNotFit),
        Some(check) => Some(DkimFault::HeaderChanged {
            made_by_key: check == Check::OtherBytes,
        }),
        None => Some(DkimFault::NothingToVerify),
    }
}
