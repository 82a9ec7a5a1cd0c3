//! The verdict on one signature: a result, its cause, and what they are based on.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use super::key::KeyRecord;
use super::verify::Check;
use super::{Autopsy, DkimCause, DkimFault, DkimResult, DkimSignature, KeyRecordFault};
use crate::dns::{Lookup, LookupId, Name};

/// The verdict on one signature.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct DkimVerdict {
    /// `d=` in A-labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<Name>,
    /// `s=` in A-labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<Name>,
    /// `i=`, or its default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// `a=` as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<String>,
    /// `c=` as written, or its default.
    pub canonicalization: String,
    /// The result.
    pub result: DkimResult,
    /// The cause of that result.
    pub cause: DkimCause,
    /// Why it does not verify, in detail; `None` if it verifies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<DkimFault>,
    /// Whether the key record says that the domain is only testing DKIM (`t=y`).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub testing: bool,
    /// When it was signed (`t=`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<Timestamp>,
    /// When it expires (`x=`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Names of the signed fields (`h=`).
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub signed_fields: Arc<[String]>,
    /// The first eight characters of `b=` (RFC 6008 §3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature_prefix: Option<String>,
    /// Length of the signature in octets. For RSA it equals the length of the modulus.
    #[serde(skip)]
    pub(crate) signature_octets: usize,
    /// The check of the body hash.
    pub body: BodyVerdict,
    /// The check of the signature over the header.
    pub header: HeaderVerdict,
    /// The public key; `None` if the signature does not say where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyVerdict>,
    /// What broke the signature, if it could be proved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub autopsy: Option<Box<Autopsy>>,
}

/// Whether the body is the one that was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum BodyResult {
    /// It is.
    Match,
    /// It is not.
    Differ,
    /// It is unknown.
    Unchecked,
}

/// The body hash, as signed and as computed.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct BodyVerdict {
    /// Whether the two are equal.
    pub result: BodyResult,
    /// `bh=`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed: Option<BodyHash>,
    /// The hash of this body, if it differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub computed: Option<BodyHash>,
    /// Length of the canonical body in octets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canonical_length: Option<u64>,
    /// `l=`: how many of these octets the signature covers; `None` for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_length: Option<u64>,
    /// How many octets at the end are not covered because of `l=`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsigned_length: Option<u64>,
}

/// A body hash; shown and serialised in base64.
#[derive(Clone, PartialEq, Eq)]
pub struct BodyHash(Box<[u8]>);

impl BodyHash {
    /// The octets.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }
}

impl From<&[u8]> for BodyHash {
    fn from(octets: &[u8]) -> Self {
        Self(octets.into())
    }
}

impl fmt::Display for BodyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Base64Display::new(&self.0, &BASE64).fmt(f)
    }
}

impl fmt::Debug for BodyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for BodyHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for BodyHash {
    fn schema_name() -> Cow<'static, str> {
        "BodyHash".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}

/// Whether the signature over the header verifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum HeaderResult {
    /// It does.
    Verified,
    /// It does not.
    Failed,
    /// It is unknown.
    Unchecked,
}

/// The signature over the header.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct HeaderVerdict {
    /// Whether it verifies.
    pub result: HeaderResult,
    /// The canonical header fields as they were hashed. Empty if nothing was checked, or unless
    /// [`Options::canonical_header`](crate::Options::canonical_header) is set.
    #[serde(skip)]
    pub canonical: Vec<u8>,
    /// How many octets were hashed; `canonical` may be only the start of them.
    #[serde(skip)]
    pub canonical_length: usize,
}

/// The public key of a signature.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct KeyVerdict {
    /// The name at which it is published; in JSON, the lookup has it.
    #[serde(skip)]
    pub name: Name,
    /// The number of the lookup that fetched it.
    pub lookup: LookupId,
    /// The CNAME targets that led to it; in JSON, the lookup has them.
    #[serde(skip)]
    pub cname: Vec<Name>,
    /// The type: `rsa` or `ed25519`.
    #[serde(rename = "type")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    /// Length of an RSA modulus in bits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bits: Option<usize>,
    /// `t=`: `y` for testing, `s` for strict identity.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
    /// The number of TXT records at the selector.
    #[serde(skip_serializing_if = "is_one")]
    pub records: usize,
    /// Remarks if there are several records, or if a different key was there before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<KeyNote>,
}

