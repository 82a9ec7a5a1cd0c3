//! The search for what changed a body: changes are undone one after the other, the likeliest first,
//! until the hash is the signed one.

mod edited;
mod inserted;
mod lines;
mod links;
mod one_line;
mod opened;
mod part_headers;
mod reencoded;
mod running;
mod structure;
mod white_space;

use std::cell::{OnceCell, RefCell};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;
use std::rc::Rc;

use aws_lc_rs::digest::Algorithm;
use foldhash::fast::FixedState;
use foldhash::{HashMap, HashSet};

use self::edited::{Edit, Edited};
use self::running::Running;
use super::budget::Budget;
use super::{Examined, Kind, Modification, excerpt, likely, line_at};
use crate::Limits;
use crate::dkim::DkimSignature;
use crate::dkim::canonical::Canonicalization;
use crate::message::Message;
use crate::message::mime::{Entity, Part, tree};

/// A body with some changes undone.
struct State {
    text: Edited,
    /// What the header says of it.
    entity: Entity,
    changes: Vec<Modification>,
    /// The recipes that undid them.
    undoes: Vec<&'static Recipe>,
    cost: u32,
    /// The stage of the last change that was undone: what is undone next is of a later one.
    stage: Stage,
    tree: OnceCell<Part>,
    /// How its parts in quoted-printable are written, by their place: that takes long to find out.
    styles: RefCell<HashMap<usize, Option<usize>>>,
}

impl State {
    fn bytes(&self) -> &[u8] {
        &self.text.bytes
    }

    /// Its parts.
    fn tree(&self, scene: &Scene<'_, '_>) -> &Part {
        self.tree
            .get_or_init(|| tree(self.bytes(), &self.entity, scene.limits))
    }
}

/// What the recipes look at besides the body itself.
struct Scene<'m, 'a> {
    message: &'m Message<'a>,
    limits: &'m Limits,
}

/// What was signed, and how much may be tried.
struct Bench<'b> {
    by: Canonicalization,
    hash: &'static Algorithm,
    length: Option<u64>,
    signed: &'b [u8],
    /// Whether that is what another copy has, which says nothing of the signer.
    is_of_copy: bool,
    budget: &'b mut Budget,
}

impl Bench<'_> {
    fn start(&self) -> Running {
        self.start_by(self.by)
    }

    fn start_by(&self, by: Canonicalization) -> Running {
        Running::new(by, self.hash, self.length)
    }

    /// Whether the text ends here in the signed body. `None` if the budget is spent.
    fn ends(&mut self, running: Running) -> Option<bool> {
        // A line that has no end yet was copied, and is hashed only now.
        let work = CLONE + PER_OCTET * running.pending() as u64;
        self.budget
            .try_one(work)
            .then(|| running.finish().as_ref() == self.signed)
    }

    /// Whether the body fits; `None` if the budget is spent.
    fn fits(&mut self, body: &[u8], by: Canonicalization) -> Option<bool> {
        self.pay(body.len())?;
        let mut running = self.start_by(by);
        running.push(body);
        self.ends(running)
    }

    /// Whether hashing so many octets can be paid.
    fn can_pay(&mut self, octets: usize) -> Option<()> {
        match PER_OCTET * octets as u64 <= self.budget.left() {
            true => Some(()),
            false => self.budget.take(u64::MAX).then_some(()),
        }
    }

    /// Pays for hashing so many octets.
    fn pay(&mut self, octets: usize) -> Option<()> {
        self.budget.take(PER_OCTET * octets as u64).then_some(())
    }
}

/// The work of copying a hash and ending it.
const CLONE: u64 = 300;
/// The work of canonicalizing and hashing one octet.
const PER_OCTET: u64 = 2;

/// The order in which changes are undone: the last that was made is undone first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Received,
    Structure,
    Opened,
    Inserted,
    Text,
    Charset,
    Encoding,
    Parts,
    Lines,
}

/// A kind of change of the body, and how it is undone.
struct Recipe {
    kind: Kind,
    stage: Stage,
    /// How unlikely it is: 1 for the likeliest.
    cost: u32,
    /// After how many variants the next ones are less likely by one.
    per_cost: usize,
    how: How,
}

