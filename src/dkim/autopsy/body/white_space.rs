//! White space: trailing spaces, tabs, empty lines, the last line end, byte order marks, and the
//! other canonicalization.

use super::edited::{self, Edit};
use super::{Bench, Found, How, Recipe, Scene, Stage, State, Undo, opened};
use crate::dkim::autopsy::Kind;
use crate::dkim::canonical::Canonicalization;

pub(super) const RECIPES: &[Recipe] = &[
    Recipe {
        kind: Kind::OtherCanonicalization,
        stage: Stage::Lines,
        cost: 1,
        per_cost: 1,
        how: How::Scan(other_canonicalization),
    },
    Recipe {
        kind: Kind::LastLineEnd,
        stage: Stage::Lines,
        cost: 1,
        per_cost: 1,
        how: How::Scan(last_line_end),
    },
    white(
        Kind::TrailingSpaceAdded,
        1,
        1,
        |state, _, variant| match variant {
            // The separator above a sender's signature has a space of its own.
            0 | 1 => each_line(state, |line| {
                let kept = line.trim_ascii_end().len();
                let is_kept = variant == 0 && line == b"-- ";
                (kept < line.len() && !is_kept).then(|| (kept..line.len(), Vec::new()))
            }),
            _ => Undo::End,
        },
    ),
    white(Kind::EmptyLinesAdded, 1, 3, empty_lines_added),
    white(Kind::EmptyLinesLost, 1, 2, empty_lines_lost),
    white(Kind::TabsExpanded, 2, 2, tabs),
    white(Kind::TrailingSpaceLost, 2, 3, trailing_space_lost),
    white(Kind::WhiteSpace, 2, 2, white_space),
    white(
        Kind::ByteOrderMarkAdded,
        1,
        2,
        |state, scene, variant| match variant {
            0 => replaced(state, MARK, b""),
            1 => replaced(state, b"=EF=BB=BF", b""),
            2 => match opened::edit(state, scene, Some(0), |_, text| {
                let mark = text.starts_with(MARK).then(|| Edit::cut(0..MARK.len()));
                Vec::from_iter(mark).into()
            }) {
                Undo::Edits(edits) => Undo::Edits(edits),
                _ => Undo::End,
            },
            _ => Undo::End,
        },
    ),
    white(Kind::ByteOrderMarkLost, 3, 30, mark_lost),
];

const MARK: &[u8] = b"\xef\xbb\xbf";

const fn white(
    kind: Kind,
    cost: u32,
    per_cost: usize,
    undo: fn(&State, &Scene<'_, '_>, usize) -> Undo,
) -> Recipe {
    Recipe {
        kind,
        stage: Stage::Lines,
        cost,
        per_cost,
        how: How::Rewrite(undo),
    }
}

/// A mark at the start of the first text part, then of each.
fn mark_lost(state: &State, scene: &Scene<'_, '_>, variant: usize) -> Undo {
    let (all, style) = opened::choice(state, scene, variant);
    let first = state.tree(scene).leaves().find(|part| part.is_text());
    let first = first.map_or(0, |part| part.body.start);
    let undo = opened::edit(state, scene, Some(style), |part, _| {
        match part.body.start == first {
            false if all == 0 => Vec::new().into(),
            _ => vec![Edit::new(0..0, MARK)].into(),
        }
    });
    match undo {
        Undo::End if all == 0 => Undo::Skip,
        _ if all > 1 => Undo::End,
        undo => undo,
    }
}

/// One edit in each line for which `undo` gives one; its range is within the line.
fn each_line(
    state: &State,
    undo: impl Fn(&[u8]) -> Option<(std::ops::Range<usize>, Vec<u8>)>,
) -> Undo {
    let bytes = state.bytes();
    let mut edits = Vec::new();
    for span in edited::lines(bytes) {
        let line = edited::content(&bytes[span.clone()]);
        if let Some((at, with)) = undo(line) {
            edits.push(Edit::new(span.start + at.start..span.start + at.end, with));
        }
    }
    Undo::Edits(edits)
}

fn empty_lines_added(state: &State, _: &Scene<'_, '_>, variant: usize) -> Undo {
    let bytes = state.bytes();
    let empty: Vec<_> = edited::lines(bytes)
        .map(|span| {
            (
                edited::content(&bytes[span.clone()])
                    .trim_ascii()
                    .is_empty(),
                span,
            )
        })
        .collect();
    let leading = empty.iter().take_while(|(is_empty, _)| *is_empty).count();
    match variant {
        // All at the start, then one.
        0 if leading > 0 => Undo::Edits(vec![Edit::cut(0..empty[leading - 1].1.end)]),
        1 if leading > 1 => Undo::Edits(vec![Edit::cut(empty[0].1.clone())]),
        // One after each line: every line end was doubled.
        2 => {
            let is_doubled = empty
                .iter()
                .skip(1)
                .step_by(2)
                .all(|(is_empty, _)| *is_empty);
            let every = empty.into_iter().skip(1).step_by(2);
            match is_doubled {
                true => Undo::Edits(every.map(|(_, span)| Edit::cut(span)).collect()),
                false => Undo::Skip,
            }
        }
        // Runs of empty lines, down to one.
        3 => {
            let again = empty.windows(2).filter(|pair| pair[0].0 && pair[1].0);
            Undo::Edits(again.map(|pair| Edit::cut(pair[1].1.clone())).collect())
        }
        // All of them.
        4 => {
            let all = empty.into_iter().filter(|(is_empty, _)| *is_empty);
            Undo::Edits(all.map(|(_, span)| Edit::cut(span)).collect())
        }
        0 | 1 => Undo::Skip,
        _ => Undo::End,
    }
}

