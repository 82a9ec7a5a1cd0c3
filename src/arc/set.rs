//! The ARC sets of a message: three fields with the same instance (RFC 8617 §4.2).

use std::collections::BTreeMap;

use super::ArcFault;
use super::seal::Sealed;
use crate::Limits;
use crate::dkim::tags::{self, Tag};
use crate::dkim::{DkimSignature, Form};
use crate::message::{AuthenticationResults, HeaderField, Message, auth_results};

const RESULTS: &str = "ARC-Authentication-Results";
const MESSAGE_SIGNATURE: &str = "ARC-Message-Signature";
const SEAL: &str = "ARC-Seal";

/// All ARC fields of a message.
#[derive(Debug, Default)]
pub(crate) struct Sets {
    /// The sets by instance.
    pub(super) by_instance: BTreeMap<u32, Set>,
    /// The first fault of a field that belongs to no set.
    pub(super) stray: Option<ArcFault>,
}

/// One set; fields may be missing.
#[derive(Debug, Default)]
pub(super) struct Set {
    pub results: Part<Results>,
    pub message_signature: Part<DkimSignature>,
    pub seal: Part<Seal>,
}

/// A field that must occur exactly once in a set.
#[derive(Debug)]
pub(super) struct Part<T> {
    /// The topmost one.
    pub field: Option<T>,
    pub count: usize,
}

/// An ARC-Authentication-Results field.
#[derive(Debug)]
pub(super) struct Results {
    /// The index of the field in the header, from 0.
    pub field: usize,
    pub recorded: AuthenticationResults,
}

/// An ARC-Seal field.
#[derive(Debug)]
pub(super) struct Seal {
    pub signature: DkimSignature,
    /// `cv=` as written.
    pub chain_validation: Option<String>,
}

impl<T> Default for Part<T> {
    fn default() -> Self {
        Self {
            field: None,
            count: 0,
        }
    }
}

impl<T> Part<T> {
    fn add(&mut self, field: T) {
        self.count += 1;
        self.field.get_or_insert(field);
    }
}

impl Set {
    /// The names of the three fields, with the number of times each occurs.
    pub(super) fn counts(&self) -> [(&'static str, usize); 3] {
        [
            (RESULTS, self.results.count),
            (MESSAGE_SIGNATURE, self.message_signature.count),
            (SEAL, self.seal.count),
        ]
    }

    /// The indexes of the fields other than the seal, in the order in which seals cover them
    /// (§5.1.1).
    pub(super) fn places(&self) -> impl Iterator<Item = usize> {
        let results = self.results.field.as_ref().map(|results| results.field);
        let signature = self.message_signature.field.as_ref().map(|one| one.field);
        results.into_iter().chain(signature)
    }
}

impl Seal {
    /// Whether `cv=` has this value.
    pub(super) fn says(&self, word: &str) -> bool {
        let written = self.chain_validation.as_deref();
        written.is_some_and(|written| written.eq_ignore_ascii_case(word))
    }
}

impl Sets {
    /// Reads the ARC fields of `message`.
    pub(crate) fn read(message: &Message<'_>, limits: &Limits) -> Self {
        let mut sets = Self::default();
        for (index, field) in message.header.fields.iter().enumerate() {
            let read = if field.is(RESULTS) {
                sets.read_results(field, index, limits)
            } else if field.is(MESSAGE_SIGNATURE) {
                sets.read_tags(field, index, Form::ArcMessage, limits)
            } else if field.is(SEAL) {
                sets.read_tags(field, index, Form::ArcSeal, limits)
            } else {
                Ok(())
            };
            if let Err(fault) = read {
                sets.stray.get_or_insert(fault);
            }
        }
        sets
    }

    /// Whether the message has no ARC fields at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.by_instance.is_empty() && self.stray.is_none()
    }

    /// All signatures to verify: the message signature and the seal of each set, in ascending
    /// order.
    pub(crate) fn signatures(&self) -> impl Iterator<Item = &DkimSignature> {
        self.by_instance.values().flat_map(|set| {
            let seal = set.seal.field.as_ref().map(|seal| &seal.signature);
            set.message_signature.field.iter().chain(seal)
        })
    }

    /// The message signature and the seal of one set.
    pub(crate) fn signatures_of(
        &self,
        instance: u32,
    ) -> (Option<&DkimSignature>, Option<&DkimSignature>) {
        let set = self.by_instance.get(&instance);
        let seal = set.and_then(|set| set.seal.field.as_ref());
        (
            set.and_then(|set| set.message_signature.field.as_ref()),
            seal.map(|seal| &seal.signature),
        )
    }

    /// What the seal of one set covers, in canonical form.
    pub(crate) fn sealed(&self, message: &Message<'_>, instance: u32) -> Option<Vec<u8>> {
        let mut sealed = Sealed::default();
        let mut covered = None;
        for (number, set) in self.by_instance.range(..=instance) {
            let all = sealed.add(set, message);
            if *number == instance {
                covered = all.map(<[u8]>::to_vec);
            }
        }
        covered
    }

    fn read_results(
        &mut self,
        field: &HeaderField<'_>,
        index: usize,
        limits: &Limits,
    ) -> Result<(), ArcFault> {
        let recorded = auth_results::parse(field, limits);
        let set = self.set(RESULTS, recorded.instance, limits)?;
        set.results.add(Results {
            field: index,
            recorded,
        });
        Ok(())
    }

    fn read_tags(
        &mut self,
        field: &HeaderField<'_>,
        index: usize,
        form: Form,
        limits: &Limits,
    ) -> Result<(), ArcFault> {
        let name = match form {
            Form::ArcSeal => SEAL,
            _ => MESSAGE_SIGNATURE,
        };
        let tags = tags::parse(field.body)
            .map_err(|fault| ArcFault::FieldUnreadable { field: name, fault })?;
        let text = |tag: &Tag<'_>| String::from_utf8_lossy(tag.value).into_owned();
        let value = |name: &str| tags.iter().find(|tag| tag.name == name).map(text);
        let set = self.set(name, value("i").as_deref().and_then(number), limits)?;
        let signature = DkimSignature::from_tags(&tags, index, form, limits);
        match form {
            Form::ArcSeal => set.seal.add(Seal {
                signature,
                chain_validation: value("cv"),
            }),
            _ => set.message_signature.add(signature),
        }
        Ok(())
    }

    /// The set with this instance, for the field with this name.
    fn set(
        &mut self,
        field: &'static str,
        instance: Option<u32>,
        limits: &Limits,
    ) -> Result<&mut Set, ArcFault> {
        let limit = limits.arc_sets;
        match instance {
            Some(instance) if instance > limit => Err(ArcFault::TooManySets {
                field,
                instance,
                limit,
            }),
            Some(instance) if instance > 0 => Ok(self.by_instance.entry(instance).or_default()),
            _ => Err(ArcFault::NoInstance { field }),
        }
    }
}

/// A number of at most two digits (`position` in §4.1), or one that is too large.
fn number(text: &str) -> Option<u32> {
    let is_padded = text.len() > 2 && text.starts_with('0');
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = is_digits && !is_padded;
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_two_digits_unless_it_is_too_large() {
        for (text, expected) in [
            ("1", Some(1)),
            ("01", Some(1)),
            ("50", Some(50)),
            ("51", Some(51)),
            ("100", Some(100)),
            ("001", None),
            ("+1", None),
            ("", None),
        ] {
            assert_eq!(number(text), expected, "{text}");
        }
    }
}
