//! Files that are not messages: what they are, and what to use instead.

use memchr::memchr;

use super::outlook;
use crate::message::Header;
use crate::{Error, Limits};

pub(super) fn not_a_message(found: &str, help: &str) -> Error {
    Error::NotAMessage {
        found: found.into(),
        help: help.into(),
    }
}

pub(super) fn too_large(size: usize, limits: &Limits) -> Result<(), Error> {
    if size <= limits.message_bytes {
        return Ok(());
    }
    Err(not_a_message(
        &format!(
            "it is larger than the limit of {} bytes",
            limits.message_bytes
        ),
        "raise the limit with --max-size if this really is one message",
    ))
}

/// Refuses files that are recognised by their first bytes.
pub(super) fn by_magic(bytes: &[u8]) -> Result<(), Error> {
    let trimmed = bytes.trim_ascii_start();
    if trimmed.is_empty() {
        let found = match bytes.len() {
            0 => "the file is empty",
            _ => "the file holds nothing but white space",
        };
        return Err(not_a_message(found, "save the message again"));
    }
    if let Some((_, found, help)) = MAGIC.iter().find(|(magic, ..)| bytes.starts_with(magic)) {
        return Err(not_a_message(found, help));
    }
    if is_utf16(bytes) {
        return Err(not_a_message(
            "the file is UTF-16 text",
            "save the raw message as it is, byte for byte, or as UTF-8; \">\" of Windows \
             PowerShell writes UTF-16",
        ));
    }
    if is_html(trimmed) {
        return Err(not_a_message(
            "it is an HTML page, not a message",
            "what a browser saves is the page around a message; give the raw message: in Gmail, \
             \"Show original\" and \"Download original\"",
        ));
    }
    if let Some(found) = json(trimmed) {
        return Err(not_a_message(found, "give the message file (.eml)"));
    }
    if memchr(0, &bytes[..bytes.len().min(4096)]).is_some() && !begins_as_text(bytes) {
        return Err(not_a_message(
            "the file is binary",
            "give the raw message as text (.eml)",
        ));
    }
    Ok(())
}

/// Whether the first line is one that a message may begin with. Then a NUL is an octet of a message,
/// if a forbidden one (RFC 5322 §4.1).
fn begins_as_text(bytes: &[u8]) -> bool {
    let line = &bytes[..memchr(b'\n', bytes).unwrap_or(bytes.len())];
    let is_start = line.starts_with(b"From ") || line.contains(&b':');
    is_start
        && line
            .iter()
            .all(|byte| *byte >= b' ' || matches!(byte, b'\t' | b'\r'))
}

/// Where the raw message is to be had.
pub(super) const RAW_MESSAGE: &str = "give the raw message: in Gmail, \"Show original\" and \
                                      \"Download original\"; in Apple Mail, \"Save As… Raw \
                                      Message Source\"; in Outlook on the web, \"Download\"";

const UNPACK: &str = "unpack it and give one message file (.eml)";
const RAW: &str = "give the raw message as text (.eml)";
const MAGIC: &[(&[u8], &str, &str)] = &[
    (
        outlook::MAGIC,
        "it is an Outlook .msg file, or another compound file",
        "save it on its own as .eml",
    ),
    (
        b"!BDN",
        "it is an Outlook mail folder (.pst or .ost)",
        "save one message from it as .eml",
    ),
    (
        b"\x78\x9f\x3e\x22",
        "it is an attachment that Outlook made (winmail.dat, TNEF)",
        "give the message that it came with",
    ),
    (b"PK\x03\x04", "it is a ZIP archive", UNPACK),
    (b"BZh", "it is a bzip2 file", UNPACK),
    (b"\xfd7zXZ\0", "it is an xz file", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "it is a 7-Zip archive", UNPACK),
    (b"%PDF-", "it is a PDF document", RAW),
    (b"{\\rtf", "it is an RTF document", RAW),
    (b"\x89PNG\r\n", "it is a PNG picture", RAW),
    (b"\xff\xd8\xff", "it is a JPEG picture", RAW),
    (b"GIF8", "it is a GIF picture", RAW),
    (b"bplist00", "it is a property list of Apple", RAW),
];

