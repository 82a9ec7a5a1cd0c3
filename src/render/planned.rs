//! What planned records change for many messages: a sentence, tables and examples; and the same as
//! JSON.

mod cause;
mod document;
mod sentence;
mod untouched;

use std::io::{self, Write};

use super::page::{Block, Cell, Markup, largest};
use crate::corpus::{Counts, EffectKind, Example, Group, Planned, PolicyFault};
use crate::dmarc::RecordProblem;
use crate::explain;

pub use cause::because;
pub use document::write_json;
pub use sentence::sentence;
pub use untouched::{note, untouched, untouched_of};

/// How many rows of a table are shown; the others are counted together.
const LISTED: usize = 15;

/// How many records to publish are shown.
const RECORDS: usize = 5;

/// How many rows a table over time has.
const PERIODS: usize = 60;

/// Writes what the plan called `what` changes.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write(
    planned: &Planned,
    what: &str,
    notes: &[RecordProblem],
    markup: Markup,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = vec![Block::Paragraph(sentence(planned, what))];
    let notes = notes
        .iter()
        .map(|note| Block::Paragraph(format!("Note: {}.", explain::dmarc::problem(note))));
    page.extend(notes);
    page.push(Block::Heading("What changes".into()));
    page.push(summary(planned));
    let overlap = "A message may stand in several lines; among the examples it stands once, under \
                   what matters most.";
    page.push(Block::Paragraph(overlap.into()));
    let shown = shown(&planned.counts());
    if !shown.is_empty() {
        breakdowns(planned, &shown, &mut page);
    }
    for (kind, examples) in &planned.examples {
        if examples.is_empty() {
            continue;
        }
        let all = planned.foremost.get(kind).copied().unwrap_or_default();
        page.push(Block::Heading(match examples.len() < all {
            true => format!("{}: the first {} of {all}", title(*kind), examples.len()),
            false => format!("{}: {all}", title(*kind)),
        }));
        page.extend(examples.iter().map(example));
    }
    records(planned, &mut page);
    unknown(planned, &mut page);
    super::page::write(&page, markup, out)
}

/// Why a text cannot be planned as a DMARC record, or as a change of its tags.
pub fn fault(fault: &PolicyFault) -> String {
    match fault {
        PolicyFault::NotARecord => "a DMARC record begins with v=DMARC1".into(),
        PolicyFault::Tag { character, problem } => {
            format!(
                "character {character}: {}",
                explain::dmarc::problem(problem)
            )
        }
        PolicyFault::Unusable { problems } => {
            let problems = problems.iter().map(explain::dmarc::problem);
            let problems: Vec<String> = problems.map(|problem| problem.to_string()).collect();
            problems.join("; ")
        }
        PolicyFault::NoTag => "there is no tag in it, such as p=reject".into(),
    }
}

fn title(kind: EffectKind) -> &'static str {
    match kind {
        EffectKind::NewlyRefused => "Newly refused",
        EffectKind::NewlyQuarantined => "Newly put into the spam folder",
        EffectKind::NewlyFails => "Newly fail",
        EffectKind::NoPolicyAnyMore => "No policy any more",
        EffectKind::LosesEngine => "Lose SPF or DKIM and still pass",
        EffectKind::NewlyPasses => "Newly pass",
        EffectKind::NoLongerRefused => "No longer refused",
        EffectKind::NoLongerQuarantined => "No longer put into the spam folder",
        EffectKind::GainsEngine => "Gain SPF or DKIM",
        EffectKind::OneEngine => "Pass on SPF alone or DKIM alone",
        EffectKind::Unchanged => "Unchanged",
        EffectKind::NotJudged => "Not judged",
    }
}

