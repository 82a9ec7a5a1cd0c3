//! What keeps a chain from passing, as data, and the machine-readable cause that follows from it.

use schemars::JsonSchema;
use serde::Serialize;

use super::ArcCause;
use crate::dkim::TagListFault;
use crate::dns::Name;

/// What keeps a chain from passing.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ArcFault {
    /// There is no ARC set.
    NoSets,
    /// The instance of an ARC field is higher than the limit.
    TooManySets {
        /// The name of the field.
        field: &'static str,
        /// Its `i=`.
        instance: u32,
        /// The most sets that a chain may have.
        limit: u32,
    },
    /// An ARC field is not a tag list.
    FieldUnreadable {
        /// The name of the field.
        field: &'static str,
        /// Why not.
        fault: TagListFault,
    },
    /// An ARC field has no valid instance, so it belongs to no set.
    NoInstance {
        /// The name of the field.
        field: &'static str,
    },
    /// The newest seal says `cv=fail`.
    CvFail {
        /// Its `i=`.
        instance: u32,
        /// Its `d=`.
        domain: Option<Name>,
    },
    /// A set lacks one of its three fields.
    FieldMissing {
        /// The set.
        instance: u32,
        /// The name of the field.
        field: &'static str,
    },
    /// A set has one of its fields more than once.
    FieldRepeated {
        /// The set.
        instance: u32,
        /// The name of the field.
        field: &'static str,
        /// How often it is there.
        count: usize,
    },
    /// An instance is missing.
    InstanceMissing {
        /// The set after the gap.
        found: u32,
        /// The missing instance.
        missing: u32,
    },
    /// The `cv=` of a seal is not the one required for its instance.
    ChainValidation {
        /// The set.
        instance: u32,
        /// Its `cv=`.
        written: Option<String>,
        /// The required value.
        wanted: &'static str,
    },
    /// A signature does not verify.
    NotVerified {
        /// Which signature of the set.
        part: ArcPart,
        /// The set.
        instance: u32,
    },
    /// DNS gave no answer about the key of a signature.
    NoAnswer {
        /// Which signature of the set.
        part: ArcPart,
        /// The set.
        instance: u32,
    },
    /// The recorded DNS does not contain the key of a signature.
    NotRecorded {
        /// Which signature of the set.
        part: ArcPart,
        /// The set.
        instance: u32,
    },
    /// The file has no body, so a signature cannot be checked.
    HeadersOnly {
        /// Which signature of the set.
        part: ArcPart,
        /// The set.
        instance: u32,
    },
}

/// A signature of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ArcPart {
    /// The ARC-Message-Signature.
    MessageSignature,
    /// The ARC-Seal.
    Seal,
}

impl ArcFault {
    /// The machine-readable cause.
    pub fn cause(&self) -> ArcCause {
        match self {
            Self::NoSets => ArcCause::NoSets,
            Self::TooManySets { .. } => ArcCause::TooManySets,
            Self::FieldUnreadable { .. } | Self::NoInstance { .. } => ArcCause::FieldUnreadable,
            Self::CvFail { .. } => ArcCause::CvFail,
            Self::FieldMissing { .. } => ArcCause::FieldMissing,
            Self::FieldRepeated { .. } => ArcCause::FieldRepeated,
            Self::InstanceMissing { .. } => ArcCause::InstanceMissing,
            Self::ChainValidation { .. } => ArcCause::ChainValidation,
            Self::NotVerified { part, .. } => match part {
                ArcPart::MessageSignature => ArcCause::MessageSignature,
                ArcPart::Seal => ArcCause::Seal,
            },
            Self::NoAnswer { .. } => ArcCause::Dns,
            Self::NotRecorded { .. } => ArcCause::NotRecorded,
            Self::HeadersOnly { .. } => ArcCause::HeadersOnly,
        }
    }
}
