//! Findings for people: what was found, what to do, how to check it; and the list of all rules.

use crate::explain::means::Means;
use crate::explain::session::origin;
use std::borrow::Cow;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::broken;
use super::escape::plain;
use super::provider::{self, Form};
use super::text::{TextOptions, painted, sentence, style};
use super::wrap::{Sheet, paragraph};
use crate::dns::change::{Action, RecordChange};
use crate::findings::{Anchor, Finding, Fix, Judged, Observation, RULES, Severity};
use crate::{Analysis, Audience};

/// Writes each finding with its fix, in the order given.
pub(super) fn write(
    findings: &[Finding],
    analysis: &Analysis,
    audience: &Audience,
    options: TextOptions,
    out: &mut Sheet<'_>,
) -> io::Result<()> {
    for finding in findings {
        let word = severity(finding.severity, options);
        writeln!(out, "\n{word}: {}", finding.code)?;
        out.paragraph("  ", 2, &plain(without_proofs(finding, analysis)))?;
        for evidence in &finding.evidence {
            out.paragraph("  Seen: ", 8, &plain(seen(evidence)))?;
        }
        if let Some(fix) = &finding.fix {
            write_fix(fix, analysis, options, out)?;
        }
        writeln!(out, "  More: sesauth explain {}", finding.code)?;
    }
    for (index, text) in about_records(findings, audience, options.provider.form).enumerate() {
        if index == 0 {
            writeln!(out)?;
        }
        out.paragraph("", 0, &text)?;
    }
    Ok(())
}

/// How the records of findings are written, and who may publish them; nothing if there are none.
pub(super) fn about_records(
    findings: &[Finding],
    audience: &Audience,
    form: Form,
) -> impl Iterator<Item = Cow<'static, str>> {
    let has_records = |fix: &Fix| {
        let mut choices = fix.choices.iter();
        !fix.records.is_empty() || choices.any(|choice| !choice.records.is_empty())
    };
    let mut fixes = findings.iter().filter_map(|finding| finding.fix.as_ref());
    let is_there = fixes.any(has_records);
    let how = (form == Form::Plain).then_some(IN_A_FORM.into());
    let who = (*audience == Audience::Unknown).then(|| for_owners().into());
    [how, who].into_iter().flatten().filter(move |_| is_there)
}

/// Writes what to do, gravest first, each finding in few lines and its records. A notice is said in a
/// sentence, unless the line about the receiver, if it `differs`, says it. True if there are records that
/// are not the reader's to publish, perhaps.
pub(super) fn write_short(
    findings: &[Finding],
    analysis: &Analysis,
    audience: &Audience,
    differs: bool,
    options: TextOptions,
    out: &mut Sheet<'_>,
) -> io::Result<bool> {
    let mut has_records = false;
    for (index, finding) in findings.iter().enumerate() {
        let most = if index < IN_FULL { LINES } else { FEWER };
        let word = severity(finding.severity, options);
        if finding.severity == Severity::Notice {
            continue;
        }
        writeln!(out, "\n{word}: {}", finding.code)?;
        let fix = finding.fix.as_ref();
        let choices = fix.map_or(0, |fix| fix.choices.len());
        let message = plain(without_proofs(finding, analysis)).to_string();
        for text in few_lines(finding, &message, most.saturating_sub(choices), out.columns) {
            out.paragraph("  ", 2, &plain(text))?;
        }
        let Some(fix) = fix else { continue };
        has_records |= !fix.records.is_empty();
        write_records(&fix.records, analysis, options, out)?;
        for choice in &fix.choices {
            has_records |= !choice.records.is_empty();
            // No choice without its price, where there is room; what to do is never cut.
            let priced = plain(sentence(&format!(
                "{}: {}",
                choice.text, choice.consequence
            )));
            let text = match lines_of(&priced, out.columns) > CHOICE {
                true => plain(sentence(&choice.text)),
                false => priced,
            };
            out.paragraph("  - ", 4, &text)?;
            write_records(&choice.records, analysis, options, out)?;
        }
    }
    let mut is_first = true;
    let is_shown =
        |one: &&Finding| one.severity == Severity::Notice && !(differs && is_said_by_receiver(one));
    for finding in findings.iter().filter(is_shown) {
        if std::mem::replace(&mut is_first, false) {
            writeln!(out)?;
        }
        let word = severity(finding.severity, options);
        let said = first_sentence(&plain(without_proofs(finding, analysis)));
        let mut text = format!(": {}. {said}", finding.code);
        if lines_of(&format!("notice{text}"), out.columns) > NOTICE {
            let room = out.columns.saturating_sub(finding.code.len());
            text = format!(": {}. {}", finding.code, brief(&said, room));
        }
        if lines_of(&format!("notice{text}"), out.columns) > NOTICE {
            let rule = RULES.iter().find(|rule| rule.code == finding.code);
            let summary = rule.map_or("", |rule| rule.explanation.summary);
            text = format!(": {}. {}", finding.code, sentence(summary));
        }
        let mut line = Vec::new();
        Sheet::new(&mut line, out.columns).paragraph("notice", 2, &plain(text))?;
        let line = String::from_utf8_lossy(&line);
        write!(
            out,
            "{word}{}",
            line.strip_prefix("notice").unwrap_or(&line)
        )?;
    }
    Ok(has_records && *audience == Audience::Unknown)
}