/// The table of all kinds, in the order of interest.
fn summary(planned: &Planned) -> Block {
    const ORDER: [EffectKind; 12] = [
        EffectKind::NewlyPasses,
        EffectKind::NewlyFails,
        EffectKind::NewlyRefused,
        EffectKind::NewlyQuarantined,
        EffectKind::NoLongerRefused,
        EffectKind::NoLongerQuarantined,
        EffectKind::NoPolicyAnyMore,
        EffectKind::LosesEngine,
        EffectKind::GainsEngine,
        EffectKind::OneEngine,
        EffectKind::Unchanged,
        EffectKind::NotJudged,
    ];
    let counts = planned.counts();
    let row = |kind: EffectKind| {
        let count = match kind {
            EffectKind::NotJudged => planned.not_judged(),
            kind => counts.with(kind),
        };
        vec![Cell::Words(title(kind).into()), Cell::count(count)]
    };
    Block::Table(vec!["", "messages"], ORDER.map(row).into())
}

/// A column of a breakdown.
#[derive(Clone, Copy)]
struct Column {
    head: &'static str,
    /// What the head means, if that is not clear.
    legend: Option<&'static str>,
    /// What it counts.
    kinds: &'static [EffectKind],
}

impl Column {
    const fn new(
        head: &'static str,
        legend: Option<&'static str>,
        kinds: &'static [EffectKind],
    ) -> Self {
        Self {
            head,
            legend,
            kinds,
        }
    }

    fn count(&self, counts: &Counts) -> usize {
        self.kinds.iter().map(|kind| counts.with(*kind)).sum()
    }
}

/// The columns that are not empty.
fn shown(counts: &Counts) -> Vec<Column> {
    const COLUMNS: [Column; 8] = [
        Column::new("refused", None, &[EffectKind::NewlyRefused]),
        Column::new(
            "spam",
            Some("spam: put into the spam folder"),
            &[EffectKind::NewlyQuarantined],
        ),
        Column::new("fail", None, &[EffectKind::NewlyFails]),
        Column::new("no policy", None, &[EffectKind::NoPolicyAnyMore]),
        Column::new(
            "lose one",
            Some("lose one: pass on one of SPF and DKIM fewer"),
            &[EffectKind::LosesEngine],
        ),
        Column::new("pass", None, &[EffectKind::NewlyPasses]),
        Column::new(
            "spared",
            Some("spared: no longer refused or put into the spam folder"),
            &[EffectKind::NoLongerRefused, EffectKind::NoLongerQuarantined],
        ),
        Column::new(
            "gain one",
            Some("gain one: pass on one of SPF and DKIM more"),
            &[EffectKind::GainsEngine],
        ),
    ];
    let is_shown = |column: &Column| column.count(counts) > 0;
    COLUMNS.into_iter().filter(is_shown).collect()
}

fn breakdowns(planned: &Planned, shown: &[Column], page: &mut Vec<Block>) {
    let mut from = Vec::new();
    let mut sources = Vec::new();
    for (group, series) in planned.timeline.series() {
        if series.whole.changed == 0 {
            continue;
        }
        match group {
            Group::All => (),
            Group::From(domain) => from.push((Cell::Value(domain.clone()), series.whole)),
            Group::OtherFrom => from.push((Cell::Words("other domains".into()), series.whole)),
            Group::SendingSource(source) => {
                sources.push((Cell::Value(source.to_string()), series.whole));
            }
            Group::OtherSources => sources.push((Cell::Words("elsewhere".into()), series.whole)),
        }
    }
    for (heading, head, mut rows) in [
        ("By domain in From", "domain", from),
        ("By source", "source", sources),
    ] {
        rows.sort_by_key(|(_, counts)| usize::MAX - counts.changed);
        page.push(Block::Heading(heading.into()));
        page.push(breakdown(head, shown, largest(rows, LISTED, others)));
    }
    let Some((_, all)) = planned.timeline.series().next() else {
        return;
    };
    let unit = planned.timeline.unit();
    let rows = planned.timeline.periods(all).into_iter();
    let rows = rows.filter(|(_, counts)| counts.changed > 0);
    let mut rows: Vec<(Cell, Counts)> = rows
        .map(|(start, counts)| (Cell::Words(unit.label(start)), counts))
        .collect();
    rows = largest(rows, PERIODS, |rest| {
        (Cell::Words("later".into()), sum(rest))
    });
    if all.undated.changed > 0 {
        rows.push((Cell::Words("without a date".into()), all.undated));
    }
    page.push(Block::Heading(format!("By {}", unit.as_str())));
    page.push(breakdown(unit.as_str(), shown, rows));
    let legend: Vec<&str> = shown.iter().filter_map(|column| column.legend).collect();
    if !legend.is_empty() {
        page.push(Block::Paragraph(format!("{}.", legend.join("; "))));
    }
}

