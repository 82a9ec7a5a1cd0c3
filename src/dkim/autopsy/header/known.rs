//! What was found in the header for one signature, tried first for the others of the message.

use super::super::{Kind, Modification};
use super::Search;

/// The fields of headers as they were signed.
#[derive(Default)]
pub(in crate::dkim) struct Known {
    found: Vec<Vec<Earlier>>,
    /// Which of them is that of the last signature.
    last: Option<usize>,
}

/// A field that was another one when it was signed.
#[derive(Clone)]
pub(crate) struct Earlier {
    /// Its index, or its name if it is gone.
    pub field: Result<usize, String>,
    /// What it was; `None` for no field. That of the signature field has no value of `b=`.
    pub body: Option<Vec<u8>>,
    changes: Vec<Modification>,
}

impl Known {
    pub(super) fn keep(&mut self, found: Vec<Earlier>) {
        if !found.is_empty() {
            self.last = Some(self.found.len());
            self.found.push(found);
        }
    }

    /// What was found for the last signature; it is forgotten that it was the last.
    pub(in crate::dkim) fn take_last(&mut self) -> Vec<Earlier> {
        let last = self.last.take().and_then(|last| self.found.get(last));
        last.cloned().unwrap_or_default()
    }
}

impl Search<'_, '_, '_> {
    /// What was found for another signature, of the fields that this one covers.
    pub(super) fn known(&mut self, known: &mut Known) -> Option<Vec<Modification>> {
        for (number, earlier) in known.found.iter().enumerate() {
            let mut replaced: Vec<(usize, Vec<u8>)> = Vec::new();
            let mut changes = Vec::new();
            for (at, slot) in self.slots.iter().enumerate() {
                let is_it = |one: &&Earlier| match (&one.field, slot.field) {
                    (Ok(one), Some(field)) => *one == field,
                    (Err(name), None) => slot.is(name),
                    _ => false,
                };
                if let Some(one) = earlier.iter().find(is_it) {
                    let canonical = one.body.as_ref().map(|body| slot.canonical_of(body));
                    replaced.push((at, canonical.unwrap_or_default()));
                    changes.extend_from_slice(&one.changes);
                }
            }
            let replaced: Vec<_> = replaced.iter().map(|(at, text)| (*at, &text[..])).collect();
            if !replaced.is_empty() && self.fits(&replaced) {
                known.last = Some(number);
                return Some(changes);
            }
        }
        None
    }

    /// Notes that the field of a slot had another body, or was not there.
    pub(super) fn note(&self, at: usize, before: Option<&[u8]>, changes: &[Modification]) {
        // Of other changes it is not the body that was another one.
        let was_absent = changes.iter().all(|change| change.kind == Kind::FieldAdded);
        if before.is_some() || was_absent {
            let slot = &self.slots[at];
            self.earlier.borrow_mut().push(Earlier {
                field: slot.field.ok_or_else(|| slot.name.clone()),
                body: before.map(<[u8]>::to_vec),
                changes: changes.to_vec(),
            });
        }
    }
}
