//! Counts over many messages, for people; and one message on each line, as CSV.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::escape::{Plain, plain};
use super::page::share;
use super::wrap::{COLUMNS, paragraph, shortened};
use super::{failure, second};
use crate::corpus::{DomainCount, Results, Summary};
use crate::session::Standing;
use crate::{Analysis, Inspection};

/// How many values of one kind are shown; the others are counted together.
const LISTED: usize = 15;

/// Writes the counts, the largest first.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write(summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    let messages = summary.messages;
    let errors = match summary.errors {
        0 => String::new(),
        1 => ", of which 1 could not be analysed".into(),
        errors => format!(", of which {errors} could not be analysed"),
    };
    let time = match (summary.first, summary.last) {
        (Some(first), Some(last)) => format!(
            ", received from {} to {}",
            first.strftime("%Y-%m-%d"),
            last.strftime("%Y-%m-%d")
        ),
        _ => String::new(),
    };
    let noun = if messages == 1 { "message" } else { "messages" };
    paragraph(out, "", 0, &format!("{messages} {noun}{errors}{time}."))?;
    let words = |counts: &BTreeMap<&'static str, usize>| {
        let counts = counts.iter();
        let mut counts: Vec<(String, usize)> = counts
            .map(|(word, count)| ((*word).into(), *count))
            .collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        counts
    };
    let whole = summary.messages - summary.errors;
    table("Conclusion", words(&summary.conclusion), whole, out)?;
    table("SPF", words(&summary.spf), whole, out)?;
    table("DKIM, the best signature", words(&summary.dkim), whole, out)?;
    table("DMARC", words(&summary.dmarc), whole, out)?;
    if let Some(count) = &summary.second {
        writeln!(out)?;
        paragraph(out, "", 2, &format!("{}.", second::in_a_line(count)))?;
        for (clause, results) in largest(&count.clauses) {
            writeln!(out, "  {results:>8}  {}", plain(shortened(&clause, 60)))?;
        }
    }
    let mut findings: Vec<_> = summary.findings.iter().collect();
    findings.sort_by_key(|(code, found)| (found.severity, usize::MAX - found.messages, **code));
    let findings = findings
        .into_iter()
        .map(|(code, found)| (format!("{} {code}", found.severity), found.messages));
    table("Findings, by messages", findings.collect(), whole, out)?;
    by_domain(&summary.from, out)?;
    table(
        "Amazon SES region",
        largest(&summary.ses_region),
        whole,
        out,
    )?;
    table("Sending host", largest(&summary.sending_host), whole, out)
}

/// The domains in From, the most frequent first: how many messages pass, and why one does not.
fn by_domain(from: &BTreeMap<String, DomainCount>, out: &mut dyn Write) -> io::Result<()> {
    if from.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nFrom, and how much passes DMARC")?;
    let mut all: Vec<(&String, &DomainCount)> = from.iter().collect();
    all.sort_by(|a, b| b.1.messages.cmp(&a.1.messages).then(a.0.cmp(b.0)));
    let shown = if all.len() > LISTED + 1 {
        LISTED
    } else {
        all.len()
    };
    let (listed, rest) = all.split_at(shown);
    for (domain, count) in listed {
        row(domain, count, out)?;
        let Some(cause) = count.cause else { continue };
        let words = failure::words(cause);
        let Some(example) = &count.example else {
            writeln!(out, "{CAUSE}{words}")?;
            continue;
        };
        // A path is never broken.
        let (first, example) = (format!("{CAUSE}{words}, as in"), plain(example));
        match first.width() + 1 + example.width() <= COLUMNS {
            true => writeln!(out, "{first} {example}")?,
            false => writeln!(out, "{first}\n{CAUSE}  {example}")?,
        }
    }
    if rest.is_empty() {
        return Ok(());
    }
    let mut others = DomainCount::default();
    for (_, count) in rest {
        others.messages += count.messages;
        others.pass += count.pass;
        others.not_judged += count.not_judged;
    }
    row(&format!("{} others", rest.len()), &others, out)
}

/// What stands before the cause of a failure.
const CAUSE: &str = "            ";

fn row(domain: &str, count: &DomainCount, out: &mut dyn Write) -> io::Result<()> {
    let judged = count.messages - count.not_judged;
    let share = share(count.pass, judged);
    let domain = plain(shortened(domain, 40));
    let open = match count.not_judged {
        0 => String::new(),
        open => format!(", {open} not judged"),
    };
    writeln!(out, "  {:>8}  {share:<22}  {domain}{open}", count.messages)
}

fn largest(counts: &BTreeMap<String, usize>) -> Vec<(String, usize)> {
    let mut all: Vec<(String, usize)> = counts
        .iter()
        .map(|(value, count)| (value.clone(), *count))
        .collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    if all.len() > LISTED {
        let rest = all.split_off(LISTED);
        let count = rest.iter().map(|(_, count)| count).sum();
        all.push((format!("{} others", rest.len()), count));
    }
    all
}