fn breakdown(head: &'static str, shown: &[Column], rows: Vec<(Cell, Counts)>) -> Block {
    let mut heads = vec![head];
    heads.extend(shown.iter().map(|column| column.head));
    heads.push("of");
    let rows = rows.into_iter().map(|(name, counts)| {
        let mut row = vec![name];
        let shown = shown.iter();
        row.extend(shown.map(|column| Cell::count(column.count(&counts))));
        row.push(Cell::count(counts.messages));
        row
    });
    Block::Table(heads, rows.collect())
}

fn others(rest: &[(Cell, Counts)]) -> (Cell, Counts) {
    (Cell::Words(format!("{} others", rest.len())), sum(rest))
}

fn sum(rows: &[(Cell, Counts)]) -> Counts {
    let mut sum = Counts::default();
    rows.iter().for_each(|(_, counts)| sum += *counts);
    sum
}

fn example(example: &Example) -> Block {
    let effect = &example.effect;
    let mut text = format!("from {}, by {}", effect.group.from, effect.group.source);
    if !effect.because.is_empty() {
        text.push_str(&format!(": {}", because(effect)));
    }
    Block::Item(example.path.clone(), text)
}

/// The records to publish.
fn records(planned: &Planned, page: &mut Vec<Block>) {
    if planned.records.is_empty() {
        return;
    }
    page.push(Block::Heading("What would be published".into()));
    let mut records: Vec<_> = planned.records.iter().collect();
    records.sort_by_key(|(_, count)| usize::MAX - **count);
    let listed = records.iter().take(RECORDS);
    page.extend(listed.map(|((name, record), count)| {
        let met = messages(**count);
        Block::Record(format!("TXT {name}, for {met}:"), record.clone())
    }));
    if records.len() > RECORDS {
        let text = format!(
            "And {} more; --format json has all.",
            records.len() - RECORDS
        );
        page.push(Block::Paragraph(text));
    }
}

/// What the recording does not have, and what could not be analysed.
fn unknown(planned: &Planned, page: &mut Vec<Block>) {
    if planned.errors == 0 && planned.with_missing == 0 {
        return;
    }
    page.push(Block::Heading("What stays unknown".into()));
    if planned.errors > 0 {
        let text = format!("{} could not be analysed.", messages(planned.errors));
        page.push(Block::Paragraph(text));
    }
    if planned.with_missing == 0 {
        return;
    }
    let asks = if planned.with_missing == 1 {
        "asks"
    } else {
        "ask"
    };
    page.push(Block::Paragraph(format!(
        "{} {asks} of DNS what the recording does not hold. With --live DNS is asked.",
        messages(planned.with_missing)
    )));
    let mut missing: Vec<_> = planned.missing.iter().collect();
    missing.sort_by_key(|(_, count)| usize::MAX - **count);
    let rows = missing.into_iter().map(|(question, count)| {
        let question = format!("{} {}", question.name, question.kind);
        (Cell::Value(question), *count)
    });
    let rows = largest(rows.collect(), LISTED, |rest| {
        let most = rest.iter().map(|(_, count)| *count).max();
        let name = Cell::Words(format!("{} others, each at most", rest.len()));
        (name, most.unwrap_or_default())
    });
    let rows = rows
        .into_iter()
        .map(|(name, count)| vec![name, Cell::count(count)]);
    page.push(Block::Table(vec!["question", "messages"], rows.collect()));
}

fn messages(count: usize) -> String {
    match count {
        1 => "1 message".into(),
        count => format!("{count} messages"),
    }
}
