//! What planned records change for many messages, as JSON.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::sentence;
use crate::corpus::{Counts, Group, Planned, Unit};

/// What the JSON says. Keys are only ever added.
#[derive(Serialize)]
struct Document<'a> {
    sesauth_what_if: u8,
    plan: &'a str,
    notes: &'a [String],
    sentence: String,
    messages: usize,
    errors: usize,
    not_judged: usize,
    with_plan: Fates,
    stay_refused: usize,
    counts: Counts,
    from: Vec<GroupLine>,
    source: Vec<GroupLine>,
    unit: Unit,
    time: Vec<TimeLine>,
    undated: Counts,
    examples: BTreeMap<&'static str, Vec<ExampleLine<'a>>>,
    records: Vec<RecordLine<'a>>,
    missing_lookups: Vec<MissingLine>,
    messages_with_missing_lookups: usize,
}

#[derive(Serialize)]
struct Fates {
    pass: usize,
    fail: usize,
    no_policy: usize,
    no_author: usize,
}

#[derive(Serialize)]
struct GroupLine {
    name: Option<String>,
    #[serde(flatten)]
    counts: Counts,
}

#[derive(Serialize)]
struct TimeLine {
    start: String,
    #[serde(flatten)]
    counts: Counts,
}

#[derive(Serialize)]
struct ExampleLine<'a> {
    path: &'a str,
    from: &'a str,
    source: String,
    date: Option<String>,
    kinds: Vec<&'static str>,
    because: &'a str,
}

#[derive(Serialize)]
struct RecordLine<'a> {
    name: &'a str,
    text: &'a str,
    messages: usize,
}

#[derive(Serialize)]
struct MissingLine {
    name: String,
    r#type: &'static str,
    messages: usize,
}

/// Writes the same as one JSON object and a line end.
pub fn write_json(
    planned: &Planned,
    what: &str,
    notes: &[String],
    out: &mut dyn Write,
) -> io::Result<()> {
    let (mut from, mut source) = (Vec::new(), Vec::new());
    for (group, series) in planned.timeline.series() {
        let counts = series.whole;
        let line = |name| GroupLine { name, counts };
        match group {
            Group::All => (),
            Group::From(domain) => from.push(line(Some(domain.clone()))),
            Group::OtherFrom => from.push(line(None)),
            Group::Origin(origin) => source.push(line(Some(origin.to_string()))),
            Group::OtherOrigin => source.push(line(None)),
        }
    }
    let all = planned.timeline.series().next().map(|(_, all)| all);
    let time = all
        .map(|all| planned.timeline.periods(all))
        .unwrap_or_default();
    let time = time.into_iter().map(|(start, counts)| TimeLine {
        start: start.to_string(),
        counts,
    });
    let examples = planned.examples.iter().map(|(kind, examples)| {
        let lines = examples.iter().map(|example| ExampleLine {
            path: &example.path,
            from: &example.effect.place.from,
            source: example.effect.place.origin.to_string(),
            date: example.effect.place.day.map(|day| day.to_string()),
            kinds: example
                .effect
                .kinds
                .iter()
                .map(|kind| kind.as_str())
                .collect(),
            because: &example.effect.because,
        });
        (kind.as_str(), lines.collect())
    });
    let missing = planned.missing.iter().map(|(question, count)| MissingLine {
        name: question.name.to_string(),
        r#type: question.kind.as_str(),
        messages: *count,
    });
    let records = planned.records.iter();
    let records = records.map(|((name, text), count)| RecordLine {
        name: name.as_str(),
        text,
        messages: *count,
    });
    let [pass, fail, no_policy, no_author] = planned.fates;
    let document = Document {
        sesauth_what_if: 1,
        plan: what,
        notes,
        sentence: sentence(planned, what),
        messages: planned.messages(),
        errors: planned.errors,
        not_judged: planned.not_judged(),
        with_plan: Fates {
            pass,
            fail,
            no_policy,
            no_author,
        },
        stay_refused: planned.stay_refused,
        counts: planned.counts(),
        from,
        source,
        unit: planned.timeline.unit(),
        time: time.collect(),
        undated: all.map(|all| all.undated).unwrap_or_default(),
        examples: examples.collect(),
        records: records.collect(),
        missing_lookups: missing.collect(),
        messages_with_missing_lookups: planned.with_missing,
    };
    super::super::json::write(&document, out)
}
