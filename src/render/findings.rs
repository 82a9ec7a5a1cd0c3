//! Findings for people: what was found, what to do, how to check it; and the list of all rules.

use std::io::{self, Write};

use anstyle::AnsiColor;

use super::escape::plain;
use super::text::{TextOptions, painted, sentence, style};
use super::wrap::paragraph;
use crate::Audience;
use crate::dns::change::{Action, RecordChange};
use crate::findings::{Anchor, Finding, Fix, Judged, Observation, RULES, Severity};

/// Writes each finding with its fix, in the order given.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write(
    findings: &[Finding],
    audience: &Audience,
    options: TextOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    for finding in findings {
        let word = match finding.severity {
            Severity::Error => painted("error", style(AnsiColor::Red), options),
            Severity::Warning => painted("warning", style(AnsiColor::Yellow), options),
            Severity::Notice => painted("notice", style(AnsiColor::Cyan), options),
        };
        writeln!(out, "\n{word}: {}", finding.code)?;
        paragraph(out, "  ", 2, &plain(sentence(&finding.message)))?;
        if options.verbose {
            for evidence in &finding.evidence {
                paragraph(out, "  Seen: ", 8, &plain(seen(evidence)))?;
            }
        }
        if let Some(fix) = &finding.fix {
            write_fix(fix, out)?;
        }
        writeln!(out, "  More: sesauth explain {}", finding.code)?;
    }
    let has_records = |fix: &Fix| {
        let mut choices = fix.choices.iter();
        !fix.records.is_empty() || choices.any(|choice| !choice.records.is_empty())
    };
    let mut fixes = findings.iter().filter_map(|finding| finding.fix.as_ref());
    match fixes.any(has_records) {
        true => {
            writeln!(out)?;
            paragraph(out, "", 0, IN_A_FORM)?;
            match audience {
                Audience::Unknown => paragraph(out, "", 0, FOR_OWNERS),
                Audience::Recipient | Audience::Owner(_) => Ok(()),
            }
        }
        false => Ok(()),
    }
}

/// For people who do not run the domain.
const FOR_OWNERS: &str = "If you received this message from somebody else, none of these records is \
                          yours to publish (--received leaves them out; --mine DOMAIN says that a \
                          domain is yours).";

/// For people who enter records in a form of their DNS provider.
const IN_A_FORM: &str = "Records are written as: name, seconds to cache it, type, value. In the form of \
                         a DNS provider enter the name without your domain, as most add it \
                         themselves, no dot at its end, a text without its outer quotes, and of an \
                         MX the number as its priority. Then the commands should print the values.";

/// `1 error and 2 warnings`.
pub fn count(findings: &[Finding]) -> String {
    let of = |severity| {
        let found = findings
            .iter()
            .filter(|finding| finding.severity == severity);
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

fn write_fix(fix: &Fix, out: &mut dyn Write) -> io::Result<()> {
    let text = sentence(&fix.text);
    let leads_on = !fix.records.is_empty() || !fix.choices.is_empty();
    let text = match text.strip_suffix('.').filter(|_| leads_on) {
        Some(text) => format!("{text}:"),
        None => text,
    };
    paragraph(out, "  ", 2, &plain(text))?;
    write_records(&fix.records, out)?;
    for choice in &fix.choices {
        let text = format!("{}: {}", choice.text, choice.consequence);
        paragraph(out, "  - ", 4, &plain(sentence(&text)))?;
        write_records(&choice.records, out)?;
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

/// Writes records as zone text, each on one line, so they can be copied.
fn write_records(records: &[RecordChange], out: &mut dyn Write) -> io::Result<()> {
    for (index, record) in records.iter().enumerate() {
        let is_new = index == 0 || records[index - 1].action != record.action;
        match record.action {
            Action::Remove if is_new => writeln!(out, "    ; remove")?,
            Action::Replace if is_new => writeln!(out, "    ; in place of what is there")?,
            Action::Publish if is_new && index > 0 => writeln!(out, "    ; publish")?,
            _ => (),
        }
        writeln!(out, "    {}", plain(record.zone_line()))?;
    }
    Ok(())
}

fn seen(evidence: &Observation) -> String {
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
        Anchor::Session { value, from } => format!("{value} ({from})"),
        Anchor::Verdict { of } => match of {
            Judged::SpfMailFrom => "SPF".into(),
            Judged::SpfHelo => "SPF for HELO".into(),
            Judged::Dkim(number) => format!("DKIM {number}"),
            Judged::Dmarc => "DMARC".into(),
            Judged::Conclusion => "conclusion".into(),
            Judged::Ses => "sign of SES".into(),
        },
    };
    format!("{at}: {} ({})", evidence.text, evidence.mark.class)
}
