//! An SPF evaluation as a tree: each term, its outcome, and its lookups.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::escape::plain;
use super::text::sentence;
use super::wrap::{padded, paragraph, paragraph_behind};
use crate::explain;
use crate::spf::{SpfIdentity, SpfOutcome, SpfStep, SpfVerdict};

/// Writes the evaluation of `verdict` as a tree, followed by one sentence.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write(verdict: &SpfVerdict, out: &mut dyn Write) -> io::Result<()> {
    paragraph(out, "  ", 4, &plain(head(verdict)))?;
    if let Some(record) = &verdict.record {
        paragraph(out, "    ", 6, &plain(record))?;
    }
    for record in verdict.records.iter().skip(1) {
        paragraph(out, "    also: ", 6, &plain(record))?;
    }
    let widest = widest_term(&verdict.trace, 4);
    steps(verdict, &verdict.trace, "    ", widest.min(50), out)?;
    paragraph(out, "  ", 4, &plain(last(verdict)))
}

/// Why the result is what it is, in a sentence.
pub(super) fn last(verdict: &SpfVerdict) -> String {
    match &verdict.matched {
        Some(matched) if is_nobodys(verdict) => format!(
            "A client that no term names gets {}, by {} ({} of {} lookups).",
            verdict.result, matched.directive, verdict.lookups, verdict.lookup_limit
        ),
        _ => sentence(&explain::spf::cause(verdict).to_string()),
    }
}

/// Whether the client is the one that no host has: a domain was looked at without a message.
fn is_nobodys(verdict: &SpfVerdict) -> bool {
    verdict.client_ip.is_some_and(|ip| ip.is_unspecified())
}

/// The result, and what it is for.
pub(super) fn head(verdict: &SpfVerdict) -> String {
    let identity = identity(verdict.identity);
    let domain = verdict.domain.as_deref().unwrap_or("an unknown domain");
    if is_nobodys(verdict) {
        return format!("SPF of {domain}: all that its record leads to");
    }
    format!("SPF {} for {identity} at {domain}", verdict.result)
}

/// What the domain is taken from.
pub(super) fn identity(identity: SpfIdentity) -> &'static str {
    match identity {
        SpfIdentity::Helo => "HELO",
        SpfIdentity::MailFrom => "MAIL FROM",
    }
}

/// The column at which the widest term ends.
fn widest_term(steps: &[SpfStep], indent: usize) -> usize {
    let ends = steps.iter().map(|step| {
        let own = indent + 3 + term(step).width();
        own.max(widest_term(&step.steps, indent + 3))
    });
    ends.max().unwrap_or(0)
}

/// The term, with its expansion if that differs from its text.
pub(super) fn term(step: &SpfStep) -> String {
    match &step.expanded {
        Some(expanded) => plain(format!("{} = {expanded}", step.term)),
        None => plain(&step.term),
    }
}

fn steps(
    verdict: &SpfVerdict,
    list: &[SpfStep],
    indent: &str,
    column: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    for (index, step) in list.iter().enumerate() {
        let (branch, below) = match index + 1 == list.len() {
            true => ("└─ ", "   "),
            false => ("├─ ", "│  "),
        };
        let below = format!("{indent}{below}");
        let columns = column.saturating_sub(indent.width() + 3);
        let first = format!("{indent}{branch}{}  ", padded(&term(step), columns));
        paragraph_behind(
            out,
            &first,
            &format!("{below}  "),
            &plain(became(step, verdict)),
        )?;
        if let Some(record) = &step.record {
            let rest = format!("{below}  ");
            paragraph_behind(out, &rest, &rest, &plain(record))?;
        }
        steps(verdict, &step.steps, &below, column, out)?;
    }
    Ok(())
}

/// The outcome of a term, and the lookups it was charged.
pub(super) fn became(step: &SpfStep, verdict: &SpfVerdict) -> String {
    let mut text = String::from(match step.outcome {
        SpfOutcome::Match => "matches",
        SpfOutcome::NoMatch => "does not match",
        SpfOutcome::NotReached => "not reached",
        SpfOutcome::Followed => "followed",
        SpfOutcome::Ignored => "has no effect",
        SpfOutcome::Error => "error",
        SpfOutcome::Temperror => "no answer",
        SpfOutcome::NotEvaluated => "not evaluated",
    });
    if let Some(number) = step.lookup_number {
        text.push_str(&format!(", lookup {number} of {}", verdict.lookup_limit));
    }
    if step.voids > 0 {
        text.push_str(", void");
    }
    if let Some(answer) = &step.answer {
        text.push_str(&format!(": {answer}"));
    }
    text
}
