//! The header that a signature covers (RFC 6376 §3.7), hashed. Each field is made canonical once for
//! all signatures.

use std::cell::RefCell;
use std::ops::Range;

use aws_lc_rs::digest::{Context, Digest};

use super::canonical::{self, Canonicalization};
use super::select::FieldIndex;
use super::{Algorithm, DkimSignature};
use crate::message::Message;

/// The hash of a header, and the start of what was hashed.
pub(super) struct Signed {
    pub digest: Digest,
    /// As much as was asked for.
    pub start: Vec<u8>,
    /// How many octets were hashed.
    pub length: usize,
}

impl Signed {
    pub(super) fn of(bytes: &[u8], algorithm: Algorithm) -> Self {
        let mut hash = Hash::new(algorithm, 0);
        hash.push(bytes);
        hash.finish()
    }
}

/// The header fields of a message, made canonical as far as signatures needed them.
pub(super) struct SignedHeaders<'m, 'a> {
    message: &'m Message<'a>,
    index: FieldIndex<'a>,
    relaxed: RefCell<Relaxed>,
}

/// Fields in relaxed form, one after the other.
#[derive(Default)]
struct Relaxed {
    octets: Vec<u8>,
    /// Where each field of the header is; `None` if it was not needed yet.
    places: Vec<Option<Range<usize>>>,
}

impl<'m, 'a> SignedHeaders<'m, 'a> {
    pub(super) fn new(message: &'m Message<'a>) -> Self {
        Self {
            message,
            index: FieldIndex::new(message),
            relaxed: RefCell::default(),
        }
    }

    /// The indexes of the fields that `signature` covers, in the order in which they are hashed.
    pub(super) fn selected(&self, signature: &DkimSignature) -> Vec<usize> {
        self.index.select(&signature.signed_fields)
    }

    /// The field for each name that `signature` covers; `None` if there is none (any more).
    pub(super) fn selected_each(&self, signature: &DkimSignature) -> Vec<Option<usize>> {
        self.index.select_each(&signature.signed_fields)
    }

    /// Hashes what `signature` covers besides the body: the fields in `h=`, and the signature field.
    /// `keep`: how many octets of it to keep. `None` if algorithm or canonicalization are unknown.
    pub(super) fn hash(&self, signature: &DkimSignature, keep: usize) -> Option<Signed> {
        let (by, _) = signature.canonicalization?;
        let mut hash = Hash::new(signature.algorithm?, keep);
        self.pass_on(signature, by, |piece| hash.push(piece));
        Some(hash.finish())
    }

    /// Passes on what `signature` covers besides the body, in canonical form, piece by piece.
    pub(super) fn pass_on(
        &self,
        signature: &DkimSignature,
        by: Canonicalization,
        mut push: impl FnMut(&[u8]),
    ) {
        let bytes = self.message.bytes;
        let fields = &self.message.header.fields;
        let mut relaxed = self.relaxed.borrow_mut();
        let mut octets = Vec::new();
        for at in self.selected(signature) {
            let field = &fields[at];
            match by {
                Canonicalization::Relaxed => push(relaxed.field(self.message, at)),
                Canonicalization::Simple => {
                    canonical::simple_field(&bytes[field.span.clone()], &mut push);
                }
            }
        }
        let field = &fields[signature.field];
        let value = signature.signature_span.clone();
        canonical::signature_field(field, &bytes[field.span.clone()], value, by, &mut octets);
        push(&octets);
    }
}

impl Relaxed {
    fn field(&mut self, message: &Message<'_>, at: usize) -> &[u8] {
        let fields = &message.header.fields;
        if self.places.is_empty() {
            self.places.resize(fields.len(), None);
        }
        let place = self.places[at].clone().unwrap_or_else(|| {
            let start = self.octets.len();
            let field = &fields[at];
            let bytes = &message.bytes[field.span.clone()];
            let by = Canonicalization::Relaxed;
            if bytes.len() > LARGE {
                self.octets.reserve_exact(bytes.len() + 2);
            }
            canonical::header_field(field, bytes, by, &mut self.octets);
            start..self.octets.len()
        });
        self.places[at] = Some(place.clone());
        &self.octets[place]
    }
}

/// Room for a larger field is not rounded up.
const LARGE: usize = 64 << 10;

struct Hash {
    context: Context,
    start: Vec<u8>,
    keep: usize,
    length: usize,
}

impl Hash {
    fn new(algorithm: Algorithm, keep: usize) -> Self {
        Self {
            context: Context::new(algorithm.hash()),
            start: Vec::new(),
            keep,
            length: 0,
        }
    }

    fn push(&mut self, octets: &[u8]) {
        self.context.update(octets);
        self.length += octets.len();
        let left = self.keep.saturating_sub(self.start.len());
        self.start
            .extend_from_slice(&octets[..left.min(octets.len())]);
    }

    fn finish(self) -> Signed {
        Signed {
            digest: self.context.finish(),
            start: self.start,
            length: self.length,
        }
    }
}
