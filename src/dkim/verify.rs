//! Public keys, and checking a signature over bytes. Only this file uses cryptography to check
//! signatures.

use std::sync::OnceLock;

use aws_lc_rs::digest::Digest;
use aws_lc_rs::signature::{
    ED25519, ParsedPublicKey, RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RsaPublicKeyComponents, UnparsedPublicKey,
};
use num_bigint::BigUint;

use super::{Algorithm, KeyRecordFault};

/// A public key from a key record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PublicKey {
    Rsa(Rsa),
    /// The 32 octets of RFC 8463 §4.
    Ed25519(Vec<u8>),
}

/// An RSA key.
#[derive(Clone, Debug)]
pub(crate) struct Rsa {
    /// The modulus, big-endian, without leading zeros.
    n: Vec<u8>,
    /// The public exponent, in the same form.
    e: Vec<u8>,
    /// The parsed key for SHA-256, made at the first signature; `None` if the library refuses it.
    ready: OnceLock<Option<ParsedPublicKey>>,
}

impl PartialEq for Rsa {
    fn eq(&self, other: &Self) -> bool {
        (&self.n, &self.e) == (&other.n, &other.e)
    }
}

impl Eq for Rsa {}

impl Rsa {
    fn verifies(&self, algorithm: Algorithm, digest: &Digest, signature: &[u8]) -> bool {
        let key = RsaPublicKeyComponents {
            n: &self.n,
            e: &self.e,
        };
        if algorithm == Algorithm::RsaSha1 {
            let sha1 = &RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY;
            let key = key.to_parsed_public_key(sha1);
            return key.is_ok_and(|key| key.verify_digest_sig(digest, signature).is_ok());
        }
        let sha256 = &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY;
        let ready = self
            .ready
            .get_or_init(|| key.to_parsed_public_key(sha256).ok());
        let ready = ready.as_ref();
        ready.is_some_and(|key| key.verify_digest_sig(digest, signature).is_ok())
    }
}

/// The outcome of checking a signature over bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    /// The key made this signature over these bytes.
    Verified,
    /// The key made this signature, over other bytes.
    OtherBytes,
    /// The key did not make this signature, or the signature was damaged.
    OtherKey,
    /// The signature does not verify; the reason was not examined or cannot be determined.
    Failed,
}

impl PublicKey {
    /// Reads an RSA key of at most `limit` bits: a SubjectPublicKeyInfo or a plain RSAPublicKey
    /// (RFC 6376 §3.6.1 and its erratum 3017).
    pub(crate) fn rsa(der: &[u8], limit: usize) -> Result<Self, KeyRecordFault> {
        let (n, e) = rsa_parts(der).ok_or(KeyRecordFault::NotRsa)?;
        let key = Self::Rsa(Rsa {
            n: n.to_vec(),
            e: e.to_vec(),
            ready: OnceLock::new(),
        });
        match key.bits() {
            Some(bits) if bits > limit => Err(KeyRecordFault::RsaTooLong { bits, limit }),
            _ if is_even(n) => Err(KeyRecordFault::RsaEvenModulus),
            _ if e.len() > 4 || is_even(e) || e == [1] => Err(KeyRecordFault::RsaExponent),
            _ => Ok(key),
        }
    }

    /// Reads an Ed25519 key.
    pub(crate) fn ed25519(bytes: &[u8]) -> Result<Self, KeyRecordFault> {
        match bytes.len() {
            32 => Ok(Self::Ed25519(bytes.to_vec())),
            octets => Err(KeyRecordFault::Ed25519Length { octets }),
        }
    }

    /// The value of `k=` for this type of key.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "rsa",
            Self::Ed25519(_) => "ed25519",
        }
    }

    /// Length of the modulus of an RSA key, in bits.
    pub(crate) fn bits(&self) -> Option<usize> {
        match self {
            Self::Rsa(Rsa { n, .. }) => {
                let leading = n.first().map_or(0, |byte| byte.leading_zeros() as usize);
                Some(n.len() * 8 - leading)
            }
            Self::Ed25519(_) => None,
        }
    }

    /// Modulus and public exponent of an RSA key, big-endian.
    pub(crate) fn rsa_numbers(&self) -> Option<(&[u8], &[u8])> {
        match self {
            Self::Rsa(rsa) => Some((&rsa.n, &rsa.e)),
            Self::Ed25519(_) => None,
        }
    }

    /// Checks `signature` over bytes with this hash. Returns [`Check::Verified`] or
    /// [`Check::Failed`].
    pub(crate) fn check(&self, algorithm: Algorithm, digest: &Digest, signature: &[u8]) -> Check {
        let verified = match self {
            Self::Rsa(rsa) => rsa.verifies(algorithm, digest, signature),
            Self::Ed25519(key) => {
                // What is signed is the hash (RFC 8463 §3).
                let key = UnparsedPublicKey::new(&ED25519, key);
                key.verify(digest.as_ref(), signature).is_ok()
            }
        };
        match verified {
            true => Check::Verified,
            false => Check::Failed,
        }
    }

    /// Whether this key made `signature`, which does not verify. This is slow.
    pub(crate) fn who_made(&self, signature: &[u8]) -> Check {
        match self {
            Self::Rsa(rsa) if opened(&rsa.n, &rsa.e, signature).is_some() => Check::OtherBytes,
            Self::Rsa(_) => Check::OtherKey,
            Self::Ed25519(_) => Check::Failed,
        }
    }

    /// What an RSA signature by this key was made over: it ends in the hash. `None` if another key
    /// made it. This is slow.
    pub(super) fn signed_hash(&self, signature: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Rsa(rsa) => opened(&rsa.n, &rsa.e, signature),
            Self::Ed25519(_) => None,
        }
    }
}

