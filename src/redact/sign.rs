//! Signatures over the new message: each verifies, or fails, as the old one did.
//!
//! Where an autopsy proved what a broken one was made over, the new one is made over the same with its
//! words replaced: so the same changes break it, and an autopsy proves them again.

use aws_lc_rs::digest::{Digest, digest};

use super::Replacements;
use super::keys::NewKey;
use super::records::{NewKeys, encoded_as};
use super::weave::woven;
use crate::arc::{ArcVerdict, Sets};
use crate::dkim::{
    Algorithm, AsSigned, BodyResult, Canonicalization, DkimSignature, DkimVerdict, Effort,
    HeaderResult, Judge, Kind as Change, SignedPart, canonical, signatures, tags,
};
use crate::dns::{Lookup, Question};
use crate::message::{Header, Message, Reading};
use crate::{Error, Limits};

/// What is signed anew, and by what.
pub(super) struct Signing<'s> {
    pub all: &'s Replacements,
    pub keys: &'s NewKeys,
    pub lookups: &'s [Lookup],
    pub limits: &'s Limits,
    pub reading: Reading,
    pub effort: Effort,
}

/// One signature field, before and after.
pub(super) struct Job {
    /// Its place among the signatures of its kind.
    number: usize,
    kind: Kind,
    /// The index of its field in the header.
    field: usize,
    old: DkimSignature,
    body: BodyOutcome,
    header: HeaderResult,
    /// What it was made over, where that is proved.
    pub proved: Proved,
}

/// What a broken signature was made over, where an autopsy proved it.
#[derive(Default)]
pub(super) struct Proved {
    fields: Vec<ProvedField>,
    /// The canonical form of the header, if it is not the one that the signature names.
    header_by: Option<Canonicalization>,
    body: Option<ProvedBody>,
}

/// A field that was another one.
struct ProvedField {
    /// Its index, or its name if it is gone.
    field: Result<usize, String>,
    /// What it was, whole, before and after its words were replaced; `None` for no field.
    text: Option<(Vec<u8>, Vec<u8>)>,
}

/// A body that was another one.
struct ProvedBody {
    old: Vec<u8>,
    new: Vec<u8>,
    by: Canonicalization,
}

impl Proved {
    /// The new text of a field that was broken within words, after its colon.
    pub(super) fn field(&self, number: usize, now: &[u8]) -> Option<Vec<u8>> {
        let mut fields = self.fields.iter();
        let (old, new) = fields.find(|one| one.field == Ok(number))?.text.as_ref()?;
        let colon = |text: &[u8]| memchr::memchr(b':', text).map(|at| at + 1);
        woven(now, &old[colon(old)?..], &new[colon(new)?..])
    }

    /// The new body of a message whose body was broken within words.
    pub(super) fn body(&self, now: &[u8]) -> Option<Vec<u8>> {
        let body = self.body.as_ref()?;
        woven(now, &body.old, &body.new)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Dkim,
    ArcMessage { instance: u32, relaxed: bool },
    ArcSeal { instance: u32 },
}

/// The new value of a tag.
enum Value {
    Number(u64),
    /// Written in base64.
    Octets(Vec<u8>),
}

/// What the new body hash is to be.
#[derive(Clone, Copy)]
struct BodyOutcome {
    result: BodyResult,
    /// The length of the old canonical body.
    length: Option<u64>,
}

impl Signing<'_> {
    /// The signatures, in the order in which they were made.
    pub(super) fn jobs(
        &self,
        old: &Message<'_>,
        dkim: &[DkimVerdict],
        arc: &ArcVerdict,
    ) -> Vec<Job> {
        let mut jobs = dkim_jobs(old, dkim, self.limits);
        self.prove(old, &mut jobs, dkim);
        // The lowest field was there first.
        jobs.sort_by_key(|job| std::cmp::Reverse(job.field));
        jobs.extend(arc_jobs(old, arc, self.limits));
        jobs
    }

