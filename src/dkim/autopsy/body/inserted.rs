//! Text that was put into the text parts: footers and banners, in one part or in all of them.

use std::ops::Range;

use foldhash::HashSet;

use super::choices::{self, Place};
use super::edited::{self, Edit};
use super::running::Running;
use super::{Bench, CLONE, Change, Found, How, PER_OCTET, Recipe, Scene, Stage, State};
use crate::dkim::autopsy::Kind;
use crate::message::mime::Part;

pub(super) const RECIPES: &[Recipe] = &[
    Recipe {
        kind: Kind::FooterInPart,
        stage: Stage::Inserted,
        cost: 2,
        per_cost: 1,
        how: How::Scan(|state, scene, bench| scan(state, scene, bench, Side::End)),
    },
    Recipe {
        kind: Kind::BannerInPart,
        stage: Stage::Inserted,
        cost: 2,
        per_cost: 1,
        how: How::Scan(|state, scene, bench| scan(state, scene, bench, Side::Start)),
    },
    Recipe {
        kind: Kind::BannerInPart,
        stage: Stage::Inserted,
        cost: 3,
        per_cost: 1,
        how: How::Scan(both),
    },
];

/// At which end of a part text was put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Start,
    End,
}

/// The pieces of a text part that may have been put in there, the likeliest first.
pub(super) fn pieces(
    bytes: &[u8],
    part: Range<usize>,
    side: Side,
    is_html: bool,
) -> Vec<Range<usize>> {
    let mut pieces = match (side, is_html) {
        (Side::End, false) => tails(bytes, part),
        (Side::Start, false) => heads(bytes, part),
        (Side::End, true) => html_tails(bytes, part),
        (Side::Start, true) => html_heads(bytes, part),
    };
    // Less is no text that somebody put there.
    pieces.retain(|piece| bytes[piece.clone()].trim_ascii().len() >= LEAST);
    pieces
}

/// Octets of a footer or a banner, at least.
const LEAST: usize = 8;

/// A text part, and the pieces of it that may have been put in.
struct Leaf {
    kind: Kind,
    name: Option<String>,
    pieces: Vec<Range<usize>>,
}

fn scan(state: &State, scene: &Scene<'_, '_>, bench: &mut Bench<'_>, side: Side) -> Option<Found> {
    let root = state.tree(scene);
    let is_whole = root.multipart.is_none();
    let bytes = state.bytes();
    bench.pay(bytes.len())?;
    let leaves: Vec<Leaf> = root
        .leaves()
        .filter(|part| part.is_text() && !is_encoded(part))
        .take(MOST_LEAVES)
        .map(|part| {
            let is_html = part.entity.kind == "text/html";
            let pieces = pieces(bytes, part.body.clone(), side, is_html);
            Leaf {
                kind: match side {
                    Side::End => Kind::FooterInPart,
                    Side::Start => Kind::BannerInPart,
                },
                name: (!is_whole).then(|| part.entity.kind.clone()),
                pieces,
            }
        })
        .collect();
    // Each part alone, then all of them together. Where the budget is short, only the likeliest
    // places are tried: each costs the text behind it.
    let alone = bench.budget.left() / 4 / leaves.len().max(1) as u64;
    for leaf in &leaves {
        let behind = leaf
            .pieces
            .iter()
            .map(|piece| bytes.len() - piece.end)
            .min();
        let each = CLONE + PER_OCTET * behind.unwrap_or(0) as u64;
        let most = usize::try_from(alone / each).unwrap_or(usize::MAX);
        if let Some(found) = search(bytes, &[leaf.first(most)], bench) {
            return Some(found);
        }
    }
    let [first, rest @ ..] = &leaves[..] else {
        return None;
    };
    if rest.is_empty() {
        return None;
    }
    let behind = first
        .pieces
        .iter()
        .map(|piece| bytes.len() - piece.end)
        .min();
    let each = TOGETHER as u64 * CLONE + PER_OCTET * behind.unwrap_or(0) as u64;
    let most = usize::try_from(bench.budget.left() / 3 / each).unwrap_or(usize::MAX);
    let first = first.first(most.min(TOGETHER));
    let rest = rest.iter().map(|leaf| leaf.first(TOGETHER));
    let few: Vec<Leaf> = std::iter::once(first).chain(rest).collect();
    search(bytes, &few, bench)
}

