//! Output in which the runner of GitHub Actions finds no command. It takes a line for one that
//! begins with `::`, blanks aside, or has `##[` anywhere.

use std::borrow::Cow;
use std::io::{self, Write};

/// How a character is written so that what reads the output takes it for the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escapes {
    /// As in all text here, `\u{3a}`. Nothing but people reads that.
    Text,
    /// As in a JSON string: `\u003a`.
    Json,
    /// As in XML: `&#58;`.
    Xml,
    /// As in zone text (RFC 1035 §5.1): `\058`.
    Zone,
}

impl Escapes {
    fn of(self, char: char) -> String {
        let number = u32::from(char);
        match self {
            Self::Text => format!("\\u{{{number:x}}}"),
            Self::Json => format!("\\u{number:04x}"),
            Self::Xml => format!("&#{number};"),
            Self::Zone => format!("\\{number:03}"),
        }
    }
}

/// `line` without a command: one character of each is escaped.
pub fn disarmed(line: &str, escapes: Escapes) -> Cow<'_, str> {
    const ANYWHERE: &str = "##[";
    let (blanks, rest) = line.split_at(line.len() - line.trim_start().len());
    let is_command = rest.starts_with("::");
    if !is_command && !rest.contains(ANYWHERE) {
        return Cow::Borrowed(line);
    }
    let rest = rest.replace(ANYWHERE, &format!("#{}[", escapes.of('#')));
    Cow::Owned(match is_command {
        true => format!("{blanks}{}{}", escapes.of(':'), &rest[1..]),
        false => format!("{blanks}{rest}"),
    })
}

/// Passes text on, line by line, without commands. What is behind the last line end waits for
/// [`flush`](Write::flush).
#[derive(Debug)]
pub struct Disarmed<W> {
    out: W,
    escapes: Escapes,
    line: Vec<u8>,
}

impl<W: Write> Disarmed<W> {
    /// Writes to `out`.
    pub fn new(out: W, escapes: Escapes) -> Self {
        Self {
            out,
            escapes,
            line: Vec::new(),
        }
    }

    fn pass_on(&mut self) -> io::Result<()> {
        let line = String::from_utf8_lossy(&self.line);
        self.out
            .write_all(disarmed(&line, self.escapes).as_bytes())?;
        self.line.clear();
        Ok(())
    }
}

impl<W: Write> Write for Disarmed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let ends_line = |byte: &u8| matches!(byte, b'\n' | b'\r');
        for piece in bytes.split_inclusive(ends_line) {
            self.line.extend_from_slice(piece);
            if piece.last().is_some_and(ends_line) {
                self.pass_on()?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass_on()?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed_on(text: &str, size: usize, escapes: Escapes) -> String {
        let mut out = Vec::new();
        let mut disarmed = Disarmed::new(&mut out, escapes);
        for piece in text.as_bytes().chunks(size) {
            disarmed.write_all(piece).unwrap();
        }
        disarmed.flush().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn commands_are_broken_up_wherever_they_begin() {
        let text = "::a::b\n \u{a0}\u{3000}::a\ra ::b\r\n\r::c\nx##[e]y###[f]\n##[g";
        let expected = "\\u{3a}:a::b\n \u{a0}\u{3000}\\u{3a}:a\ra ::b\r\n\r\\u{3a}:c\n\
                        x#\\u{23}[e]y##\\u{23}[f]\n#\\u{23}[g";
        for size in [1, 2, 3, 7, 100] {
            assert_eq!(passed_on(text, size, Escapes::Text), expected);
        }
    }

    #[test]
    fn text_without_commands_stays_as_it_is() {
        let text = "a::b\n: :\n#[a] # #[b]\n2001:db8::1\n";
        assert_eq!(passed_on(text, 5, Escapes::Text), text);
    }

    #[test]
    fn what_reads_it_reads_the_same() {
        let json = passed_on("[\n  \"::a ##[b\\\\##[c\"\n]\n", 4, Escapes::Json);
        assert!(!json.contains("##["), "{json}");
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read, serde_json::json!(["::a ##[b\\##[c"]));
        let xml = passed_on("<a>\n::b##[c</a>", 4, Escapes::Xml);
        assert_eq!(xml, "<a>\n&#58;:b#&#35;[c</a>");
        let zone = passed_on("a. TXT \"##[b\"\n", 4, Escapes::Zone);
        assert_eq!(zone, "a. TXT \"#\\035[b\"\n");
    }
}