enum How {
    /// Gives the body before the change: the variant with this number.
    Rewrite(fn(&State, &Scene<'_, '_>, usize) -> Undo),
    /// Looks for the change by trying many places.
    Scan(fn(&State, &Scene<'_, '_>, &mut Bench<'_>) -> Option<Found>),
}

/// One variant of undoing a change.
enum Undo {
    /// There are no more variants.
    End,
    /// This variant does not apply.
    Skip,
    Edits(Vec<Edit>),
    /// The same, where something else than the first edit shows what was added, and the header of
    /// the body may be another one.
    Shown {
        edits: Vec<Edit>,
        entity: Option<Entity>,
        shown: Range<usize>,
    },
}

/// What a scan found: the edits after which the body fits, each with its kind and its part.
struct Found(Vec<(Kind, Option<String>, Edit)>);

/// All recipes. In one file each is what belongs together.
const RECIPES: &[&[Recipe]] = &[
    structure::RECIPES,
    inserted::RECIPES,
    links::RECIPES,
    reencoded::RECIPES,
    part_headers::RECIPES,
    lines::RECIPES,
    white_space::RECIPES,
    one_line::RECIPES,
];

fn recipes() -> impl Iterator<Item = &'static Recipe> {
    RECIPES.iter().copied().flatten()
}

/// The highest cost of a chain of changes.
const MOST: u32 = 9;

/// The most changes in a chain.
const CHAIN: usize = 4;

/// Bodies as they were signed, found for one signature and tried first for the others.
#[derive(Default)]
pub(in crate::dkim) struct Known(Vec<(Vec<u8>, Vec<Modification>)>);

/// Looks for the change of the body after which its hash is no longer the signed one, or that of
/// `copy`, another copy of the message.
pub(in crate::dkim) fn of_body(
    message: &Message<'_>,
    signature: &DkimSignature,
    copy: Option<&[u8]>,
    known: &mut Known,
    limits: &Limits,
    budget: &mut Budget,
) -> Option<Examined> {
    let body = message.body()?;
    let (_, by) = signature.canonicalization?;
    let hash = signature.algorithm?.hash();
    let scene = Scene { message, limits };
    let mut bench = Bench {
        by,
        hash,
        length: signature.length,
        signed: copy.unwrap_or(&signature.body_hash),
        is_of_copy: copy.is_some(),
        budget,
    };
    let found = of_known(known, &mut bench).or_else(|| {
        let start = message.header.body?;
        // A body that cannot even be hashed once more is not copied.
        bench.can_pay(2 * body.len())?;
        let found = Search::new(&scene, &mut bench, body, start).run();
        found.map(|(body, mut changes)| {
            once(&mut changes);
            known.0.push((body, changes.clone()));
            changes
        })
    });
    Some(Examined::of(found, budget, || {
        likely::of_body(message, signature)
    }))
}

fn of_known(known: &Known, bench: &mut Bench<'_>) -> Option<Vec<Modification>> {
    let fits = |(body, _): &&(Vec<u8>, Vec<Modification>)| bench.fits(body, bench.by) == Some(true);
    known
        .0
        .iter()
        .find(fits)
        .map(|(_, changes)| changes.clone())
}

/// Leaves out what only puts right what another change overdid: a text that was decoded, and encoded
/// in another way, was changed once; of white space that was added, some may have been there.
fn once(changes: &mut Vec<Modification>) {
    let all: Vec<Kind> = changes.iter().map(|change| change.kind).collect();
    let mut at = 0;
    changes.retain(|change| {
        let before = &all[..at];
        at += 1;
        let overdone: &[Kind] = match change.kind {
            Kind::Reencoded => &[Kind::Reencoded],
            Kind::TrailingSpaceLost | Kind::SeparatorSpaceLost => &[Kind::TrailingSpaceAdded],
            Kind::EmptyLinesLost => &[Kind::EmptyLinesAdded],
            _ => &[],
        };
        !before.iter().any(|kind| overdone.contains(kind))
    });
}

/// A variant of a recipe that waits to be tried.
struct Waiting {
    cost: u32,
    number: usize,
    state: Rc<State>,
    recipe: &'static Recipe,
    variant: usize,
}

impl Waiting {
    /// What costs least first; what takes many tries after what takes one; within what a list has
    /// wrapped before anything else.
    fn order(&self) -> (u32, bool, bool, usize) {
        let is_scan = matches!(self.recipe.how, How::Scan(_));
        let first = self.state.changes.first();
        let is_wrapped =
            first.is_some_and(|change| change.kind == Kind::Wrapped && change.now.is_some());
        (self.cost, is_scan, !is_wrapped, self.number)
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }
}

struct Search<'s, 'm, 'a, 'b> {
    scene: &'s Scene<'m, 'a>,
    bench: &'s mut Bench<'b>,
    waiting: BinaryHeap<Reverse<Waiting>>,
    pushed: usize,
    /// The hashes of the bodies that were tried.
    seen: HashSet<u64>,
    received: Rc<State>,
    /// Octets of the bodies that were put together.
    made: usize,
}

impl<'s, 'm, 'a, 'b> Search<'s, 'm, 'a, 'b> {
    fn new(scene: &'s Scene<'m, 'a>, bench: &'s mut Bench<'b>, body: &[u8], start: usize) -> Self {
        let received = Rc::new(State {
            text: Edited::of(body, start),
            entity: Entity::of(&scene.message.header),
            changes: Vec::new(),
            undoes: Vec::new(),
            cost: 0,
            stage: Stage::Received,
            tree: OnceCell::new(),
            styles: RefCell::default(),
        });
        Self {
            scene,
            bench,
            waiting: BinaryHeap::new(),
            pushed: 0,
            made: 0,
            seen: HashSet::default(),
            received,
        }
    }

