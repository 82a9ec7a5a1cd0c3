//! Standard output and standard error, for whoever reads them.

use std::env;
use std::fmt::Display;
use std::io::{self, BufWriter, Write};

use sesauth::render::escape::plain;
use sesauth::render::workflow::{Disarmed, Escapes, disarmed};

/// How much is written at once.
const BUFFER: usize = 1 << 16;

/// Whether the runner of GitHub Actions reads what is written, and takes some lines for commands.
pub fn is_for_runner() -> bool {
    env::var_os("GITHUB_ACTIONS").is_some_and(|value| !value.is_empty())
}

/// How wide the terminal is, within what can be read; `None` if standard output is no terminal.
pub fn columns() -> Option<usize> {
    let (terminal_size::Width(columns), _) = terminal_size::terminal_size_of(io::stdout())?;
    Some(usize::from(columns).clamp(60, 120))
}

/// Standard output, with a buffer, for a format that escapes in this way.
pub fn stdout(escapes: Escapes) -> Box<dyn Write> {
    guarded(io::stdout().lock(), escapes)
}

/// Standard output, with a buffer, for a format that is made of commands.
pub fn stdout_of_commands() -> Box<dyn Write> {
    Box::new(BufWriter::with_capacity(BUFFER, io::stdout().lock()))
}

/// `out` with a buffer; what is written there has no commands if the runner may see it.
pub fn guarded<'o>(out: impl Write + 'o, escapes: Escapes) -> Box<dyn Write + 'o> {
    let out = BufWriter::with_capacity(BUFFER, out);
    match is_for_runner() {
        true => Box::new(Disarmed::new(out, escapes)),
        false => Box::new(out),
    }
}

/// Writes a line about the run to standard error. The text may quote what is hostile.
pub fn say(text: impl Display) {
    eprintln!("{}", said(text));
}

/// The line that [`say`] writes.
pub fn said(text: impl Display) -> String {
    let line = format!("sesauth: {}", plain(text));
    match is_for_runner() {
        true => disarmed(&line, Escapes::Text).into_owned(),
        false => line,
    }
}