    /// `new`, whose text is replaced, with every signature made anew.
    pub(super) fn sign(
        &self,
        old: &Message<'_>,
        mut new: Vec<u8>,
        jobs: &[Job],
    ) -> Result<Vec<u8>, Error> {
        let olds = jobs.iter().map(|job| &job.old);
        let judge = Judge::new(old, olds, self.limits);
        for job in jobs {
            let key = self.key(&judge, &job.old);
            new = self.one(job, key, new)?;
        }
        Ok(new)
    }

    /// Finds out what the signatures were made over whose autopsies proved it.
    fn prove(&self, old: &Message<'_>, jobs: &mut [Job], dkim: &[DkimVerdict]) {
        let is_proof =
            |verdict: &DkimVerdict| verdict.autopsy.as_ref().is_some_and(|it| it.is_proof());
        if !dkim.iter().any(is_proof) {
            return;
        }
        // As the inspection did it: what one autopsy finds and spends, the next one has or lacks.
        let olds: Vec<DkimSignature> = jobs.iter().map(|job| job.old.clone()).collect();
        let judge = Judge::new(old, &olds, self.limits);
        let mut judge = judge.with_effort(self.effort);
        for (job, verdict) in jobs.iter_mut().zip(dkim) {
            let mut verdict = verdict.clone();
            let lookup = self.lookup(&job.old);
            judge.autopsy(&job.old, lookup, &mut verdict);
            let signed = judge.take_as_signed();
            let kinds = verdict.autopsy.iter().flat_map(|autopsy| autopsy.changes());
            let mut kinds = kinds.map(|change| change.kind);
            let is_other = kinds.any(|kind| kind == Change::OtherCanonicalization);
            let by = job.old.canonicalization.filter(|_| is_other);
            job.proved = Proved {
                fields: self.proved_fields(old, &signed),
                header_by: by.map(|(by, _)| other(by)),
                body: self.proved_body(&job.old, signed),
            };
        }
    }

    fn proved_fields(&self, old: &Message<'_>, signed: &AsSigned) -> Vec<ProvedField> {
        let fields = signed.header.iter().map(|earlier| {
            let name = match &earlier.field {
                Ok(at) => old.header.fields[*at].name,
                Err(name) => name.as_bytes(),
            };
            let text = earlier.body.as_ref().map(|body| {
                let old = [name, b":", body, b"\r\n"].concat();
                let header = Header::parse(&old, 0, 1, Reading::AsDelivered);
                let new = self.all.header(&old, &header, old.len());
                (old, new)
            });
            ProvedField {
                field: earlier.field.clone(),
                text,
            }
        });
        fields.collect()
    }

    fn proved_body(&self, old: &DkimSignature, signed: AsSigned) -> Option<ProvedBody> {
        let body = signed.body?;
        let (_, by) = old.canonicalization?;
        let algorithm = old.algorithm?;
        let fits = |by: &Canonicalization| {
            body_hash(&body.text, *by, algorithm, old.length) == old.body_hash
        };
        let by = [by, other(by)].into_iter().find(fits)?;
        let new = self.all.body(&body.text, &body.entity, self.limits, 0);
        Some(ProvedBody {
            old: body.text,
            new,
            by,
        })
    }

