//! The search through the white space and folds that signed fields may have had.

use foldhash::HashSet;

use super::forms::{self, Form};
use super::{Chosen, Search};
use crate::dkim::autopsy::Modification;
use crate::dkim::canonical::Canonicalization;

/// A slot in another form.
struct Formed {
    at: usize,
    canonical: Vec<u8>,
    body: Vec<u8>,
}

/// Forms among which the likeliest two are.
const LIKELY_FORMS: usize = 30;

impl Search<'_, '_, '_> {
    /// Each field in the two likeliest forms that it can have; the signature field is seldom changed
    /// alone.
    pub(super) fn likeliest_forms(&mut self) -> Option<Vec<Modification>> {
        // Relaxed canonicalization sees little of them.
        if self.by == Canonicalization::Relaxed {
            return None;
        }
        for at in 0..self.slots.len() {
            let mut tried: Vec<Vec<u8>> = Vec::new();
            for form in forms::likely(self.by).take(LIKELY_FORMS) {
                let Some(one) = self.form(at, form) else {
                    continue;
                };
                if tried.contains(&one.canonical) {
                    continue;
                }
                if self.fit(&[], &[&one]) {
                    return Some(self.formed_changes(&Chosen::new(), &[&one]));
                }
                tried.push(one.canonical);
                if tried.len() == 2 || self.budget.is_spent() {
                    break;
                }
            }
        }
        None
    }

    /// Fields whose white space or folds were changed: one field, all fields in the same way, and
    /// the same besides the likeliest other change.
    pub(super) fn forms(&mut self) -> Option<Vec<Modification>> {
        let bases = self.formed(forms::bases());
        let nothing = Chosen::new();
        if let Some(found) = self.in_forms(&bases, &nothing) {
            return Some(found);
        }
        // Relaxed canonicalization does not see folds.
        if self.by == Canonicalization::Simple
            && let Some(found) = self.folded(&nothing)
        {
            return Some(found);
        }
        let mut besides = Vec::new();
        for (at, list) in self.alternatives.iter().enumerate() {
            let likely = list.iter().take_while(|one| one.cost == 1);
            besides.extend(likely.enumerate().map(|(number, _)| vec![(at, number)]));
        }
        for besides in &besides {
            if let Some(found) = self.in_forms(&bases, besides) {
                return Some(found);
            }
        }
        if self.by == Canonicalization::Simple {
            for besides in &besides {
                if let Some(found) = self.folded(besides) {
                    return Some(found);
                }
            }
        }
        None
    }

    /// The fields in each of these forms, as far as that changes them.
    fn formed(&mut self, forms: impl Iterator<Item = Form>) -> Vec<Vec<Formed>> {
        let mut formed = Vec::new();
        for form in forms {
            let slots = (0..self.slots.len()).filter_map(|at| self.form(at, form));
            formed.push(slots.collect());
        }
        formed
    }

    /// Fields in these forms, one by one, then all together, with and without the signature field.
    fn in_forms(&mut self, formed: &[Vec<Formed>], besides: &Chosen) -> Option<Vec<Modification>> {
        let fixed: Vec<_> = self.canonical(besides).collect();
        let is_free = |one: &&Formed| fixed.iter().all(|(other, _)| *other != one.at);
        let mut tried: HashSet<&[u8]> = HashSet::default();
        for form in formed {
            // The signature field first: no server has a reason to leave it as it is.
            for one in form.iter().rev().filter(is_free) {
                if !tried.insert(&one.canonical) {
                    continue;
                }
                if self.fit(&fixed, &[one]) {
                    return Some(self.formed_changes(besides, &[one]));
                }
            }
            if self.budget.is_spent() {
                return None;
            }
        }
        let signature = self.slots.len() - 1;
        for form in formed {
            let all: Vec<&Formed> = form.iter().filter(is_free).collect();
            let others = all.iter().copied().filter(|one| one.at != signature);
            let others: Vec<&Formed> = others.collect();
            for some in [&all, &others] {
                let is_new =
                    some.len() > 1 && (some.len() == all.len() || others.len() < all.len());
                if is_new && self.fit(&fixed, some) {
                    return Some(self.formed_changes(besides, some));
                }
            }
            if self.budget.is_spent() {
                return None;
            }
        }
        None
    }

    /// The same for each way to fold, which are so many that each is made when it is its turn.
    fn folded(&mut self, besides: &Chosen) -> Option<Vec<Modification>> {
        for form in forms::folded() {
            let formed = self.formed(std::iter::once(form));
            if let Some(found) = self.in_forms(&formed, besides) {
                return Some(found);
            }
            if self.budget.is_spent() {
                return None;
            }
        }
        None
    }

    /// Lists that are folded after any of their items.
    pub(super) fn lists(&mut self) -> Option<Vec<Modification>> {
        for form in forms::lists(self.by) {
            for at in (0..self.slots.len()).rev() {
                if let Some(one) = self.form(at, form)
                    && self.fit(&[], &[&one])
                {
                    return Some(self.formed_changes(&Chosen::new(), &[&one]));
                }
                if self.budget.is_spent() {
                    return None;
                }
            }
        }
        None
    }

    fn fit(&mut self, fixed: &[(usize, Vec<u8>)], formed: &[&Formed]) -> bool {
        let fixed = fixed.iter().map(|(at, canonical)| (*at, &canonical[..]));
        let formed = formed.iter().map(|one| (one.at, &one.canonical[..]));
        let replaced: Vec<_> = fixed.chain(formed).collect();
        self.fits(&replaced)
    }

    fn formed_changes(&self, besides: &Chosen, formed: &[&Formed]) -> Vec<Modification> {
        let mut changes = self.changes(besides);
        for one in formed {
            let kind = self.slots[one.at].kind_of_form(&one.body);
            changes.extend(self.change(one.at, &[kind], Some(&one.body)));
        }
        changes
    }

    /// The field in this form; `None` if it cannot be in it, is the same in it, or the budget is
    /// spent.
    fn form(&mut self, at: usize, form: Form) -> Option<Formed> {
        let slot = &self.slots[at];
        if slot.field.is_none() || !self.budget.take(100 + 2 * slot.body.len() as u64) {
            return None;
        }
        let body = form.apply(&slot.body, slot.head(), slot.is_signature)?;
        let canonical = slot.canonical_of(&body);
        (canonical != slot.canonical).then_some(Formed {
            at,
            canonical,
            body,
        })
    }
}
