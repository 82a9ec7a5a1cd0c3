//! What the seals cover: their own set and every set before it (RFC 8617 §5.1.1).

use super::set::Set;
use crate::dkim::canonical::{self, Canonicalization};
use crate::message::Message;

/// The canonical ARC fields, set by set.
#[derive(Debug, Default)]
pub(super) struct Sealed {
    bytes: Vec<u8>,
    /// How many of the bytes are also covered by later seals.
    kept: usize,
    /// The seal of the last set including its `b=`, as later seals cover it.
    seal: Vec<u8>,
}

impl Sealed {
    /// Adds `set` to the earlier ones and returns what its seal covers.
    pub(super) fn add(&mut self, set: &Set, message: &Message<'_>) -> Option<&[u8]> {
        self.bytes.truncate(self.kept);
        self.bytes.append(&mut self.seal);
        let own = self.bytes.len();
        for at in set.places() {
            add_field(message, at, &mut self.bytes);
        }
        self.kept = self.bytes.len();
        let seal = set.seal.field.as_ref()?;
        let at = seal.signature.field;
        add_field(message, at, &mut self.seal);
        let field = &message.header.fields[at];
        let bytes = &message.bytes[field.span.clone()];
        let value = seal.signature.signature_span.clone();
        let by = Canonicalization::Relaxed;
        canonical::signature_field(field, bytes, value, by, &mut self.bytes);
        // If the chain was found to be broken, the seal covers only its own set (§5.1.2).
        let start = if seal.says("fail") { own } else { 0 };
        Some(&self.bytes[start..])
    }
}

fn add_field(message: &Message<'_>, at: usize, out: &mut Vec<u8>) {
    let field = &message.header.fields[at];
    let bytes = &message.bytes[field.span.clone()];
    canonical::header_field(field, bytes, Canonicalization::Relaxed, out);
}
