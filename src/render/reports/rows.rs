//! Aggregate reports as lines: of CSV, or each a JSON object.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::super::{json, summary};
use super::{Reported, by_size};
use crate::explain::reports as words;
use crate::reports::{MailCounts, MailLine, Meaning, Override, Sender};

/// A source, and mail of it whose results mean the same.
#[derive(Serialize)]
struct Row<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_domain: Option<&'a str>,
    #[serde(flatten)]
    source: Option<RowSource<'a>>,
    #[serde(flatten)]
    counts: MailCounts,
    passed_on: u64,
}

#[derive(Serialize)]
struct RowSource<'a> {
    sender: &'a Sender,
    is_ses: bool,
    from: &'a str,
    meaning: Meaning,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    overrides: &'a BTreeMap<Override, u64>,
}

/// Calls `write` for each row; what is beyond a bound is a row without a source, or without a domain.
fn each(reported: &Reported, mut write: impl FnMut(&Row<'_>) -> io::Result<()>) -> io::Result<()> {
    let rest = |policy_domain, counts| Row {
        policy_domain,
        source: None,
        counts,
        passed_on: 0,
    };
    for (name, domain) in &reported.tally.domains {
        for ((sender, from), source) in by_size(domain) {
            for ((meaning, about), line) in &source.lines {
                let MailLine {
                    counts,
                    overrides,
                    passed_on,
                    ..
                } = line;
                write(&Row {
                    policy_domain: Some(name),
                    source: Some(RowSource {
                        sender,
                        is_ses: sender.is_ses(),
                        from,
                        meaning: *meaning,
                        domain: about.as_deref(),
                        overrides,
                    }),
                    counts: *counts,
                    passed_on: *passed_on,
                })?;
            }
        }
        if domain.other_sources.messages > 0 {
            write(&rest(Some(name), domain.other_sources))?;
        }
    }
    match reported.tally.other_domains {
        others if others.messages > 0 => write(&rest(None, others)),
        _ => Ok(()),
    }
}

/// The head of the CSV (RFC 4180).
const CSV_HEAD: &str = "policy_domain,sender,from,meaning,domain,messages,pass,on_both,\
                        on_dkim_alone,on_spf_alone,fail,quarantined,rejected,passed_on";

/// Writes a line of CSV for each source and what its results mean.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_csv(reported: &Reported, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{CSV_HEAD}")?;
    each(reported, |row| {
        let source = row.source.as_ref();
        let sender = source.map_or(String::new(), |one| one.sender.to_string());
        let meaning = source.map(|one| serde_json::to_value(one.meaning).unwrap_or_default());
        let meaning = meaning.as_ref().and_then(|one| one.as_str());
        let names = [
            row.policy_domain,
            Some(&sender),
            source.map(|one| one.from),
            meaning,
            source.and_then(|one| one.domain),
        ];
        let mut line = String::new();
        for name in names {
            summary::push_cell(&mut line, name.unwrap_or_default());
            line.push(',');
        }
        let counts = &row.counts;
        let figures = [
            counts.messages,
            counts.pass,
            counts.on_both,
            counts.on_dkim_alone,
            counts.on_spf_alone,
            counts.fail,
            counts.quarantined,
            counts.rejected,
            row.passed_on,
        ];
        let figures: Vec<String> = figures.iter().map(u64::to_string).collect();
        writeln!(out, "{line}{}", figures.join(","))
    })
}

/// Writes the same lines as JSON objects, with what each means in words.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_ndjson(reported: &Reported, out: &mut dyn Write) -> io::Result<()> {
    each(reported, |row| {
        json::write_compact(&WithWords::of(row), out)
    })
}

#[derive(Serialize)]
struct WithWords<'a> {
    #[serde(flatten)]
    row: &'a Row<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    means: Option<String>,
}

impl<'a> WithWords<'a> {
    fn of(row: &'a Row<'a>) -> Self {
        let means = |one: &RowSource<'_>| words::meaning(one.meaning, one.domain, one.from);
        Self {
            means: row.source.as_ref().map(means),
            row,
        }
    }
}
