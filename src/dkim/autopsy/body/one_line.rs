//! A change of a single line that the text does not show: each line is tried. This is slow for long
//! texts, as each try hashes all that follows.

use std::ops::Range;

use foldhash::HashMap;

use super::edited::{self, Edit};
use super::{Bench, CLONE, Change, Found, How, PER_OCTET, Recipe, Scene, Stage, State};
use crate::dkim::autopsy::Kind;

pub(super) const RECIPES: &[Recipe] = &[Recipe {
    kind: Kind::TrailingSpaceLost,
    stage: Stage::Lines,
    cost: 5,
    per_cost: 1,
    how: How::Scan(scan),
}];

/// What may have been lost or added at a line: the kind, what stood before the line, and what stood
/// at its end.
const LOST: &[(Kind, &[u8], &[u8])] = &[
    (Kind::TrailingSpaceLost, b"", b" "),
    (Kind::DotLost, b".", b""),
    (Kind::EmptyLinesLost, b"\r\n", b""),
    (Kind::FromUnquoted, b">", b""),
    (Kind::TabsExpanded, b"\t", b""),
];

fn scan(state: &State, _: &Scene<'_, '_>, bench: &mut Bench<'_>) -> Option<Found> {
    let bytes = state.bytes();
    let lines: Vec<_> = edited::lines(bytes).collect();
    // Half of what is left, at most.
    let each = (CLONE + PER_OCTET * bytes.len() as u64 / 2) * LOST.len() as u64;
    let most = usize::try_from(bench.budget.left() / 2 / each).unwrap_or(usize::MAX);
    if most < lines.len() {
        return None;
    }
    bench.pay(bytes.len())?;
    if let Some(found) = repeated(bytes, &lines, bench) {
        return Some(found);
    }
    let mut before = bench.start();
    for line in lines {
        let text = edited::content(&bytes[line.clone()]);
        let end = line.start + text.len();
        for (kind, start, more) in LOST {
            let (edit, skipped) = match kind {
                // Spaces became a tab at the start.
                Kind::TabsExpanded => {
                    let spaces = text.iter().take_while(|byte| **byte == b' ').count();
                    if spaces == 0 {
                        continue;
                    }
                    (Edit::new(line.start..line.start + spaces, *start), spaces)
                }
                _ if more.is_empty() => (Edit::new(line.start..line.start, *start), 0),
                _ if text.is_empty() => continue,
                _ => (Edit::new(end..end, *more), 0),
            };
            bench.pay(bytes.len() - line.start)?;
            let mut running = before.clone();
            running.push(start);
            running.push(&bytes[line.start + skipped..end]);
            running.push(more);
            running.push(&bytes[end..]);
            if bench.ends(running)? {
                return Some(Found::one(*kind, edit));
            }
        }
        before.push(&bytes[line]);
    }
    None
}

/// What may have been lost at the start of a line that comes again, at all its places.
fn repeated(bytes: &[u8], lines: &[Range<usize>], bench: &mut Bench<'_>) -> Option<Found> {
    let mut places: HashMap<&[u8], Vec<usize>> = HashMap::default();
    for line in lines {
        let text = edited::content(&bytes[line.clone()]);
        if !text.is_empty() {
            places.entry(text).or_default().push(line.start);
        }
    }
    let mut again: Vec<Vec<usize>> = places.into_values().filter(|at| at.len() > 1).collect();
    again.sort_unstable();
    for starts in again {
        for (kind, lost) in [(Kind::DotLost, b"."), (Kind::FromUnquoted, b">")] {
            bench.pay(bytes.len())?;
            let mut running = bench.start();
            let mut from = 0;
            for start in &starts {
                running.push(&bytes[from..*start]);
                running.push(lost);
                from = *start;
            }
            running.push(&bytes[from..]);
            if bench.ends(running)? {
                let edits = starts.iter().map(|at| Edit::new(*at..*at, lost.as_slice()));
                return Some(Found(vec![Change {
                    kind,
                    part: None,
                    edits: edits.collect(),
                }]));
            }
        }
    }
    None
}