fn empty_lines_lost(state: &State, _: &Scene<'_, '_>, variant: usize) -> Undo {
    let bytes = state.bytes();
    match variant {
        0..=2 => Undo::Edits(vec![Edit::new(0..0, b"\r\n".repeat(variant + 1))]),
        // One after each line.
        3 => {
            let ends = edited::lines(bytes).map(|span| span.end);
            let ends = ends.map(|end| Edit::new(end..end, b"\r\n".as_slice()));
            Undo::Edits(ends.collect())
        }
        _ => Undo::End,
    }
}

fn tabs(state: &State, _: &Scene<'_, '_>, variant: usize) -> Undo {
    const SPACES: [&[u8]; 2] = [b"        ", b"    "];
    match variant {
        // Wherever there are so many spaces.
        0 | 1 => replaced(state, SPACES[variant], b"\t"),
        // Only at the start of lines.
        2 | 3 => each_line(state, |line| {
            let width = SPACES[variant - 2].len();
            let spaces = line.iter().take_while(|byte| **byte == b' ').count();
            let tabs = spaces / width;
            (tabs > 0).then(|| (0..tabs * width, b"\t".repeat(tabs)))
        }),
        _ => Undo::End,
    }
}

fn trailing_space_lost(state: &State, _: &Scene<'_, '_>, variant: usize) -> Undo {
    match variant {
        // Text in format=flowed has a space at the end of each line that goes on.
        0 => {
            let bytes = state.bytes();
            let lines: Vec<_> = edited::lines(bytes).collect();
            let mut edits = Vec::new();
            for pair in lines.windows(2) {
                let line = edited::content(&bytes[pair[0].clone()]);
                let next = edited::content(&bytes[pair[1].clone()]);
                let goes_on = line.len() > 40 && !next.is_empty();
                if goes_on && !line.ends_with(b" ") && !line.starts_with(b">") {
                    let end = pair[0].start + line.len();
                    edits.push(Edit::new(end..end, b" ".as_slice()));
                }
            }
            Undo::Edits(edits)
        }
        // The quote marks of an empty quoted line.
        1 => each_line(state, |line| {
            let is_quote = !line.is_empty() && line.iter().all(|byte| *byte == b'>');
            is_quote.then(|| (line.len()..line.len(), b" ".to_vec()))
        }),
        2 => each_line(state, |line| line.is_empty().then(|| (0..0, b" ".to_vec()))),
        3 => each_line(state, |line| {
            (!line.is_empty()).then(|| (line.len()..line.len(), b" ".to_vec()))
        }),
        _ => Undo::End,
    }
}

fn white_space(state: &State, _: &Scene<'_, '_>, variant: usize) -> Undo {
    match variant {
        // No-break spaces became spaces or the reverse.
        0 => replaced(state, b"\xc2\xa0", b" "),
        1 => replaced(state, b"\t", b" "),
        2 => replaced(state, b"  ", b" "),
        _ => Undo::End,
    }
}

fn replaced(state: &State, from: &[u8], to: &[u8]) -> Undo {
    let found = memchr::memmem::find_iter(state.bytes(), from);
    let edits = found.map(|at| Edit::new(at..at + from.len(), to));
    Undo::Edits(edits.collect())
}

/// The body hash made by the other canonicalization. Nothing in the body is to be edited.
fn other_canonicalization(
    state: &State,
    _: &Scene<'_, '_>,
    bench: &mut Bench<'_>,
) -> Option<Found> {
    let other = match bench.by {
        Canonicalization::Simple => Canonicalization::Relaxed,
        Canonicalization::Relaxed => Canonicalization::Simple,
    };
    // What is signed in simple form and fits in relaxed form may as well have got its white space on
    // the way.
    let kind = match other {
        Canonicalization::Simple => Kind::OtherCanonicalization,
        Canonicalization::Relaxed => Kind::WhiteSpace,
    };
    let bytes = state.bytes();
    let nowhere = Edit::cut(0..0);
    bench.fits(bytes, other)?.then(|| Found::one(kind, nowhere))
}

/// The body signed without a line end after its last line, which both canonical forms have (RFC 6376
/// §3.4.3).
fn last_line_end(state: &State, _: &Scene<'_, '_>, bench: &mut Bench<'_>) -> Option<Found> {
    if bench.length.is_some() {
        return None;
    }
    let bytes = state.bytes();
    bench.pay(2 * bytes.len())?;
    let length = crate::dkim::canonical::body_hashes(bytes, bench.by, bench.hash, None).length;
    let without = length.checked_sub(2)?;
    let hashes = crate::dkim::canonical::body_hashes(bytes, bench.by, bench.hash, [without]);
    bench.budget.try_one(0);
    let end = bytes.len();
    (hashes.digest(Some(without)) == bench.signed)
        .then(|| Found::one(Kind::LastLineEnd, Edit::cut(end..end)))
}
