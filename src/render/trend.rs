//! Results over time: tables for people, and the same as JSON.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::failure;
use super::page::{Block, Cell, Markup, largest};
use crate::corpus::{Failing, FindingCount, Group, Rates, Series, Trend, Unit};
use crate::findings::{Severity, rule};

/// How many domains and sources are shown; the others are counted together.
const LISTED: usize = 15;

/// How many findings are told of as what to do.
const TO_DO: usize = 10;

/// Octets of the shortest sentence that stands alone.
const SENTENCE: usize = 40;

/// How many rows a table over time has; earlier periods are counted together.
const PERIODS: usize = 60;

/// Writes the rates; over time, those of the `most` frequent domains and sources.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write(trend: &Trend, most: usize, markup: Markup, out: &mut dyn Write) -> io::Result<()> {
    super::page::write(&blocks(trend, most), markup, out)
}

/// The same as blocks: a title, the counts in a sentence, and the tables.
pub(super) fn blocks(trend: &Trend, most: usize) -> Vec<Block> {
    let mut page = vec![Block::Title("Mail authentication".into())];
    let Some((_, all)) = trend.timeline.series().next() else {
        page.push(Block::Paragraph(said(trend, &Rates::default())));
        return page;
    };
    page.push(Block::Paragraph(said(trend, &all.whole)));
    to_do(trend, all.whole.messages, &mut page);
    failing(trend, &all.whole, &mut page);
    page.push(Block::Heading(over_time("All mail", trend)));
    if all.whole.pass > 0 {
        page.push(Block::Paragraph(engines(&all.whole)));
    }
    page.push(over(trend, all));
    let from: Vec<Line<'_>> = lines(trend, |group| match group {
        Group::From(domain) => Some(Cell::Value(domain.clone())),
        Group::OtherFrom => Some(Cell::Words("other domains".into())),
        _ => None,
    });
    let source: Vec<Line<'_>> = lines(trend, |group| match group {
        Group::SendingSource(source) => Some(Cell::Value(source.to_string())),
        Group::OtherSources => Some(Cell::Words("elsewhere".into())),
        _ => None,
    });
    for (title, head, lines) in [
        ("By domain in From", "domain", from),
        ("By source", "source", source),
    ] {
        page.push(Block::Heading(title.into()));
        page.push(by_group(head, &lines));
        // A single group is the same as all mail, and a single period the same as the whole time.
        let is_more = lines.len() > 1 && trend.timeline.periods(all).len() > 1;
        let shown = if is_more { most } else { 0 };
        for (name, series) in lines.iter().take(shown) {
            page.push(Block::Paragraph(format!("{}, over time:", name.text())));
            page.push(over(trend, series));
        }
    }
    findings(trend, all.whole.messages, &mut page);
    page
}

/// The name of a group, and its counts.
type Line<'t> = (Cell, &'t Series<Rates>);

/// The groups for which `name` gives a name, the largest first.
fn lines(trend: &Trend, name: impl Fn(&Group) -> Option<Cell>) -> Vec<Line<'_>> {
    let series = trend.timeline.series();
    let mut lines: Vec<Line<'_>> = series
        .filter_map(|(group, series)| Some((name(group)?, series)))
        .collect();
    lines.sort_by_key(|(_, series)| usize::MAX - series.whole.messages);
    lines
}

