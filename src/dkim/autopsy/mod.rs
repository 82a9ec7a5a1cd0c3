//! What was changed in a message whose signature is broken, where it can be proved: with the change
//! undone, the signature verifies over the header, or the hash of the body is the signed one.
//!
//! Only changes that can be undone exactly are tried, and only for signatures that are broken. A
//! proof never changes the verdict.

mod body;
mod fold;
mod forms;
mod header;
mod long_line;

use aws_lc_rs::digest::Digest;
use schemars::JsonSchema;
use serde::Serialize;

use super::verify::{Check, PublicKey};
use super::{Algorithm, DkimSignature};
use crate::Limits;
use crate::message::Message;

/// The changes that were proved; header and body are proved each on its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Autopsy {
    /// What was changed in signed header fields: without it, the signature verifies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<HeaderDamage>,
    /// What was changed in the body: without it, its hash is the signed one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<BodyDamage>,
}

/// A change of signed header fields, and the fields that it was found in.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct HeaderDamage {
    /// The change.
    pub change: HeaderChange,
    /// The fields, in the order of the file.
    pub fields: Vec<DamagedField>,
}

/// Where a field is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct DamagedField {
    /// The number of its first line in the file, from 1.
    pub line: usize,
    /// Its name.
    pub name: String,
}

/// What was done to header fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum HeaderChange {
    /// A line was broken after this many octets (RFC 5322 §2.1.1).
    LineBroken {
        /// The length of the line up to there.
        octets: usize,
    },
    /// The field was folded, unfolded, or folded at other places.
    Refolded,
    /// White space was changed, other than at line ends.
    WhiteSpace,
    /// Carriage returns without a line feed were added.
    BareCrAdded,
}

/// A change of the body, and where it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct BodyDamage {
    /// The change.
    pub change: BodyChange,
    /// The number of the first line in the file that it was found in, from 1.
    pub line: usize,
    /// At how many places it was found.
    pub places: usize,
}

/// What was done to a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum BodyChange {
    /// Carriage returns without a line feed were signed as line ends.
    BareCrSignedAsLineEnd,
    /// A second carriage return was added to line ends.
    CrDoubled,
    /// Carriage returns without a line feed were added.
    BareCrAdded,
    /// Lines were broken after this many octets (RFC 5322 §2.1.1).
    LineBroken {
        /// The length of the first such line up to there.
        octets: usize,
    },
    /// `>` was put before lines that begin with `From `.
    FromQuoted,
    /// `>` was taken from lines that began with `>From `.
    FromUnquoted,
    /// A dot was added to lines that begin with one (RFC 5321 §4.5.2).
    DotAdded,
    /// One dot was taken from lines that began with two (RFC 5321 §4.5.2).
    DotLost,
    /// White space was added, within lines or at their ends.
    WhiteSpaceAdded,
    /// The space after the `--` above a sender's signature was lost (RFC 3676 §4.3).
    SeparatorSpaceLost,
    /// Empty lines were added at the start.
    EmptyLinesAdded,
    /// An empty line was lost at the start.
    EmptyLineLost,
    /// A line end was added after the last line.
    LineEndAdded,
}

/// How much may still be tried for one message.
#[derive(Debug)]
pub(super) struct Budget {
    tries: usize,
    octets: usize,
}

impl Budget {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            tries: limits.autopsy_tries,
            octets: limits.autopsy_octets,
        }
    }

    /// Whether nothing more may be tried.
    fn is_spent(&self) -> bool {
        self.tries == 0 || self.octets == 0
    }

    /// Takes so many tries and octets; `false` if too little is left.
    fn take(&mut self, tries: usize, octets: usize) -> bool {
        let left = self.tries.checked_sub(tries);
        let left = left.zip(self.octets.checked_sub(octets));
        // What does not fit any more ends all: the rest of a message costs nothing.
        (self.tries, self.octets) = left.unwrap_or_default();
        left.is_some()
    }
}

/// What a reconstructed header has to hash to.
enum Proof<'k> {
    /// This hash: an RSA signature contains it.
    Hash(Vec<u8>),
    /// Whatever this key verifies.
    Key(&'k PublicKey),
}

/// How many tries of a hash an Ed25519 verification takes.
const ED25519: usize = 8;

impl<'k> Proof<'k> {
    /// The proof for a signature by `key`; `None` if another key made it.
    fn of(key: &'k PublicKey, algorithm: Algorithm, signature: &[u8]) -> Option<Self> {
        match algorithm {
            Algorithm::Ed25519Sha256 => Some(Self::Key(key)),
            _ => key.signed_hash(signature).map(Self::Hash),
        }
    }

    fn tries(&self) -> usize {
        match self {
            Self::Hash(_) => 1,
            Self::Key(_) => ED25519,
        }
    }

    fn fits(&self, digest: &Digest, algorithm: Algorithm, signature: &[u8]) -> bool {
        match self {
            Self::Hash(hash) => hash.ends_with(digest.as_ref()),
            Self::Key(key) => key.check(algorithm, digest, signature) == Check::Verified,
        }
    }
}

/// Looks for what broke the header of `signature`, which one of `keys` is thought to have made.
pub(super) fn of_header<'k>(
    message: &Message<'_>,
    selected: &[usize],
    signature: &DkimSignature,
    keys: impl Iterator<Item = &'k PublicKey>,
    budget: &mut Budget,
) -> Option<HeaderDamage> {
    let algorithm = signature.algorithm?;
    let (by, _) = signature.canonicalization?;
    for key in keys {
        let Some(proof) = Proof::of(key, algorithm, &signature.signature) else {
            continue;
        };
        let mut trial = header::Trial::new(message, selected, signature, by, budget);
        let octets = &signature.signature;
        let tries = proof.tries();
        let found = trial.search(algorithm, tries, |digest| {
            proof.fits(digest, algorithm, octets)
                && key.check(algorithm, digest, octets) == Check::Verified
        });
        if found.is_some() {
            return found;
        }
    }
    None
}

pub(super) use body::search as of_body;

/// The number of the line at `start` in `bytes`, from 1.
fn line_at(bytes: &[u8], start: usize) -> usize {
    memchr::memchr_iter(b'\n', &bytes[..start.min(bytes.len())]).count() + 1
}
