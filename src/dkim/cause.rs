//! The words for the result of a signature and its cause.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The result words of RFC 8601 §2.7.1, and our own `not-evaluated`.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DkimResult {
    /// The signature verifies.
    Pass,
    /// It is well-formed and the key was found, but it does not verify.
    Fail,
    /// It is not acceptable, whether it verifies or not.
    Policy,
    /// It cannot be processed.
    Neutral,
    /// DNS did not answer; a later try may succeed.
    Temperror,
    /// It can never verify.
    Permerror,
    /// The available data do not allow a result.
    NotEvaluated,
}

impl DkimResult {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Policy => "policy",
            Self::Neutral => "neutral",
            Self::Temperror => "temperror",
            Self::Permerror => "permerror",
            Self::NotEvaluated => "not-evaluated",
        }
    }
}

impl fmt::Display for DkimResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The cause of a signature's result.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DkimCause {
    /// It verifies.
    Verified,
    /// The body hash does not match; the header is intact.
    BodyChanged,
    /// The header signature fails; the body is intact.
    HeaderChanged,
    /// Neither the body nor the header matches.
    BodyAndHeaderChanged,
    /// The key is not the one that made the signature.
    KeyDoesNotFit,
    /// `x=` has passed.
    Expired,
    /// A required tag is missing.
    MissingTag,
    /// `v=` is not 1.
    Version,
    /// The domain of `i=` is not `d=` or a subdomain.
    IdentityOutsideDomain,
    /// `h=` does not include From.
    FromNotSigned,
    /// There is no TXT record at the selector.
    KeyGone,
    /// The TXT record is empty.
    KeyEmpty,
    /// The key record has an empty `p=`.
    KeyRevoked,
    /// The TXT record is not a key record.
    KeyNotAKey,
    /// The key record cannot be read.
    KeySyntax,
    /// The type of the key is not that of the signature.
    KeyType,
    /// The key's `h=` does not allow the hash.
    KeyHashNotAllowed,
    /// The key's `s=` does not allow email.
    KeyService,
    /// The key's `t=s` does not allow the identity.
    KeyStrictIdentity,
    /// An RSA key under 1024 bits.
    KeyTooShort,
    /// rsa-sha1.
    Sha1,
    /// The field is not a valid signature.
    Syntax,
    /// `a=` is unknown.
    UnknownAlgorithm,
    /// `c=` is unknown.
    UnknownCanonicalization,
    /// `t=` is in the future.
    Future,
    /// DNS did not answer.
    Dns,
    /// The recorded DNS does not contain the key.
    NotRecorded,
    /// The file has no body.
    HeadersOnly,
}

impl DkimCause {
    /// All causes.
    pub const ALL: [Self; 28] = [
        Self::Verified,
        Self::BodyChanged,
        Self::HeaderChanged,
        Self::BodyAndHeaderChanged,
        Self::KeyDoesNotFit,
        Self::Expired,
        Self::MissingTag,
        Self::Version,
        Self::IdentityOutsideDomain,
        Self::FromNotSigned,
        Self::KeyGone,
        Self::KeyEmpty,
        Self::KeyRevoked,
        Self::KeyNotAKey,
        Self::KeySyntax,
        Self::KeyType,
        Self::KeyHashNotAllowed,
        Self::KeyService,
        Self::KeyStrictIdentity,
        Self::KeyTooShort,
        Self::Sha1,
        Self::Syntax,
        Self::UnknownAlgorithm,
        Self::UnknownCanonicalization,
        Self::Future,
        Self::Dns,
        Self::NotRecorded,
        Self::HeadersOnly,
    ];

    /// The result that this cause leads to.
    pub fn result(self) -> DkimResult {
        match self {
            Self::Verified => DkimResult::Pass,
            Self::BodyChanged
            | Self::HeaderChanged
            | Self::BodyAndHeaderChanged
            | Self::KeyDoesNotFit => DkimResult::Fail,
            Self::Expired
            | Self::MissingTag
            | Self::Version
            | Self::IdentityOutsideDomain
            | Self::FromNotSigned
            | Self::KeyGone
            | Self::KeyEmpty
            | Self::KeyRevoked
            | Self::KeyNotAKey
            | Self::KeySyntax
            | Self::KeyType
            | Self::KeyHashNotAllowed
            | Self::KeyService
            | Self::KeyStrictIdentity => DkimResult::Permerror,
            Self::KeyTooShort | Self::Sha1 => DkimResult::Policy,
            Self::Syntax
            | Self::UnknownAlgorithm
            | Self::UnknownCanonicalization
            | Self::Future => DkimResult::Neutral,
            Self::Dns => DkimResult::Temperror,
            Self::NotRecorded | Self::HeadersOnly => DkimResult::NotEvaluated,
        }
    }
}
