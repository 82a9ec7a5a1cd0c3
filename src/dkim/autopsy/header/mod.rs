//! The search for what changed a signed header: each signed field in the forms that it may have
//! had, the likeliest combinations first.

mod addresses;
mod author;
mod content;
mod date;
mod encoded;
mod fold;
mod forms;
mod known;
mod presence;
mod refolded;
mod slot;
mod subject;
mod together;

use std::cell::RefCell;

use aws_lc_rs::digest::{Algorithm, Context};
use jiff::Timestamp;

use self::slot::Alternative;
use super::budget::Budget;
use super::proof::Proof;
use super::{Kind, Modification, excerpt, in_crlf, line_at, long_line};
use crate::dkim::DkimSignature;
use crate::dkim::canonical::Canonicalization;
use crate::dns::Name;
use crate::message::Message;

pub(crate) use self::known::Earlier;
pub(in crate::dkim) use self::known::Known;
pub(super) use self::slot::{Alternatives, Slot};

/// What the recipes look at besides the field itself.
pub(super) struct Scene<'m, 'a> {
    pub message: &'m Message<'a>,
    /// The name and body of each signed field as `z=` has it (RFC 6376 §3.5).
    pub copies: Vec<(String, Vec<u8>)>,
    /// When the signature says that it was made.
    pub signed_at: Option<Timestamp>,
    /// The domain that it names.
    pub domain: Option<&'m Name>,
}

/// A kind of change of a header field: what the field may have been before it.
type Recipe = fn(&Scene<'_, '_>, &mut Alternatives<'_, '_>);

/// All of them. Which is likelier is said by each alternative.
const RECIPES: &[Recipe] = &[
    subject::undo,
    author::undo,
    content::undo,
    addresses::undo,
    encoded::undo,
    date::undo,
    presence::undo,
    encoded::split,
];

/// The signed fields of a broken signature, and the search through what they may have been.
pub(super) struct Search<'t, 'm, 'a> {
    scene: &'t Scene<'m, 'a>,
    by: Canonicalization,
    slots: Vec<Slot<'a>>,
    hash: &'static Algorithm,
    proof: &'t Proof<'t>,
    budget: &'t mut Budget,
    /// The alternatives of each slot, the likeliest first.
    alternatives: Vec<Vec<Alternative>>,
    /// The lowest cost among the alternatives of each slot and those after it.
    cheapest: Vec<u32>,
    /// The canonical header as it is, and where each slot is in it.
    now: Vec<u8>,
    starts: Vec<usize>,
    /// The cost up to which all combinations without forms were tried.
    done: u32,
    /// Whether the alternatives of cost [`ALONE`] were tried alone.
    were_alone: bool,
    /// What was found.
    earlier: RefCell<Vec<Earlier>>,
}

/// An alternative that was chosen: the slot, and its place among the alternatives.
type Chosen = Vec<(usize, usize)>;

/// The costs that are tried before white space is changed.
const LIKELY: u32 = 2;

/// The cost of alternatives that are tried alone first.
const ALONE: u32 = 2;

/// The highest cost of a combination with forms that is tried before what is least likely.
const TOGETHER: u32 = 4;

/// The highest cost of a combination.
const MOST: u32 = 9;

impl<'t, 'm, 'a> Search<'t, 'm, 'a> {
    pub(super) fn new(
        scene: &'t Scene<'m, 'a>,
        selected: &[Option<usize>],
        signature: &DkimSignature,
        by: Canonicalization,
        hash: &'static Algorithm,
        proof: &'t Proof<'t>,
        budget: &'t mut Budget,
    ) -> Self {
        let slots = Slot::all(scene.message, selected, signature, by);
        let mut now = Vec::new();
        let mut starts = Vec::with_capacity(slots.len() + 1);
        for slot in &slots {
            starts.push(now.len());
            now.extend_from_slice(&slot.canonical);
        }
        starts.push(now.len());
        Self {
            scene,
            by,
            slots,
            hash,
            proof,
            budget,
            alternatives: Vec::new(),
            cheapest: Vec::new(),
            now,
            starts,
            done: 0,
            were_alone: false,
            earlier: RefCell::default(),
        }
    }

    /// Tries what was found for other signatures, then what may have been, the likeliest first, until
    /// the proof fits.
    pub(super) fn run(mut self, known: &mut Known) -> Option<Vec<Modification>> {
        if let Some(found) = self.known(known) {
            return Some(found);
        }
        let found = self.search();
        if found.is_some() {
            known.keep(self.earlier.into_inner());
        }
        found
    }

