//! The hashes of a body, computed once for each combination that signatures use.

use super::canonical::{self, BodyHashes, Canonicalization};
use super::{Algorithm, BodyResult, DkimSignature, DkimVerdict};

/// The body hashes that are known so far.
pub(super) struct Bodies {
    /// The values of all `l=` tags.
    lengths: Vec<u64>,
    known: Vec<(Canonicalization, &'static str, BodyHashes)>,
}

impl Bodies {
    pub(super) fn new(lengths: Vec<u64>) -> Self {
        Self {
            lengths,
            known: Vec::new(),
        }
    }

    /// Records in `verdict` whether `body` is the one that `signature` covers.
    pub(super) fn judge(
        &mut self,
        body: Option<&[u8]>,
        signature: &DkimSignature,
        verdict: &mut DkimVerdict,
    ) {
        let (Some(body), Some(algorithm), Some((_, by))) =
            (body, signature.algorithm, signature.canonicalization)
        else {
            return;
        };
        if signature.body_hash.is_empty() {
            return;
        }
        let hashes = self.hashes(body, by, algorithm);
        let computed = hashes.digest(signature.length);
        // §3.5: l= must not exceed the body. Some signers count it before canonicalization. If the
        // hash matches all the same, the body passes, as with most verifiers.
        let result = if computed == signature.body_hash {
            BodyResult::Match
        } else {
            BodyResult::Differ
        };
        verdict.set_body(result, computed, hashes.length, signature);
    }

    pub(super) fn hashes(
        &mut self,
        body: &[u8],
        by: Canonicalization,
        algorithm: Algorithm,
    ) -> &BodyHashes {
        let way = |(known_by, hash, _): &(Canonicalization, &str, BodyHashes)| {
            (*known_by, *hash) == (by, algorithm.hash_name())
        };
        let at = self.known.iter().position(way).unwrap_or_else(|| {
            let lengths = self.lengths.iter().copied();
            let hashes = canonical::body_hashes(body, by, algorithm.hash(), lengths);
            self.known.push((by, algorithm.hash_name(), hashes));
            self.known.len() - 1
        });
        &self.known[at].2
    }
}