/// The content of `signature`, opened with the public key, after the padding of RFC 8017 §9.2;
/// `None` if it has none. Only with the key that made it does a signature give more than noise, so
/// this tells a changed message from a wrong key.
fn opened(n: &[u8], e: &[u8], signature: &[u8]) -> Option<Vec<u8>> {
    // A signature is a number below the modulus, and of the same length (RFC 8017 §8.2.2).
    if signature.len() != n.len() || signature >= n {
        return None;
    }
    let modulus = BigUint::from_bytes_be(n);
    let opened = power(
        BigUint::from_bytes_be(signature),
        &BigUint::from_bytes_be(e),
        &modulus,
    );
    // The conversion to a number drops the leading zero octet of the padding.
    let opened = opened.to_bytes_be();
    let filled = opened
        .iter()
        .skip(1)
        .take_while(|byte| **byte == 0xff)
        .count();
    let is_padded = opened.len() + 1 == n.len()
        && opened.first() == Some(&1)
        && filled >= 8
        && opened.get(filled + 1) == Some(&0);
    is_padded.then(|| opened[filled + 2..].to_vec())
}

/// `base` to the power of `exponent`, modulo `modulus`.
fn power(base: BigUint, exponent: &BigUint, modulus: &BigUint) -> BigUint {
    // Keys have short exponents, nearly all 65537. For these, squaring bit by bit takes less than
    // the preparations of `modpow`.
    if exponent.bits() > 64 {
        return base.modpow(exponent, modulus);
    }
    let mut power = BigUint::from(1_u8);
    for bit in (0..exponent.bits()).rev() {
        power = &power * &power % modulus;
        if exponent.bit(bit) {
            power = power * &base % modulus;
        }
    }
    power
}

/// Modulus and exponent of an RSA key in DER.
fn rsa_parts(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (mut content, _) = element(der, SEQUENCE)?;
    if content.first() == Some(&SEQUENCE) {
        // SubjectPublicKeyInfo: the algorithm, then the RSAPublicKey as a bit string.
        let (algorithm, rest) = element(content, SEQUENCE)?;
        let (oid, _) = element(algorithm, OBJECT_IDENTIFIER)?;
        if oid != RSA_ENCRYPTION {
            return None;
        }
        let (bits, _) = element(rest, BIT_STRING)?;
        let (unused, key) = bits.split_first()?;
        if *unused != 0 {
            return None;
        }
        (content, _) = element(key, SEQUENCE)?;
    }
    let (n, rest) = element(content, INTEGER)?;
    let (e, _) = element(rest, INTEGER)?;
    let (n, e) = (without_zeros(n), without_zeros(e));
    (!n.is_empty() && !e.is_empty()).then_some((n, e))
}

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OBJECT_IDENTIFIER: u8 = 0x06;
/// 1.2.840.113549.1.1.1 (RFC 8017 appendix A.1).
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// The content of the DER element with this tag at the start of `der`, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = der.split_first()?;
    if *first != tag {
        return None;
    }
    let (length, rest) = rest.split_first()?;
    let (length, rest) = match *length {
        short @ 0..=0x7f => (usize::from(short), rest),
        long @ 0x81..=0x83 => {
            let (octets, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
            let length = octets
                .iter()
                .fold(0, |length, octet| length << 8 | usize::from(*octet));
            (length, rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

fn is_even(number: &[u8]) -> bool {
    number.last().is_none_or(|last| last % 2 == 0)
}

fn without_zeros(mut number: &[u8]) -> &[u8] {
    while let [0, rest @ ..] = number {
        number = rest;
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(tag: u8, content: &[u8]) -> Vec<u8> {
        [&[tag, content.len() as u8], content].concat()
    }

    fn rsa(n: &[u8], e: &[u8]) -> Result<PublicKey, KeyRecordFault> {
        let parts = [element(INTEGER, n), element(INTEGER, e)].concat();
        PublicKey::rsa(&element(SEQUENCE, &parts), 256)
    }

    #[test]
    fn numbers_that_make_no_rsa_key_are_refused() {
        assert_eq!(rsa(&[0, 0xc5, 7], &[1, 0, 1]).unwrap().bits(), Some(16));
        let too_long = KeyRecordFault::RsaTooLong {
            bits: 257,
            limit: 256,
        };
        for (n, e, fault) in [
            (&[0xc5, 7][..], &[1][..], KeyRecordFault::RsaExponent),
            (&[0xc5, 7], &[2], KeyRecordFault::RsaExponent),
            (&[0xc5, 7], &[1, 0, 0, 0, 1], KeyRecordFault::RsaExponent),
            (&[0xc5, 6], &[3], KeyRecordFault::RsaEvenModulus),
            (&[1; 33], &[3], too_long),
            (&[0], &[3], KeyRecordFault::NotRsa),
            (&[0xc5, 7], &[], KeyRecordFault::NotRsa),
        ] {
            assert_eq!(rsa(n, e), Err(fault), "{n:?} {e:?}");
        }
    }
}
