//! What proves a reconstructed header.

use aws_lc_rs::digest::Digest;

use super::super::Algorithm;
use super::super::verify::{Check, PublicKey};

/// What a reconstructed header has to hash to.
pub(super) enum Proof<'k> {
    /// This hash. An RSA signature contains it, and the key then verifies the signature as well; or
    /// it is that of another copy of the message.
    Hash {
        hash: Vec<u8>,
        by: Option<Signed<'k>>,
    },
    /// Whatever this key verifies: an Ed25519 signature does not show what it was made over.
    Key(Signed<'k>),
}

/// A signature and the key that is thought to have made it.
#[derive(Clone, Copy)]
pub(super) struct Signed<'k> {
    pub key: &'k PublicKey,
    pub algorithm: Algorithm,
    pub signature: &'k [u8],
}

impl Signed<'_> {
    fn verifies(&self, digest: &Digest) -> bool {
        self.key.check(self.algorithm, digest, self.signature) == Check::Verified
    }
}

impl<'k> Proof<'k> {
    /// The proof for a signature; `None` if another key made it.
    pub(super) fn of(signed: Signed<'k>) -> Option<Self> {
        match signed.algorithm {
            Algorithm::Ed25519Sha256 => Some(Self::Key(signed)),
            _ => {
                let hash = signed.key.signed_hash(signed.signature)?;
                let by = Some(signed);
                Some(Self::Hash { hash, by })
            }
        }
    }

    /// Whether it is that of another copy, which says nothing of the signer.
    pub(super) fn is_of_copy(&self) -> bool {
        matches!(self, Self::Hash { by: None, .. })
    }

    /// Whether only few headers can be compared.
    pub(super) fn is_slow(&self) -> bool {
        matches!(self, Self::Key(_))
    }

    /// The work of one comparison, in steps of the budget.
    pub(super) fn work(&self) -> u64 {
        match self {
            Self::Hash { .. } => 400,
            Self::Key(_) => 45_000,
        }
    }

    pub(super) fn fits(&self, digest: &Digest) -> bool {
        match self {
            Self::Hash { hash, by } => {
                hash.ends_with(digest.as_ref()) && by.is_none_or(|signed| signed.verifies(digest))
            }
            Self::Key(signed) => signed.verifies(digest),
        }
    }
}
