//! Aggregate reports: for people as a page, for programs as JSON, CSV or NDJSON.

mod document;
mod rows;
mod together;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::page::{Block, Cell, Markup, largest};
use crate::corpus::{BesideReports, SeenSenders};
use crate::explain::reports as words;
use crate::reports::{
    FailingCause, MailCounts, MailSource, PolicyDomain, Rejection, ReportFault, Sender, Tally,
};

pub use document::{write_json, write_schema};
pub use rows::{write_csv, write_ndjson};

/// How many domains are shown.
const DOMAINS: usize = 20;

/// How many sources of a domain are shown.
const SOURCES: usize = 20;

/// How many names are given in a sentence.
const NAMED: usize = 5;

/// All that is known from reports, and what else was read.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Reported {
    /// The reports.
    pub tally: Tally,
    /// The files that could not be read, by name.
    pub faults: Vec<(String, ReportFault)>,
    /// How many more there are.
    pub more_faults: usize,
    /// Who sends, as messages show it.
    pub corpus: Option<SeenSenders>,
}

/// How many files that could not be read are named.
const FAULTS: usize = 1_000;

impl Reported {
    /// Keeps the name of a file that could not be read.
    pub fn add_fault(&mut self, name: &str, fault: ReportFault) {
        match self.faults.len() < FAULTS {
            true => self.faults.push((name.to_owned(), fault)),
            false => self.more_faults += 1,
        }
    }
}

/// Writes them for people.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write(reported: &Reported, markup: Markup, out: &mut dyn Write) -> io::Result<()> {
    super::page::write(&blocks(reported), markup, out)
}

fn blocks(reported: &Reported) -> Vec<Block> {
    let tally = &reported.tally;
    let mut page = vec![Block::Title("DMARC aggregate reports".into())];
    page.push(Block::Paragraph(read(reported)));
    let mut domains: Vec<_> = tally.domains.iter().collect();
    domains.sort_by_key(|(_, domain)| u64::MAX - domain.counts.messages);
    for (name, domain) in domains.iter().take(DOMAINS) {
        of_domain(name, domain, reported.corpus.as_ref(), &mut page);
    }
    let more = domains.len().saturating_sub(DOMAINS);
    if more > 0 || tally.other_domains.messages > 0 {
        let mut rest = tally.other_domains;
        let others = domains.iter().skip(DOMAINS);
        others.for_each(|(_, domain)| rest += domain.counts);
        page.push(Block::Heading("Other domains".into()));
        page.push(Block::Paragraph(format!(
            "{}: {} pass DMARC, {} fail. JSON and CSV list them.",
            messages(rest.messages),
            rest.pass,
            rest.fail
        )));
    }
    page
}

/// What was read, and what was not.
fn read(reported: &Reported) -> String {
    let tally = &reported.tally;
    let mut text = match tally.reports {
        0 => "No report was read.".to_owned(),
        1 => "1 report was counted.".to_owned(),
        count => format!("{count} reports were counted."),
    };
    match tally.twice {
        0 => (),
        1 => text.push_str(
            " 1 more has the sender, name and domain of one of these: it was given twice, and \
             counts once.",
        ),
        count => text.push_str(&format!(
            " {count} more have the sender, name and domain of one of these: they were given \
             twice, and count once."
        )),
    }
    if tally.nameless > 0 {
        text.push_str(&format!(
            " {} without a name (report_id): whether they were given twice cannot be told.",
            tally.nameless
        ));
    }
    if tally.without_count > 0 {
        text.push_str(&format!(
            " Records that do not say how many messages they are: {}. They are in no sum.",
            tally.without_count
        ));
    }
    let faults = reported.faults.len() + reported.more_faults;
    match faults {
        0 => (),
        1 => text.push_str(" 1 file could not be read, or not all of it."),
        count => text.push_str(&format!(
            " {count} files could not be read, or not all of them."
        )),
    }
    text
}

fn messages(count: u64) -> String {
    match count {
        1 => "1 message".into(),
        _ => format!("{count} messages"),
    }
}

fn figure(count: u64) -> Cell {
    Cell::Figure(count.to_string())
}

fn of_domain(
    name: &str,
    domain: &PolicyDomain,
    corpus: Option<&SeenSenders>,
    page: &mut Vec<Block>,
) {
    // A heading is shown as it is, so the name must be made of letters, digits and what joins them.
    let is_plain = |char: char| char.is_alphanumeric() || matches!(char, '.' | '-' | '_');
    match name.chars().all(is_plain) {
        true => page.push(Block::Heading(name.to_owned())),
        false => page.push(Block::Heading("A name that is no domain".into())),
    }
    page.push(Block::Paragraph(counts(&domain.counts)));
    page.push(Block::Paragraph(seen(domain)));
    sources(name, domain, page);
    rejection(name, domain, corpus, page);
    if let Some(corpus) = corpus {
        beside(domain, corpus, page);
    }
}

