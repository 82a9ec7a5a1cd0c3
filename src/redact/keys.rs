//! Throw-away keys for new signatures. They are quick to make and protect nothing: the modulus of an
//! RSA key is a product of many small primes, which no verifier sees.

use aws_lc_rs::digest::Digest;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use num_bigint::BigUint;

use super::words::Words;
use crate::dkim::{Algorithm, PublicKey};

/// A key that signs in place of another.
pub(super) enum NewKey {
    Rsa(Rsa),
    Ed25519(Box<Ed25519KeyPair>),
}

pub(super) struct Rsa {
    n: BigUint,
    e: BigUint,
    bits: usize,
    /// Each prime, the private exponent for it, and what the result for it counts in the whole.
    parts: Vec<(BigUint, BigUint, BigUint)>,
}

/// The length of the primes.
const PRIME: usize = 128;

/// The start of what an RSA signature by SHA-1 and by SHA-256 is made over (RFC 8017 §9.2).
const SHA1: &[u8] = &[
    0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14,
];
const SHA256: &[u8] = &[
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

impl NewKey {
    /// The key in place of `old`: of the same kind, size and public exponent.
    pub(super) fn in_place_of(old: &PublicKey, words: &Words) -> Option<Self> {
        match old {
            PublicKey::Ed25519(octets) => {
                let seed = words.octets("ed25519", octets, 32);
                let pair = Ed25519KeyPair::from_seed_unchecked(&seed).ok()?;
                Some(Self::Ed25519(Box::new(pair)))
            }
            PublicKey::Rsa(_) => {
                let (n, e) = old.rsa_numbers()?;
                let rsa = Rsa::new(old.bits()?, BigUint::from_bytes_be(e), n, words)?;
                Some(Self::Rsa(rsa))
            }
        }
    }

    /// The octets of `p=`. `plain`: an RSA key without the wrapping of RFC 5280.
    pub(super) fn public(&self, plain: bool) -> Vec<u8> {
        match self {
            Self::Ed25519(pair) => pair.public_key().as_ref().to_vec(),
            Self::Rsa(rsa) => {
                let numbers = [der_number(&rsa.n), der_number(&rsa.e)].concat();
                let key = der(0x30, &numbers);
                if plain {
                    return key;
                }
                let rsa_encryption = [
                    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01,
                    0x05, 0x00,
                ];
                let bits = der(0x03, &[&[0][..], &key].concat());
                der(0x30, &[&rsa_encryption[..], &bits].concat())
            }
        }
    }

    /// A signature over what has this hash.
    pub(super) fn sign(&self, algorithm: Algorithm, digest: &Digest) -> Option<Vec<u8>> {
        match self {
            // What is signed is the hash (RFC 8463 §3).
            Self::Ed25519(pair) => Some(pair.sign(digest.as_ref()).as_ref().to_vec()),
            Self::Rsa(rsa) => {
                let start = if algorithm == Algorithm::RsaSha1 {
                    SHA1
                } else {
                    SHA256
                };
                rsa.sign(&[start, digest.as_ref()].concat())
            }
        }
    }
}

impl Rsa {
    fn new(bits: usize, e: BigUint, seed: &[u8], words: &Words) -> Option<Self> {
        let one = BigUint::from(1_u8);
        let count = bits.div_ceil(PRIME).max(2);
        let mut numbers = Numbers {
            words,
            seed,
            count: 0,
        };
        let fits = |prime: &BigUint| e.modinv(&(prime - &one)).is_some();
        let mut primes: Vec<BigUint> = Vec::new();
        let mut product = one.clone();
        while primes.len() + 1 < count {
            let low = &one << (bits / count - 1);
            let prime = numbers.prime(&low, &(&low << 1), &fits)?;
            if !primes.contains(&prime) {
                product *= &prime;
                primes.push(prime);
            }
        }
        // The last one makes the length right.
        let low = (&one << (bits - 1)) / &product + &one;
        let high = (&one << bits) / &product;
        let last = numbers.prime(&low, &high, &|prime| fits(prime) && !primes.contains(prime))?;
        product *= &last;
        primes.push(last);
        let parts = primes.into_iter().map(|prime| {
            let exponent = e.modinv(&(&prime - &one))?;
            let others = &product / &prime;
            let inverse = (&others % &prime).modinv(&prime)?;
            Some((prime, exponent, others * inverse))
        });
        Some(Self {
            parts: parts.collect::<Option<_>>()?,
            n: product,
            e,
            bits,
        })
    }

    /// RFC 8017 §8.2.1; `None` if the key is too short for the hash.
    fn sign(&self, info: &[u8]) -> Option<Vec<u8>> {
        let length = self.bits.div_ceil(8);
        let padding = length
            .checked_sub(info.len() + 3)
            .filter(|padding| *padding >= 8)?;
        let padded = [&[0, 1][..], &vec![0xff; padding], &[0], info].concat();
        let number = BigUint::from_bytes_be(&padded);
        let parts = self.parts.iter();
        let sum = parts.map(|(prime, exponent, weight)| number.modpow(exponent, prime) * weight);
        let octets = (sum.sum::<BigUint>() % &self.n).to_bytes_be();
        let mut out = vec![0; length - octets.len()];
        out.extend_from_slice(&octets);
        Some(out)
    }
}

/// Numbers that follow from a seed.
struct Numbers<'w> {
    words: &'w Words,
    seed: &'w [u8],
    count: u32,
}

