//! What keeps a signature from verifying, as it was found; its machine word follows from it.

use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::tags::TagListFault;
use super::{Algorithm, DkimCause};
use crate::dns::{Failure, Name, NameError};

/// What keeps a signature from verifying.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DkimFault {
    /// The field itself.
    Signature(SignatureFault),
    /// `x=` has passed.
    Expired {
        /// Its value.
        at: Timestamp,
    },
    /// `t=` lies in the future.
    Future {
        /// Its value.
        at: Timestamp,
    },
    /// It is made with rsa-sha1.
    Sha1,
    /// `d=` and `s=` do not say where the key is.
    NoKeyName,
    /// DNS has the name of the key, but no TXT record there.
    NoTxtRecord,
    /// DNS does not have the name of the key.
    NoSuchName,
    /// DNS gave no answer about the key.
    NoAnswer {
        /// Why not.
        #[serde(serialize_with = "as_text")]
        #[schemars(with = "String")]
        failure: Failure,
    },
    /// The recorded DNS does not hold the key.
    NotRecorded,
    /// The key record.
    Key(KeyRecordFault),
    /// The body is not the one that was signed.
    BodyChanged,
    /// The body is shorter than `l=` says that it was.
    BodyCutOff {
        /// `l=`.
        signed: u64,
        /// Length of the canonical body in octets.
        length: u64,
    },
    /// The header is not the one that was signed.
    HeaderChanged {
        /// Whether the signature shows that this key made it. An Ed25519 signature shows nothing.
        made_by_key: bool,
    },
    /// Neither the body nor the header is the one that was signed.
    BodyAndHeaderChanged {
        /// Whether the signature shows that this key made it.
        made_by_key: bool,
    },
    /// Another key made the signature, or `b=` was damaged.
    KeyDoesNotFit,
    /// The header is as it was signed; the file holds no body.
    HeadersOnly,
    /// There is no signature, or no key to check it with.
    NothingToVerify,
}

/// What is wrong with the field of a signature.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SignatureFault {
    /// It is no tag list.
    TagList(TagListFault),
    /// A required tag is not there.
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
    /// The value of a tag is no domain.
    NotADomain {
        /// Its name.
        tag: &'static str,
        /// Its value.
        written: String,
        /// Why not.
        problem: DomainProblem,
    },
    /// The value of a tag is no number.
    NotANumber {
        /// Its name.
        tag: &'static str,
        /// Its value.
        written: String,
        /// How many digits it may have.
        digits: usize,
    },
    /// `q=` does not name `dns/txt`.
    QueryMethod {
        /// Its value.
        written: String,
    },
    /// `h=` holds an empty name.
    EmptyFieldName,
    /// `h=` does not name From.
    FromNotSigned,
    /// `h=` of an ARC-Message-Signature names ARC-Seal.
    SealSigned,
    /// An ARC-Seal has `h=`.
    SealNamesFields,
    /// `i=` has no `@`.
    NoAtSign {
        /// Its value.
        written: String,
    },
    /// `i=` is not within `d=`.
    IdentityOutsideDomain {
        /// The domain of `i=`.
        identity: Name,
        /// `d=`.
        domain: Name,
    },
    /// `x=` is not later than `t=`.
    EndsBeforeStart,
}

/// Why a text is not the domain of a signer.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DomainProblem {
    /// It holds a character that no host name has.
    NotAHost,
    /// It is a single label.
    SingleLabel,
    /// It is no domain name at all.
    NotAName(
        #[serde(serialize_with = "as_text")]
        #[schemars(with = "String")]
        NameError,
    ),
}

/// What keeps a text at a selector from being used as a key.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum KeyRecordFault {
    /// There is nothing in it.
    Empty,
    /// It is something else.
    NotAKey {
        /// How it begins.
        text: Excerpt,
    },
    /// It is no tag list.
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
    /// `p=` is not an RSA public key.
    NotRsa,
    /// `p=` is a longer RSA key than is looked at.
    RsaTooLong {
        /// Length of its modulus in bits.
        bits: usize,
        /// The limit.
        limit: usize,
    },
    /// `p=` is an RSA key with an even modulus.
    RsaEvenModulus,
    /// `p=` is an RSA key with a public exponent that is not odd, is 1, or has more than four octets.
    RsaExponent,
    /// `p=` does not have the length of an Ed25519 key.
    Ed25519Length {
        /// How many octets it holds.
        octets: usize,
    },
    /// `k=` is unknown.
    UnknownType {
        /// Its value, in lower case.
        written: String,
    },
    /// `h=` excludes the hash.
    HashNotAllowed {
        /// What it allows.
        allowed: Vec<String>,
        /// The hash of the signature.
        used: &'static str,
    },
    /// The key is of another type than the signature.
    OtherType {
        /// The type of the key.
        key: &'static str,
        /// The algorithm of the signature.
        #[serde(serialize_with = "as_text")]
        #[schemars(with = "String")]
        algorithm: Algorithm,
    },
    /// `s=` excludes email.
    Service {
        /// What it is for.
        services: Vec<String>,
    },
    /// `t=s` excludes the identity.
    StrictIdentity,
    /// An RSA key under 1024 bits.
    TooShort {
        /// Length of its modulus.
        bits: usize,
    },
}

/// The beginning of a text.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Excerpt {
    /// Its first characters.
    pub start: String,
    /// Whether that is all of it.
    pub is_whole: bool,
}

impl Excerpt {
    /// At most `chars` characters of `text`.
    pub(super) fn of(text: &[u8], chars: usize) -> Self {
        // A character takes four octets at most, so that this is enough of them.
        let enough = text.get(..4 * chars + 4).unwrap_or(text);
        let read = String::from_utf8_lossy(enough);
        let start: String = read.chars().take(chars).collect();
        let is_whole = enough.len() == text.len() && start.len() == read.len();
        Self { start, is_whole }
    }
}

impl DkimFault {
    /// The machine word.
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
    /// The machine word.
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
    /// The machine word.
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
            | Self::NotRsa
            | Self::RsaTooLong { .. }
            | Self::RsaEvenModulus
            | Self::RsaExponent
            | Self::Ed25519Length { .. } => DkimCause::KeySyntax,
        }
    }

    /// Whether the text was not meant as a key at all.
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
