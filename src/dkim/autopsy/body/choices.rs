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

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::{SHA256, digest};

    use super::*;
    use crate::dkim::autopsy::{Budget, Effort};
    use crate::dkim::canonical::Canonicalization;

    const ENOUGH: u64 = 1_000_000;

    /// What is chosen for `places` of `text`, where `signed` was signed; and how much was tried.
    fn chosen(text: &str, places: &[Place], signed: &str, work: u64) -> (Option<Vec<usize>>, u64) {
        let mut budget = Budget::new(Effort::Quick, work);
        let hash = digest(&SHA256, signed.as_bytes());
        let mut bench = Bench {
            by: Canonicalization::Simple,
            hash: &SHA256,
            length: None,
            signed: hash.as_ref(),
            is_of_copy: false,
            budget: &mut budget,
        };
        let chosen = search(text.as_bytes(), places, 1, &mut bench);
        (chosen, budget.tried)
    }

    /// A place in which each of these may have stood; nothing stands for what is there.
    fn place(at: Range<usize>, ways: &[&str]) -> Place {
        let ways = ways.iter().map(|with| match with.is_empty() {
            true => Vec::new(),
            false => vec![Edit::new(at.clone(), with.as_bytes())],
        });
        Place {
            ways: ways.collect(),
            at: at.clone(),
        }
    }

    #[test]
    fn each_place_has_its_own_way() {
        let places = || [place(0..1, &["", "1", "2"]), place(4..7, &["", "3", "4"])];
        let text = "aXbYc\r\n";
        for (signed, expected) in [
            ("aXbY4", vec![0, 2]),
            ("2XbYc\r\n", vec![2, 0]),
            ("1XbY3", vec![1, 1]),
        ] {
            let (chosen, _) = chosen(text, &places(), &format!("{}\r\n", signed.trim()), ENOUGH);
            assert_eq!(chosen, Some(expected), "{signed}");
        }
        assert_eq!(chosen(text, &places(), "aXbY5\r\n", ENOUGH), (None, 9));
    }

    #[test]
    fn a_place_may_be_empty_and_may_be_the_whole() {
        let inserted = [place(1..1, &["", "X"])];
        assert_eq!(
            chosen("ab\r\n", &inserted, "aXb\r\n", ENOUGH).0,
            Some(vec![1])
        );
        let whole = [place(0..4, &["", "other\r\n"])];
        assert_eq!(
            chosen("ab\r\n", &whole, "other\r\n", ENOUGH).0,
            Some(vec![1])
        );
        assert_eq!(chosen("ab\r\n", &[], "ab\r\n", ENOUGH).0, Some(Vec::new()));
        assert_eq!(
            chosen("ab\r\n", &[place(0..1, &[])], "ab\r\n", ENOUGH).0,
            None
        );
    }

    #[test]
    fn where_work_is_short_the_likeliest_ways_are_tried() {
        let ways = ["", "1", "2", "3", "4", "5", "6", "7"];
        let places = || [place(0..1, &ways), place(1..2, &ways)];
        let (found, tried) = chosen("ab\r\n", &places(), "77\r\n", ENOUGH);
        assert_eq!((found, tried), (Some(vec![7, 7]), 64));
        let (found, tried) = chosen("ab\r\n", &places(), "77\r\n", 10_000);
        assert!(found.is_none() && (1..64).contains(&tried), "{tried}");
        assert_eq!(
            chosen("ab\r\n", &places(), "12\r\n", 10_000).0,
            Some(vec![1, 2])
        );
        assert_eq!(chosen("ab\r\n", &places(), "ab\r\n", 10), (None, 0));
        // More combinations than a number holds.
        let many: Vec<Place> = (0..64).map(|at| place(at..at + 1, &ways)).collect();
        let text = "a".repeat(64) + "\r\n";
        assert_eq!(chosen(&text, &many, "b\r\n", 100_000).0, None);
        assert_eq!(chosen(&text, &many, &text, 100_000).0, Some(vec![0; 64]));
    }
}
