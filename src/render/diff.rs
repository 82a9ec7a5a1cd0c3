//! Two copies of one message for a person at a terminal: whether they differ in what is signed,
//! where, and what to do.

use std::io::{self, Write};

use anstyle::AnsiColor;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::escape::{plain, visible};
use super::text::{TextOptions, painted, sentence, style};
use super::wrap::{COLUMNS, Sheet};
use crate::diff::{
    BodyDiff, BodyLine, Delivery, Diff, DiffResult, FieldDiff, FieldThere, HeaderDiff, PartDiff,
    Place, SignatureDiff, Spot,
};
use crate::explain::diff as words;

/// How many fields are shown.
const SHOWN: usize = 5;

/// Writes the comparison. `names` are those of the files.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write(
    diff: &Diff,
    names: [&str; 2],
    options: TextOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let out = &mut Sheet::new(out, options.columns.unwrap_or(COLUMNS));
    headline(diff, options, out)?;
    writeln!(out)?;
    for (copy, name, of) in [("A", names[0], &diff.a), ("B", names[1], &diff.b)] {
        writeln!(out, "  {copy}  {}", plain(name))?;
        notes(of, out)?;
    }
    for text in words::line_ends(diff).into_iter().chain(own(diff)) {
        out.paragraph("  ", 2, &plain(text))?;
    }
    if let Some(text) = words::outside(diff) {
        out.paragraph("  ", 2, &plain(text))?;
    }
    for (at, signature) in diff.signatures.iter().enumerate() {
        let before = &diff.signatures[..at];
        write_signature(diff, signature, before, out)?;
    }
    Ok(())
}

fn headline(diff: &Diff, options: TextOptions, out: &mut Sheet<'_>) -> io::Result<()> {
    let (word, color) = match diff.result() {
        DiffResult::Same => ("SAME", AnsiColor::Green),
        DiffResult::Differ => ("DIFFER", AnsiColor::Red),
        DiffResult::NotCompared => ("NOT COMPARED", AnsiColor::Yellow),
    };
    let mut text = Vec::new();
    let sentence = plain(words::headline(diff));
    Sheet::new(&mut text, out.columns).paragraph(&format!("{word}  "), 6, &sentence)?;
    let text = String::from_utf8_lossy(&text);
    let rest = text.strip_prefix(word).unwrap_or(&text);
    write!(out, "{}{rest}", painted(word, style(color), options))
}

/// What is to be known of a file.
fn notes(copy: &Delivery, out: &mut Sheet<'_>) -> io::Result<()> {
    for note in &copy.source.notes {
        out.paragraph("     ", 5, &plain(sentence(&note.to_string())))?;
    }
    Ok(())
}

fn own(diff: &Diff) -> impl Iterator<Item = String> {
    let a = words::only_in("A", &diff.a.own_signatures);
    a.into_iter()
        .chain(words::only_in("B", &diff.b.own_signatures))
}

fn write_signature(
    diff: &Diff,
    signature: &SignatureDiff,
    before: &[SignatureDiff],
    out: &mut Sheet<'_>,
) -> io::Result<()> {
    let verdict = &signature.a.verdict;
    let name = sentence(&words::named(signature));
    let name = name.trim_end_matches('.');
    let form = &verdict.canonicalization;
    writeln!(out)?;
    out.paragraph("  ", 4, &plain(format!("{name} ({form})")))?;
    for (copy, sighting) in [("A", &signature.a), ("B", &signature.b)] {
        let standing = sentence(&words::standing(sighting));
        out.paragraph(&format!("    {copy}  "), 7, &plain(standing))?;
    }
    let as_before = |is_same: &dyn Fn(&SignatureDiff) -> bool| {
        let other = before.iter().find(|other| is_same(other));
        other.map(words::named)
    };
    let header_as = as_before(&|other| other.header == signature.header);
    let body_as = as_before(&|other| match (&other.body, &signature.body) {
        (PartDiff::Differ(other), PartDiff::Differ(body)) => is_alike(other, body),
        _ => false,
    });
    match (&signature.header, header_as) {
        (PartDiff::Same, _) => writeln!(out, "    The signed header fields are the same.")?,
        (PartDiff::NotCompared, _) => writeln!(out, "    The header could not be compared.")?,
        (PartDiff::Differ(_), Some(other)) => {
            let text = format!("The signed header fields differ as for {other}.");
            out.paragraph("    ", 4, &plain(text))?;
        }
        (PartDiff::Differ(header), None) => write_header(header, out)?,
    }
    match (&signature.body, body_as) {
        (PartDiff::Same, _) => writeln!(out, "    The signed body is the same.")?,
        (PartDiff::NotCompared, _) => writeln!(out, "    The body could not be compared.")?,
        (PartDiff::Differ(body), Some(other)) => {
            let octet = body.first.octet;
            let text = format!("The body differs as for {other} (here octet {octet}).");
            out.paragraph("    ", 4, &plain(text))?;
        }
        (PartDiff::Differ(body), None) => write_body(body, signature, out)?,
    }
    let is_said = before.iter().any(|other| has_changes_of(other, signature));
    if let Some(changes) = words::changes(signature).filter(|_| !is_said) {
        writeln!(out)?;
        out.paragraph("    ", 4, &plain(changes))?;
    }
    let advice = words::advice(diff, signature);
    let is_said = before
        .iter()
        .any(|other| words::advice(diff, other) == advice);
    if let Some(advice) = advice.filter(|_| !is_said) {
        writeln!(out)?;
        out.paragraph("    ", 4, &plain(advice))?;
    }
    Ok(())
}