fn said(trend: &Trend, all: &Rates) -> String {
    let messages = all.messages + trend.errors;
    let span = match trend.timeline.span() {
        Some((first, last)) if first == last => format!(", received on {first}"),
        Some((first, last)) => format!(", received from {first} to {last}"),
        None => String::new(),
    };
    let noun = if messages == 1 { "message" } else { "messages" };
    let parts: Vec<String> = [
        (all.pass, "pass DMARC"),
        (all.fail, "fail"),
        (all.no_policy, "without a policy"),
        (all.no_author, "without a single domain in From"),
        (all.not_judged, "inconclusive"),
        (trend.errors, "that could not be analysed"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    match parts.is_empty() {
        true => format!("{messages} {noun}{span}."),
        false => format!("{messages} {noun}{span}: {}.", parts.join(", ")),
    }
}

/// What to do, gravest first. A notice needs nobody to do anything.
fn to_do(trend: &Trend, messages: usize, page: &mut Vec<Block>) {
    page.push(Block::Heading("What to do".into()));
    let found = by_gravity(trend);
    let is_to_do = |found: &FindingCount| found.severity != Severity::Notice;
    let mut items: Vec<_> = found.into_iter().filter(|(_, one)| is_to_do(one)).collect();
    if items.is_empty() {
        let nothing = "Nothing: there is no error and no warning.";
        page.push(Block::Paragraph(nothing.into()));
        return;
    }
    let more = items.len().saturating_sub(TO_DO);
    items.truncate(TO_DO);
    let (first, _) = items[0];
    for (code, found) in items {
        let (what, todo) = rule(code).map_or(("", ""), |rule| {
            let explanation = &rule.explanation;
            (explanation.summary, begin(explanation.todo))
        });
        let of = match messages {
            1 => "1 message".into(),
            _ => format!("{} of {messages} messages", found.messages),
        };
        let severity = found.severity;
        let text = format!("{severity}, {of}: {what}. {todo}");
        page.push(Block::Case(code.into(), text, found.example.clone()));
    }
    let more = match more {
        0 => String::new(),
        1 => "One more is in the table at the end. ".into(),
        more => format!("{more} more are in the table at the end. "),
    };
    page.push(Block::Paragraph(format!(
        "{more}What one means and all there is to do: sesauth explain {first}"
    )));
}

/// The beginning of what to do: its first sentence, or more where that is very short.
fn begin(todo: &str) -> &str {
    let paragraph = todo.split('\n').next().unwrap_or(todo);
    let ends = paragraph.match_indices(". ").map(|(at, _)| at + 1);
    let end = ends.into_iter().find(|end| *end >= SENTENCE);
    end.map_or(paragraph, |end| &paragraph[..end])
}

/// The messages that fail, up to a bound.
fn failing(trend: &Trend, all: &Rates, page: &mut Vec<Block>) {
    let count = all.fail + all.no_author;
    if count == 0 {
        return;
    }
    let named = trend.failing.len();
    page.push(Block::Heading(match named < count {
        true => format!("Fail DMARC: the first {named} of {count}"),
        false => format!("Fail DMARC: {count}"),
    }));
    for one in &trend.failing {
        let cause = failure::words(one.cause);
        let text = match &one.from {
            Some(from) => format!("{from}: {cause}"),
            None => cause,
        };
        page.push(Block::Item(one.name.clone(), text));
    }
}

/// The findings with their counts, gravest first.
fn by_gravity(trend: &Trend) -> Vec<(&'static str, &FindingCount)> {
    let found = trend.findings.iter();
    let mut found: Vec<_> = found.map(|(code, found)| (*code, found)).collect();
    found.sort_by_key(|(code, found)| (found.severity, usize::MAX - found.messages, *code));
    found
}

fn engines(all: &Rates) -> String {
    let count = |part: usize| format!("{part} ({:.1} %)", 100.0 * part as f64 / all.pass as f64);
    format!(
        "Of the {} that pass, {} do so on both SPF and DKIM, {} on DKIM alone and {} on SPF alone.",
        all.pass,
        count(all.on_both),
        count(all.on_dkim_alone),
        count(all.on_spf_alone),
    )
}

fn over_time(what: &str, trend: &Trend) -> String {
    format!("{what} by {}", trend.timeline.unit().as_str())
}

const RATES: [&str; 6] = [
    "messages",
    "DMARC passes",
    "SPF passes, aligned",
    "DKIM passes, aligned",
    "pass on one alone",
    "not judged",
];

/// The rates as cells.
fn cells(rates: &Rates) -> Vec<Cell> {
    let judged = rates.messages - rates.not_judged;
    vec![
        Cell::count(rates.messages),
        Cell::share(rates.pass, judged),
        Cell::share(rates.spf_aligned, rates.messages),
        Cell::share(rates.dkim_aligned, rates.messages),
        Cell::share(rates.on_spf_alone + rates.on_dkim_alone, rates.pass),
        Cell::count(rates.not_judged),
    ]
}

fn over(trend: &Trend, series: &Series<Rates>) -> Block {
    let unit = trend.timeline.unit();
    let periods = trend.timeline.periods(series);
    let before = periods.len().saturating_sub(PERIODS);
    let mut earlier = Rates::default();
    periods
        .values()
        .take(before)
        .for_each(|rates| earlier += *rates);
    let mut rows = Vec::new();
    let mut add = |name: String, rates: &Rates| {
        let mut row = vec![Cell::Words(name)];
        row.extend(cells(rates));
        rows.push(row);
    };
    if before > 0 {
        add("earlier".into(), &earlier);
    }
    for (start, rates) in periods.iter().skip(before) {
        add(unit.label(*start), rates);
    }
    if series.undated.messages > 0 {
        add("without a date".into(), &series.undated);
    }
    let mut head = vec![unit.as_str()];
    head.extend(RATES);
    Block::Table(head, rows)
}

fn by_group(head: &'static str, lines: &[Line<'_>]) -> Block {
    let rows = lines
        .iter()
        .map(|(name, series)| (name.clone(), series.whole));
    let rows = largest(rows.collect(), LISTED, |rest| {
        let mut sum = Rates::default();
        rest.iter().for_each(|(_, rates)| sum += *rates);
        (Cell::Words(format!("{} others", rest.len())), sum)
    });
    let rows = rows.into_iter().map(|(name, rates)| {
        let mut row = vec![name];
        row.extend(cells(&rates));
        row
    });
    let mut heads = vec![head];
    heads.extend(RATES);
    Block::Table(heads, rows.collect())
}

fn findings(trend: &Trend, messages: usize, page: &mut Vec<Block>) {
    page.push(Block::Heading("Findings".into()));
    let found = by_gravity(trend);
    if found.is_empty() {
        page.push(Block::Paragraph("There is none.".into()));
        return;
    }
    let rows = found.iter().map(|(code, found)| {
        vec![
            Cell::Words(found.severity.to_string()),
            Cell::Words((*code).to_string()),
            Cell::share(found.messages, messages),
        ]
    });
    let rows = rows.collect();
    page.push(Block::Table(vec!["severity", "code", "messages"], rows));
}

/// The JSON document. Keys are only ever added.
#[derive(Serialize)]
struct Document<'a> {
    sesauth_report: u8,
    messages: usize,
    errors: usize,
    first: Option<String>,
    last: Option<String>,
    unit: Unit,
    all: SeriesLine,
    from: Vec<SeriesLine>,
    source: Vec<SeriesLine>,
    /// The first messages that fail; `all` has the count.
    failing: &'a [Failing],
    findings: &'a BTreeMap<&'static str, FindingCount>,
}

