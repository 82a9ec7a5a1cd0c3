//! Explanations for people.

use std::io::{self, Write};

use super::wrap::paragraph;
use crate::dmarc::{EXPLAINED, Explained};

/// Writes one explanation: what it means, why it matters, what to do.
pub fn write(explained: &Explained, out: &mut dyn Write) -> io::Result<()> {
    let Explained { tag, title, .. } = explained;
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

/// Writes what can be explained.
pub fn write_list(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "Tags of a DMARC record:")?;
    for one in EXPLAINED {
        paragraph(out, &format!("  {:<7}", one.tag), 9, one.title)?;
    }
    Ok(())
}
