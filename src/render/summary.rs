//! Many messages in numbers, for people; and one message a line, as CSV.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::escape::plain;
use super::wrap::{paragraph, shortened};
use crate::Inspection;
use crate::corpus::Summary;

/// How many values of one kind are listed; the others are counted together.
const LISTED: usize = 15;

/// Writes the numbers, the largest first.
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
    let mut findings: Vec<_> = summary.findings.iter().collect();
    findings.sort_by_key(|(code, found)| (found.severity, usize::MAX - found.messages, **code));
    let findings = findings
        .into_iter()
        .map(|(code, found)| (format!("{} {code}", found.severity), found.messages));
    table("Findings, by messages", findings.collect(), whole, out)?;
    table("From", largest(&summary.from), whole, out)?;
    table(
        "Amazon SES region",
        largest(&summary.ses_region),
        whole,
        out,
    )?;
    table("Sending host", largest(&summary.sending_host), whole, out)
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
                            client_ip,received_at,findings,error";

/// One message as a line of CSV; the error in place of an analysis.
pub fn write_csv(
    path: &str,
    inspection: Result<&Inspection, &str>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut cells = vec![path.to_owned()];
    match inspection {
        Ok(Inspection { analysis, hits, .. }) => {
            let dkim = analysis.dkim.iter().map(|verdict| {
                let domain = verdict.domain.as_ref();
                let domain = domain.map_or(String::new(), |domain| format!("{domain}="));
                format!("{domain}{}", verdict.result)
            });
            let author = analysis.dmarc.author_domain.as_ref();
            let region = analysis.ses.as_ref().and_then(|ses| ses.region.as_ref());
            let session = &analysis.session;
            let codes = hits.iter().map(|hit| hit.code);
            cells.extend([
                analysis.conclusion.result.as_str().to_owned(),
                analysis.dmarc.result.as_str().to_owned(),
                analysis.spf.mail_from.result.as_str().to_owned(),
                analysis.spf.mail_from.domain.clone().unwrap_or_default(),
                dkim.collect::<Vec<_>>().join(" "),
                author.map(ToString::to_string).unwrap_or_default(),
                region.map(ToString::to_string).unwrap_or_default(),
                session
                    .client_ip
                    .as_ref()
                    .map(|ip| ip.value.to_string())
                    .unwrap_or_default(),
                session
                    .received_at
                    .as_ref()
                    .map(|at| at.value.to_string())
                    .unwrap_or_default(),
                codes.collect::<Vec<_>>().join(" "),
                String::new(),
            ]);
        }
        Err(error) => {
            cells.extend(std::iter::repeat_n(String::new(), 10));
            cells.push(error.to_owned());
        }
    }
    let cells: Vec<String> = cells.iter().map(|text| cell(&plain(text))).collect();
    writeln!(out, "{}", cells.join(","))
}

/// One cell. A program for tables takes what begins with one of these signs for a formula.
fn cell(text: &str) -> String {
    let text = match text.starts_with(['=', '+', '-', '@']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    };
    match text.contains([',', '"', '\n', '\r', '\'']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}