fn counts(counts: &MailCounts) -> String {
    if counts.messages == 0 {
        return "No messages.".into();
    }
    let MailCounts { pass, fail, .. } = *counts;
    let mut text = messages(counts.messages);
    text.push_str(&match (pass, fail) {
        (_, 0) => "; DMARC passes for all".into(),
        (0, _) => "; DMARC passes for none".into(),
        _ => {
            let percent = 100.0 * pass as f64 / counts.messages as f64;
            format!("; DMARC passes for {pass} ({percent:.1} %) and fails for {fail}")
        }
    });
    if pass > 0 {
        text.push_str(&format!(
            ": {} pass on SPF and DKIM, {} on DKIM alone, {} on SPF alone",
            counts.on_both, counts.on_dkim_alone, counts.on_spf_alone
        ));
    }
    text.push('.');
    let treated: Vec<String> = [
        (counts.rejected, "refused"),
        (counts.quarantined, "took for suspicious"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{what} {count}"))
    .collect();
    if !treated.is_empty() {
        text.push_str(&format!(" Receivers {}.", treated.join(" and ")));
    }
    text
}

fn day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).date().to_string()
}

/// Who reported, on which time, and which policy they saw.
fn seen(domain: &PolicyDomain) -> String {
    let span = match (domain.begin, domain.end) {
        (Some(begin), Some(end)) if day(begin) == day(end) => format!("On {}", day(begin)),
        (Some(begin), Some(end)) => format!("From {} to {}", day(begin), day(end)),
        _ => "At a time that is not said".into(),
    };
    let mut reporters: Vec<_> = domain.reporters.iter().collect();
    reporters.sort_by_key(|(name, one)| (u64::MAX - one.messages, *name));
    let named = reporters.iter().map(|(name, one)| match name.as_str() {
        "" => format!("others ({})", one.messages),
        name => format!("{name} ({})", one.messages),
    });
    let mut text = format!(
        "{span}, reported by {}.",
        listed(named.collect(), "organizations")
    );
    let mut policies: Vec<_> = domain.policies.iter().collect();
    policies.sort_by_key(|(policy, seen)| (seen.first, *policy));
    match policies.as_slice() {
        [] => (),
        [(policy, _)] => text.push_str(&format!(" Policy: {}.", words::policy(policy))),
        several => {
            let said = several.iter().map(|(policy, seen)| {
                let until = seen
                    .last
                    .map_or(String::new(), |last| format!(" (last seen {})", day(last)));
                format!("{}{until}", words::policy(policy))
            });
            let said = listed(said.collect(), "policies");
            text.push_str(&format!(" Policies, oldest first: {said}."));
        }
    }
    text
}

/// The first few of these, and how many more there are.
fn listed(mut names: Vec<String>, what: &str) -> String {
    let more = names.len().saturating_sub(NAMED);
    match more {
        0 | 1 => names.join(", "),
        _ => {
            names.truncate(NAMED);
            format!("{} and {more} more {what}", names.join(", "))
        }
    }
}

/// The sources of a domain, largest first.
fn by_size(domain: &PolicyDomain) -> Vec<(&(Sender, String), &MailSource)> {
    let mut sources: Vec<_> = domain.sources.iter().collect();
    sources.sort_by_key(|(_, source)| u64::MAX - source.counts.messages);
    sources
}

fn sources(name: &str, domain: &PolicyDomain, page: &mut Vec<Block>) {
    let sources = by_size(domain);
    if sources.is_empty() {
        return;
    }
    let mut rows: Vec<(Cell, Cell, MailCounts)> = sources
        .iter()
        .map(|((sender, from), source)| {
            let sender = Cell::Value(sender.to_string());
            (sender, Cell::Value(from.clone()), source.counts)
        })
        .collect();
    if domain.other_sources.messages > 0 {
        let others = Cell::Words("further sources".into());
        rows.push((others, Cell::Words(String::new()), domain.other_sources));
    }
    let rows = largest(rows, SOURCES, |rest| {
        let mut sum = MailCounts::default();
        rest.iter().for_each(|(.., counts)| sum += *counts);
        let others = Cell::Words(format!("{} others", rest.len()));
        (others, Cell::Words(String::new()), sum)
    });
    let rows = rows.into_iter().map(|(sender, from, counts)| {
        vec![
            sender,
            from,
            figure(counts.messages),
            figure(counts.on_both),
            figure(counts.on_dkim_alone),
            figure(counts.on_spf_alone),
            figure(counts.fail),
        ]
    });
    let heads = vec![
        "source",
        "From",
        "messages",
        "SPF+DKIM",
        "DKIM alone",
        "SPF alone",
        "fail",
    ];
    page.push(Block::Table(heads, rows.collect()));
    for ((sender, from), source) in sources.iter().take(SOURCES) {
        let mut lines: Vec<_> = source.lines.iter().collect();
        lines.sort_by_key(|(key, line)| (u64::MAX - line.counts.messages, *key));
        for ((meaning, about), line) in lines {
            let mut text = words::meaning(*meaning, about.as_deref(), from);
            if let Some(said) = words::overrides(line) {
                text.push(' ');
                text.push_str(&said);
            }
            let label = match from == name {
                true => format!("{sender}: {}", messages(line.counts.messages)),
                false => format!("{sender}: {} from {from}", messages(line.counts.messages)),
            };
            page.push(Block::Item(label, text));
        }
    }
}

