//! JUnit XML: one test case for each message.

use std::io::{self, Write};

use super::{Line, lines, title};
use crate::corpus::{Check, DifferenceKind};
use crate::render::escape::plain;

/// Writes one test suite.
pub fn write(check: &Check, out: &mut dyn Write) -> io::Result<()> {
    let tests = check.outcomes.len();
    let failures = check.differences.iter();
    let failures = failures
        .filter(|difference| difference.is_failure())
        .count();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites tests=\"{tests}\" failures=\"{failures}\">"
    )?;
    writeln!(
        out,
        "  <testsuite name=\"sesauth corpus check\" tests=\"{tests}\" failures=\"{failures}\" \
         errors=\"0\" skipped=\"0\">"
    )?;
    for (name, at) in &check.outcomes {
        let name = xml(&plain(name));
        write!(out, "    <testcase classname=\"corpus\" name=\"{name}\"")?;
        let Some(difference) = at.and_then(|at| check.differences.get(at)) else {
            writeln!(out, "/>")?;
            continue;
        };
        let said = lines(difference);
        let said: Vec<String> = said.iter().map(Line::joined).collect();
        let said = xml(&said.join("\n"));
        let title = xml(&title(difference));
        let kind = word(difference.kind);
        writeln!(out, ">")?;
        match difference.is_failure() {
            true => writeln!(
                out,
                "      <failure type=\"{kind}\" message=\"{title}\">{said}</failure>"
            )?,
            false => writeln!(out, "      <system-out>{said}</system-out>")?,
        }
        writeln!(out, "    </testcase>")?;
    }
    writeln!(out, "  </testsuite>\n</testsuites>")
}

pub(super) fn word(kind: DifferenceKind) -> &'static str {
    match kind {
        DifferenceKind::Changed => "changed",
        DifferenceKind::New => "new",
        DifferenceKind::Removed => "removed",
        DifferenceKind::Renamed => "renamed",
        DifferenceKind::Unreadable => "unreadable",
    }
}

/// `text` escaped for XML, without the characters that XML 1.0 does not allow (§2.2).
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            char => out.push(char),
        }
    }
    out
}
