//! Why a signature does not verify, as data, and the machine-readable cause that follows from it.

use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::tags::TagListFault;
use super::{Algorithm, DkimCause};
use crate::dns::{Failure, Name, NameError};

/// Why a signature does not verify.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DkimFault {
    /// The signature field has a fault.
    Signature(SignatureFault),
    /// `x=` has passed.
    Expired {
        /// Its value.
        at: Timestamp,
    },
    /// `t=` is in the future.
    Future {
        /// Its value.
        at: Timestamp,
    },
    /// It uses rsa-sha1.
    Sha1,
    /// `d=` and `s=` do not say where the key is.
    NoKeyName,
    /// The name of the key exists in DNS, but has no TXT record.
    NoTxtRecord,
    /// The name of the key does not exist in DNS.
    NoSuchName,
    /// DNS gave no answer about the key.
    NoAnswer {
        /// The reason.
        #[serde(serialize_with = "as_text")]
        #[schemars(with = "String")]
        failure: Failure,
    },
    /// The recorded DNS does not contain the key.
    NotRecorded,
    /// The key record has a fault.
    Key(KeyRecordFault),
    /// The body is not the one that was signed.
    BodyChanged,
    /// The body is shorter than the length in `l=`.
    BodyCutOff {
        /// `l=`.
        signed: u64,
        /// Length of the canonical body in octets.
        length: u64,
    },
    /// The header is not the one that was signed.
    HeaderChanged {
        /// Whether the signature is known to be made with this key. Ed25519 signatures do not show
        /// that.
        made_by_key: bool,
    },
    /// Neither the body nor the header is the one that was signed.
    BodyAndHeaderChanged {
        /// Whether the signature is known to be made with this key.
        made_by_key: bool,
    },
    /// Another key made the signature, or `b=` was damaged.
    KeyDoesNotFit,
    /// The header is the one that was signed, but the file has no body.
    HeadersOnly,
    /// There is no signature value, or no key to check it with.
    NothingToVerify,
}

/// What is wrong with a signature field.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SignatureFault {
    /// It is not a tag list.
    TagList(TagListFault),
    /// A required tag is missing.
    MissingTag {
        /// Its name.
        tag: &'static str,
    },
    /// `v=` is not 1.
    Version {
        /// Its value.
        written: String,
    },
    /// `a=` is unknown.
    UnknownAlgorithm {
        /// Its value.
        written: String,
    },
    /// `c=` is unknown.
    UnknownCanonicalization {
        /// Its value.
        written: String,
    },
    /// A tag has no value.
    Empty {
        /// Its name.
        tag: &'static str,
    },
    /// The value of a tag is not base64.
    NotBase64 {
        /// Its name.
        tag: &'static str,
    },
    /// The value of a tag is not a domain.
    NotADomain {
        /// Its name.
        tag: &'static str,
        /// Its value.
        written: String,
        /// The reason.
        problem: DomainProblem,
    },
    /// The value of a tag is not a number.
    NotANumber {
        /// Its name.
        tag: &'static str,
        /// Its value.
        written: String,
        /// The most digits that it may have.
        digits: usize,
    },
    /// `q=` does not include `dns/txt`.
    QueryMethod {
        /// Its value.
        written: String,
    },
    /// `h=` contains an empty name.
    EmptyFieldName,
    /// `h=` does not include From.
    FromNotSigned,
    /// `h=` of an ARC-Message-Signature includes ARC-Seal.
    SealSigned,
    /// An ARC-Seal has `h=`.
    SealNamesFields,
    /// `i=` has no `@`.
    NoAtSign {
        /// Its value.
        written: String,
    },
    /// The domain of `i=` is not `d=` or a subdomain.
    IdentityOutsideDomain {
        /// The domain of `i=`.
        identity: Name,
        /// `d=`.
        domain: Name,
    },
    /// `x=` is not later than `t=`.
    EndsBeforeStart,
}

/// Why a text cannot be the domain of a signer.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DomainProblem {
    /// It contains a character that host names do not have.
    NotAHost,
    /// It is a single label.
    SingleLabel,
    /// It is not a domain name.
    NotAName(
        #[serde(serialize_with = "as_text")]
        #[schemars(with = "String")]
        NameError,
    ),
}

/// Why a text at a selector cannot be used as a key.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum KeyRecordFault {
    /// It is empty.
    Empty,
    /// It is not a key record.
    NotAKey {
        /// Its beginning.
        text: Excerpt,
    },
    /// It is not a tag list.
    TagList(TagListFault),
    /// `v=` is not `DKIM1`.
    Version {
        /// Its value.
        written: String,
    },
    /// `v=` is not the first tag.
    VersionNotFirst,
    /// There is no `p=`.
    NoKey,
    /// `p=` is empty.
    Revoked,
    /// `p=` is not base64.
    NotBase64,
    /// `p=` holds the first or the last line of a PEM file (RFC 7468 §2).
    PemLines,
    /// `p=` is not an RSA public key.
    NotRsa,
    /// `p=` is an RSA key that is longer than the limit.
    RsaTooLong {
        /// Length of the modulus in bits.
        bits: usize,
        /// The limit in bits.
        limit: usize,
    },
    /// `p=` is an RSA key with an even modulus.
    RsaEvenModulus,
    /// `p=` is an RSA key whose public exponent is even, is 1, or has more than four octets.
    RsaExponent,
    /// `p=` does not have the length of an Ed25519 key.
    Ed25519Length {
        /// The number of octets.
        octets: usize,
    },
    /// `k=` is unknown.
    UnknownType {
        /// Its value, in lower case.
        written: String,
    },
    /// `h=` does not allow the hash.
    HashNotAllowed {
        /// The hashes that it allows.
        allowed: Vec<String>,
        /// The hash of the signature.
        used: &'static str,
    },
    /// The type of the key is not that of the signature.
    OtherType {
        /// The type of the key.
        key: &'static str,
        /// The algorithm of the signature.
        #[serde(serialize_with = "as_text")]
        #[schemars(with = "String")]
        algorithm: Algorithm,
    },
    /// `s=` does not allow email.
    Service {
        /// The services that it allows.
        services: Vec<String>,
    },
    /// `t=s` does not allow the identity.
    StrictIdentity,
    /// An RSA key under 1024 bits.
    TooShort {
        /// Length of the modulus in bits.
        bits: usize,
    },
}

