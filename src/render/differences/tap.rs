//! The Test Anything Protocol, version 14: one test point for each message.

use std::io::{self, Write};

use super::{Line, lines, title};
use crate::corpus::Check;
use crate::render::escape::plain;

/// Writes the plan and the test points; what differs is in a YAML block after its test point.
pub fn write(check: &Check, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "TAP version 14\n1..{}", check.outcomes.len())?;
    for ((name, at), number) in check.outcomes.iter().zip(1..) {
        let difference = at.and_then(|at| check.differences.get(at));
        let is_ok = difference.is_none_or(|difference| !difference.is_failure());
        let ok = if is_ok { "ok" } else { "not ok" };
        writeln!(out, "{ok} {number} - {}", description(&plain(name)))?;
        let Some(difference) = difference else {
            continue;
        };
        writeln!(out, "  ---\n  message: {}", quoted(&title(difference)))?;
        writeln!(out, "  details:")?;
        for line in lines(difference).iter().map(Line::joined) {
            writeln!(out, "    - {}", quoted(&line))?;
        }
        writeln!(out, "  ...")?;
    }
    Ok(())
}

/// A description, escaped: `#` would start a directive.
fn description(text: &str) -> String {
    text.replace('\\', "\\\\").replace('#', "\\#")
}

/// A YAML string; JSON strings are valid YAML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