    /// The header as it was signed, in the new message.
    fn header_as_signed(
        &self,
        message: &Message<'_>,
        signature: &DkimSignature,
        job: &Job,
    ) -> Option<Vec<u8>> {
        let proved = &job.proved;
        if proved.fields.is_empty() && proved.header_by.is_none() {
            return None;
        }
        let mut bytes = Vec::with_capacity(message.bytes.len());
        for one in &proved.fields {
            // What is gone was the topmost of its name: others of that name were selected before it.
            if let (Err(_), Some((_, new))) = (&one.field, &one.text) {
                bytes.extend_from_slice(new);
            }
        }
        let mut at = 0;
        for (number, field) in message.header.fields.iter().enumerate() {
            let is_it = |one: &&ProvedField| one.field == Ok(number);
            if let Some(one) = proved.fields.iter().find(is_it) {
                bytes.extend_from_slice(&message.bytes[at..field.span.start.max(at)]);
                let text = one.text.as_ref();
                bytes.extend_from_slice(text.map_or(&[], |(_, new)| new));
                at = field.span.end;
            }
        }
        bytes.extend_from_slice(&message.bytes[at..]);
        // Its own field is that of the new message but for its form.
        let hash = Value::Octets(signature.body_hash.clone());
        for value in [
            Some(("bh", hash)),
            signature.length.map(|length| ("l", Value::Number(length))),
        ] {
            let message = self.read(&bytes).ok()?;
            let signature = find(&message, job, self.limits)?;
            if let Some((tag, value)) = value {
                bytes = put(&message, signature.field, tag, &value);
            }
        }
        let message = self.read(&bytes).ok()?;
        let mut signature = find(&message, job, self.limits)?;
        if let (Some(by), Some((header, _))) = (proved.header_by, &mut signature.canonicalization) {
            *header = by;
        }
        covered(&message, &signature, job.kind, self.limits)
    }

    /// What DNS said of the key of a signature.
    fn lookup(&self, signature: &DkimSignature) -> Option<&Lookup> {
        let question = Question::txt(signature.key_name()?.clone());
        self.lookups.iter().find(|one| one.question == question)
    }

    /// The new key in place of the one that made a signature.
    fn key(&self, judge: &Judge<'_, '_>, old: &DkimSignature) -> Option<&NewKey> {
        let lookup = self.lookup(old)?;
        let replies = [&lookup.reply].into_iter();
        let replies = replies.chain(lookup.earlier.iter().map(|seen| &seen.reply));
        let texts = replies
            .flat_map(|reply| reply.txt())
            .take(self.limits.key_records * 4);
        let mut texts = texts.map(crate::dns::Txt::joined);
        let made = texts.find(|text| judge.is_made_by(old, text))?;
        self.keys.get(&made)
    }

    fn one(&self, job: &Job, key: Option<&NewKey>, mut bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
        if job.kind == Kind::Dkim || matches!(job.kind, Kind::ArcMessage { .. }) {
            for tag in ["l", "bh"] {
                let message = self.read(&bytes)?;
                let Some(signature) = find(&message, job, self.limits) else {
                    return Ok(bytes);
                };
                let value = match tag {
                    "l" => new_length(&message, &signature, job.body),
                    _ => self.body_hash(&message, &signature, job),
                };
                if let Some(value) = value {
                    bytes = put(&message, signature.field, tag, &value);
                }
            }
        }
        let message = self.read(&bytes)?;
        let Some(signature) = find(&message, job, self.limits) else {
            return Ok(bytes);
        };
        let value = Value::Octets(self.value(&message, &signature, job, key));
        let bytes = put(&message, signature.field, "b", &value);
        let message = self.read(&bytes)?;
        let Some(signature) = find(&message, job, self.limits) else {
            return Ok(bytes);
        };
        Ok(self.with_prefix(&message, &job.old, &signature))
    }

