//! Whether SES takes a public key of the customer's own (BYODKIM).

use crate::Limits;
use crate::dkim::KeyRecord;

/// The bits of RSA keys that SES takes.
const BITS: std::ops::RangeInclusive<usize> = 1024..=2048;

/// Why SES does not take a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OwnKeyFault {
    /// It is no RSA key.
    NotRsa,
    /// It has so many bits.
    Bits(usize),
}

/// Looks at the base64 text of a public key; `None` if SES takes it.
pub fn own_key_fault(key: &str) -> Option<OwnKeyFault> {
    let record = KeyRecord::parse(format!("p={key}").as_bytes(), &Limits::default());
    match record.ok().and_then(|record| record.key.bits()) {
        None => Some(OwnKeyFault::NotRsa),
        Some(bits) if BITS.contains(&bits) => None,
        Some(bits) => Some(OwnKeyFault::Bits(bits)),
    }
}