/// A banner and a footer, each in any of the parts.
fn both(state: &State, scene: &Scene<'_, '_>, bench: &mut Bench<'_>) -> Option<Found> {
    // Before the same of another kind was undone, not after it.
    if state.stage >= Stage::Inserted {
        return None;
    }
    let root = state.tree(scene);
    let is_whole = root.multipart.is_none();
    let bytes = state.bytes();
    bench.pay(bytes.len())?;
    let mut names = Vec::new();
    let mut places = Vec::new();
    let mut kinds: Vec<Vec<Vec<Kind>>> = Vec::new();
    let leaves = root
        .leaves()
        .filter(|part| part.is_text() && !is_encoded(part));
    for part in leaves.take(MOST_LEAVES) {
        let is_html = part.entity.kind == "text/html";
        let cuts = |side: Side| -> Vec<Option<Range<usize>>> {
            let pieces = pieces(bytes, part.body.clone(), side, is_html);
            let none = std::iter::once(None);
            none.chain(pieces.into_iter().map(Some)).collect()
        };
        let (heads, tails) = (cuts(Side::Start), cuts(Side::End));
        let mut ways = Vec::new();
        let mut sides = Vec::new();
        // The likeliest of both first.
        'all: for sum in 0..heads.len() + tails.len() {
            for head in 0..=sum {
                if ways.len() == MOST_WAYS {
                    break 'all;
                }
                let Some((head, tail)) = heads.get(head).zip(tails.get(sum - head)) else {
                    continue;
                };
                let overlap = head.as_ref().zip(tail.as_ref());
                if overlap.is_none_or(|(head, tail)| head.end <= tail.start) {
                    let cuts = [(Kind::BannerInPart, head), (Kind::FooterInPart, tail)];
                    let cuts = cuts.into_iter().filter_map(|(kind, at)| {
                        let at = at.as_ref()?;
                        Some((kind, Edit::cut(at.clone())))
                    });
                    let (kinds, edits) = cuts.unzip();
                    ways.push(edits);
                    sides.push(kinds);
                }
            }
        }
        names.push((!is_whole).then(|| part.entity.kind.clone()));
        kinds.push(sides);
        places.push(Place {
            at: part.body.clone(),
            ways,
        });
    }
    let found = choices::search(bytes, &places, 4, bench)?;
    let mut changes = Vec::new();
    for (number, way) in found.into_iter().enumerate() {
        let edits = kinds[number][way].iter().zip(&places[number].ways[way]);
        changes.extend(edits.map(|(kind, edit)| Change {
            kind: *kind,
            part: names[number].clone(),
            edits: vec![edit.clone()],
        }));
    }
    Some(Found(changes))
}

/// Ways to take both out of one part at most.
const MOST_WAYS: usize = 600;

impl Leaf {
    /// The same with its likeliest pieces.
    fn first(&self, most: usize) -> Self {
        Self {
            kind: self.kind,
            name: self.name.clone(),
            pieces: self.pieces.iter().take(most).cloned().collect(),
        }
    }
}

const MOST_LEAVES: usize = 3;

/// Pieces of each part that are tried together with those of the others.
const TOGETHER: usize = 24;

/// Whether lines of the part are not lines of its text.
fn is_encoded(part: &Part) -> bool {
    part.entity.encoding == "base64"
}

fn search(bytes: &[u8], leaves: &[Leaf], bench: &mut Bench<'_>) -> Option<Found> {
    let mut chosen = Vec::new();
    let start = bench.start();
    combine(bytes, leaves, &start, 0, bench, &mut chosen).then(|| {
        Found(
            leaves
                .iter()
                .zip(chosen)
                .map(|(leaf, piece)| Change {
                    kind: leaf.kind,
                    part: leaf.name.clone(),
                    edits: vec![Edit::cut(piece)],
                })
                .collect(),
        )
    })
}

/// Leaves out one piece of each leaf, in all combinations. `running` has hashed all before `from`.
fn combine(
    bytes: &[u8],
    leaves: &[Leaf],
    running: &Running,
    from: usize,
    bench: &mut Bench<'_>,
    chosen: &mut Vec<Range<usize>>,
) -> bool {
    let Some((leaf, rest)) = leaves.split_first() else {
        if bench.pay(bytes.len() - from).is_none() {
            return false;
        }
        let mut running = running.clone();
        running.push(&bytes[from..]);
        return bench.ends(running) == Some(true);
    };
    // In the order of the text, so that what is before is hashed once.
    let mut order: Vec<&Range<usize>> = leaf.pieces.iter().collect();
    order.sort_by_key(|piece| piece.start);
    let mut before = running.clone();
    let mut at = from;
    for piece in order {
        if bench.budget.is_spent() {
            return false;
        }
        if bench.pay(piece.start - at).is_none() {
            return false;
        }
        before.push(&bytes[at..piece.start]);
        at = piece.start;
        chosen.push(piece.clone());
        if combine(bytes, rest, &before, piece.end, bench, chosen) {
            return true;
        }
        chosen.pop();
    }
    false
}

/// Lines of a footer at most.
const FOOTER: usize = 40;
/// Lines of a banner at most.
const BANNER: usize = 16;

