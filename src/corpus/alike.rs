//! Differences that have the same reason, together: one changed record can change many messages.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::change::{Change, Changed, FieldChange};
use super::difference::{Difference, DifferenceKind};
use super::reason::Reason;

/// Messages that differ for the same reason.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Alike<'c> {
    /// What happened to each of them.
    pub kind: DifferenceKind,
    /// The reasons.
    pub reasons: &'c [Reason],
    /// The messages, by what changed for them: first those with another result of DMARC, then the
    /// most.
    pub ways: Vec<Vec<&'c Difference>>,
}

/// The values of a verdict that changed.
type Values<'c> = (Changed, Option<usize>, &'c [FieldChange]);

impl<'c> Alike<'c> {
    /// The groups of these differences: failures first, then the largest.
    pub fn groups(differences: &'c [Difference]) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        let mut known: HashMap<(DifferenceKind, &[Reason]), usize> = HashMap::new();
        let mut ways: HashMap<(usize, Vec<Values<'c>>), usize> = HashMap::new();
        for difference in differences {
            // What changed for a renamed message matters more than its name.
            let kind = match difference.kind {
                DifferenceKind::Renamed if difference.is_failure() => DifferenceKind::Changed,
                kind => kind,
            };
            let reasons = difference.reasons.as_slice();
            let group = *known.entry((kind, reasons)).or_insert_with(|| {
                groups.push(Self {
                    kind,
                    reasons,
                    ways: Vec::new(),
                });
                groups.len() - 1
            });
            let all = &mut groups[group].ways;
            let way = *ways.entry((group, values(difference))).or_insert_with(|| {
                all.push(Vec::new());
                all.len() - 1
            });
            all[way].push(difference);
        }
        for group in &mut groups {
            group.ways.sort_by_key(|way| {
                let is_result = way.first().is_some_and(|one| has_result(one));
                (!is_result, Reverse(way.len()))
            });
        }
        groups.sort_by_key(|group| {
            let is_harmless = group.kind == DifferenceKind::Renamed;
            (is_harmless, Reverse(group.count()))
        });
        groups
    }

    /// How many messages there are.
    pub fn count(&self) -> usize {
        self.ways.iter().map(Vec::len).sum()
    }

    /// The messages.
    pub fn differences(&self) -> impl Iterator<Item = &'c Difference> {
        self.ways.iter().flatten().copied()
    }
}

/// Whether the conclusion changed, or the result of DMARC.
fn has_result(difference: &Difference) -> bool {
    difference.changes.iter().any(|change| match change.part {
        Changed::Conclusion | Changed::Error => true,
        Changed::Dmarc => change.fields.iter().any(|field| field.name == "result"),
        _ => false,
    })
}

/// The verdicts that changed. What receivers said of them and what is found in them follows from
/// these, so it matters only where nothing else changed.
fn values(difference: &Difference) -> Vec<Values<'_>> {
    let follows = |change: &&Change| {
        matches!(
            change.part,
            Changed::Claim | Changed::Finding | Changed::Message
        )
    };
    let all = difference.changes.iter();
    let is_all = all.clone().all(|change| follows(&change));
    let of = all.filter(|change| is_all || !follows(change));
    of.map(|change| (change.part, change.number, change.fields.as_slice()))
        .filter(|(part, ..)| *part != Changed::Message)
        .collect()
}
