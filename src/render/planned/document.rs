//! What planned records change for many messages, as JSON.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::{because, sentence};
use crate::corpus::{Counts, Group, Planned, Unit};
use crate::dmarc::RecordProblem;
use crate::explain;

/// The JSON document. Keys are only ever added.
#[derive(Serialize)]
struct Document<'a> {
    /// The version of this form.
    sesauth_what_if: u8,
    /// The plan, as given.
    plan: &'a str,
    /// What receivers would not read as intended.
    notes: Vec<String>,
    /// The outcome in one sentence.
    sentence: String,
    /// How many messages there are, including those that could not be analysed.
    messages: usize,
    /// For how many of them the plan changes an answer that they ask for.
    touched: usize,
    /// How many could not be analysed.
    errors: usize,
    /// How many could not be judged, including those that could not be analysed.
    not_judged: usize,
    /// The DMARC outcomes of the others with the plan.
    with_plan: OutcomeCounts,
    /// How many are refused both with and without the plan.
    stay_refused: usize,
    /// How many are quarantined both with and without the plan.
    stay_quarantined: usize,
    /// How many are quarantined with the plan but refused without it.
    quarantined_not_refused: usize,
    /// For how many `pct` leaves it to chance whether that is done, or one level less.
    sampled: usize,
    /// The changes of all messages that could be analysed.
    counts: Counts,
    /// The changes by the domain in From; null for the domains that are counted together.
    from: Vec<GroupLine>,
    /// By region of Amazon SES, else the domain of the host that delivered.
    source: Vec<GroupLine>,
    /// The length of the periods in `time`.
    unit: Unit,
    /// The changes by time of receipt, each period with its first day.
    time: Vec<TimeLine>,
    /// The changes of messages without a date.
    undated: Counts,
    /// The first messages of each kind, under their most important kind.
    examples: BTreeMap<&'static str, Vec<ExampleLine<'a>>>,
    /// The records to publish, and how many messages each applies to.
    records: Vec<RecordLine<'a>>,
    /// The questions that the recording does not have, and how many messages ask each.
    missing_lookups: Vec<MissingLine>,
    /// How many messages ask at least one of them.
    messages_with_missing_lookups: usize,
}

#[derive(Serialize)]
struct OutcomeCounts {
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
    because: String,
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
    notes: &[RecordProblem],
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
            Group::SendingSource(sender) => source.push(line(Some(sender.to_string()))),
            Group::OtherSources => source.push(line(None)),
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
            from: &example.effect.group.from,
            source: example.effect.group.source.to_string(),
            date: example.effect.group.day.map(|day| day.to_string()),
            kinds: example
                .effect
                .kinds
                .iter()
                .map(|kind| kind.as_str())
                .collect(),
            because: because(&example.effect).to_string(),
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
    let [pass, fail, no_policy, no_author] = planned.outcomes;
    let notes = notes.iter();
    let notes = notes.map(|note| explain::dmarc::problem(note).to_string());
    let document = Document {
        sesauth_what_if: 1,
        plan: what,
        notes: notes.collect(),
        sentence: sentence(planned, what),
        messages: planned.messages(),
        touched: planned.touched,
        errors: planned.errors,
        not_judged: planned.not_judged(),
        with_plan: OutcomeCounts {
            pass,
            fail,
            no_policy,
            no_author,
        },
        stay_refused: planned.stay_refused,
        stay_quarantined: planned.stay_quarantined,
        quarantined_not_refused: planned.quarantined_not_refused,
        sampled: planned.sampled,
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
