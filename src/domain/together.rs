//! All fixes together: they are tried one after the other on top of what is published, those that
//! matter most first, and what the domain check then says is looked at again. So one name gets one
//! record, and nothing is proposed that lowers the grade or brings a new error.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::check::{DomainCheck, DomainQuery, check_domain};
use super::grade::Grade;
use crate::dmarc::registered;
use crate::dns::SetProblem;
use crate::dns::{
    AnyDns, Name, Overlay, PublishedSet, Question, Record, RecordChange, RecordSet, RecordType,
    Zone, zone_data, zone_name,
};
use crate::findings::Severity;
use crate::{Error, Limits};

/// How many fixes are tried.
const TRIED: usize = 16;

/// All fixes together.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Together {
    /// The records to publish and to remove.
    pub records: Vec<RecordChange>,
    /// The grade with them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grade: Option<Grade>,
    /// The findings that they mend.
    pub mended: Vec<&'static str>,
}

/// The records of one name and type, as they should be.
type Sets = BTreeMap<(Name, RecordType), Vec<Record>>;

/// Tries the fixes of `check`, which came of `query` and `dns`; `None` if none of them has records.
///
/// # Errors
///
/// The same as [`check_domain`].
pub async fn mend(
    check: &DomainCheck,
    query: &DomainQuery,
    dns: &AnyDns<'_>,
    now: Timestamp,
    limits: &Limits,
) -> Result<Option<Together>, Error> {
    // At an alias of another organization the customer can publish nothing.
    let own = registered(&check.domain);
    let mut sets = Sets::new();
    let mut tried: Vec<Vec<RecordChange>> = Vec::new();
    let mut best: Option<DomainCheck> = None;
    while tried.len() < TRIED {
        let current = best.as_ref().unwrap_or(check);
        let findings = current.findings().into_iter();
        let mut fixes = findings.filter_map(|finding| Some(finding.fix?.records));
        let is_own = |one: &[RecordChange]| one.iter().all(|it| registered(&it.name) == own);
        let Some(records) =
            fixes.find(|one| !one.is_empty() && is_own(one) && !tried.contains(one))
        else {
            break;
        };
        let with = with(&sets, &records, current);
        tried.push(records);
        let Ok(zone) = zone(&with) else { continue };
        let overlay = Overlay::new(zone, *dns);
        let after = check_domain(query, &overlay, now, limits).await?;
        if is_better(&after, current) {
            (sets, best) = (with, Some(after));
        }
    }
    Ok(best.map(|best| {
        let left: Vec<&str> = best.hits().iter().map(|(_, hit)| hit.code).collect();
        let mut mended: Vec<&'static str> = check.hits().iter().map(|(_, hit)| hit.code).collect();
        mended.retain(|code| !left.contains(code));
        mended.dedup();
        Together {
            records: changes(&sets, check),
            grade: best.grade,
            mended,
        }
    }))
}

/// Whether a check shows no lower grade, and no error that was not there.
fn is_better(after: &DomainCheck, before: &DomainCheck) -> bool {
    let points = |check: &DomainCheck| check.grade.as_ref().map(|grade| grade.points);
    let errors = |check: &DomainCheck| {
        let hits = check.hits().into_iter();
        let errors = hits.filter(|(_, hit)| hit.severity == Severity::Error);
        errors.map(|(_, hit)| hit.code).collect::<Vec<_>>()
    };
    let known = errors(before);
    let codes = |check: &DomainCheck| check.hits().len();
    let is_higher = points(after) > points(before);
    let is_shorter = points(after) == points(before) && codes(after) < codes(before);
    (is_higher || is_shorter) && errors(after).iter().all(|code| known.contains(code))
}

/// The sets with the changes of a fix. A set that is not known is not touched.
fn with(sets: &Sets, records: &[RecordChange], current: &DomainCheck) -> Sets {
    let mut with = sets.clone();
    for set in RecordSet::after(records, &current.lookups) {
        let is_known = set.now.is_some() || !set.replaces && set.removed.is_empty();
        // What stands beside an alias may be a proxy's: no record of the zone that could be removed.
        let is_free = !set
            .problems
            .iter()
            .any(|problem| matches!(problem, SetProblem::AliasBeside(_) | SetProblem::AtAlias(_)));
        if is_known && is_free {
            with.insert((set.name, set.kind), set.records);
        }
    }
    with
}

/// The sets as a plan.
fn zone(sets: &Sets) -> Result<Zone, Error> {
    let mut text = String::new();
    for ((name, kind), records) in sets {
        let owner = zone_name(name);
        // Writing to a String cannot fail.
        for record in records {
            let _ = writeln!(text, "{owner} 300 {kind} {}", zone_data(record));
        }
        if records.is_empty() {
            let _ = writeln!(text, "$GONE {owner} {kind}");
        }
    }
    Zone::planned(&text)
}

/// What leads from what `check` found published to the sets.
fn changes(sets: &Sets, check: &DomainCheck) -> Vec<RecordChange> {
    let mut changes = Vec::new();
    for ((name, kind), records) in sets {
        let question = Question::new(name.clone(), *kind);
        let standing = PublishedSet::of(&question, &check.lookups).unwrap_or_default();
        let standing = &standing.records[..];
        let is_in = |all: &[Record], one: &Record| {
            all.iter().any(|known| zone_data(known) == zone_data(one))
        };
        let gone = standing.iter().filter(|record| !is_in(records, record));
        changes.extend(gone.map(|record| RecordChange::record(name.clone(), record).removing()));
        let new = records.iter().filter(|record| !is_in(standing, record));
        changes.extend(new.map(|record| RecordChange::record(name.clone(), record)));
    }
    changes
}