/// Whether there is a UTF-16 byte order mark, or a NUL in every second one of the first bytes.
fn is_utf16(bytes: &[u8]) -> bool {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return true;
    }
    let start = &bytes[..bytes.len().min(64)];
    let zeros = |offset: usize| {
        let mut every_second = start.iter().skip(offset).step_by(2);
        start.len() >= 4 && every_second.all(|byte| *byte == 0)
    };
    let not_zero = start.iter().any(|byte| *byte != 0);
    not_zero && (zeros(0) || zeros(1))
}

fn is_html(bytes: &[u8]) -> bool {
    [
        "<!doctype html",
        "<html",
        "<head",
        "<body",
        "<!-- saved from url",
    ]
    .iter()
    .any(|tag| {
        let start = bytes.get(..tag.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(tag.as_bytes()))
    })
}

/// What kind of JSON this is. A header field could begin with a brace, but none does.
fn json(bytes: &[u8]) -> Option<&'static str> {
    let rest = bytes.strip_prefix(b"{")?.trim_ascii_start();
    if rest.starts_with(b"\"sesauth_dns\"") {
        return Some("it is recorded DNS, which belongs to --dns");
    }
    if rest.starts_with(b"\"schema\"") {
        return Some("it is an analysis in JSON, not the message that was analysed");
    }
    (rest.starts_with(b"\"") || rest.starts_with(b"}")).then_some("it is JSON")
}

/// Refuses a web page that a browser saved in message form (MHTML).
pub(super) fn saved_page(header: &Header<'_>) -> Result<(), Error> {
    let says = |name: &str, start: &str| {
        let mut fields = header.fields.iter().filter(|field| field.is(name));
        fields.any(|field| field.unfolded().starts_with(start))
    };
    if says("From", "<Saved by ") || says("Snapshot-Content-Location", "http") {
        return Err(not_a_message(
            "it is a web page that a browser saved (MHTML)",
            "give the raw message: in Gmail, \"Show original\" and \"Download original\"",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message;

    fn error(bytes: &[u8]) -> String {
        Message::parse(bytes, &Limits::default())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_message_with_a_nul_is_a_message() {
        for bytes in [&b"Date: b\r\n\r\na\0"[..], b"From x\nDate: b\0\n\n"] {
            assert!(
                Message::parse(bytes, &Limits::default()).is_ok(),
                "{bytes:?}"
            );
        }
    }

    #[test]
    fn what_is_no_message_is_refused_by_name() {
        for (bytes, name) in [
            (&b""[..], "the file is empty"),
            (b" \r\n", "white space"),
            (b"\xef\xbb\xbf\n", "white space"),
            (b"\x7fELF\x00", "binary"),
            (b"a:b\0\0\0ustar", "binary"),
            (b"hello\n", "no header field"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", "Outlook .msg"),
            (b"\xff\xfeF\0r\0o\0m\0", "UTF-16"),
            (b"F\0r\0o\0m\0:\0 \0", "UTF-16"),
            (b"\0F\0r\0o\0m\0:", "UTF-16"),
            (b"\n<!DOCTYPE HTML><html>", "HTML"),
            (b"<html lang=en>", "HTML"),
            (b"{\"sesauth_dns\":1}\n", "--dns"),
            (b"{\n  \"schema\": \"sesauth/1\"", "analysis in JSON"),
            (b"{\"a\":1}", "it is JSON"),
            (b"%PDF-1.7\n", "PDF"),
            (b"PK\x03\x04\x14\0", "ZIP"),
            (b"\x89PNG\r\n\x1a\n\0", "PNG"),
            (b"{\\rtf1\\ansi", "RTF"),
            (b"\x78\x9f\x3e\x22\0\0", "winmail.dat"),
            (b"\x1f\x8b\x08\0", "gzip"),
            (b"From: <Saved by Blink>\r\n\r\n", "MHTML"),
        ] {
            let error = error(bytes);
            assert!(error.contains(name), "{error}");
            assert!(error.contains("; "), "no help: {error}");
        }
    }

    #[test]
    fn a_file_beyond_the_limit_is_refused() {
        let limits = Limits {
            message_bytes: 10,
            ..Limits::default()
        };
        let error = Message::parse(b"From: a@example.com\n", &limits).unwrap_err();
        assert!(error.to_string().contains("--max-size"), "{error}");
    }
}
