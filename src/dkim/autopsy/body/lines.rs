//! Changes that are seen line by line: what mailboxes, transports and line ends do to a text.

use memchr::memchr;

use super::edited::{self, Edit};
use super::{How, Recipe, Scene, Stage, State, Undo};
use crate::dkim::autopsy::{Kind, long_line};

pub(super) const RECIPES: &[Recipe] = &[
    line(Kind::CrDoubled, 1, |state, _, variant| {
        each(state, variant, |line| {
            line.ends_with(b"\r\r")
                .then(|| line[..line.len() - 1].to_vec())
        })
    }),
    line(Kind::BareCrSignedAsLineEnd, 1, |state, _, variant| {
        each(state, variant, |line| replaced_cr(line, b"\r\n"))
    }),
    line(Kind::BareCrAdded, 1, |state, _, variant| {
        each(state, variant, |line| replaced_cr(line, b""))
    }),
    line(Kind::FromQuoted, 1, |state, _, variant| {
        each(state, variant, |line| {
            let is_quoted = line.first() == Some(&b'>') && unquoted(line).starts_with(b"From ");
            is_quoted.then(|| line[1..].to_vec())
        })
    }),
    line(Kind::DotAdded, 1, |state, _, variant| {
        each(state, variant, |line| {
            line.starts_with(b"..").then(|| line[1..].to_vec())
        })
    }),
    line(Kind::SeparatorSpaceLost, 1, |state, _, variant| {
        each(state, variant, |line| {
            (edited::content(line) == b"--").then(|| [b"-- ", &line[2..]].concat())
        })
    }),
    line(Kind::FromUnquoted, 1, |state, _, variant| {
        each(state, variant, |line| {
            line.starts_with(b"From ").then(|| [b">", line].concat())
        })
    }),
    line(Kind::DotLost, 1, |state, _, variant| {
        each(state, variant, |line| {
            line.starts_with(b".").then(|| [b".", line].concat())
        })
    }),
    Recipe {
        kind: Kind::LinesBroken,
        stage: Stage::Lines,
        cost: 1,
        per_cost: 5,
        how: How::Rewrite(joined),
    },
    Recipe {
        kind: Kind::LinesJoined,
        stage: Stage::Lines,
        cost: 3,
        per_cost: 6,
        how: How::Rewrite(broken),
    },
];

const fn line(kind: Kind, cost: u32, undo: fn(&State, &Scene<'_, '_>, usize) -> Undo) -> Recipe {
    Recipe {
        kind,
        stage: Stage::Lines,
        cost,
        per_cost: 4,
        how: How::Rewrite(undo),
    }
}

/// Each line as it was, given the line without its LF; `None` if the change did not touch it. First
/// all such lines; where there are few, then each of them alone, and all but each.
fn each(state: &State, variant: usize, undo: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Undo {
    let bytes = state.bytes();
    let mut edits = Vec::new();
    for span in edited::lines(bytes) {
        let is_last = bytes[span.clone()].last() != Some(&b'\n');
        let end = span.end - usize::from(!is_last);
        let line = &bytes[span.start..end];
        let before = match is_last && line.ends_with(b"\r") {
            // A CR at the end of the file may be a line end like any other.
            true => undo(&[line, b"\r"].concat())
                .map(|line| line.strip_suffix(b"\r").unwrap_or(&line).to_vec()),
            false => undo(line),
        };
        edits.extend(before.map(|before| Edit::new(span.start..end, before)));
    }
    some(edits, variant)
}

/// All edits; where there are few, then each alone, and all but each.
pub(super) fn some(mut edits: Vec<Edit>, variant: usize) -> Undo {
    let few = match edits.len() {
        2..=FEW => edits.len(),
        _ => 0,
    };
    match variant {
        0 => Undo::Edits(edits),
        one if one <= few => Undo::Edits(vec![edits.swap_remove(one - 1)]),
        one if few > 2 && one <= 2 * few => {
            edits.remove(one - few - 1);
            Undo::Edits(edits)
        }
        _ => Undo::End,
    }
}

const FEW: usize = 8;

fn unquoted(mut line: &[u8]) -> &[u8] {
    while let [b'>', rest @ ..] = line {
        line = rest;
    }
    line
}

/// The line with each CR that is not part of its end replaced; `None` if there is none.
fn replaced_cr(line: &[u8], by: &[u8]) -> Option<Vec<u8>> {
    let (text, end) = match line {
        [text @ .., b'\r'] => (text, &b"\r"[..]),
        text => (text, &b""[..]),
    };
    memchr(b'\r', text)?;
    let pieces: Vec<&[u8]> = text.split(|byte| *byte == b'\r').collect();
    Some([&pieces.join(by), end].concat())
}

/// Long lines that were broken, joined again.
fn joined(state: &State, _: &Scene<'_, '_>, variant: usize) -> Undo {
    let joints = long_line::JOINTS;
    if let Some(joint) = joints.get(variant) {
        return match long_line::joints(state.bytes(), *joint) {
            Some(joints) => Undo::Edits(
                joints
                    .into_iter()
                    .map(|(at, with)| Edit::new(at, with))
                    .collect(),
            ),
            None => Undo::Skip,
        };
    }
    // Paragraphs that were wrapped at the usual widths.
    const WIDTHS: [usize; 9] = [72, 76, 78, 80, 70, 74, 75, 79, 132];
    match WIDTHS.get(variant - joints.len()) {
        Some(width) => Undo::Edits(unwrapped(state.bytes(), *width)),
        None => Undo::End,
    }
}

/// The line ends after which the first word would not have fitted within `width`, as spaces.
fn unwrapped(bytes: &[u8], width: usize) -> Vec<Edit> {
    let lines: Vec<_> = edited::lines(bytes).collect();
    let mut edits = Vec::new();
    for pair in lines.windows(2) {
        let line = edited::content(&bytes[pair[0].clone()]);
        let next = edited::content(&bytes[pair[1].clone()]);
        let word = next.iter().position(|byte| *byte == b' ');
        let word = word.unwrap_or(next.len());
        let is_wrapped =
            !line.is_empty() && word > 0 && line.len() <= width && line.len() + 1 + word > width;
        if is_wrapped {
            let end = pair[0].start + line.len();
            edits.push(Edit::new(end..pair[0].end, b" ".as_slice()));
        }
    }
    edits
}

/// Joined lines, broken again at the usual widths: at spaces, which stay where text is flowed
/// (RFC 3676 §4.1).
fn broken(state: &State, _: &Scene<'_, '_>, variant: usize) -> Undo {
    const WIDTHS: [usize; 12] = [71, 72, 66, 76, 78, 65, 75, 77, 80, 70, 74, 73];
    let Some(width) = WIDTHS.get(variant / 2) else {
        return Undo::End;
    };
    let is_flowed = variant.is_multiple_of(2);
    let bytes = state.bytes();
    let mut edits = Vec::new();
    for span in edited::lines(bytes) {
        let line = edited::content(&bytes[span.clone()]);
        let mut start = 0;
        while line.len() - start > *width {
            let within = &line[start..(start + width + 1).min(line.len())];
            let space = within.iter().rposition(|byte| *byte == b' ');
            let Some(space) = space.filter(|at| *at > 0) else {
                break;
            };
            let at = span.start + start + space;
            edits.push(match is_flowed {
                true => Edit::new(at + 1..at + 1, b"\r\n".as_slice()),
                false => Edit::new(at..at + 1, b"\r\n".as_slice()),
            });
            start += space + 1;
        }
    }
    Undo::Edits(edits)
}