/// A remark about the records at a selector.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum KeyNote {
    /// There are several.
    Several {
        /// How many TXT records there are.
        records: usize,
        /// How many of them are usable as key records.
        keys: usize,
    },
    /// One of them cannot be used as a key.
    NotUsable(KeyRecordFault),
    /// One of them made the signature.
    Fits {
        /// The number of the TXT record, from 1.
        number: usize,
    },
    /// The signature verifies with a key that was there before; the latest DNS answer has another
    /// one.
    Earlier {
        /// When that key was seen.
        seen: Option<Timestamp>,
    },
}

fn is_one(number: &usize) -> bool {
    *number == 1
}

impl BodyVerdict {
    /// The hash of this body; `None` if it was not computed.
    pub fn hash(&self) -> Option<&BodyHash> {
        match self.result {
            BodyResult::Match => self.signed.as_ref(),
            BodyResult::Differ | BodyResult::Unchecked => self.computed.as_ref(),
        }
    }
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
            fault: None,
            testing: false,
            signed_at: signature.timestamp,
            expires_at: signature.expiration,
            signed_fields: Arc::clone(&signature.signed_fields),
            signature_prefix: signature.signature_prefix.clone(),
            signature_octets: signature.signature.len(),
            body: BodyVerdict {
                result: BodyResult::Unchecked,
                signed: (!signature.body_hash.is_empty())
                    .then(|| signature.body_hash.as_slice().into()),
                computed: None,
                canonical_length: None,
                signed_length: signature.length,
                unsigned_length: None,
            },
            header: HeaderVerdict {
                result: HeaderResult::Unchecked,
                canonical: Vec::new(),
                canonical_length: 0,
            },
            key: None,
            autopsy: None,
        }
    }

    /// Sets the fault, and the cause and result that follow from it. `None`: the signature
    /// verifies.
    pub(super) fn decide(&mut self, fault: Option<DkimFault>) {
        self.cause = fault.as_ref().map_or(DkimCause::Verified, DkimFault::cause);
        self.result = self.cause.result();
        self.fault = fault;
    }

    /// The same verdict as if the key had made the signature: a domain is looked at without a
    /// message, so only what its key says counts.
    pub(crate) fn take_as_signed(&mut self) {
        use DkimCause as Cause;
        if matches!(
            self.cause,
            Cause::BodyChanged
                | Cause::HeaderChanged
                | Cause::BodyAndHeaderChanged
                | Cause::KeyDoesNotFit
        ) {
            self.decide(None);
        }
    }

    pub(super) fn set_body(
        &mut self,
        result: BodyResult,
        computed: &[u8],
        length: u64,
        of: &DkimSignature,
    ) {
        self.body.result = result;
        self.body.computed = (result != BodyResult::Match).then(|| computed.into());
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
            key.kind = Some(record.key.type_name());
            key.bits = record.key.bits();
            key.flags = record.flags.clone();
        }
    }

    /// Adds remarks if there are several records at the selector, of which `keys` could be read.
    pub(super) fn note_records<'r>(
        &mut self,
        keys: usize,
        faults: impl Iterator<Item = &'r KeyRecordFault>,
    ) {
        if let Some(key) = &mut self.key
            && key.records > 1
        {
            let records = key.records;
            key.notes.push(KeyNote::Several { records, keys });
            key.notes.extend(faults.cloned().map(KeyNote::NotUsable));
        }
    }

    pub(super) fn note_fitting_record(&mut self, number: usize) {
        if let Some(key) = &mut self.key
            && key.records > 1
        {
            key.notes.push(KeyNote::Fits { number });
        }
    }

    pub(super) fn note_earlier_key(&mut self, seen: Option<Timestamp>) {
        if let Some(key) = &mut self.key {
            key.notes.push(KeyNote::Earlier { seen });
        }
    }

    pub(super) fn set_header(&mut self, check: Option<Check>) {
        self.header.result = match check {
            None => HeaderResult::Unchecked,
            Some(Check::Verified) => HeaderResult::Verified,
            Some(_) => HeaderResult::Failed,
        };
    }
}

impl KeyVerdict {
    /// The number of the record that made the signature, from 1, if there are several.
    pub fn fitting_record(&self) -> Option<usize> {
        self.notes.iter().find_map(|note| match note {
            KeyNote::Fits { number } => Some(*number),
            _ => None,
        })
    }
}