    fn read<'b>(&self, bytes: &'b [u8]) -> Result<Message<'b>, Error> {
        Message::parse_as(bytes, self.reading, self.limits)
    }

    /// The octets of `b=`.
    fn value(
        &self,
        message: &Message<'_>,
        signature: &DkimSignature,
        job: &Job,
        key: Option<&NewKey>,
    ) -> Vec<u8> {
        let words = &self.all.words;
        let nobodys = || words.octets("signature", &job.old.signature, job.old.signature.len());
        let (Some(key), Some(algorithm)) = (key, signature.algorithm) else {
            return nobodys();
        };
        let covered = match job.header {
            HeaderResult::Verified => covered(message, signature, job.kind, self.limits),
            _ => self.header_as_signed(message, signature, job),
        };
        // The key made it, over octets that are not there any more.
        let covered = covered.unwrap_or_else(|| words.octets("other", &job.old.signature, 32));
        key.sign(algorithm, &hash(algorithm, &covered))
            .unwrap_or_else(nobodys)
    }

    /// The value of `bh=`.
    fn body_hash(
        &self,
        message: &Message<'_>,
        signature: &DkimSignature,
        job: &Job,
    ) -> Option<Value> {
        if job.old.body_hash.is_empty() {
            return None;
        }
        let mut octets = Vec::new();
        let written = signature.octets(message, SignedPart::Body).ok();
        let written = written.and_then(|body| body.write(&mut octets).ok());
        let is_match = job.body.result == BodyResult::Match;
        let hash = match (&job.proved.body, written, signature.algorithm) {
            (_, Some(()), Some(algorithm)) if is_match => {
                hash(algorithm, &octets).as_ref().to_vec()
            }
            (Some(body), _, Some(algorithm)) => {
                body_hash(&body.new, body.by, algorithm, signature.length)
            }
            _ => {
                let old = &job.old.body_hash;
                self.all.words.octets("body", old, old.len())
            }
        };
        Some(Value::Octets(hash))
    }

    /// The start of the new signature where receivers name it by that (`header.b`, RFC 6008).
    fn with_prefix(
        &self,
        message: &Message<'_>,
        old: &DkimSignature,
        new: &DkimSignature,
    ) -> Vec<u8> {
        let base64 = |octets: &[u8]| encoded_as(b"", octets);
        let (old, new) = (base64(&old.signature), base64(&new.signature));
        let mut bytes = message.bytes.to_vec();
        for field in &message.header.fields {
            if !field
                .name
                .to_ascii_lowercase()
                .ends_with(b"authentication-results")
            {
                continue;
            }
            let body = field.body_start(message.bytes);
            for at in memchr::memmem::find_iter(field.body, b"header.b=") {
                let start = at + "header.b=".len();
                let start = start + usize::from(field.body.get(start) == Some(&b'"'));
                let digit =
                    |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
                let length = field.body[start..].iter().take_while(digit).count();
                let found = &field.body[start..start + length];
                if length < 4 || length > old.len().min(new.len()) {
                    continue;
                }
                let expected = self.all.text(&old[..length], super::text::Manner::Form);
                if found == expected {
                    bytes[body + start..body + start + length].copy_from_slice(&new[..length]);
                }
            }
        }
        bytes
    }
}

/// The other canonical form.
fn other(by: Canonicalization) -> Canonicalization {
    match by {
        Canonicalization::Simple => Canonicalization::Relaxed,
        Canonicalization::Relaxed => Canonicalization::Simple,
    }
}

fn body_hash(
    body: &[u8],
    by: Canonicalization,
    algorithm: Algorithm,
    length: Option<u64>,
) -> Vec<u8> {
    let hashes = canonical::body_hashes(body, by, algorithm.hash(), length);
    hashes.digest(length).to_vec()
}

fn hash(algorithm: Algorithm, octets: &[u8]) -> Digest {
    digest(algorithm.hash(), octets)
}

fn dkim_jobs(message: &Message<'_>, verdicts: &[DkimVerdict], limits: &Limits) -> Vec<Job> {
    let signatures = signatures(message, limits).into_iter().enumerate();
    let jobs = signatures
        .zip(verdicts)
        .map(|((number, old), verdict)| Job {
            number,
            kind: Kind::Dkim,
            field: old.field,
            old,
            body: BodyOutcome {
                result: verdict.body.result,
                length: verdict.body.canonical_length,
            },
            header: verdict.header.result,
            proved: Proved::default(),
        });
    jobs.collect()
}