/// The beginning of a text.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Excerpt {
    /// Its first characters.
    pub start: String,
    /// Whether that is the whole text.
    pub is_whole: bool,
}

impl Excerpt {
    /// At most `chars` characters of `text`.
    pub(super) fn of(text: &[u8], chars: usize) -> Self {
        // A character has at most four octets, so this is enough of them.
        let enough = text.get(..4 * chars + 4).unwrap_or(text);
        let read = String::from_utf8_lossy(enough);
        let start: String = read.chars().take(chars).collect();
        let is_whole = enough.len() == text.len() && start.len() == read.len();
        Self { start, is_whole }
    }
}

impl DkimFault {
    /// The machine-readable cause.
    pub fn cause(&self) -> DkimCause {
        match self {
            Self::Signature(fault) => fault.cause(),
            Self::Expired { .. } => DkimCause::Expired,
            Self::Future { .. } => DkimCause::Future,
            Self::Sha1 => DkimCause::Sha1,
            Self::NoKeyName | Self::NothingToVerify => DkimCause::Syntax,
            Self::NoTxtRecord | Self::NoSuchName => DkimCause::KeyGone,
            Self::NoAnswer { .. } => DkimCause::Dns,
            Self::NotRecorded => DkimCause::NotRecorded,
            Self::Key(fault) => fault.cause(),
            Self::BodyChanged | Self::BodyCutOff { .. } => DkimCause::BodyChanged,
            Self::HeaderChanged { .. } => DkimCause::HeaderChanged,
            Self::BodyAndHeaderChanged { .. } => DkimCause::BodyAndHeaderChanged,
            Self::KeyDoesNotFit => DkimCause::KeyDoesNotFit,
            Self::HeadersOnly => DkimCause::HeadersOnly,
        }
    }
}

impl SignatureFault {
    /// The machine-readable cause.
    pub fn cause(&self) -> DkimCause {
        match self {
            Self::MissingTag { .. } => DkimCause::MissingTag,
            Self::Version { .. } => DkimCause::Version,
            Self::UnknownAlgorithm { .. } => DkimCause::UnknownAlgorithm,
            Self::UnknownCanonicalization { .. } => DkimCause::UnknownCanonicalization,
            Self::FromNotSigned => DkimCause::FromNotSigned,
            Self::IdentityOutsideDomain { .. } => DkimCause::IdentityOutsideDomain,
            Self::TagList(_)
            | Self::Empty { .. }
            | Self::NotBase64 { .. }
            | Self::NotADomain { .. }
            | Self::NotANumber { .. }
            | Self::QueryMethod { .. }
            | Self::EmptyFieldName
            | Self::SealSigned
            | Self::SealNamesFields
            | Self::NoAtSign { .. }
            | Self::EndsBeforeStart => DkimCause::Syntax,
        }
    }
}

impl KeyRecordFault {
    /// The machine-readable cause.
    pub fn cause(&self) -> DkimCause {
        match self {
            Self::Empty => DkimCause::KeyEmpty,
            Self::NotAKey { .. } => DkimCause::KeyNotAKey,
            Self::Revoked => DkimCause::KeyRevoked,
            Self::UnknownType { .. } | Self::OtherType { .. } => DkimCause::KeyType,
            Self::HashNotAllowed { .. } => DkimCause::KeyHashNotAllowed,
            Self::Service { .. } => DkimCause::KeyService,
            Self::StrictIdentity => DkimCause::KeyStrictIdentity,
            Self::TooShort { .. } => DkimCause::KeyTooShort,
            Self::TagList(_)
            | Self::Version { .. }
            | Self::VersionNotFirst
            | Self::NoKey
            | Self::NotBase64
            | Self::PemLines
            | Self::NotRsa
            | Self::RsaTooLong { .. }
            | Self::RsaEvenModulus
            | Self::RsaExponent
            | Self::Ed25519Length { .. } => DkimCause::KeySyntax,
        }
    }

    /// Whether the text was not meant as a key record at all.
    pub(super) fn is_other_text(&self) -> bool {
        matches!(self, Self::NotAKey { .. } | Self::Empty)
    }
}

fn as_text<S: Serializer>(value: &impl fmt::Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_cut_between_characters() {
        let of = |text: &[u8]| {
            let excerpt = Excerpt::of(text, 3);
            (excerpt.start, excerpt.is_whole)
        };
        assert_eq!(of(b""), (String::new(), true));
        assert_eq!(of("äöü".as_bytes()), ("äöü".into(), true));
        assert_eq!(of("äöüa".as_bytes()), ("äöü".into(), false));
        assert_eq!(of("🦀".repeat(9).as_bytes()), ("🦀🦀🦀".into(), false));
        assert_eq!(of(&[0xff; 3]), ("\u{fffd}".repeat(3), true));
        assert_eq!(of(&[0xff; 99]), ("\u{fffd}".repeat(3), false));
    }
}
