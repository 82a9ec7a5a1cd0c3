//! Changes that are seen line by line: what mailboxes, transports and line ends do to a text.

use std::cmp::Reverse;
use std::ops::Range;

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
        per_cost: 7,
        how: How::Rewrite(joined),
    },
    Recipe {
        kind: Kind::LinesJoined,
        stage: Stage::Lines,
        cost: 3,
        per_cost: 24,
        how: How::Rewrite(broken),
    },
];

const fn line(kind: Kind, cost: u32, undo: fn(&State, &Scene<'_, '_>, usize) -> Undo) -> Recipe {
    Recipe {
        kind,
        stage: Stage::Lines,
        cost,
        per_cost: 6,
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

/// All edits; where they make few different lines, then some of them. Equal lines were treated in one
/// way.
pub(super) fn some(edits: Vec<Edit>, variant: usize) -> Undo {
    if variant == 0 {
        return Undo::Edits(edits);
    }
    let mut different: Vec<&[u8]> = Vec::new();
    let mut of: Vec<usize> = Vec::with_capacity(edits.len());
    for edit in &edits {
        let known = different.iter().position(|with| *with == edit.with);
        of.push(known.unwrap_or(different.len()));
        if known.is_none() {
            different.push(&edit.with);
        }
        if different.len() > FEW {
            return Undo::End;
        }
    }
    let Some(kept) = subsets(different.len()).nth(variant - 1) else {
        return Undo::End;
    };
    let kept = edits
        .into_iter()
        .zip(of)
        .filter(|(_, of)| kept >> of & 1 == 1);
    Undo::Edits(kept.map(|(edit, _)| edit).collect())
}

/// Different lines of which some are tried.
const FEW: usize = 8;
/// Those of which all combinations are.
const VERY_FEW: usize = 5;

/// The sets of `count` things, as bits, but for the empty one and that of all: one alone, all but one;
/// of very few things also those between.
fn subsets(count: usize) -> impl Iterator<Item = u32> {
    let all = (1_u32 << count) - 1;
    let one = move |bits: u32| bits.count_ones() == 1;
    let most = move |set: &u32| one(*set) || one(all ^ set);
    let rest = move |set: &u32| count <= VERY_FEW && !most(set);
    let (alone, between) = (1..all, 1..all);
    let alone = alone
        .clone()
        .filter(move |set| one(*set))
        .chain(alone.filter(move |set| !one(*set) && most(set)));
    alone.chain(between.filter(move |set| rest(set)))
}

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
    let variant = variant - joints.len();
    let bytes = state.bytes();
    let Some(width) = wrapped_at(bytes, variant / OWN) else {
        return Undo::End;
    };
    // The author's own lines had no end but that of a paragraph, or they were a little longer.
    let own = match variant % OWN {
        0 => usize::MAX,
        1 => width + 4,
        2 => own_width(bytes, width),
        3 => width + 2,
        4 => width + 6,
        _ => width + 8,
    };
    Undo::Edits(unwrapped(bytes, width, own))
}

/// Widths of the author's lines that are tried for each width of the lines that were made of them.
const OWN: usize = 6;

/// The longest line that the author ended, as far as is told from the next one, which would not have
/// been wrapped there.
fn own_width(bytes: &[u8], width: usize) -> usize {
    let mut longest = 0;
    let mut joined = 0;
    for (line, word) in pairs(bytes) {
        joined += line.len();
        match line.len() <= width && line.len() + 1 + word > width {
            true => joined += 1,
            false => longest = longest.max(std::mem::take(&mut joined)),
        }
    }
    longest
}

/// No lines of text that was wrapped are longer.
const LONG: usize = 500;

/// Widths of lines that are looked for.
const WIDTHS: Range<usize> = 40..140;

/// The widths at which the text may have been wrapped, likeliest first: no line of several words is
/// longer, and after some the next word would not have fitted.
fn wrapped_at(bytes: &[u8], number: usize) -> Option<usize> {
    let mut ends = [0_usize; WIDTHS.end];
    let mut longest = 0;
    for (line, word) in pairs(bytes) {
        let from = line.len().max(WIDTHS.start);
        let to = (line.len() + 1 + word).min(WIDTHS.end);
        (from..to).for_each(|width| ends[width] += 1);
        if memchr(b' ', line).is_some() && line.len() < WIDTHS.end {
            longest = longest.max(line.len());
        }
    }
    let is_usual = |width: usize| [72, 76, 78, 80, 132].contains(&width);
    let mut widths: Vec<usize> = WIDTHS.filter(|width| ends[*width] > 0).collect();
    widths.sort_by_key(|width| {
        let is_short = *width < longest;
        (
            is_short,
            width.abs_diff(longest) > 8,
            !is_usual(*width),
            Reverse(ends[*width]),
        )
    });
    widths.get(number).copied()
}

/// Each line that another one follows, and the length of the first word of that.
fn pairs(bytes: &[u8]) -> impl Iterator<Item = (&[u8], usize)> {
    let mut lines = edited::lines(bytes).peekable();
    std::iter::from_fn(move || {
        let line = edited::content(&bytes[lines.next()?]);
        let next = lines
            .peek()
            .map(|next| edited::content(&bytes[next.clone()]));
        Some((line, next.map_or(0, first_word)))
    })
    .filter(|(line, word)| !line.is_empty() && *word > 0)
}

fn first_word(line: &[u8]) -> usize {
    memchr(b' ', line).unwrap_or(line.len())
}

/// The line ends after which the first word would not have fitted within `width`, as spaces; but not
/// those at which a line of at most `own` octets would have ended as well.
fn unwrapped(bytes: &[u8], width: usize, own: usize) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut joined = 0;
    let mut lines = edited::lines(bytes).peekable();
    while let Some(span) = lines.next() {
        let line = edited::content(&bytes[span.clone()]);
        joined += line.len();
        let next = lines
            .peek()
            .map(|next| edited::content(&bytes[next.clone()]));
        let word = next.map_or(0, first_word);
        let is_wrapped =
            !line.is_empty() && word > 0 && line.len() <= width && line.len() + 1 + word > width;
        match is_wrapped && joined + 1 + word <= own {
            true => {
                let end = span.start + line.len();
                edits.push(Edit::new(end..span.end, b" ".as_slice()));
                joined += 1;
            }
            false => joined = 0,
        }
    }
    edits
}

