//! Saved files: what form they have, and what stands between them and a message.

use memchr::{memchr, memchr_iter};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Header, Message};
use crate::{Error, Limits};

/// The file that a message was read from.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Source {
    /// What kind of file it is.
    pub form: Form,
    /// How its lines end.
    pub line_ends: LineEnds,
    /// Its size in bytes.
    pub size: usize,
    /// What was assumed or left out.
    pub notes: Vec<String>,
}

/// The form in which a message was saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// Header, empty line, body.
    Rfc5322,
    /// A header without the empty line that would end it.
    HeadersOnly,
}

/// How lines end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineEnds {
    /// CR LF, as mail travels.
    Crlf,
    /// LF, as Unix saves it.
    Lf,
    /// Some of each.
    Mixed,
    /// There is not one.
    None,
}

/// Finds the message in `bytes`.
pub(super) fn read<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Message<'a>, Error> {
    refuse(bytes, limits)?;
    let header = Header::parse(bytes, 0, limits.header_fields);
    if header.fields.is_empty() {
        return Err(not_a_message(
            "it has no header field such as \"From: …\"",
            "give the raw message: in Gmail, \"Show original\" and \"Download original\"; in \
             Apple Mail, \"Save As… Raw Message Source\"; in Outlook on the web, \"Download\"",
        ));
    }
    let mut notes = Vec::new();
    if header.left_out > 0 {
        notes.push(format!(
            "{} header fields beyond the first {} were not read",
            header.left_out, limits.header_fields
        ));
    }
    if let Some(first) = header.stray_lines.first() {
        let line = memchr_iter(b'\n', &bytes[..first.start]).count() + 1;
        let more = match header.stray_lines.len() {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        notes.push(format!(
            "line {line}{more} is no header field and was passed over"
        ));
    }
    let form = match header.body {
        Some(_) => Form::Rfc5322,
        None => Form::HeadersOnly,
    };
    if form == Form::HeadersOnly {
        notes.push("no empty line ends the header: there is no body to check".into());
    }
    let source = Source {
        form,
        line_ends: line_ends(bytes),
        size: bytes.len(),
        notes,
    };
    Ok(Message {
        bytes,
        source,
        header,
    })
}

fn refuse(bytes: &[u8], limits: &Limits) -> Result<(), Error> {
    if bytes.trim_ascii().is_empty() {
        let found = match bytes.len() {
            0 => "the file is empty",
            _ => "the file holds nothing but white space",
        };
        return Err(not_a_message(found, "save the message again"));
    }
    if bytes.len() > limits.message_bytes {
        return Err(not_a_message(
            &format!(
                "{} bytes are more than the limit of {}",
                bytes.len(),
                limits.message_bytes
            ),
            "raise the limit with --max-size if this really is one message",
        ));
    }
    let start = &bytes[..bytes.len().min(4096)];
    if memchr(0, start).is_some() {
        return Err(not_a_message(
            "the file is binary",
            "give the raw message as text (.eml)",
        ));
    }
    Ok(())
}

fn not_a_message(found: &str, help: &str) -> Error {
    Error::NotAMessage {
        found: found.into(),
        help: help.into(),
    }
}

fn line_ends(bytes: &[u8]) -> LineEnds {
    let (mut crlf, mut lf) = (false, false);
    for at in memchr_iter(b'\n', bytes) {
        match at > 0 && bytes[at - 1] == b'\r' {
            true => crlf = true,
            false => lf = true,
        }
        if crlf && lf {
            return LineEnds::Mixed;
        }
    }
    match (crlf, lf) {
        (true, false) => LineEnds::Crlf,
        (false, true) => LineEnds::Lf,
        _ => LineEnds::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(bytes: &[u8]) -> Result<Source, String> {
        let message = read(bytes, &Limits::default());
        message
            .map(|message| message.source)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_no_message_is_refused_by_name() {
        assert!(parse(b"").unwrap_err().contains("the file is empty"));
        assert!(parse(b" \r\n").unwrap_err().contains("white space"));
        assert!(parse(b"\x7fELF\x00").unwrap_err().contains("binary"));
        assert!(parse(b"hello\n").unwrap_err().contains("no header field"));
    }

    #[test]
    fn line_ends_are_told_apart() {
        assert_eq!(parse(b"A: b\r\n\r\n").unwrap().line_ends, LineEnds::Crlf);
        assert_eq!(parse(b"A: b\n\n").unwrap().line_ends, LineEnds::Lf);
        assert_eq!(parse(b"A: b\r\n\n").unwrap().line_ends, LineEnds::Mixed);
        assert_eq!(parse(b"A: b").unwrap().line_ends, LineEnds::None);
    }

    #[test]
    fn a_header_without_an_end_is_headers_only() {
        let source = parse(b"A: b\nstray\nC: d\n").unwrap();
        assert_eq!(source.form, Form::HeadersOnly);
        assert_eq!(source.notes.len(), 2);
    }
}
