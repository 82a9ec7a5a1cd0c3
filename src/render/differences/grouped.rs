//! What differs, by its reason, for people: a changed record is said once, whatever it changes.

use std::io::{self, Write};

use super::{LABEL, Line, answer, because, block, cause, head, headline, label, runs, why};
use crate::corpus::{Alike, Changed, Check, Difference, DifferenceKind, Reason};
use crate::render::escape::plain;
use crate::render::text::TextOptions;
use crate::render::wrap::{padded, paragraph};

/// How many messages are named, of those for which the same changed.
const NAMED: usize = 3;
/// How many ways in which messages changed for one reason are shown.
const WAYS: usize = 5;
/// How many changes of one way are shown.
const CHANGES: usize = 12;
/// How many answers of DNS are shown.
const ANSWERS: usize = 3;

/// Writes the groups.
pub(super) fn write(check: &Check, options: TextOptions, out: &mut dyn Write) -> io::Result<()> {
    let groups = Alike::groups(&check.differences);
    for group in &groups {
        let differences: Vec<&Difference> = group.differences().collect();
        match differences.as_slice() {
            [one] => block(std::slice::from_ref(*one), options, out)?,
            _ if group.kind == DifferenceKind::Renamed => renamed(&differences, options, out)?,
            _ => several(group, options, out)?,
        }
    }
    match groups.iter().any(|group| group.count() > 1) {
        true => writeln!(out, "Each message in full: -v."),
        false => Ok(()),
    }
}

/// Messages that only have another name.
fn renamed(
    differences: &[&Difference],
    options: TextOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let all: Vec<Difference> = differences.iter().map(|one| (*one).clone()).collect();
    let runs: Vec<&[Difference]> = runs(&all).collect();
    let shown = if runs.len() > NAMED + 1 {
        NAMED
    } else {
        runs.len()
    };
    runs[..shown]
        .iter()
        .try_for_each(|run| block(run, options, out))?;
    let rest = &runs[shown..];
    if rest.is_empty() {
        return Ok(());
    }
    let count: usize = rest.iter().map(|run| run.len()).sum();
    let text = format!("{count} more messages only have another name.");
    head(&text, false, options, out)?;
    writeln!(out)
}

fn several(group: &Alike<'_>, options: TextOptions, out: &mut dyn Write) -> io::Result<()> {
    let mut text = Vec::new();
    paragraph(&mut text, "", 0, &plain(cause::headline(group)))?;
    let text = String::from_utf8_lossy(&text);
    head(text.trim_end(), true, options, out)?;
    for line in reasons(group) {
        line.write(out)?;
    }
    let is_one = group.ways.len() == 1;
    for way in group.ways.iter().take(WAYS) {
        if !is_one {
            writeln!(out, "\n  {} of {}:", way.len(), group.count())?;
        }
        for line in changes(way) {
            line.write(out)?;
        }
        names(way, out)?;
    }
    let rest = group.ways.iter().skip(WAYS);
    let (ways, messages) = rest.fold((0, 0), |(ways, messages), way| {
        (ways + 1, messages + way.len())
    });
    if ways > 0 {
        writeln!(out, "\n  {messages} more, in {ways} other ways")?;
    }
    writeln!(out)
}

/// What is behind it, beyond the first line.
fn reasons(group: &Alike<'_>) -> Vec<Line> {
    match group.kind {
        DifferenceKind::New => {
            let text =
                "Nothing is expected of them yet; sesauth corpus update takes what they give.";
            return vec![Line::new("why", text)];
        }
        DifferenceKind::Removed => {
            let text = "They were recorded and are there no more; sesauth corpus update drops what \
                        is expected of them.";
            return vec![Line::new("why", text)];
        }
        DifferenceKind::Changed | DifferenceKind::Renamed | DifferenceKind::Unreadable => (),
    }
    let mut lines = Vec::new();
    let mut left = 0;
    for (index, reason) in group.reasons.iter().enumerate() {
        match reason {
            Reason::MoreDns { count } => left += count,
            Reason::Dns { .. } if index >= ANSWERS => left += 1,
            Reason::Dns {
                name,
                record_type,
                was,
                is,
                ..
            } => {
                let was = match was {
                    Some(was) => answer(was),
                    None => "not in the recorded DNS".into(),
                };
                lines.push(Line::new("before", &format!("{record_type} {name}: {was}")));
                lines.push(Line::new("now", &answer(is)));
            }
            // The first line says it all.
            Reason::Message => (),
            _ => lines.push(Line::new("why", &why(reason))),
        }
    }
    if left > 0 {
        lines.push(Line::new("", &format!("and {left} other answers of DNS")));
    }
    lines
}

/// What changed for these messages, each once; with a count where it changed for some.
fn changes(way: &[&Difference]) -> Vec<Line> {
    struct Seen {
        label: String,
        text: String,
        because: Option<String>,
        is_same: bool,
        count: usize,
    }
    let mut seen: Vec<Seen> = Vec::new();
    let mut is_more = false;
    let all = way.iter().flat_map(|one| &one.changes);
    // The first line about the group says that a message changed.
    for change in all.filter(|change| change.part != Changed::Message) {
        let (label, text) = (label(change), headline(change));
        // What is said of the whole, as of its receiver, and what a finding says is for each
        // message.
        let because = match change.part {
            Changed::Conclusion | Changed::Finding => None,
            _ => because(change),
        };
        let same = |seen: &Seen| seen.label == label && seen.text == text;
        match seen.iter().position(same) {
            Some(at) => {
                seen[at].count += 1;
                seen[at].is_same &= seen[at].because == because;
            }
            None if seen.len() < CHANGES => seen.push(Seen {
                label,
                text,
                because,
                is_same: true,
                count: 1,
            }),
            None => is_more = true,
        }
    }
    let mut lines = Vec::new();
    let mut last = String::new();
    for Seen {
        label,
        text,
        because,
        is_same,
        count,
    } in seen
    {
        let shown = if label == last { "" } else { label.as_str() };
        let of = match count == way.len() {
            true => String::new(),
            false => format!(" (for {count} of {})", way.len()),
        };
        lines.push(Line::new(shown, &format!("{text}{of}")));
        if let Some(because) = because.filter(|_| is_same && of.is_empty()) {
            lines.push(Line::new("", &because));
        }
        last = label;
    }
    if is_more {
        lines.push(Line::new("", "and other changes"));
    }
    lines
}

/// Which messages they are. A name is shown as it is, with all its blanks.
fn names(way: &[&Difference], out: &mut dyn Write) -> io::Result<()> {
    // One more takes no more room than to say that there is one more.
    let shown = if way.len() > NAMED + 1 {
        NAMED
    } else {
        way.len()
    };
    for (index, one) in way[..shown].iter().enumerate() {
        let label = match (index, way.len()) {
            (0, 1) => "message",
            (0, _) => "messages",
            _ => "",
        };
        let name = match &one.renamed_from {
            Some(from) => format!("{} (it was {from})", one.name),
            None => one.name.clone(),
        };
        writeln!(out, "  {}{}", padded(label, LABEL), plain(name))?;
    }
    match way.len() - shown {
        0 => Ok(()),
        more => Line::new("", &format!("and {more} more")).write(out),
    }
}
