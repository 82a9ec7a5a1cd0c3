//! What may have changed a body: recipes that undo one kind of change each, and what they work on.

mod choices;
mod edited;
mod inserted;
mod lines;
mod links;
mod one_line;
mod opened;
mod part_headers;
mod recoded;
mod reencoded;
mod running;
mod search;
mod structure;
mod white_space;

use std::cell::{OnceCell, RefCell};
use std::ops::Range;

use aws_lc_rs::digest::Algorithm;
use foldhash::HashMap;

use self::edited::{Edit, Edited};
use self::running::Running;
use self::search::Search;
use super::budget::Budget;
use super::{Examined, Kind, Modification, likely};
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
    /// The same, after which the whole body is no longer encoded.
    Decoded(Vec<Edit>),
    /// The same, where something else than the first edit shows what was added, and the header of
    /// the body may be another one.
    Shown {
        edits: Vec<Edit>,
        entity: Option<Entity>,
        shown: Range<usize>,
    },
}

/// What a scan found: the changes whose edits, all together, make the body fit.
struct Found(Vec<Change>);

/// One of them.
struct Change {
    kind: Kind,
    part: Option<String>,
    edits: Vec<Edit>,
}

impl Found {
    /// A single edit.
    fn one(kind: Kind, edit: Edit) -> Self {
        Self(vec![Change {
            kind,
            part: None,
            edits: vec![edit],
        }])
    }
}

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

/// Bodies as they were signed, found for one signature and tried first for the others.
#[derive(Default)]
pub(in crate::dkim) struct Known {
    found: Vec<SignedBody>,
    /// Which of them is that of the last signature.
    last: Option<usize>,
}

/// A body as it was signed.
#[derive(Clone)]
pub(crate) struct SignedBody {
    pub text: Vec<u8>,
    /// What the header said of it.
    pub entity: Entity,
    /// What was changed since.
    changes: Vec<Modification>,
}

impl Known {
    /// What was found for the last signature; it is forgotten that it was the last.
    pub(in crate::dkim) fn take_last(&mut self) -> Option<SignedBody> {
        let last = self.last.take().and_then(|last| self.found.get(last));
        last.cloned()
    }
}

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
        found.map(|mut found| {
            once(&mut found.changes);
            let changes = found.changes.clone();
            known.last = Some(known.found.len());
            known.found.push(found);
            changes
        })
    });
    Some(Examined::of(found, budget, || {
        likely::of_body(message, signature)
    }))
}

fn of_known(known: &mut Known, bench: &mut Bench<'_>) -> Option<Vec<Modification>> {
    let fits = |found: &SignedBody| bench.fits(&found.text, bench.by) == Some(true);
    known.last = known.found.iter().position(fits);
    known.last.map(|last| known.found[last].changes.clone())
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
            // A text that was read and edited was written anew, in other lines.
            Kind::EncodingRewrapped => &[
                Kind::Reencoded,
                Kind::LinksRewritten,
                Kind::Redacted,
                Kind::Recoded,
                Kind::ByteOrderMarkAdded,
                Kind::ByteOrderMarkLost,
                Kind::FooterInPart,
                Kind::BannerInPart,
            ],
            Kind::TrailingSpaceLost | Kind::SeparatorSpaceLost => &[Kind::TrailingSpaceAdded],
            Kind::EmptyLinesLost => &[Kind::EmptyLinesAdded],
            _ => &[],
        };
        !before.iter().any(|kind| overdone.contains(kind))
    });
}