    fn search(&mut self) -> Option<Vec<Modification>> {
        if let Some(found) = self.long_lines() {
            return Some(found);
        }
        self.collect();
        if let Some(found) = self.costs(1..=1) {
            return Some(found);
        }
        if let Some(found) = self.of_lists() {
            return Some(found);
        }
        if !self.proof.is_of_copy()
            && let Some(found) = self.other_canonicalization()
        {
            return Some(found);
        }
        // One change is likelier than two, each of which is likelier than it. This matters where few
        // can be tried: an Ed25519 signature is slow.
        if let Some(found) = self.alone() {
            return Some(found);
        }
        if let Some(found) = self.costs(2..=LIKELY) {
            return Some(found);
        }
        if let Some(found) = self.forms() {
            return Some(found);
        }
        if let Some(found) = self.costs(LIKELY + 1..=LIKELY + 1) {
            return Some(found);
        }
        if let Some(found) = self.seconds() {
            return Some(found);
        }
        self.add_forms();
        if let Some(found) = self.costs(1..=TOGETHER) {
            return Some(found);
        }
        if let Some(found) = self.lists() {
            return Some(found);
        }
        self.costs(TOGETHER + 1..=MOST)
    }

    fn collect(&mut self) {
        // Some look for fields of other names.
        let fields = self.scene.message.header.fields.len() as u64;
        for (at, slot) in self.slots.iter().enumerate() {
            let mut alternatives = Alternatives::new(slot);
            // A name may be signed once more than there are fields, so that none is added (RFC 6376
            // §5.4.2). What is gone was at the first of the places that are empty now.
            let is_again = self.slots[..at].iter().any(|other| slot.is(&other.name));
            if slot.field.is_none() && is_again {
                self.alternatives.push(Vec::new());
                continue;
            }
            let work = 2_000 + 16 * fields + 4 * slot.body.len() as u64;
            if self.budget.take(work) {
                for recipe in RECIPES {
                    recipe(self.scene, &mut alternatives);
                }
                self.budget.take(alternatives.work());
            }
            let mut list = alternatives.list;
            list.sort_by_key(|one| one.cost);
            self.alternatives.push(list);
        }
        self.note_cheapest();
    }

    fn note_cheapest(&mut self) {
        let mut cheapest = u32::MAX;
        self.cheapest = vec![cheapest; self.slots.len() + 1];
        for (at, list) in self.alternatives.iter().enumerate().rev() {
            cheapest = cheapest.min(list.first().map_or(u32::MAX, |one| one.cost));
            self.cheapest[at] = cheapest;
        }
    }

    /// Tries the combinations of these total costs.
    fn costs(&mut self, costs: std::ops::RangeInclusive<u32>) -> Option<Vec<Modification>> {
        for cost in costs {
            let mut chosen = Chosen::new();
            let context = Context::new(self.hash);
            if self.combine(0, &context, cost, &mut chosen) {
                return Some(self.changes(&chosen));
            }
            if self.budget.is_spent() {
                return None;
            }
            self.done = self.done.max(cost);
        }
        None
    }

    /// Fields in their likeliest other forms, and the alternatives of cost 2, each alone.
    fn alone(&mut self) -> Option<Vec<Modification>> {
        if let Some(found) = self.likeliest_forms() {
            return Some(found);
        }
        for at in 0..self.slots.len() {
            for number in 0..self.alternatives[at].len() {
                if self.alternatives[at][number].cost != ALONE {
                    continue;
                }
                let chosen = vec![(at, number)];
                let canonical = self.alternatives[at][number].canonical.clone();
                if self.fits(&[(at, &canonical)]) {
                    return Some(self.changes(&chosen));
                }
                if self.budget.is_spent() {
                    return None;
                }
            }
        }
        self.were_alone = true;
        None
    }

    /// Whether this was tried before, without forms besides, or alone.
    fn was_tried(&self, chosen: &[(usize, usize)]) -> bool {
        let chosen = chosen.iter();
        let mut all = chosen.map(|(at, number)| &self.alternatives[*at][*number]);
        let (mut cost, mut count) = (0, 0);
        let is_old = all.all(|one| {
            (cost, count) = (cost + one.cost, count + 1);
            !one.is_formed
        });
        is_old && (cost <= self.done || self.were_alone && count == 1 && cost == ALONE)
    }

    /// Chooses among the slots from `at` on so that the costs add up to `left`. `context` has the
    /// slots before.
    fn combine(&mut self, at: usize, context: &Context, left: u32, chosen: &mut Chosen) -> bool {
        let rest = &self.now[self.starts[at]..];
        if left == 0 {
            if self.was_tried(chosen) {
                self.budget.take(100);
                return false;
            }
            let work = self.proof.work() + rest.len() as u64;
            if !self.budget.try_one(work) {
                return false;
            }
            let mut context = context.clone();
            context.update(rest);
            return self.proof.fits(&context.finish());
        }
        if self.cheapest[at] > left || self.budget.is_spent() {
            return false;
        }
        // The topmost of the slots first, so that what is chosen for it is hashed once.
        for number in 0..self.alternatives[at].len() {
            let other = &self.alternatives[at][number];
            if other.cost > left {
                break;
            }
            let (mut context, cost) = (context.clone(), other.cost);
            context.update(&other.canonical);
            chosen.push((at, number));
            if self.combine(at + 1, &context, left - cost, chosen) {
                return true;
            }
            chosen.pop();
        }
        if self.cheapest[at + 1] > left {
            return false;
        }
        let mut context = context.clone();
        let canonical = &self.slots[at].canonical;
        if !self.budget.take(20 + canonical.len() as u64) {
            return false;
        }
        context.update(canonical);
        self.combine(at + 1, &context, left, chosen)
    }