/// Whether two canonical forms of the bodies part at the same places.
fn is_alike(one: &BodyDiff, other: &BodyDiff) -> bool {
    let places = |body: &BodyDiff| (body.first.a.clone(), body.first.b.clone(), body.lines);
    places(one) == places(other)
}

/// Whether the same is known of what leads from one copy to the other.
fn has_changes_of(one: &SignatureDiff, other: &SignatureDiff) -> bool {
    let known = |of: &SignatureDiff| {
        let all = of.changes.iter().map(|one| {
            let found = &one.found;
            let halves = (found.header.is_some(), found.body.is_some());
            (one.copy, halves, found.changes().cloned().collect())
        });
        all.collect::<Vec<(_, _, Vec<_>)>>()
    };
    known(one) == known(other)
}

fn write_header(header: &HeaderDiff, out: &mut Sheet<'_>) -> io::Result<()> {
    for field in header.fields.iter().take(SHOWN) {
        writeln!(out)?;
        out.paragraph("    ", 6, &plain(format!("{}:", words::field(field))))?;
        match &field.first {
            Some(first) => write_spot(first, "the field", out)?,
            None => write_alone(field, out)?,
        }
    }
    let named = header.fields.iter().skip(SHOWN);
    let names: Vec<&str> = named.map(|field| field.name.as_str()).collect();
    let more = header.count - header.count.min(SHOWN);
    if more > 0 {
        let text = format!(
            "Signed fields that differ too ({more}): {}",
            names.join(", ")
        );
        writeln!(out)?;
        out.paragraph("    ", 6, &plain(text))?;
    }
    Ok(())
}

fn write_body(body: &BodyDiff, signature: &SignatureDiff, out: &mut Sheet<'_>) -> io::Result<()> {
    writeln!(out)?;
    out.paragraph("    ", 6, &plain(format!("{}:", words::body(body))))?;
    let end = match signature.a.verdict.body.signed_length {
        Some(_) => "what l= counts",
        None => "the body",
    };
    write_spot(&body.first, end, out)?;
    let (a, b) = (body.first.a.line, body.first.b.line);
    for (copy, shown, lines) in [("A", a, &body.only_a), ("B", b, &body.only_b)] {
        let lines: Vec<&BodyLine> = lines.iter().filter(|line| line.line != shown).collect();
        if lines.is_empty() {
            continue;
        }
        writeln!(out, "    Only in {copy} (empty lines left out):")?;
        let numbers: Vec<usize> = lines.iter().map(|line| line.line).collect();
        for line in lines {
            let label = label(copy, line.line, &numbers);
            let room = out.columns.saturating_sub(label.width());
            let text = line.text.to_string();
            writeln!(out, "{label}{}", start(&dotted(&text, spaces(&text)), room))?;
        }
    }
    Ok(())
}

/// Writes the two lines in which a difference begins, each with a mark below it.
fn write_spot(spot: &Spot, end: &str, out: &mut Sheet<'_>) -> io::Result<()> {
    let lines = [spot.a.line, spot.b.line];
    for (copy, place) in [("A", &spot.a), ("B", &spot.b)] {
        let label = label(copy, place.line, &lines);
        let (text, column) = excerpt(place, out.columns.saturating_sub(label.width()));
        writeln!(out, "{}", format!("{label}{text}").trim_end())?;
        let fill = " ".repeat(label.width() + column);
        let next = plain(words::next(place, end));
        let is_wide = fill.width() + next.width() + 2 > out.columns;
        match is_wide.then(|| fill.strip_suffix(&" ".repeat(next.width() + 1))) {
            Some(Some(fill)) => writeln!(out, "{fill}{next} ^")?,
            _ => writeln!(out, "{fill}^ {next}")?,
        }
    }
    Ok(())
}

