//! The search through what may have changed a body: changes are undone one after the other, the
//! likeliest first, until the hash is the signed one.

use std::cell::{OnceCell, RefCell};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::rc::Rc;

use foldhash::HashSet;
use foldhash::fast::FixedState;

use super::edited::{self, Edit, Edited};
use super::{Bench, Change, Found, How, Recipe, Scene, SignedBody, Stage, State, Undo, recipes};
use crate::dkim::autopsy::{Kind, Modification, excerpt, line_at};
use crate::message::mime::Entity;

/// The highest cost of a chain of changes.
const MOST: u32 = 9;

/// The most changes in a chain.
const CHAIN: usize = 4;

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

pub(super) struct Search<'s, 'm, 'a, 'b> {
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
    pub(super) fn new(
        scene: &'s Scene<'m, 'a>,
        bench: &'s mut Bench<'b>,
        body: &[u8],
        start: usize,
    ) -> Self {
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
    pub(super) fn run(&mut self) -> Option<SignedBody> {
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

    fn step(&mut self, next: Waiting) -> Option<SignedBody> {
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
                let edits = found.iter().flat_map(|change| change.edits.clone());
                let mut edits: Vec<Edit> = edits.collect();
                edits.sort_by_key(|edit| edit.at.start);
                let mut changes = state.changes.clone();
                for Change { kind, part, edits } in found {
                    changes.push(self.change(&state, kind, part, &edits));
                }
                return Some(SignedBody {
                    text: state.text.with(&edits).bytes,
                    entity: state.entity.clone(),
                    changes,
                });
            }
        };
        // Looking for the places costs much less than hashing.
        let length = state.bytes().len() as u64;
        let parts = state.tree(self.scene).leaves().count();
        let work = 500 + length / 4 + PER_PART * parts.saturating_sub(USUAL_PARTS) as u64;
        self.bench.budget.take(work).then_some(())?;
        let undone = rewrite(&state, self.scene, variant);
        let (edits, entity, shown) = match undone {
            Undo::End => return None,
            Undo::Skip => {
                self.push(&state, recipe, variant + 1);
                return None;
            }
            Undo::Edits(edits) => (edits, None, None),
            Undo::Decoded(edits) => {
                let entity = Entity {
                    encoding: "8bit".to_owned(),
                    ..state.entity.clone()
                };
                (edits, Some(entity), None)
            }
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
        // What was written by an encoder took longer than a copy.
        let written = edits.iter().map(|edit| edit.with.len() as u64).sum::<u64>();
        let work = length / 2 + PER_EDIT * edits.len() as u64 + written;
        self.bench.budget.take(work).then_some(())?;
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
            // A filter that leads links through itself does so in what another one put in, too.
            let is_before = recipe.stage == Stage::Inserted
                && state
                    .changes
                    .last()
                    .is_some_and(|change| change.kind == Kind::LinksRewritten);
            let is_after = recipe.stage >= state.stage || is_before;
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
    fn probe(&mut self, state: &State) -> Option<SignedBody> {
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
            return (!state.changes.is_empty()).then(|| SignedBody {
                text: bytes.to_vec(),
                entity: state.entity.clone(),
                changes: state.changes.clone(),
            });
        }
        let cut = found?;
        let edit = Edit::cut(cut..bytes.len());
        let mut changes = state.changes.clone();
        let kind = match bytes[cut..].trim_ascii().is_empty() {
            true => Kind::EmptyLinesAdded,
            false => Kind::Footer,
        };
        changes.push(self.change(state, kind, None, std::slice::from_ref(&edit)));
        Some(SignedBody {
            text: bytes[..cut].to_vec(),
            entity: state.entity.clone(),
            changes,
        })
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
        // In quoted-printable it is as long as a short text.
        let is_mark = edits
            .iter()
            .all(|edit| state.bytes()[edit.at.clone()].trim_ascii() == b"=EF=BB=BF");
        Modification {
            kind: match kind {
                Kind::Banner | Kind::BannerInPart if is_mark => Kind::ByteOrderMarkAdded,
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

/// The work of one edit.
const PER_EDIT: u64 = 40;

/// Parts of a usual message.
const USUAL_PARTS: usize = 8;
/// The work of reading the header of one more and of opening it.
const PER_PART: u64 = 8_000;

/// Lines at the end that are looked at as the start of a footer once something else was undone.
const FEW_LINES: usize = 16;

/// No name of an encoding or a character set is longer.
const LABEL: usize = 40;

/// Whether an edit concerns white space alone.
fn is_blank(edit: &Edit, state: &State) -> bool {
    let now = &state.bytes()[edit.at.clone()];
    now.trim_ascii().is_empty() && edit.with.trim_ascii().is_empty()
}
