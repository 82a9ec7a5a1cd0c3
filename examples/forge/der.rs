//! The part of DER that RSA keys in PKCS#8 need (RFC 5208, RFC 8017 appendix A.1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use num_bigint::BigUint;

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const SEQUENCE: u8 = 0x30;
/// AlgorithmIdentifier of rsaEncryption, with its NULL.
const RSA_ENCRYPTION: [u8; 15] = [
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];

/// The bytes inside a PEM block.
pub fn from_pem(pem: &str) -> Vec<u8> {
    let lines = pem.lines().filter(|line| !line.starts_with("-----"));
    BASE64
        .decode(lines.collect::<String>())
        .expect("a key file holds base64")
}

/// The integers of an RSAPrivateKey in PKCS#8: version, n, e, d, p, q, dP, dQ, qInv.
pub fn rsa_private_key(pkcs8: &[u8]) -> Vec<BigUint> {
    let (mut outer, _) = element(pkcs8, SEQUENCE);
    for tag in [INTEGER, SEQUENCE] {
        (_, outer) = element(outer, tag);
    }
    let (octets, _) = element(outer, OCTET_STRING);
    let (mut inner, _) = element(octets, SEQUENCE);
    let mut integers = Vec::new();
    while !inner.is_empty() {
        let (integer, rest) = element(inner, INTEGER);
        integers.push(BigUint::from_bytes_be(integer));
        inner = rest;
    }
    integers
}

/// The SubjectPublicKeyInfo of an RSA key: the contents of `p=` in base64.
pub fn rsa_public_key(n: &BigUint, e: &BigUint) -> Vec<u8> {
    let key = wrap(SEQUENCE, &[integer(n), integer(e)].concat());
    let bits = wrap(BIT_STRING, &[vec![0], key].concat());
    wrap(SEQUENCE, &[RSA_ENCRYPTION.to_vec(), bits].concat())
}

fn integer(number: &BigUint) -> Vec<u8> {
    let mut bytes = number.to_bytes_be();
    if bytes[0] >= 0x80 {
        bytes.insert(0, 0);
    }
    wrap(INTEGER, &bytes)
}

fn wrap(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut out = vec![tag];
    match length {
        0..=0x7f => out.push(length as u8),
        0x80..=0xff => out.extend([0x81, length as u8]),
        _ => out.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    out.extend_from_slice(content);
    out
}

fn element(bytes: &[u8], tag: u8) -> (&[u8], &[u8]) {
    assert_eq!(bytes[0], tag, "not the DER of an RSA key");
    let (start, length) = match bytes[1] {
        0x81 => (3, usize::from(bytes[2])),
        0x82 => (4, usize::from(bytes[2]) << 8 | usize::from(bytes[3])),
        short => (2, usize::from(short)),
    };
    (&bytes[start..start + length], &bytes[start + length..])
}
