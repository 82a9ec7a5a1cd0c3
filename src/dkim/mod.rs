//! DKIM: every signature of a message is judged on its own (RFC 6376, 8301, 8463).
//!
//! The body hash and the header signature are checked separately, and the key is always fetched, so
//! a verdict can say which of them is at fault.

mod autopsy;
mod bodies;
pub(crate) mod canonical;
mod cause;
mod examine;
mod fault;
mod judge;
mod key;
mod octets;
pub(crate) mod select;
mod signature;
mod signed_header;
pub(crate) mod tags;
mod verdict;
mod verify;

use std::fmt;

use aws_lc_rs::digest;

pub use autopsy::{
    Autopsy, Changer, Clue, Effort, Examined, Kind, Likely, LikelyChange, Modification,
};
pub use canonical::Canonicalization;
pub use cause::{DkimCause, DkimResult};
pub(crate) use examine::{AsSigned, Covered};
pub use fault::{DkimFault, DomainProblem, Excerpt, KeyRecordFault, SignatureFault};
pub use judge::Judge;
pub(crate) use judge::is_timely;
pub(crate) use key::{KeyRecord, SHORTEST_RSA, host_name};
pub use octets::{NoOctets, SignedOctets, SignedPart};
pub use signature::DkimSignature;
pub(crate) use signature::Form;
pub use tags::{TagListFault, TagProblem};
pub use verdict::{
    BodyHash, BodyResult, BodyVerdict, DkimVerdict, HeaderResult, HeaderVerdict, KeyNote,
    KeyVerdict,
};
pub(crate) use verify::PublicKey;

use crate::Limits;
use crate::message::Message;

/// How a signature is made (RFC 6376 §3.3, RFC 8463 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Algorithm {
    /// No longer acceptable (RFC 8301 §3.1).
    RsaSha1,
    /// The algorithm of nearly all mail.
    RsaSha256,
    /// RFC 8463.
    Ed25519Sha256,
}

impl Algorithm {
    /// Reads the value of `a=`; `None` if it is unknown.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::RsaSha1, Self::RsaSha256, Self::Ed25519Sha256]
            .into_iter()
            .find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(text))
    }

    /// The value of `a=`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RsaSha1 => "rsa-sha1",
            Self::RsaSha256 => "rsa-sha256",
            Self::Ed25519Sha256 => "ed25519-sha256",
        }
    }

    fn key_type(self) -> &'static str {
        match self {
            Self::RsaSha1 | Self::RsaSha256 => "rsa",
            Self::Ed25519Sha256 => "ed25519",
        }
    }

    fn hash_name(self) -> &'static str {
        match self {
            Self::RsaSha1 => "sha1",
            Self::RsaSha256 | Self::Ed25519Sha256 => "sha256",
        }
    }

    pub(crate) fn hash(self) -> &'static digest::Algorithm {
        match self {
            Self::RsaSha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::RsaSha256 | Self::Ed25519Sha256 => &digest::SHA256,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The signatures of a message, topmost first, up to the limit in `limits`.
pub fn signatures(message: &Message<'_>, limits: &Limits) -> Vec<DkimSignature> {
    let fields = message.header.fields.iter().enumerate();
    fields
        .filter(|(_, field)| field.is("DKIM-Signature"))
        .take(limits.signatures)
        .map(|(index, field)| DkimSignature::parse(field, index, limits))
        .collect()
}