/// Writes a field that only one copy has.
fn write_alone(field: &FieldDiff, out: &mut Sheet<'_>) -> io::Result<()> {
    for (copy, there) in [("A", &field.a), ("B", &field.b)] {
        if let Some(FieldThere { line, value, .. }) = there {
            let label = label(copy, *line, &[*line]);
            let text = format!("{}:{}", plain(&field.name), visible(&value.to_string()));
            let room = out.columns.saturating_sub(label.width());
            writeln!(out, "{label}{}", start(&text, room))?;
        }
    }
    Ok(())
}

fn label(copy: &str, line: usize, lines: &[usize]) -> String {
    let digits = lines.iter().map(|line| line.to_string().len()).max();
    format!("      {copy} line {line:<0$}  ", digits.unwrap_or(0))
}

/// The line around a place in at most `room` columns, and the column of the place in it.
fn excerpt(place: &Place, room: usize) -> (String, usize) {
    let (before, behind) = (place.before.to_string(), place.behind.to_string());
    let at_end = spaces(&behind);
    let in_before = if at_end == behind.len() {
        spaces(&before)
    } else {
        0
    };
    let mut before = dotted(&before, in_before);
    let behind = dotted(&behind, at_end);
    let is_start = place.before.0.len() + 1 == place.column;
    let most = (room / 2).max(room.saturating_sub(behind.width() + 1));
    if before.width() > most || !is_start {
        before = format!("\u{2026}{}", end(&before, most.saturating_sub(1)));
    }
    let column = before.width();
    let behind = start(&behind, room.saturating_sub(column));
    (format!("{before}{behind}"), column)
}

/// How many spaces are at the end of `text`.
fn spaces(text: &str) -> usize {
    text.len() - text.trim_end_matches(' ').len()
}

/// `text` with dots for that many spaces at its end, where they cannot be seen.
fn dotted(text: &str, spaces: usize) -> String {
    let kept = visible(&text[..text.len() - spaces]);
    format!("{kept}{}", "\u{b7}".repeat(spaces))
}

/// `text`, without its end if it is wider than `columns`.
fn start(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let taken = taken(text.chars(), columns.saturating_sub(1));
    format!("{}\u{2026}", taken.into_iter().collect::<String>())
}

/// The last characters of `text`, in at most so many columns.
fn end(text: &str, columns: usize) -> String {
    taken(text.chars().rev(), columns)
        .into_iter()
        .rev()
        .collect()
}

fn taken(chars: impl Iterator<Item = char>, columns: usize) -> Vec<char> {
    let mut width = 0;
    chars
        .take_while(|char| {
            width += char.width().unwrap_or(0);
            width <= columns
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::{Next, Octets};

    fn place(before: &str, behind: &str) -> Place {
        let file = [before, behind].concat();
        Place::at(file.as_bytes(), before.len(), Next::End)
    }

    #[test]
    fn white_space_is_made_visible_and_the_mark_is_below_its_octet() {
        for (before, behind, shown, column) in [
            ("Subject: ", "a", "Subject: a", 9),
            ("a\tb", " c  ", "a\\tb c\u{b7}\u{b7}", 4),
            ("a  ", "", "a\u{b7}\u{b7}", 3),
            ("a ", "  ", "a\u{b7}\u{b7}\u{b7}", 2),
            ("\u{1b}[31m", "x", "\\u{1b}[31mx", 10),
            ("日本", "語", "日本語", 4),
        ] {
            let found = excerpt(&place(before, behind), 60);
            assert_eq!(found, (shown.to_owned(), column), "{before:?}");
        }
    }

    #[test]
    fn a_long_line_is_cut_on_both_sides_of_the_mark() {
        let (text, column) = excerpt(&place(&"a".repeat(500), &"b".repeat(500)), 40);
        assert_eq!((text.width(), column), (40, 20));
        assert!(text.starts_with('\u{2026}') && text.ends_with('\u{2026}'));
        let octets = Octets(vec![b'a', 0xff]);
        assert_eq!(octets.to_string(), "a\\xff");
    }
}