    /// The body as it was signed, and the changes since then.
    fn run(&mut self) -> Option<(Vec<u8>, Vec<Modification>)> {
        let received = Rc::clone(&self.received);
        self.bench.pay(received.bytes().len())?;
        if let Some(found) = self.probe(&received) {
            return Some(found);
        }
        self.expand(&received);
        while let Some(Reverse(next)) = self.waiting.pop() {
            if self.bench.budget.is_spent() {
                return None;
            }
            if let Some(found) = self.step(next) {
                return Some(found);
            }
        }
        None
    }

    fn step(&mut self, next: Waiting) -> Option<(Vec<u8>, Vec<Modification>)> {
        let Waiting {
            cost,
            state,
            recipe,
            variant,
            ..
        } = next;
        let rewrite = match recipe.how {
            How::Rewrite(rewrite) => rewrite,
            How::Scan(scan) => {
                let Found(found) = scan(&state, self.scene, self.bench)?;
                let edits: Vec<Edit> = found.iter().map(|(_, _, edit)| edit.clone()).collect();
                let mut changes = state.changes.clone();
                for (kind, part, edit) in found {
                    changes.push(self.change(&state, kind, part, &[edit]));
                }
                return Some((state.text.with(&edits).bytes, changes));
            }
        };
        // Looking for the places costs much less than hashing.
        let length = state.bytes().len() as u64;
        let parts = state.tree(self.scene).leaves().count();
        let work = 500 + length / 16 + PER_PART * parts.saturating_sub(USUAL_PARTS) as u64;
        self.bench.budget.take(work).then_some(())?;
        let undone = rewrite(&state, self.scene, variant);
        let (edits, entity, shown) = match undone {
            Undo::End => return None,
            Undo::Skip => {
                self.push(&state, recipe, variant + 1);
                return None;
            }
            Undo::Edits(edits) => (edits, None, None),
            Undo::Shown {
                edits,
                entity,
                shown,
            } => (edits, entity, Some(shown)),
        };
        self.push(&state, recipe, variant + 1);
        if edits.is_empty() {
            return None;
        }
        self.bench.budget.take(length / 2).then_some(())?;
        let text = state.text.with(&edits);
        self.made += text.bytes.len();
        if self.made > self.scene.limits.autopsy_octets {
            self.bench.budget.take(u64::MAX);
            return None;
        }
        if !self.is_new(&text.bytes) {
            return None;
        }
        let mut changes = state.changes.clone();
        changes.push(match shown {
            Some(shown) => self.change(&state, recipe.kind, None, &[Edit::cut(shown)]),
            None => self.change(&state, recipe.kind, None, &edits),
        });
        let mut undoes = state.undoes.clone();
        undoes.push(recipe);
        let undone = Rc::new(State {
            text,
            entity: entity.unwrap_or_else(|| state.entity.clone()),
            changes,
            undoes,
            cost,
            stage: recipe.stage,
            tree: OnceCell::new(),
            styles: RefCell::default(),
        });
        if let Some(found) = self.probe(&undone) {
            return Some(found);
        }
        self.expand(&undone);
        None
    }

    fn is_new(&mut self, bytes: &[u8]) -> bool {
        use std::hash::BuildHasher;
        self.seen.insert(FixedState::default().hash_one(bytes))
    }

    /// Lets the recipes that may follow wait.
    fn expand(&mut self, state: &Rc<State>) {
        if state.changes.len() >= CHAIN {
            return;
        }
        for recipe in recipes() {
            let is_after = recipe.stage >= state.stage;
            let is_again = state
                .undoes
                .iter()
                .any(|other| std::ptr::eq(*other, recipe));
            let is_other = self.bench.is_of_copy && recipe.kind.is_of_signer();
            if is_after && !is_again && !is_other {
                self.push(state, recipe, 0);
            }
        }
    }