/// Joined lines, broken again: at spaces, which stay where text is flowed (RFC 3676 §4.1), as after
/// the `--` above a sender's signature (§4.3).
fn broken(state: &State, _: &Scene<'_, '_>, variant: usize) -> Undo {
    const USUAL: [usize; 13] = [71, 72, 76, 66, 78, 64, 65, 75, 77, 80, 70, 74, 73];
    let others = (WIDTHS.start..LONG).filter(|width| !USUAL.contains(width));
    // The separator alone, then with lines of each width.
    let mut widths = std::iter::once(usize::MAX).chain(USUAL).chain(others);
    let Some(width) = widths.nth(variant / 2) else {
        return Undo::End;
    };
    let is_flowed = variant.is_multiple_of(2);
    let bytes = state.bytes();
    let mut edits = Vec::new();
    for span in edited::lines(bytes) {
        let line = edited::content(&bytes[span.clone()]);
        let mut start = 0;
        if is_flowed && line.starts_with(b"-- ") && line.len() > 3 {
            start = 3;
            let at = span.start + start;
            edits.push(Edit::new(at..at, b"\r\n".as_slice()));
        }
        while line.len() - start > width {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_those_of_one_then_all_but_one_then_the_rest() {
        let sets = |count| subsets(count).collect::<Vec<_>>();
        assert!(sets(0).is_empty());
        assert!(sets(1).is_empty());
        assert_eq!(sets(2), [1, 2]);
        assert_eq!(sets(3), [1, 2, 4, 3, 5, 6]);
        assert_eq!(sets(4)[..8], [1, 2, 4, 8, 7, 11, 13, 14]);
        assert_eq!(sets(4).len(), 14);
        assert_eq!(sets(VERY_FEW).len(), 30);
        assert_eq!(sets(VERY_FEW + 1).len(), 12);
        assert_eq!(sets(FEW).len(), 16);
        let mut all = sets(VERY_FEW);
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 30);
    }

    fn edits(undo: Undo) -> Option<Vec<usize>> {
        match undo {
            Undo::Edits(edits) => Some(edits.iter().map(|edit| edit.at.start).collect()),
            _ => None,
        }
    }

    #[test]
    fn equal_lines_are_changed_together() {
        let lines = |count: usize, different: usize| -> Vec<Edit> {
            let with = |at: usize| format!("line {}", at % different).into_bytes();
            (0..count).map(|at| Edit::new(at..at, with(at))).collect()
        };
        assert_eq!(edits(some(lines(4, 2), 0)), Some(vec![0, 1, 2, 3]));
        assert_eq!(edits(some(lines(4, 2), 1)), Some(vec![0, 2]));
        assert_eq!(edits(some(lines(4, 2), 2)), Some(vec![1, 3]));
        assert_eq!(edits(some(lines(4, 2), 3)), None);
        assert_eq!(edits(some(lines(4, 1), 1)), None);
        assert_eq!(edits(some(Vec::new(), 1)), None);
        assert_eq!(edits(some(lines(FEW, FEW), 1)), Some(vec![0]));
        assert_eq!(edits(some(lines(FEW + 1, FEW + 1), 1)), None);
    }

    fn words(count: usize) -> String {
        let words = ["copper", "a", "ticket", "of", "lantern", "harbour"];
        let words: Vec<_> = (0..count).map(|at| words[at * 7 % 6]).collect();
        words.join(" ")
    }

    /// The text in lines of at most so many octets.
    fn wrapped(text: &str, width: usize) -> String {
        let mut out = String::new();
        let mut column = 0;
        for word in text.split(' ') {
            match column {
                0 => (),
                column if column + 1 + word.len() > width => out.push_str("\r\n"),
                _ => out.push(' '),
            }
            let line = out.rfind('\n').map_or(0, |at| at + 1);
            out.push_str(word);
            column = out.len() - line;
        }
        out + "\r\n"
    }

    #[test]
    fn the_width_is_told_from_the_text() {
        for width in [60, 72, 76, 78, 80] {
            let text = wrapped(&words(200), width);
            let found = (0..8).find_map(|number| {
                let found = wrapped_at(text.as_bytes(), number)?;
                let joined = unwrapped(text.as_bytes(), found, usize::MAX);
                (joined.len() == text.lines().count() - 1).then_some(number)
            });
            assert!(found.is_some_and(|number| number < 3), "{width}: {found:?}");
        }
    }

    #[test]
    fn a_text_that_nobody_wrapped_has_no_width() {
        for text in [
            "",
            "\r\n",
            "one line without an end",
            "\r\n\r\n\r\n",
            "a paragraph\r\n\r\nand another\r\n",
            "short\r\nlines\r\n",
        ] {
            assert_eq!(wrapped_at(text.as_bytes(), 0), None, "{text:?}");
        }
        let long = format!("{}\r\nword\r\n", "a ".repeat(200));
        assert_eq!(wrapped_at(long.as_bytes(), 0), None);
        // The next word is too long for any line.
        let word = format!("a line\r\n{}\r\n", "a".repeat(500));
        assert_eq!(wrapped_at(word.as_bytes(), 0), Some(72));
        assert_eq!(wrapped_at(word.as_bytes(), WIDTHS.len()), None);
        assert!(wrapped_at(word.as_bytes(), WIDTHS.len() - 1).is_some());
    }
}
