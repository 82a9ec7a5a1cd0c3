//! Several changes at once: fields that were each folded in their own way before a program wrote the
//! header anew, and other changes of the same fields or besides.

use foldhash::HashSet;

use super::slot::{Alternative, Slot};
use super::{Search, forms};
use crate::dkim::autopsy::{Kind, Modification};

/// Forms of one text of a field.
const FORMS: usize = 100;

/// Alternatives of a field that are tried in other forms as well, and their forms.
const BASES: usize = 12;
const FORMS_OF_EACH: usize = 24;

/// Octets of all forms.
const MOST_OCTETS: usize = 4 << 20;

/// Fields that a list that rewrites From changes as well, how it does, and how many of the
/// alternatives are tried.
const OF_LISTS: &[(&str, &[Kind], usize)] = &[
    ("from", &[Kind::FromRewritten], 6),
    ("subject", &[Kind::SubjectTag], 3),
    ("reply-to", &[Kind::FieldAdded, Kind::AddressAdded], 2),
    ("cc", &[Kind::FieldAdded, Kind::AddressAdded], 2),
    ("content-type", &[Kind::ContentTypeChanged], 2),
    (
        "content-transfer-encoding",
        &[Kind::TransferEncodingField, Kind::FieldRemoved],
        4,
    ),
];

impl Search<'_, '_, '_> {
    /// What lists that rewrite From do at once, in every combination: they are so many changes that
    /// others come before them.
    pub(super) fn of_lists(&mut self) -> Option<Vec<Modification>> {
        let mut lists = Vec::with_capacity(self.slots.len());
        for (slot, list) in self.slots.iter().zip(&self.alternatives) {
            let usual = OF_LISTS.iter().find(|(name, ..)| slot.is(name));
            let (kinds, most) = usual.map_or((&[][..], 0), |(_, kinds, most)| (*kinds, *most));
            let fits =
                |one: &&Alternative| matches!(one.kinds[..], [kind] if kinds.contains(&kind));
            let some = list.iter().filter(fits).take(most);
            let some = some.map(|one| Alternative {
                cost: 1,
                ..one.clone()
            });
            lists.push(some.collect::<Vec<_>>());
        }
        let is_rewritten = |one: &Alternative| one.kinds == [Kind::FromRewritten];
        if !lists.iter().flatten().any(is_rewritten) {
            return None;
        }
        let most = u32::try_from(OF_LISTS.len()).unwrap_or(u32::MAX);
        let all = std::mem::replace(&mut self.alternatives, lists);
        self.note_cheapest();
        let before = (self.done, self.were_alone);
        (self.done, self.were_alone) = (0, false);
        let found = self.costs(2..=most);
        (self.done, self.were_alone) = before;
        self.alternatives = all;
        self.note_cheapest();
        found
    }

    /// Adds the likeliest forms of each field, and of its likeliest alternatives, to the
    /// alternatives.
    pub(super) fn add_forms(&mut self) {
        let mut left = MOST_OCTETS;
        for at in 0..self.alternatives.len() {
            let mut list = std::mem::take(&mut self.alternatives[at]);
            if self.slots[at].field.is_some() {
                let formed = self.formed_alternatives(at, &list, &mut left);
                list.extend(formed);
                list.sort_by_key(|one| one.cost);
            }
            self.alternatives[at] = list;
        }
        self.note_cheapest();
    }

    /// The forms of one field and of the first of `list`, of at most `left` octets.
    fn formed_alternatives(
        &mut self,
        at: usize,
        list: &[Alternative],
        left: &mut usize,
    ) -> Vec<Alternative> {
        let slot = &self.slots[at];
        let there = list.iter().map(|one| &one.canonical);
        let mut seen: HashSet<Vec<u8>> = there.chain([&slot.canonical]).cloned().collect();
        let mut formed = Vec::new();
        let bases = list.iter().take(BASES);
        let bases = bases.filter_map(|one| Some((Some(one), one.body.as_deref()?, FORMS_OF_EACH)));
        for (base, text, most) in [(None, &slot.body[..], FORMS)].into_iter().chain(bases) {
            let mut count = 0_u32;
            for form in forms::likely(self.by) {
                if count as usize >= most || !self.budget.take(200 + 2 * text.len() as u64) {
                    break;
                }
                let Some(body) = form.apply(text, slot.head(), slot.is_signature) else {
                    continue;
                };
                let canonical = match base {
                    Some(base) => base.canonical_of(slot, &body),
                    None => slot.canonical_of(&body),
                };
                if !seen.insert(canonical.clone()) {
                    continue;
                }
                let Some(less) = left.checked_sub(body.len() + 2 * canonical.len()) else {
                    return formed;
                };
                *left = less;
                formed.push(Alternative {
                    kinds: kinds(slot, base, &body),
                    cost: 1 + (count + 1).ilog2() + base.map_or(0, |base| base.cost),
                    canonical,
                    body: Some(body),
                    before: base.and_then(|base| base.before.clone()),
                    is_formed: true,
                });
                count += 1;
            }
        }
        formed
    }
}

/// The changes that lead from `body`, a form of `base` or of the field as it is, to what is there.
fn kinds(slot: &Slot<'_>, base: Option<&Alternative>, body: &[u8]) -> Vec<Kind> {
    let Some(base) = base else {
        return vec![slot.kind_of_form(body)];
    };
    let mut kinds = base.kinds.clone();
    let folds = |text: &[u8]| memchr::memchr_iter(b'\n', text).count();
    if folds(body) != folds(&slot.body) && !kinds.contains(&Kind::Refolded) {
        kinds.push(Kind::Refolded);
    }
    kinds
}