fn table(
    title: &str,
    rows: Vec<(String, usize)>,
    whole: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{title}")?;
    for (value, count) in rows {
        let share = 100.0 * count as f64 / whole.max(1) as f64;
        let value = plain(shortened(&value, 56));
        writeln!(out, "  {count:>8}  {share:>5.1} %  {value}")?;
    }
    Ok(())
}

/// The head of the CSV (RFC 4180).
pub const CSV_HEAD: &str = "path,conclusion,dmarc,spf,spf_domain,dkim,from_domain,ses_region,\
                            client_ip,received_at,findings,policy_domain,policy_requested,\
                            policy_applied,spf_aligned,dkim_aligned,receiver_dmarc,receiver_spf,\
                            receiver_dkim,message_id,date,error";

/// Writes one message as a line of CSV, or the error instead of an analysis.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_csv(
    path: &str,
    inspection: Result<&Inspection, &str>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut line = String::new();
    push_cell(&mut line, path);
    match inspection {
        Ok(Inspection { analysis, hits, .. }) => {
            let author = analysis.dmarc.author_domain.as_ref();
            let region = analysis.ses.as_ref().and_then(|ses| ses.region.as_ref());
            let session = &analysis.session;
            let mut dkim = String::new();
            for verdict in &analysis.dkim {
                let gap = if dkim.is_empty() { "" } else { " " };
                let result = verdict.result.as_str();
                match &verdict.domain {
                    Some(domain) => dkim.extend([gap, domain.as_str(), "=", result]),
                    None => dkim.extend([gap, result]),
                }
            }
            let client_ip = session.client_ip.as_ref();
            let received_at = session.received_at.as_ref();
            let policy = analysis.dmarc.policy.as_ref();
            let results = Results::of(analysis);
            let codes: Vec<_> = hits.iter().map(|hit| hit.code).collect();
            for text in [
                analysis.conclusion.result.as_str(),
                analysis.dmarc.result.as_str(),
                analysis.spf.mail_from.result.as_str(),
                analysis.spf.mail_from.domain.as_deref().unwrap_or_default(),
                &dkim,
                author.map_or("", |author| author.as_str()),
                &region.map(ToString::to_string).unwrap_or_default(),
                &client_ip.map_or(String::new(), |ip| ip.value.to_string()),
                &received_at.map_or(String::new(), |at| at.value.to_string()),
                &codes.join(" "),
                policy.map_or("", |policy| policy.domain.as_str()),
                policy.map_or("", |policy| policy.requested.as_str()),
                policy.map_or("", |policy| policy.applied.as_str()),
                yes_or_no(results.spf_aligned),
                yes_or_no(results.dkim_aligned),
                &recorded(analysis, "dmarc"),
                &recorded(analysis, "spf"),
                &recorded(analysis, "dkim"),
                analysis.message.message_id.as_deref().unwrap_or_default(),
                analysis.message.date.as_deref().unwrap_or_default(),
                "",
            ] {
                line.push(',');
                push_cell(&mut line, text);
            }
        }
        Err(error) => {
            line.extend(CSV_HEAD.matches(','));
            push_cell(&mut line, error);
        }
    }
    line.push('\n');
    out.write_all(line.as_bytes())
}

fn yes_or_no(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// What the receiver recorded for a method, in its own words: those of the first of its fields that
/// has any.
pub(super) fn recorded(analysis: &Analysis, method: &str) -> String {
    let own = analysis.claims.iter();
    let own = own.filter(|claim| claim.standing == Standing::Receiver);
    let words = own.map(|claim| {
        let results = claim.results.iter();
        let results = results.filter(|result| result.method == method);
        let words: Vec<&str> = results.map(|result| result.result.as_str()).collect();
        words.join(" ")
    });
    words
        .into_iter()
        .find(|words| !words.is_empty())
        .unwrap_or_default()
}

/// A name as it stands in the first cell of its line of CSV.
pub fn csv_cell(name: &str) -> String {
    let mut cell = String::new();
    push_cell(&mut cell, name);
    cell
}

/// The characters that begin a formula in spreadsheet programs, and their full-width forms, which
/// programs set to Chinese, Japanese or Korean take for them.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// Adds one cell, so that it is text for spreadsheet programs too.
pub(super) fn push_cell(line: &mut String, text: &str) {
    // Some programs drop blanks before they look.
    let quotes = text.trim_start().starts_with(FORMULA);
    // A quote before the character makes it text; the cell is quoted because of it.
    let is_quoted = quotes || text.contains([',', '"', '\'']);
    let text = Plain(text);
    let _ = match (is_quoted, quotes) {
        (false, _) => write!(line, "{text}"),
        (true, false) => write!(line, "\"{}\"", text.to_string().replace('"', "\"\"")),
        (true, true) => write!(line, "\"'{}\"", text.to_string().replace('"', "\"\"")),
    };
}
