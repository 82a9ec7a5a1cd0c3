//! What is said of one signature: a result, its cause, and the parts it rests on.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::key::KeyRecord;
use super::verify::Check;
use super::{DkimCause, DkimResult, DkimSignature, Fault};
use crate::dns::{Lookup, LookupId, Name};

/// What was found out about one signature.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct DkimVerdict {
    /// `d=` in A-labels.
    pub domain: Option<Name>,
    /// `s=` in A-labels.
    pub selector: Option<Name>,
    /// `i=`, or its default.
    pub identity: Option<String>,
    /// `a=` as written.
    pub algorithm: Option<String>,
    /// `c=` as written, or its default.
    pub canonicalization: String,
    /// The result.
    pub result: DkimResult,
    /// Why.
    pub cause: DkimCause,
    /// Why, in a sentence.
    pub detail: String,
    /// The key record says that the domain only tests DKIM (`t=y`).
    pub testing: bool,
    /// When it was signed (`t=`).
    pub signed_at: Option<Timestamp>,
    /// Until when it is valid (`x=`).
    pub expires_at: Option<Timestamp>,
    /// Names of the signed fields (`h=`).
    pub signed_fields: Vec<String>,
    /// The first eight characters of `b=` (RFC 6008).
    pub signature_prefix: Option<String>,
    /// Length of the signature in octets: that of the modulus of the RSA key that made it.
    #[serde(skip)]
    pub(crate) signature_octets: usize,
    /// What the body hash says.
    pub body: BodyVerdict,
    /// What the signature over the header says.
    pub header: HeaderVerdict,
    /// The public key; `None` when the signature does not say where it is.
    pub key: Option<KeyVerdict>,
}

/// Whether the body is the one that was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BodyResult {
    /// It is.
    Match,
    /// It is not.
    Differ,
    /// That cannot be told.
    Unchecked,
}

/// The body hash, as signed and as computed.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct BodyVerdict {
    /// Whether they are the same.
    pub result: BodyResult,
    /// `bh=`, in base64.
    pub signed: Option<String>,
    /// The hash of this body, in base64.
    pub computed: Option<String>,
    /// Length of the canonical body in octets.
    pub canonical_length: Option<u64>,
    /// `l=`: how many of them the signature covers; `None` for all.
    pub signed_length: Option<u64>,
    /// How many octets at the end are not signed, under `l=`.
    pub unsigned_length: Option<u64>,
}

/// Whether the signature over the header verifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeaderResult {
    /// It does.
    Verified,
    /// It does not.
    Failed,
    /// That cannot be told.
    Unchecked,
}

/// The signature over the header.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct HeaderVerdict {
    /// Whether it verifies.
    pub result: HeaderResult,
    /// The canonical header fields, as they were hashed.
    #[serde(skip)]
    pub canonical: Vec<u8>,
}

/// The public key of a signature.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct KeyVerdict {
    /// Where it is published.
    pub name: Name,
    /// The lookup that fetched it.
    pub lookup: LookupId,
    /// The CNAME targets that led to it.
    pub cname: Vec<Name>,
    /// Its type: `rsa` or `ed25519`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Length of an RSA modulus in bits.
    pub bits: Option<usize>,
    /// `t=`: `y` testing, `s` strict identity.
    pub flags: Vec<String>,
    /// How many TXT records stand at the selector.
    pub records: usize,
    /// What the records that were not used have against them.
    pub notes: Vec<String>,
}

impl DkimVerdict {
    pub(super) fn new(signature: &DkimSignature) -> Self {
        Self {
            domain: signature.domain.clone(),
            selector: signature.selector.clone(),
            identity: signature.identity.clone(),
            algorithm: signature.algorithm_text.clone(),
            canonicalization: signature.canonicalization_text.clone(),
            result: DkimResult::Neutral,
            cause: DkimCause::Syntax,
            detail: String::new(),
            testing: false,
            signed_at: signature.timestamp,
            expires_at: signature.expiration,
            signed_fields: signature.signed_fields.clone(),
            signature_prefix: signature.signature_prefix.clone(),
            signature_octets: signature.signature.len(),
            body: BodyVerdict {
                result: BodyResult::Unchecked,
                signed: (!signature.body_hash.is_empty())
                    .then(|| BASE64.encode(&signature.body_hash)),
                computed: None,
                canonical_length: None,
                signed_length: signature.length,
                unsigned_length: None,
            },
            header: HeaderVerdict {
                result: HeaderResult::Unchecked,
                canonical: Vec::new(),
            },
            key: None,
        }
    }

    pub(super) fn decide(&mut self, cause: DkimCause, detail: String) {
        self.result = cause.result();
        self.cause = cause;
        self.detail = detail;
    }

    pub(super) fn set_body(
        &mut self,
        result: BodyResult,
        computed: &[u8],
        length: u64,
        of: &DkimSignature,
    ) {
        self.body.result = result;
        self.body.computed = Some(BASE64.encode(computed));
        self.body.canonical_length = Some(length);
        self.body.unsigned_length = of.length.map(|signed| length.saturating_sub(signed));
    }

    pub(super) fn set_lookup(&mut self, lookup: &Lookup) {
        self.key = Some(KeyVerdict {
            name: lookup.question.name.clone(),
            lookup: lookup.id,
            cname: lookup.reply.cname().to_vec(),
            kind: None,
            bits: None,
            flags: Vec::new(),
            records: lookup.reply.txt().count(),
            notes: Vec::new(),
        });
    }

    pub(super) fn set_key(&mut self, record: &KeyRecord) {
        self.testing = record.testing();
        if let Some(key) = &mut self.key {
            key.kind = Some(record.key.type_name().into());
            key.bits = record.key.bits();
            key.flags = record.flags.clone();
        }
    }

    pub(super) fn note_records(&mut self, readable: usize, faults: &[Fault]) {
        if let Some(key) = &mut self.key
            && key.records > 1
        {
            key.notes.push(format!(
                "{} TXT records stand at the selector, {readable} of them a key",
                key.records
            ));
            let others = faults.iter().map(|fault| fault.detail.clone());
            key.notes.extend(others);
        }
    }

    pub(super) fn note_fitting_record(&mut self, number: usize) {
        if let Some(key) = &mut self.key
            && key.records > 1
        {
            key.notes
                .push(format!("number {number} made this signature"));
        }
    }

    pub(super) fn note_earlier_key(&mut self, seen: Option<Timestamp>) {
        if let Some(key) = &mut self.key {
            let when = seen.map_or("at another time".into(), |at| {
                format!("at {}", day_and_time(at))
            });
            key.notes.push(format!(
                "this is the key that was recorded {when}; the latest answer of DNS is another"
            ));
        }
    }

    pub(super) fn set_header(&mut self, check: Option<Check>, canonical: Vec<u8>) {
        self.header.result = match check {
            None => HeaderResult::Unchecked,
            Some(Check::Verified) => HeaderResult::Verified,
            Some(_) => HeaderResult::Failed,
        };
        self.header.canonical = canonical;
    }
}

/// `2026-07-01 09:14:05 UTC`.
pub(super) fn day_and_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}
