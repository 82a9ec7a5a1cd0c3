//! Annotations of GitHub Actions: workflow commands, one on each line.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;

use super::{Line, lines_of, name_of, numbers, runs, title};
use crate::corpus::Check;
use crate::render::escape::Plain;
use crate::render::workflow::{Escapes, disarmed};

/// Writes an annotation for each message that differs, and a last line with the counts.
pub fn write(check: &Check, out: &mut dyn Write) -> io::Result<()> {
    for run in runs(&check.differences) {
        let Some(difference) = run.first() else {
            continue;
        };
        let level = match difference.is_failure() {
            true => "error",
            false => "notice",
        };
        let file = property(&path(&difference.file));
        let title = property(&title(difference));
        let said = lines_of(run);
        let mut text: Vec<String> = said.iter().map(Line::joined).collect();
        text.insert(0, name_of(run));
        let text = text.iter().map(|line| disarmed(line, Escapes::Text));
        let text = data(&text.collect::<Vec<_>>().join("\n"));
        writeln!(out, "::{level} file={file},title={title}::{text}")?;
    }
    writeln!(out, "{}", numbers(check))
}

/// A path within the repository, without a leading `./`.
fn path(path: &Path) -> Cow<'_, str> {
    path.strip_prefix(".").unwrap_or(path).to_string_lossy()
}

/// The text after the second `::`, escaped.
fn data(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '%' => out.push_str("%25"),
            '\r' => out.push_str("%0D"),
            '\n' => out.push_str("%0A"),
            char => {
                let mut buffer = [0; 4];
                let text = &*char.encode_utf8(&mut buffer);
                out.push_str(&Plain(text).to_string());
            }
        }
    }
    out
}

/// The value of a property, escaped; `:` and `,` have a meaning in it too.
fn property(text: &str) -> String {
    let text = data(text).replace(':', "%3A").replace(',', "%2C");
    disarmed(&text, Escapes::Text).into_owned()
}