impl Numbers<'_> {
    /// A prime from `low` up to below `high`.
    fn prime(
        &mut self,
        low: &BigUint,
        high: &BigUint,
        fits: &dyn Fn(&BigUint) -> bool,
    ) -> Option<BigUint> {
        let width = high.checked_sub_of(low)?;
        // One in some forty is prime; a few more are left out.
        for _ in 0..4_000 {
            self.count += 1;
            let input = [&self.count.to_be_bytes()[..], self.seed].concat();
            let octets = self
                .words
                .octets("prime", &input, width.bits().div_ceil(8) as usize + 8);
            let mut number = low + BigUint::from_bytes_be(&octets) % &width;
            number.set_bit(0, true);
            if number < *high && is_prime(&number) && fits(&number) {
                return Some(number);
            }
        }
        None
    }
}

trait CheckedSub {
    fn checked_sub_of(&self, other: &BigUint) -> Option<BigUint>;
}

impl CheckedSub for BigUint {
    fn checked_sub_of(&self, other: &BigUint) -> Option<BigUint> {
        (self > other).then(|| self - other)
    }
}

/// Whether an odd number is prime, by trial division and the test of Miller and Rabin.
fn is_prime(number: &BigUint) -> bool {
    const SMALL: [u32; 24] = [
        3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
    ];
    let zero = BigUint::from(0_u8);
    if SMALL.iter().any(|small| number % *small == zero) || number.bits() < 8 {
        return false;
    }
    let one = BigUint::from(1_u8);
    let less = number - &one;
    let twos = less.trailing_zeros().unwrap_or(0);
    let odd = &less >> twos;
    [2_u8, 3, 5, 7, 11, 13].into_iter().all(|base| {
        let mut power = BigUint::from(base).modpow(&odd, number);
        if power == one || power == less {
            return true;
        }
        (1..twos).any(|_| {
            power = &power * &power % number;
            power == less
        })
    })
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut out = vec![tag];
    match length {
        0..=127 => out.push(length as u8),
        _ => {
            let octets = length.to_be_bytes();
            let octets = &octets[length.leading_zeros() as usize / 8..];
            out.push(0x80 | octets.len() as u8);
            out.extend_from_slice(octets);
        }
    }
    out.extend_from_slice(content);
    out
}

fn der_number(number: &BigUint) -> Vec<u8> {
    let mut octets = number.to_bytes_be();
    if octets.first().is_some_and(|first| first & 0x80 != 0) {
        octets.insert(0, 0);
    }
    der(0x02, &octets)
}
