//! Standard output and standard error, for whoever reads them.

use std::env;
use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal, Write};

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

/// Standard output for octets of a message as they are. A terminal gets them escaped: nobody vouches
/// for them.
pub fn stdout_of_octets() -> Box<dyn Write> {
    let out = BufWriter::with_capacity(BUFFER, io::stdout().lock());
    match io::stdout().is_terminal() {
        true => Box::new(Escaped {
            out,
            line: Vec::new(),
        }),
        false => Box::new(out),
    }
}

/// Escapes what is written, line by line.
struct Escaped<W> {
    out: W,
    line: Vec<u8>,
}

impl<W: Write> Escaped<W> {
    fn end_line(&mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        let text = String::from_utf8_lossy(&line);
        write!(self.out, "{}", plain(text.trim_end_matches(['\r', '\n'])))?;
        match line.ends_with(b"\n") {
            true => writeln!(self.out),
            false => Ok(()),
        }
    }
}

impl<W: Write> Write for Escaped<W> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        for piece in octets.split_inclusive(|octet| *octet == b'\n') {
            self.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") || self.line.len() > BUFFER {
                self.end_line()?;
            }
        }
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.end_line()?;
        self.out.flush()
    }
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

/// The name of a file without its folder: a page is shown to others, and a path may tell whose it is.
pub fn file_name(path: &str) -> &str {
    let is_separator = |char| char == '/' || char == std::path::MAIN_SEPARATOR;
    path.rsplit(is_separator).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_cannot_steer_a_terminal() {
        let mut out = Vec::new();
        let mut escaped = Escaped {
            out: &mut out,
            line: Vec::new(),
        };
        escaped.write_all(b"a:\x1b[31m").unwrap();
        escaped.write_all(b"b\r\nc\rd\r\n\xff").unwrap();
        escaped.flush().unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "a:\\u{1b}[31mb\nc d\n\u{fffd}");
    }
}