/// The ends of a text from one of its last lines on, with and without the line end before it. Those
/// at a line that looks like the start of a footer come first.
pub(super) fn tails(bytes: &[u8], part: Range<usize>) -> Vec<Range<usize>> {
    let lines: Vec<usize> = edited::lines(&bytes[part.clone()])
        .map(|line| part.start + line.start)
        .collect();
    let mut starts: Vec<usize> = lines.iter().rev().take(FOOTER).copied().collect();
    starts.sort_by_key(|start| !looks_like_footer(&bytes[*start..part.end]));
    let mut tails = Vec::new();
    for start in starts {
        let before = before_line_end(bytes, start);
        for from in [before, start] {
            if from >= part.start && from < part.end && !tails.contains(&(from..part.end)) {
                tails.push(from..part.end);
            }
        }
    }
    tails
}

/// Whether a text begins with a rule, or with an empty line and a rule.
fn looks_like_footer(text: &[u8]) -> bool {
    let line = edited::lines(text).map(|line| edited::content(&text[line]));
    let line = line.map(<[u8]>::trim_ascii).find(|line| !line.is_empty());
    line.is_some_and(|line| {
        line.len() >= 2
            && matches!(line[0], b'-' | b'_' | b'=' | b'*' | b'~' | b'#')
            && line.iter().all(|byte| *byte == line[0] || *byte == b' ')
    })
}

fn before_line_end(bytes: &[u8], start: usize) -> usize {
    match &bytes[..start] {
        [.., b'\r', b'\n'] => start - 2,
        [.., b'\n'] => start - 1,
        _ => start,
    }
}

/// The starts of a text up to one of its first lines. Those that end in an empty line come first.
fn heads(bytes: &[u8], part: Range<usize>) -> Vec<Range<usize>> {
    let lines: Vec<_> = edited::lines(&bytes[part.clone()])
        .take(BANNER + 1)
        .collect();
    let mut heads: Vec<_> = lines
        .windows(2)
        .map(|pair| {
            let before = &bytes[part.start + pair[0].start..part.start + pair[0].end];
            let is_empty = before.trim_ascii().is_empty();
            (!is_empty, part.start..part.start + pair[1].start)
        })
        .collect();
    heads.sort_by_key(|(is_text, head)| (*is_text, head.end));
    heads.into_iter().map(|(_, head)| head).collect()
}

/// Octets of HTML in which the start of a footer or the end of a banner is looked for.
const HTML: usize = 6 << 10;
/// Places that are tried there.
const PLACES: usize = 60;

/// Pieces that end where the body of a page does, and begin at a tag or a line.
fn html_tails(bytes: &[u8], part: Range<usize>) -> Vec<Range<usize>> {
    let text = &bytes[part.clone()];
    let mut ends: Vec<usize> = [&b"</body"[..], b"</html"]
        .into_iter()
        .filter_map(|tag| rfind(text, tag))
        .collect();
    ends.push(text.len());
    let mut tails = Vec::new();
    for end in ends {
        let from = end.saturating_sub(HTML);
        let places = places(text, from..end);
        for start in places.into_iter().rev().take(PLACES) {
            let before = before_line_end(text, start);
            let starts = [before, start];
            let distinct = if before == start { 1 } else { 2 };
            for start in &starts[..distinct] {
                if *start < end {
                    tails.push(part.start + start..part.start + end);
                }
            }
        }
    }
    tails
}

/// Pieces that begin where the body of a page does, and end at a tag or a line.
fn html_heads(bytes: &[u8], part: Range<usize>) -> Vec<Range<usize>> {
    let text = &bytes[part.clone()];
    let lower = text[..text.len().min(HEAD)].to_ascii_lowercase();
    let body = memchr::memmem::find(&lower, b"<body").and_then(|at| {
        let close = memchr::memchr(b'>', &text[at..])?;
        Some(at + close + 1)
    });
    let mut heads = Vec::new();
    let mut seen = HashSet::default();
    for start in body.into_iter().chain([0]) {
        let end = text.len().min(start + HTML);
        let line = match &text[start..] {
            [b'\r', b'\n', ..] => start + 2,
            [b'\n', ..] => start + 1,
            _ => start,
        };
        for place in places(text, start..end).into_iter().take(PLACES) {
            for from in [start, line] {
                for to in [place, before_line_end(text, place)] {
                    let head = part.start + from..part.start + to;
                    if from < to && seen.insert(head.clone()) {
                        heads.push(head);
                    }
                }
            }
        }
    }
    heads
}

/// Octets before the body of a page at most.
const HEAD: usize = 64 << 10;

/// Where tags begin or end, and where lines begin.
fn places(text: &[u8], range: Range<usize>) -> Vec<usize> {
    let mut places = Vec::new();
    for at in range.clone() {
        let is_tag = text[at] == b'<';
        let is_after = at > range.start && matches!(text[at - 1], b'>' | b'\n');
        if is_tag || is_after {
            places.push(at);
        }
    }
    places.push(range.end);
    places
}

fn rfind(text: &[u8], tag: &[u8]) -> Option<usize> {
    let from = text.len().saturating_sub(HEAD);
    let lower = text[from..].to_ascii_lowercase();
    memchr::memmem::rfind(&lower, tag).map(|at| from + at)
}
