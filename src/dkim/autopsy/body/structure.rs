//! MIME structure: a message that was put into a new one, parts that were added, text before the
//! first boundary, and a closing boundary that is lost.

use super::edited::Edit;
use super::{How, Recipe, Scene, Stage, State, Undo};
use crate::dkim::autopsy::Kind;
use crate::message::mime::Part;

pub(super) const RECIPES: &[Recipe] = &[
    Recipe {
        kind: Kind::Wrapped,
        stage: Stage::Structure,
        cost: 0,
        per_cost: 1,
        how: How::Rewrite(unwrapped),
    },
    Recipe {
        kind: Kind::PartAdded,
        stage: Stage::Structure,
        cost: 1,
        per_cost: 1,
        how: How::Rewrite(without_part),
    },
    Recipe {
        kind: Kind::Preamble,
        stage: Stage::Structure,
        cost: 2,
        per_cost: 5,
        how: How::Rewrite(other_preamble),
    },
    Recipe {
        kind: Kind::ClosingBoundaryLost,
        stage: Stage::Structure,
        cost: 2,
        per_cost: 4,
        how: How::Rewrite(closed),
    },
];

/// The message that a part of the outermost structure holds. Its own fields went into the header of
/// that part.
fn unwrapped(state: &State, scene: &Scene<'_, '_>, variant: usize) -> Undo {
    let Some(outer) = &state.tree(scene).multipart else {
        return Undo::End;
    };
    let is_mixed = state.entity.kind == "multipart/mixed";
    let part = outer.parts.get(variant);
    let Some(part) = part.filter(|_| is_mixed && variant < MOST_PARTS) else {
        return Undo::End;
    };
    let end = state.bytes().len();
    // A list's own part is a short text.
    let others = outer
        .parts
        .iter()
        .enumerate()
        .filter(|(at, _)| *at != variant);
    let added = others.map(|(_, other)| other).next_back();
    let added = added.filter(|part| part.is_text() && part.body.len() <= LONGEST_ADDED);
    Undo::Shown {
        edits: vec![Edit::cut(0..part.body.start), Edit::cut(part.body.end..end)],
        entity: Some(part.entity.clone()),
        shown: added.map_or(0..0, |part| part.body.clone()),
    }
}

/// Octets of the text in a list's part at most.
const LONGEST_ADDED: usize = 4 << 10;

/// Parts in which the message is looked for.
const MOST_PARTS: usize = 3;

/// The body without one part: the last, the first, both, then the others.
fn without_part(state: &State, scene: &Scene<'_, '_>, variant: usize) -> Undo {
    let Some(multipart) = &state.tree(scene).multipart else {
        return Undo::End;
    };
    let parts = multipart.parts.len();
    let without: &[usize] = match variant {
        _ if parts < 2 || variant > parts.min(MOST_REMOVED) => return Undo::End,
        0 => &[parts - 1],
        1 => &[0],
        2 if parts > 2 => &[0, parts - 1],
        2 => return Undo::End,
        variant => &[parts + 1 - variant],
    };
    let edits = without.iter().filter_map(|at| {
        let (from, to) = multipart
            .delimiters
            .get(*at)
            .zip(multipart.delimiters.get(at + 1))?;
        Some(Edit::cut(from.start..to.start))
    });
    let edits: Vec<Edit> = edits.collect();
    let last = without.last().and_then(|at| multipart.parts.get(*at));
    match (edits.is_empty(), last) {
        (false, Some(last)) => Undo::Shown {
            edits,
            entity: None,
            shown: last.body.clone(),
        },
        _ => Undo::Skip,
    }
}

/// Parts that are left out one by one.
const MOST_REMOVED: usize = 6;

/// What mail programs write before the first boundary.
const PREAMBLES: &[&[u8]] = &[
    b"",
    b"This is a multi-part message in MIME format.\r\n",
    b"This is a multi-part message in MIME format.\r\n\r\n",
    b"This is a multipart message in MIME format.\r\n\r\n",
    b"This is a multipart message in MIME format.\r\n",
    b"\r\n",
    b"This is a cryptographically signed message in MIME format.\r\n\r\n",
    b"This is an OpenPGP/MIME signed message (RFC 4880 and 3156)\r\n",
    b"This is a MIME-encapsulated message.\r\n\r\n",
    b"This is a message with multiple parts in MIME format.\r\n",
    b"This message is in MIME format.\r\n\r\n",
];

fn other_preamble(state: &State, scene: &Scene<'_, '_>, variant: usize) -> Undo {
    let Some(multipart) = &state.tree(scene).multipart else {
        return Undo::End;
    };
    let Some(preamble) = PREAMBLES.get(variant) else {
        return Undo::End;
    };
    // The first boundary has the line end before it.
    let start = multipart.delimiters.first().map_or(0, |first| first.start);
    let bytes = state.bytes();
    let end = start + line_end(&bytes[start..]);
    Undo::Edits(vec![Edit::new(0..end, *preamble)])
}

/// The length of the line end at the start.
fn line_end(bytes: &[u8]) -> usize {
    match bytes {
        [b'\r', b'\n', ..] => 2,
        [b'\n', ..] => 1,
        _ => 0,
    }
}

/// The body with the closing boundary of its structure, and what may have stood before it.
fn closed(state: &State, scene: &Scene<'_, '_>, variant: usize) -> Undo {
    let open: Vec<&str> = open_boundaries(state.tree(scene));
    const LEADS: [&str; 3] = ["", "\r\n", "\r\n\r\n"];
    let Some(lead) = LEADS.get(variant).filter(|_| !open.is_empty()) else {
        return Undo::End;
    };
    let mut text = String::from(*lead);
    for boundary in open.iter().rev() {
        text.push_str("--");
        text.push_str(boundary);
        text.push_str("--\r\n");
    }
    let end = state.bytes().len();
    Undo::Edits(vec![Edit::new(end..end, text)])
}

/// The boundaries of the structures that are not closed, the outermost first.
fn open_boundaries(part: &Part) -> Vec<&str> {
    let mut open = Vec::new();
    let mut part = Some(part);
    while let Some(one) = part {
        let Some(multipart) = &one.multipart else {
            break;
        };
        if multipart.epilogue.is_some() {
            break;
        }
        open.extend(one.entity.boundary.as_deref());
        part = multipart.parts.last();
    }
    open
}