fn arc_jobs(message: &Message<'_>, arc: &ArcVerdict, limits: &Limits) -> Vec<Job> {
    let sets = Sets::read(message, limits);
    let mut jobs = Vec::new();
    for one in &arc.instances {
        let (signature, seal) = sets.signatures_of(one.instance);
        if let (Some(old), Some(verdict)) = (signature, &one.message_signature) {
            let relaxed =
                !old.names_canonicalization && verdict.canonicalization == "relaxed/relaxed";
            jobs.push(Job {
                number: 0,
                kind: Kind::ArcMessage {
                    instance: one.instance,
                    relaxed,
                },
                field: old.field,
                old: old.clone(),
                body: BodyOutcome {
                    result: verdict.body.result,
                    length: verdict.body.canonical_length,
                },
                header: verdict.header.result,
                proved: Proved::default(),
            });
        }
        if let (Some(old), Some(verdict)) = (seal, &one.seal) {
            let verified = verdict.result == crate::dkim::DkimResult::Pass;
            jobs.push(Job {
                number: 0,
                kind: Kind::ArcSeal {
                    instance: one.instance,
                },
                field: old.field,
                old: old.clone(),
                body: BodyOutcome {
                    result: BodyResult::Unchecked,
                    length: None,
                },
                header: match verified {
                    true => HeaderResult::Verified,
                    false => HeaderResult::Failed,
                },
                proved: Proved::default(),
            });
        }
    }
    jobs
}

/// The signature of a job in the new message.
fn find(message: &Message<'_>, job: &Job, limits: &Limits) -> Option<DkimSignature> {
    match job.kind {
        Kind::Dkim => signatures(message, limits).into_iter().nth(job.number),
        Kind::ArcMessage { instance, relaxed } => {
            let sets = Sets::read(message, limits);
            let mut signature = sets.signatures_of(instance).0?.clone();
            if relaxed {
                signature.canonicalization =
                    Some((Canonicalization::Relaxed, Canonicalization::Relaxed));
            }
            Some(signature)
        }
        Kind::ArcSeal { instance } => Sets::read(message, limits)
            .signatures_of(instance)
            .1
            .cloned(),
    }
}

/// What the header hash of a signature is made over.
fn covered(
    message: &Message<'_>,
    signature: &DkimSignature,
    kind: Kind,
    limits: &Limits,
) -> Option<Vec<u8>> {
    if let Kind::ArcSeal { instance } = kind {
        return Sets::read(message, limits).sealed(message, instance);
    }
    let mut octets = Vec::new();
    let header = signature.octets(message, SignedPart::Header).ok()?;
    header.write(&mut octets).ok()?;
    Some(octets)
}

/// The value of `l=` where the body has another length now.
fn new_length(message: &Message<'_>, signature: &DkimSignature, old: BodyOutcome) -> Option<Value> {
    let (signed, old) = (signature.length?, old.length?);
    let (_, by) = signature.canonicalization?;
    let mut new = 0_u64;
    canonical::body(message.body()?, by, |piece| new += piece.len() as u64);
    if new == old {
        return None;
    }
    let length = match signed >= old {
        true => new.saturating_add(signed - old),
        false => signed.min(new.saturating_sub(1)),
    };
    Some(Value::Number(length))
}

/// The message with another value of a tag in one field.
fn put(message: &Message<'_>, field: usize, tag: &str, value: &Value) -> Vec<u8> {
    let field = &message.header.fields[field];
    let tags = tags::parse(field.body).unwrap_or_default();
    let Some(tag) = tags.into_iter().find(|one| one.name == tag) else {
        return message.bytes.to_vec();
    };
    let body = field.body_start(message.bytes);
    let (start, end) = (body + tag.span.start, body + tag.span.end);
    let new = match value {
        Value::Number(number) => number.to_string().into_bytes(),
        Value::Octets(octets) => encoded_as(&message.bytes[start..end], octets),
    };
    [&message.bytes[..start], &new, &message.bytes[end..]].concat()
}