    fn push(&mut self, state: &Rc<State>, recipe: &'static Recipe, variant: usize) {
        let more = u32::try_from(variant / recipe.per_cost).unwrap_or(MOST);
        // Structures and encodings are undone before anything else; a pair of other changes is rare.
        let pair = u32::from(state.stage > Stage::Opened);
        let cost = state.cost + recipe.cost + more + pair;
        if cost > MOST {
            return;
        }
        self.pushed += 1;
        self.waiting.push(Reverse(Waiting {
            cost,
            number: self.pushed,
            state: Rc::clone(state),
            recipe,
            variant,
        }));
    }

    /// Whether this body is the signed one, or begins with it: each line is one more place where a
    /// footer may begin.
    fn probe(&mut self, state: &State) -> Option<(Vec<u8>, Vec<Modification>)> {
        let bytes = state.bytes();
        self.bench.pay(bytes.len())?;
        let mut running = self.bench.start();
        let lines: Vec<_> = edited::lines(bytes).collect();
        let is_limited = self.bench.length.is_some();
        // Where the budget is short, only the last lines are looked at.
        let most = match state.stage <= Stage::Inserted {
            true => self.bench.budget.lines(),
            false => FEW_LINES,
        };
        let first = match is_limited {
            true => lines.len(),
            false => lines.len().saturating_sub(most),
        };
        let mut found = None;
        for (number, line) in lines.iter().enumerate() {
            if number >= first && number > 0 && found.is_none() {
                let ends = self.bench.ends(running.clone())?;
                found = ends.then_some(line.start);
            }
            running.push(&bytes[line.clone()]);
        }
        if self.bench.ends(running)? {
            return (!state.changes.is_empty()).then(|| (bytes.to_vec(), state.changes.clone()));
        }
        let cut = found?;
        let edit = Edit::cut(cut..bytes.len());
        let mut changes = state.changes.clone();
        let kind = match bytes[cut..].trim_ascii().is_empty() {
            true => Kind::EmptyLinesAdded,
            false => Kind::Footer,
        };
        changes.push(self.change(state, kind, None, std::slice::from_ref(&edit)));
        Some((bytes[..cut].to_vec(), changes))
    }

    /// The change that these edits of `state` undo.
    fn change(
        &self,
        state: &State,
        kind: Kind,
        part: Option<String>,
        edits: &[Edit],
    ) -> Modification {
        let is_whole = state.tree(self.scene).multipart.is_none();
        let kind = match kind {
            Kind::FooterInPart if is_whole => Kind::Footer,
            Kind::BannerInPart if is_whole => Kind::Banner,
            kind => kind,
        };
        let first = edits.iter().find(|edit| !is_blank(edit, state));
        let first = first.or(edits.first());
        let file = first.map_or(0, |edit| {
            let now = &state.bytes()[edit.at.clone()];
            // What was added begins below the empty lines before it.
            let is_text = !now.trim_ascii().is_empty();
            let blank = match edit.with.is_empty() && is_text {
                true => now.len() - now.trim_ascii_start().len(),
                false => 0,
            };
            state
                .text
                .in_file(edit.at.start + blank.min(now.len().saturating_sub(1)))
        });
        // A text in another encoding shows nothing.
        let is_encoded = matches!(
            kind,
            Kind::Reencoded | Kind::EncodingRewrapped | Kind::Recoded
        );
        let text = |text: &[u8]| {
            let text = text.trim_ascii();
            let is_long = is_encoded && text.len() > LABEL;
            let is_shown = !text.is_empty() && !is_long;
            is_shown.then(|| excerpt(text))
        };
        let octets = first.filter(|_| kind == Kind::LinesBroken).map(|edit| {
            let before = &state.bytes()[..edit.at.start];
            let line = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
            before.len() - line
        });
        let is_empty = edits.iter().all(|edit| is_blank(edit, state));
        Modification {
            kind: match kind {
                Kind::Footer | Kind::Banner | Kind::FooterInPart | Kind::BannerInPart
                    if is_empty =>
                {
                    Kind::EmptyLinesAdded
                }
                kind => kind,
            },
            field: None,
            part,
            line: Some(line_at(self.scene.message.bytes, file)),
            places: edits.len(),
            octets,
            now: first.and_then(|edit| text(&state.bytes()[edit.at.clone()])),
            before: first.and_then(|edit| text(&edit.with)),
        }
    }
}

/// Parts of a usual message.
const USUAL_PARTS: usize = 8;
/// The work of reading the header of one more and of opening it.
const PER_PART: u64 = 8_000;

/// Lines at the end that are looked at as the start of a footer once something else was undone.
const FEW_LINES: usize = 12;

/// No name of an encoding or a character set is longer.
const LABEL: usize = 40;

/// Whether an edit concerns white space alone.
fn is_blank(edit: &Edit, state: &State) -> bool {
    let now = &state.bytes()[edit.at.clone()];
    now.trim_ascii().is_empty() && edit.with.trim_ascii().is_empty()
}