/// The message of a finding in a sentence, without proofs that are shown above it.
pub(super) fn without_proofs(finding: &Finding, analysis: &Analysis) -> String {
    broken::without_proofs(&sentence(&finding.message), analysis)
}

/// Notices about what the receiver recorded, and why it is not found here.
const BY_RECEIVER: [&str; 3] = [
    "receiver-differs",
    "file-altered-after-delivery",
    "dkim-key-gone-since-delivery",
];

/// How many lines a choice has with what follows from it.
const CHOICE: usize = 3;

/// How many lines a notice has.
const NOTICE: usize = 2;

/// How many lines a finding has below its code, without records.
const LINES: usize = 5;

/// How many findings have as many; the others have fewer.
const IN_FULL: usize = 2;

/// How many lines the others have.
const FEWER: usize = 3;

/// The message and the fix of a finding in at most `most` lines, where whole sentences fit into them:
/// the first of each, then as many of the others as there is room for.
fn few_lines(finding: &Finding, message: &str, most: usize, columns: usize) -> Vec<String> {
    let fix = finding.fix.as_ref();
    let leads_on = fix.is_some_and(|fix| !fix.records.is_empty() || !fix.choices.is_empty());
    let message = match finding.code {
        // The first line of all says it.
        "dmarc-fail" => Vec::new(),
        _ => sentences(&brief(message, columns)),
    };
    let fix = fix.map_or(Vec::new(), |fix| sentences(&plain(sentence(&fix.text))));
    let shown = |message: usize, of_fix: usize, all_message: &[String], all_fix: &[String]| {
        let mut fix = all_fix[..of_fix].join(" ");
        if leads_on && of_fix > 0 {
            fix = fix.trim_end_matches('.').to_owned() + ":";
        }
        let parts = [all_message[..message].join(" "), fix];
        parts
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
    };
    let count =
        |parts: &[String]| -> usize { parts.iter().map(|part| lines_of(part, columns)).sum() };
    let (mut of_message, mut of_fix) = (message.len().min(1), fix.len().min(1));
    loop {
        let grown = [
            (of_message, of_fix + 1, of_fix < fix.len()),
            (of_message + 1, of_fix, of_message < message.len()),
        ];
        let fits = grown
            .into_iter()
            .find(|(m, f, is_there)| *is_there && count(&shown(*m, *f, &message, &fix)) <= most);
        match fits {
            Some((m, f, _)) => (of_message, of_fix) = (m, f),
            None => return shown(of_message, of_fix, &message, &fix),
        }
    }
}

/// A message without what its last clauses add, if it takes more than two lines.
fn brief(message: &str, columns: usize) -> String {
    let mut text = message.to_owned();
    while lines_of(&text, columns) > 2 {
        // Not in what is quoted.
        let is_outside = |at: &usize| text[..*at].matches('"').count().is_multiple_of(2);
        let last = |mark: &str| {
            let mut ends = text.rmatch_indices(mark).map(|(at, _)| at);
            ends.find(is_outside)
        };
        let end = last("; ").or_else(|| last(": "));
        let Some(end) = end.filter(|end| *end > 20) else {
            return text;
        };
        text.truncate(end);
        text.push('.');
    }
    text
}

fn lines_of(text: &str, columns: usize) -> usize {
    let mut out = Vec::new();
    match Sheet::new(&mut out, columns).paragraph("  ", 2, text) {
        Ok(()) => out.iter().filter(|octet| **octet == b'\n').count(),
        Err(_) => 0,
    }
}

fn first_sentence(text: &str) -> String {
    sentences(text).into_iter().next().unwrap_or_default()
}

/// The sentences of a text. A full stop ends one if a blank and a capital letter or digit follow.
fn sentences(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices(". ") {
        let next = text[at + 2..].chars().next();
        if next.is_some_and(char::is_uppercase) {
            all.push(text[start..=at].to_owned());
            start = at + 2;
        }
    }
    all.push(text[start..].to_owned());
    all
}

fn severity(severity: Severity, options: TextOptions) -> String {
    match severity {
        Severity::Error => painted("error", style(AnsiColor::Red), options),
        Severity::Warning => painted("warning", style(AnsiColor::Yellow), options),
        Severity::Notice => painted("notice", style(AnsiColor::Cyan), options),
    }
}

