//! Places that may have been written in several ways each, in all combinations. What is before a place
//! is hashed once.

use std::ops::Range;

use super::edited::Edit;
use super::running::Running;
use super::{Bench, CLONE, PER_OCTET};

/// A place in a body, and the edits that give it each of the ways in which it may have been written.
/// All edits are in order and within the place.
pub(super) struct Place {
    pub at: Range<usize>,
    pub ways: Vec<Vec<Edit>>,
}

/// Which way of each place makes the body the signed one. The places are in order. Where more than one
/// in `share` of the budget would be used, only the likeliest ways are tried.
pub(super) fn search(
    bytes: &[u8],
    places: &[Place],
    share: u64,
    bench: &mut Bench<'_>,
) -> Option<Vec<usize>> {
    let mut tried: Vec<&[Vec<Edit>]> = places.iter().map(|place| &place.ways[..]).collect();
    let most = bench.budget.left() / share;
    while cost(bytes, places, &tried) > most {
        let longest = tried.iter_mut().max_by_key(|ways| ways.len())?;
        if longest.len() < 2 {
            return None;
        }
        *longest = &longest[..(longest.len() * 3 / 4).max(1)];
    }
    let open: Vec<_> = places
        .iter()
        .map(|place| place.at.clone())
        .zip(tried)
        .collect();
    let mut chosen = Vec::new();
    let start = bench.start();
    combine(bytes, &open, &start, 0, bench, &mut chosen).then_some(chosen)
}

/// What trying all combinations costs at most.
fn cost(bytes: &[u8], places: &[Place], tried: &[&[Vec<Edit>]]) -> u64 {
    let mut combinations = 1_u64;
    let mut cost = 0_u64;
    let mut from = 0;
    for (place, ways) in places.iter().zip(tried) {
        let before = (place.at.start - from) as u64;
        cost = cost.saturating_add(combinations.saturating_mul(PER_OCTET * before));
        combinations = combinations.saturating_mul(ways.len() as u64);
        let longest = ways.iter().map(|edits| grown(edits)).max().unwrap_or(0);
        let each = CLONE + PER_OCTET * (place.at.len() + longest) as u64;
        cost = cost.saturating_add(combinations.saturating_mul(each));
        from = place.at.end;
    }
    let rest = CLONE + PER_OCTET * (bytes.len() - from) as u64;
    cost.saturating_add(combinations.saturating_mul(rest))
}

fn grown(edits: &[Edit]) -> usize {
    edits.iter().map(|edit| edit.with.len()).sum()
}

/// Tries all ways of the first place with all those of the others. `running` has hashed all before
/// `from`.
fn combine(
    bytes: &[u8],
    places: &[(Range<usize>, &[Vec<Edit>])],
    running: &Running,
    from: usize,
    bench: &mut Bench<'_>,
    chosen: &mut Vec<usize>,
) -> bool {
    let Some(((place, ways), rest)) = places.split_first() else {
        let rest = &bytes[from..];
        if bench.pay(rest.len()).is_none() {
            return false;
        }
        let mut running = running.clone();
        running.push(rest);
        return bench.ends(running) == Some(true);
    };
    let mut before = running.clone();
    if bench.pay(place.start - from).is_none() {
        return false;
    }
    before.push(&bytes[from..place.start]);
    for (number, edits) in ways.iter().enumerate() {
        if bench.pay(place.len() + grown(edits)).is_none() {
            return false;
        }
        let mut running = before.clone();
        let mut at = place.start;
        for edit in edits {
            running.push(&bytes[at..edit.at.start]);
            running.push(&edit.with);
            at = edit.at.end;
        }
        running.push(&bytes[at..place.end]);
        chosen.push(number);
        if combine(bytes, rest, &running, place.end, bench, chosen) {
            return true;
        }
        chosen.pop();
    }
    false
}
