//! Explanations for people.

use std::io::{self, Write};

use super::findings;
use super::wrap::paragraph;
use crate::explain::dmarc::{EXPLAINED, ExplainedTag};
use crate::findings::{Rule, near};
use crate::suggest::nearest;

/// Writes the explanation of a DMARC tag: what it means, why it matters, what to do.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write(explained: &ExplainedTag, out: &mut dyn Write) -> io::Result<()> {
    let ExplainedTag { tag, title, .. } = explained;
    paragraph(out, "", 2, &format!("{tag}: {title}, in a DMARC record"))?;
    for (head, text) in [
        ("What it means", explained.means),
        ("Why it matters", explained.matters),
        ("What to do", explained.todo),
        ("Example", explained.example),
        ("Defined in", explained.cites),
    ] {
        writeln!(out, "\n{head}")?;
        paragraph(out, "  ", 2, text)?;
    }
    Ok(())
}

/// Writes the explanation of a finding, in the same way.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_rule(rule: &Rule, out: &mut dyn Write) -> io::Result<()> {
    let explanation = &rule.explanation;
    writeln!(out, "{}: {}", rule.severity, rule.code)?;
    let summary = format!("This message has a {}.", explanation.summary);
    paragraph(out, "", 0, &summary)?;
    for (head, text) in [
        ("What it means", explanation.means),
        ("Why it matters", explanation.matters),
        ("What to do", explanation.todo),
    ] {
        writeln!(out, "\n{head}")?;
        for text in text.lines() {
            paragraph(out, "  ", 2, text)?;
        }
    }
    writeln!(out, "\nExample")?;
    for line in explanation.example.lines() {
        writeln!(out, "  {line}")?;
    }
    writeln!(out, "\nDefined in")?;
    for cite in rule.cites {
        paragraph(out, "  ", 4, cite)?;
    }
    Ok(())
}

/// Writes the list of what can be explained.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_list(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "Tags of a DMARC record:")?;
    for one in EXPLAINED {
        paragraph(out, &format!("  {:<7}", one.tag), 9, one.title)?;
    }
    writeln!(out, "\nFindings:")?;
    findings::write_rules(out)
}

/// The words that can be explained and are close to `word`.
pub fn perhaps(word: &str) -> Vec<&'static str> {
    let tags: Vec<&'static str> = EXPLAINED.iter().map(|one| one.tag).collect();
    let mut meant = nearest(word, &tags, 1);
    meant.extend(near(word));
    meant
}
