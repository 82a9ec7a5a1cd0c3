//! The test keys, and signing with them: RSASSA-PKCS1-v1_5 (RFC 8017 §8.2) and Ed25519.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use num_bigint::BigUint;

use super::der;

/// The keys of testdata/keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyId {
    Customer,
    CustomerNext,
    Customer1024,
    Amazon,
    Rotated,
    Short768,
    Short512,
    Ed25519,
}

/// The hash of a signature algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    Sha1,
    Sha256,
}

/// One key pair.
pub struct Key {
    secret: Secret,
    public: Vec<u8>,
    /// The length of the modulus, or of the curve's field.
    pub bits: u64,
}

enum Secret {
    Large(RsaKeyPair),
    Small(Box<SmallRsa>),
    Ed25519(Ed25519KeyPair),
}

/// An RSA key that the cryptographic library considers too short to sign with.
struct SmallRsa {
    p: BigUint,
    q: BigUint,
    dp: BigUint,
    dq: BigUint,
    q_inverse: BigUint,
    size: usize,
}

static KEYS: LazyLock<[Key; 8]> = LazyLock::new(|| {
    [
        Key::rsa(include_str!("../../testdata/keys/customer-2048.pem")),
        Key::rsa(include_str!("../../testdata/keys/customer-next-2048.pem")),
        Key::rsa(include_str!("../../testdata/keys/customer-1024.pem")),
        Key::rsa(include_str!("../../testdata/keys/amazonses-1024.pem")),
        Key::rsa(include_str!("../../testdata/keys/rotated-1024.pem")),
        Key::rsa(include_str!("../../testdata/keys/short-768.pem")),
        Key::rsa(include_str!("../../testdata/keys/short-512.pem")),
        Key::ed25519(include_str!("../../testdata/keys/ed25519.pem")),
    ]
});

impl KeyId {
    /// The key itself.
    pub fn key(self) -> &'static Key {
        &KEYS[self as usize]
    }

    /// The public key as in `p=`.
    pub fn public(self) -> String {
        BASE64.encode(&self.key().public)
    }
}

impl Key {
    fn rsa(pem: &str) -> Self {
        let pkcs8 = der::from_pem(pem);
        let numbers = der::rsa_private_key(&pkcs8);
        let [_, n, e, _, p, q, dp, dq, q_inverse] = &numbers[..] else {
            panic!("an RSA key of two primes has nine integers");
        };
        let small = || SmallRsa {
            p: p.clone(),
            q: q.clone(),
            dp: dp.clone(),
            dq: dq.clone(),
            q_inverse: q_inverse.clone(),
            size: n.bits().div_ceil(8) as usize,
        };
        Self {
            secret: match RsaKeyPair::from_pkcs8(&pkcs8) {
                Ok(pair) => Secret::Large(pair),
                Err(_) => Secret::Small(Box::new(small())),
            },
            public: der::rsa_public_key(n, e),
            bits: n.bits(),
        }
    }

    fn ed25519(pem: &str) -> Self {
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der::from_pem(pem))
            .expect("an Ed25519 key");
        Self {
            public: pair.public_key().as_ref().to_vec(),
            secret: Secret::Ed25519(pair),
            bits: 256,
        }
    }

    /// Signs `data`. Ed25519 signs its hash (RFC 8463 §3).
    pub fn sign(&self, hash: Hash, data: &[u8]) -> Vec<u8> {
        match &self.secret {
            Secret::Large(pair) if hash == Hash::Sha256 => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(
                    &RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    data,
                    &mut signature,
                )
                .expect("an RSA key signs");
                signature
            }
            Secret::Large(_) => panic!("rsa-sha1 is signed with the keys of 1024 bits"),
            Secret::Small(rsa) => rsa.sign(hash, data),
            Secret::Ed25519(pair) => pair.sign(&hash.digest(data)).as_ref().to_vec(),
        }
    }
}

impl SmallRsa {
    fn sign(&self, hash: Hash, data: &[u8]) -> Vec<u8> {
        let info = [hash.digest_info_prefix(), &hash.digest(data)].concat();
        let mut block = vec![0xff; self.size - info.len()];
        block[..2].copy_from_slice(&[0, 1]);
        *block.last_mut().expect("a block longer than its hash") = 0;
        block.extend(info);
        let message = BigUint::from_bytes_be(&block);
        let of_p = message.modpow(&self.dp, &self.p);
        let of_q = message.modpow(&self.dq, &self.q);
        let difference = (&of_p + &self.p - &of_q % &self.p) % &self.p;
        let signature = &of_q + &self.q * (difference * &self.q_inverse % &self.p);
        let bytes = signature.to_bytes_be();
        let mut out = vec![0; self.size - bytes.len()];
        out.extend(bytes);
        out
    }
}

impl Hash {
    /// The hash of `data`.
    pub fn digest(self, data: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Self::Sha1 => &SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &SHA256,
        };
        digest(algorithm, data).as_ref().to_vec()
    }

    /// The prefix of the hash in a DigestInfo (RFC 8017 §9.2, note 1).
    fn digest_info_prefix(self) -> &'static [u8] {
        match self {
            Self::Sha1 => &[
                0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04,
                0x14,
            ],
            Self::Sha256 => &[
                0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
                0x01, 0x05, 0x00, 0x04, 0x20,
            ],
        }
    }
}
