//! What another verifier said about the same message, and the reason for each difference.

use std::io::{self, Write};

use super::escape::plain;
use super::wrap::{Sheet, shortened};
use crate::corpus::SecondCount;
use crate::second::{Compared, OpinionComparison, OpinionMethod, OpinionRow};
use crate::{Analysis, explain};

/// Writes in one line what agrees, then each difference with its reason.
pub(super) fn write(
    analysis: &Analysis,
    compared: &OpinionComparison,
    out: &mut Sheet<'_>,
) -> io::Result<()> {
    writeln!(out)?;
    let program = compared.program;
    let agrees = |row: &&OpinionRow| row.comparison == Compared::Agree;
    let agreed: Vec<String> = compared.rows.iter().filter(agrees).map(agreed).collect();
    if !agreed.is_empty() {
        let text = format!("{program} says the same of {}.", agreed.join(", "));
        out.paragraph("  ", 4, &plain(text))?;
    }
    for row in compared.rows.iter().filter(|row| !agrees(row)) {
        let clause = explain::second::clause(analysis, program, row);
        let clause = clause.map(|clause| clause.to_string());
        let text = format!("{program} {}.", differing(row, clause));
        out.paragraph("  ", 4, &plain(text))?;
    }
    if let Some(why) = &compared.no_opinion {
        let text = format!(
            "{program} says nothing: {}.",
            explain::second::no_opinion(why)
        );
        return out.paragraph("  ", 4, &plain(text));
    }
    if compared.rows.is_empty() {
        let text = format!("{program} says nothing of SPF, DKIM, DMARC or ARC.");
        out.paragraph("  ", 4, &plain(text))?;
    }
    Ok(())
}

/// The counts over many messages, without a full stop.
pub(super) fn in_a_line(count: &SecondCount) -> String {
    let SecondCount {
        program,
        messages,
        silent,
        agree,
        differ,
        unknown,
        ..
    } = count;
    let program = program.map_or(String::new(), |program| program.to_string());
    let noun = if *messages == 1 {
        "message"
    } else {
        "messages"
    };
    let silent = match silent {
        0 => String::new(),
        silent => format!("; it says nothing of {silent} more"),
    };
    format!(
        "{program} on {messages} {noun}: {agree} results agree, {differ} differ by a known clause, \
         {unknown} for no known reason{silent}"
    )
}

/// What a row is about.
fn about(row: &OpinionRow) -> String {
    match (row.method, row.signature) {
        (OpinionMethod::Dkim, Some(number)) => format!("DKIM {number}"),
        (OpinionMethod::Dkim, None) if row.theirs.as_deref() == Some("none") => "DKIM".into(),
        (OpinionMethod::Dkim, None) => format!("DKIM ({})", shortened(&row.subject, 60)),
        (OpinionMethod::From, _) => "From".into(),
        (method, _) => method.as_str().to_uppercase(),
    }
}

fn word(word: &Option<String>) -> String {
    match word.as_deref() {
        Some("") => "nothing".into(),
        Some(word) => shortened(word, 60),
        None => String::new(),
    }
}

fn agreed(row: &OpinionRow) -> String {
    let (theirs, ours) = (word(&row.theirs), word(&row.ours));
    let section = row.clause.as_ref().and_then(|clause| clause.section);
    match (theirs == ours, section) {
        (true, _) => format!("{} ({theirs})", about(row)),
        (false, Some(section)) => format!("{} ({theirs}, here {ours}: {section})", about(row)),
        (false, None) => format!("{} ({theirs}, here {ours})", about(row)),
    }
}

/// A row that does not agree, with the reason in words.
fn differing(row: &OpinionRow, clause: Option<String>) -> String {
    let (theirs, ours) = (word(&row.theirs), word(&row.ours));
    let both = match row.comparison {
        Compared::OnlyOurs => format!("says nothing of {}, here {ours}", about(row)),
        Compared::OnlyTheirs => format!("says {} is {theirs}, here there is no result", about(row)),
        Compared::Differ | Compared::Agree => {
            format!("says {} is {theirs}, here {ours}", about(row))
        }
    };
    let section = row.clause.as_ref().and_then(|clause| clause.section);
    let section = section.map_or(String::new(), |section| format!(" ({section})"));
    match clause {
        Some(clause) => format!("{both}: {}{section}", shortened(&clause, 400)),
        None if row.comparison == Compared::Differ => {
            format!("{both}: no known reason; compare the lookups of both")
        }
        None => both,
    }
}