    /// Fields whose long lines were broken, joined again.
    fn long_lines(&mut self) -> Option<Vec<Modification>> {
        for at in 0..self.slots.len() - 1 {
            for joint in long_line::JOINTS {
                let Some((body, octets)) = self.joined(at, *joint) else {
                    continue;
                };
                let canonical = self.slots[at].canonical_of(&body);
                if self.fits(&[(at, &canonical)]) {
                    let mut change = self.change(at, &[Kind::FieldLineBroken], None);
                    change[0].octets = Some(octets);
                    self.note(at, Some(&body), &change);
                    return Some(change);
                }
            }
        }
        None
    }

    /// The header in the other canonical form.
    fn other_canonicalization(&mut self) -> Option<Vec<Modification>> {
        let other = match self.by {
            Canonicalization::Simple => Canonicalization::Relaxed,
            Canonicalization::Relaxed => Canonicalization::Simple,
        };
        let slots = self.slots.iter().enumerate();
        let there = slots.filter(|(_, slot)| slot.field.is_some());
        let replaced: Vec<_> = there
            .map(|(at, slot)| (at, slot.canonical_by(other)))
            .collect();
        let replaced: Vec<_> = replaced.iter().map(|(at, text)| (*at, &text[..])).collect();
        self.fits(&replaced).then(|| {
            let signature = self.slots.len() - 1;
            self.change(signature, &[Kind::OtherCanonicalization], None)
        })
    }

    /// The canonical forms of what was chosen.
    fn canonical<'c>(
        &'c self,
        chosen: &'c [(usize, usize)],
    ) -> impl Iterator<Item = (usize, Vec<u8>)> + 'c {
        chosen
            .iter()
            .map(|(at, number)| (*at, self.alternatives[*at][*number].canonical.clone()))
    }

    /// Whether the header fits with these slots in these canonical forms.
    fn fits(&mut self, replaced: &[(usize, &[u8])]) -> bool {
        let length = self.now.len() as u64;
        if !self.budget.try_one(self.proof.work() + length) {
            return false;
        }
        let mut texts: Vec<&[u8]> = self.slots.iter().map(|slot| &slot.canonical[..]).collect();
        for (at, canonical) in replaced {
            texts[*at] = canonical;
        }
        let mut context = Context::new(self.hash);
        for text in texts {
            context.update(text);
        }
        self.proof.fits(&context.finish())
    }

    /// The field with its long lines joined, and the length of the first of them. A line that is no
    /// continuation is taken to be the rest of the long line above it.
    fn joined(&mut self, at: usize, joint: long_line::Joint) -> Option<(Vec<u8>, usize)> {
        let message = self.scene.message;
        let field = &message.header.fields[self.slots[at].field?];
        if field.span.len() < long_line::SHORTEST {
            return None;
        }
        let end = match message.header.body {
            Some(body) => body,
            None => message.bytes.len(),
        };
        let whole = &message.bytes[field.span.start..end];
        // What follows is looked at only while lines are long.
        let mut length = field.span.len();
        loop {
            if !self.budget.take(length as u64) {
                return None;
            }
            match long_line::follows(&whole[..length], &whole[length..]) {
                Some(more) => length += more,
                None => break,
            }
        }
        let text = in_crlf(&whole[..length]);
        let joined = long_line::joined(&text, joint)?;
        let body = joined.text.get(self.slots[at].head()..)?;
        let body = body.strip_suffix(b"\r\n").unwrap_or(body);
        Some((body.to_vec(), joined.octets))
    }

    fn changes(&self, chosen: &[(usize, usize)]) -> Vec<Modification> {
        let mut changes = Vec::new();
        for (at, number) in chosen {
            let other = &self.alternatives[*at][*number];
            changes.extend(self.change(*at, &other.kinds, other.body.as_deref()));
        }
        changes
    }

    /// The changes of one field, whose body was `before`.
    fn change(&self, at: usize, kinds: &[Kind], before: Option<&[u8]>) -> Vec<Modification> {
        let slot = &self.slots[at];
        let message = self.scene.message;
        let field = slot.field.map(|at| &message.header.fields[at]);
        let name = match field {
            Some(field) => String::from_utf8_lossy(field.name).into_owned(),
            None => slot::capitalised(&slot.name),
        };
        let change = |kind: &Kind| Modification {
            kind: *kind,
            field: Some(name.clone()),
            line: field.map(|field| line_at(message.bytes, field.span.start)),
            places: 1,
            octets: None,
            now: field.map(|_| excerpt(slot.text())),
            before: before.map(|body| excerpt(body.trim_ascii())),
            part: None,
        };
        let changes: Vec<Modification> = kinds.iter().map(change).collect();
        self.note(at, before, &changes);
        changes
    }
}