fn rejection(
    name: &str,
    domain: &PolicyDomain,
    corpus: Option<&SeenSenders>,
    page: &mut Vec<Block>,
) {
    let rejection = Rejection::of(domain);
    page.push(Block::Heading("May it go to p=reject?".into()));
    page.push(Block::Paragraph(words::answer(&rejection, name)));
    let mut causes: BTreeMap<FailingCause, (u64, BTreeMap<&Sender, u64>)> = BTreeMap::new();
    for one in &rejection.failing {
        let (count, senders) = causes.entry(one.cause).or_default();
        *count += one.messages;
        *senders.entry(&one.sender).or_default() += one.messages;
    }
    for (cause, (count, senders)) in causes {
        let mut senders: Vec<_> = senders.into_iter().collect();
        senders.sort_by_key(|(sender, count)| (u64::MAX - count, *sender));
        let named = senders
            .iter()
            .map(|(sender, count)| format!("{sender} ({count})"));
        let named = listed(named.collect(), "sources");
        let text = format!("{} {}.", messages(count), words::cause(cause));
        page.push(Block::Item(named, text));
    }
    if domain.other_sources.fail > 0 {
        let count = messages(domain.other_sources.fail);
        let text = format!("{count} of sources that are too many to be told apart.");
        page.push(Block::Item("further sources".into(), text));
    }
    if let Some(corpus) = corpus {
        let beside = BesideReports::of(name, domain, &rejection, corpus);
        page.push(Block::Paragraph(together::says(&beside, &rejection, name)));
        for one in beside.failing.iter().take(SOURCES) {
            page.push(Block::Item(
                one.sender.to_string(),
                together::of_sender(one),
            ));
        }
    }
    page.push(Block::Paragraph(words::reservation(&rejection)));
}

/// Senders, with how many messages each has.
type Senders = Vec<(Sender, u64)>;

/// The senders that are only in reports, and those that are only in the corpus, with how many
/// messages each has there.
fn only_in_one(domain: &PolicyDomain, corpus: &SeenSenders) -> (Senders, Senders) {
    let mut reported: BTreeMap<&Sender, u64> = BTreeMap::new();
    for ((sender, _), source) in &domain.sources {
        *reported.entry(sender).or_default() += source.counts.messages;
    }
    let from: BTreeSet<&String> = domain.from.keys().collect();
    let mut seen: BTreeMap<&Sender, u64> = BTreeMap::new();
    for ((author, sender), count) in &corpus.senders {
        if from.contains(author) {
            *seen.entry(sender).or_default() += count.messages as u64;
        }
    }
    // Networks stand for mail of which nothing passes; who sent it is not known in either.
    let is_known = |sender: &Sender| !matches!(sender, Sender::Network(_) | Sender::Unknown);
    let without = |all: &BTreeMap<&Sender, u64>, other: &BTreeMap<&Sender, u64>| {
        let mut only: Vec<_> = all
            .iter()
            .filter(|(sender, _)| is_known(sender) && !other.contains_key(*sender))
            .map(|(sender, count)| ((*sender).clone(), *count))
            .collect();
        only.sort_by_key(|(sender, count)| (u64::MAX - count, sender.clone()));
        only
    };
    (without(&reported, &seen), without(&seen, &reported))
}

fn beside(domain: &PolicyDomain, corpus: &SeenSenders, page: &mut Vec<Block>) {
    page.push(Block::Heading("Beside the corpus".into()));
    let (reported, seen) = only_in_one(domain, corpus);
    let named = |senders: Senders| {
        let named = senders
            .iter()
            .map(|(sender, count)| format!("{sender} ({count})"));
        listed(named.collect(), "senders")
    };
    let mut text = match reported.is_empty() {
        true => "Every sender in the reports that can be named is in the corpus too.".to_owned(),
        false => format!(
            "In reports and in no message of the corpus: {}. Save a message of each that is yours, \
             so that a change is tried on it too.",
            named(reported)
        ),
    };
    text.push_str(&match seen.is_empty() {
        true => " Every sender in the corpus is in the reports too.".to_owned(),
        false => format!(
            " In the corpus and in no report: {}. What p=reject would do to them, `sesauth corpus \
             what-if` tells.",
            named(seen)
        ),
    });
    page.push(Block::Paragraph(text));
}