/// For people who do not run the domain.
fn for_owners() -> String {
    format!(
        "If you received this message from somebody else, none of these records is yours to publish ({} \
         leaves them out; {} says that a domain is yours).",
        Means::Received,
        Means::Mine.with("DOMAIN")
    )
}

/// For people who enter records in a form of their DNS provider.
const IN_A_FORM: &str = "Records are written as: name, seconds to cache it, type, value. In the form of \
                         a DNS provider enter the name without your domain, as most add it \
                         themselves, no dot at its end, a text without its outer quotes, and of an \
                         MX the number as its priority. Then the commands should print the values.";

/// Whether the line about the receiver says it, so that the short text does not say it again.
pub(super) fn is_said_by_receiver(finding: &Finding) -> bool {
    finding.severity == Severity::Notice && BY_RECEIVER.contains(&finding.code)
}

/// `1 error and 2 warnings`.
pub fn count<'f>(findings: impl IntoIterator<Item = &'f Finding> + Clone) -> String {
    let of = |severity| {
        let all = findings.clone().into_iter();
        let found = all.filter(|finding| finding.severity == severity);
        match found.count() {
            0 => None,
            1 => Some(format!("1 {severity}")),
            many => Some(format!("{many} {severity}s")),
        }
    };
    let parts = [Severity::Error, Severity::Warning, Severity::Notice].map(of);
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    match parts.as_slice() {
        [] => "No findings".into(),
        [one] => one.clone(),
        [one, other] => format!("{one} and {other}"),
        parts => parts.join(", "),
    }
}

/// Writes every rule: its severity, its code and its summary.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_rules(out: &mut dyn Write) -> io::Result<()> {
    for rule in RULES {
        writeln!(out, "{:<8} {}", rule.severity, rule.code)?;
        paragraph(out, "         ", 9, rule.explanation.summary)?;
    }
    Ok(())
}

fn write_fix(
    fix: &Fix,
    analysis: &Analysis,
    options: TextOptions,
    out: &mut Sheet<'_>,
) -> io::Result<()> {
    let text = sentence(&fix.text);
    let leads_on = !fix.records.is_empty() || !fix.choices.is_empty();
    let text = match text.strip_suffix('.').filter(|_| leads_on) {
        Some(text) => format!("{text}:"),
        None => text,
    };
    out.paragraph("  ", 2, &plain(text))?;
    write_records(&fix.records, analysis, options, out)?;
    for choice in &fix.choices {
        let text = format!("{}: {}", choice.text, choice.consequence);
        out.paragraph("  - ", 4, &plain(sentence(&text)))?;
        write_records(&choice.records, analysis, options, out)?;
    }
    for (index, check) in fix.checks.iter().enumerate() {
        let label = match index {
            0 => "Check with:",
            _ => "",
        };
        // On one line, so it can be copied.
        writeln!(out, "  {label:<11} {}", plain(check))?;
    }
    Ok(())
}

/// Writes records line by line, so they can be copied.
fn write_records(
    records: &[RecordChange],
    analysis: &Analysis,
    options: TextOptions,
    out: &mut Sheet<'_>,
) -> io::Result<()> {
    for line in provider::lines(records, &analysis.lookups, options.provider) {
        let line = painted(&plain(line), Style::new().bold(), options);
        writeln!(out, "    {line}")?;
    }
    Ok(())
}

/// Records as zone text, and what to do with them as comments.
pub(super) fn record_lines(records: &[RecordChange]) -> Vec<String> {
    let mut lines = Vec::new();
    for (index, record) in records.iter().enumerate() {
        let is_new = index == 0 || records[index - 1].action != record.action;
        let what = match record.action {
            Action::Remove if is_new => Some("; remove"),
            Action::Replace if is_new => Some("; in place of what is there"),
            Action::Publish if is_new && index > 0 => Some("; publish"),
            _ => None,
        };
        lines.extend(what.map(str::to_owned));
        lines.push(record.zone_line());
    }
    lines
}

pub(super) fn seen(evidence: &Observation) -> String {
    let at = match &evidence.mark.anchor {
        Anchor::Field {
            name, number: 1, ..
        } => format!("field {name}"),
        Anchor::Field { name, number, .. } => format!("field {name} {number}"),
        Anchor::Octet { line, .. } => format!("line {line}"),
        Anchor::Lookup {
            id,
            name,
            record_type,
        } => format!("{id} {record_type} {name}"),
        Anchor::Session { value, from } => format!("{value} ({})", origin(*from)),
        Anchor::Verdict { of } => match of {
            Judged::SpfMailFrom => "SPF".into(),
            Judged::SpfHelo => "SPF for HELO".into(),
            Judged::Dkim(number) => format!("DKIM {number}"),
            Judged::Dmarc => "DMARC".into(),
            Judged::Conclusion => "conclusion".into(),
            Judged::Ses => "sign of SES".into(),
            Judged::SesIdentity => "SES says".into(),
        },
    };
    format!("{at}: {} ({})", evidence.text, evidence.mark.class)
}