/// The rates of a group. Its name is null for all mail, and for groups that are counted together.
#[derive(Serialize)]
struct SeriesLine {
    name: Option<String>,
    #[serde(flatten)]
    rates: Rates,
    time: Vec<TimeLine>,
    undated: Rates,
}

#[derive(Serialize)]
struct TimeLine {
    start: String,
    #[serde(flatten)]
    rates: Rates,
}

/// Writes the same as one JSON object and a line end, with all domains and sources over time.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_json(trend: &Trend, out: &mut dyn Write) -> io::Result<()> {
    let timeline = &trend.timeline;
    let line = |name: Option<String>, series: &Series<Rates>| SeriesLine {
        name,
        rates: series.whole,
        time: timeline
            .periods(series)
            .into_iter()
            .map(|(start, rates)| TimeLine {
                start: start.to_string(),
                rates,
            })
            .collect(),
        undated: series.undated,
    };
    let mut all = line(None, &Series::default());
    let (mut from, mut source) = (Vec::new(), Vec::new());
    for (group, series) in timeline.series() {
        match group {
            Group::All => all = line(None, series),
            Group::From(domain) => from.push(line(Some(domain.clone()), series)),
            Group::OtherFrom => from.push(line(None, series)),
            Group::SendingSource(sender) => source.push(line(Some(sender.to_string()), series)),
            Group::OtherSources => source.push(line(None, series)),
        }
    }
    let (first, last) = timeline.span().unzip();
    let document = Document {
        sesauth_report: 1,
        messages: all.rates.messages + trend.errors,
        errors: trend.errors,
        first: first.map(|day| day.to_string()),
        last: last.map(|day| day.to_string()),
        unit: timeline.unit(),
        all,
        from,
        source,
        failing: &trend.failing,
        findings: &trend.findings,
    };
    super::json::write(&document, out)
}
