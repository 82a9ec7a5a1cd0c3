//! Content-Type, Content-Transfer-Encoding and MIME-Version, which are written anew when a message
//! is put into a new structure or another encoding.

use super::super::{Kind, in_crlf, parameters};
use super::{Alternatives, Scene};
use crate::message::Header;

pub(super) fn undo(scene: &Scene<'_, '_>, out: &mut Alternatives<'_, '_>) {
    match out.slot.name.as_str() {
        "content-transfer-encoding" => encoding(scene, out),
        "content-type" => kind_of_content(scene, out),
        "mime-version" if out.slot.field.is_none() => {
            out.text(2, &[Kind::FieldRemoved], b"1.0");
        }
        "content-language" | "content-disposition" | "content-id" | "content-description" => {
            inner(scene, out, &[Kind::FieldRemoved]);
        }
        _ => (),
    }
}

fn encoding(scene: &Scene<'_, '_>, out: &mut Alternatives<'_, '_>) {
    let kind = match out.slot.field {
        Some(_) => &[Kind::TransferEncodingField][..],
        None => &[Kind::FieldRemoved][..],
    };
    inner(scene, out, kind);
    for value in ["7bit", "8bit", "quoted-printable", "base64"] {
        out.text(1, kind, value);
    }
    for value in ["7Bit", "8Bit", "7BIT", "8BIT", "Quoted-Printable", "binary"] {
        out.text(3, kind, value);
    }
}

fn kind_of_content(scene: &Scene<'_, '_>, out: &mut Alternatives<'_, '_>) {
    let kind = match out.slot.field {
        Some(_) => &[Kind::ContentTypeChanged][..],
        None => &[Kind::FieldRemoved][..],
    };
    inner(scene, out, kind);
    let text = out.slot.text().to_vec();
    if out.slot.field.is_some() {
        for form in PARAMETERS {
            out.text(2, kind, parameters(&text, *form));
        }
        for charset in CHARSETS {
            if let Some(other) = with_charset(&text, charset) {
                for form in &PARAMETERS[..4] {
                    out.text(3, kind, parameters(&other, *form));
                }
            }
        }
        // A parameter that was added.
        for at in text
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == b';')
            .map(|(at, _)| at)
            .take(MOST_PARAMETERS)
        {
            out.text(3, kind, &text[..at]);
        }
        for more in [
            "; format=flowed",
            "; charset=utf-8",
            "; charset=UTF-8",
            "; charset=us-ascii",
        ] {
            out.text(3, kind, [&text[..], more.as_bytes()].concat());
        }
    }
    for usual in [
        "text/plain",
        "text/plain; charset=utf-8",
        "text/plain; charset=UTF-8",
        "text/plain; charset=\"utf-8\"",
        "text/plain; charset=\"UTF-8\"",
        "text/plain; charset=us-ascii",
        "text/plain; charset=iso-8859-1",
        "text/plain; charset=utf-8; format=flowed",
        "text/plain; charset=UTF-8; format=flowed",
        "text/html; charset=utf-8",
        "text/html; charset=UTF-8",
        "text/html; charset=\"utf-8\"",
        "text/html; charset=\"UTF-8\"",
    ] {
        out.text(3, kind, usual);
    }
}

/// Parameters after which a field is cut.
const MOST_PARAMETERS: usize = 20;

/// The field of the same name of the first parts: a message that is put into a new structure leaves
/// its own there.
fn inner(scene: &Scene<'_, '_>, out: &mut Alternatives<'_, '_>, kinds: &[Kind]) {
    let Some(start) = scene.message.header.body else {
        return;
    };
    let bytes = scene.message.bytes;
    let end = bytes.len().min(start + NEAR);
    // The line end above the body may be that of the first boundary.
    let mut from = start.saturating_sub(1);
    let mut parts = 0;
    while let Some(at) = memchr::memmem::find(&bytes[from..end], b"\n--") {
        let line = from + at + 1;
        let Some(next) = memchr::memchr(b'\n', &bytes[line..end]) else {
            return;
        };
        from = line + next;
        let reading = crate::message::Reading::Saved;
        let header = Header::parse(&bytes[..end], from + 1, MOST_FIELDS, reading);
        let name = out.slot.name.clone();
        for field in header.fields.iter().filter(|field| field.is(&name)).take(1) {
            let body = in_crlf(field.body);
            out.body(1, kinds, body.clone());
            out.text(2, kinds, one_line(&body).trim_ascii());
        }
        parts += 1;
        if parts >= MOST_PARTS || header.fields.is_empty() {
            return;
        }
    }
}

/// How far into the body the parts are looked at.
const NEAR: usize = 4 << 10;
const MOST_PARTS: usize = 3;
const MOST_FIELDS: usize = 20;

fn one_line(text: &[u8]) -> Vec<u8> {
    let lines = text.split(|byte| *byte == b'\n');
    let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.collect::<Vec<_>>().concat()
}

const CHARSETS: &[&str] = &[
    "utf-8",
    "UTF-8",
    "us-ascii",
    "iso-8859-1",
    "ISO-8859-1",
    "windows-1252",
];

/// How the values of parameters are written.
#[derive(Clone, Copy)]
enum Values {
    Unquoted,
    CharsetQuoted,
    Quoted,
    LowerCase,
    UpperCase,
    BoundaryQuoted,
    Reversed,
    Tight,
}

const PARAMETERS: &[Values] = &[
    Values::Unquoted,
    Values::Quoted,
    Values::CharsetQuoted,
    Values::BoundaryQuoted,
    Values::LowerCase,
    Values::UpperCase,
    Values::Reversed,
    Values::Tight,
];

fn parameters(text: &[u8], form: Values) -> Vec<u8> {
    let text = one_line(text);
    let mut pieces = parameters::pieces(&text);
    if matches!(form, Values::Reversed) && pieces.len() > 2 {
        pieces[1..].reverse();
    }
    let pieces: Vec<Vec<u8>> = pieces
        .iter()
        .enumerate()
        .map(|(number, piece)| {
            let piece = piece.trim_ascii();
            let at = piece.iter().position(|byte| *byte == b'=');
            let Some(at) = at.filter(|_| number > 0) else {
                return piece.to_vec();
            };
            let (name, value) = (&piece[..at], &piece[at + 1..]);
            let plain = value
                .strip_prefix(b"\"")
                .and_then(|value| value.strip_suffix(b"\""));
            let plain = plain.unwrap_or(value);
            let quoted = [b"\"", plain, b"\""].concat();
            let is_boundary = name.eq_ignore_ascii_case(b"boundary");
            let value = match form {
                Values::Unquoted => plain.to_vec(),
                Values::CharsetQuoted if name.eq_ignore_ascii_case(b"charset") => quoted,
                Values::CharsetQuoted => plain.to_vec(),
                Values::Quoted => quoted,
                Values::BoundaryQuoted if is_boundary => quoted,
                Values::BoundaryQuoted => plain.to_vec(),
                Values::LowerCase if !is_boundary => value.to_ascii_lowercase(),
                Values::UpperCase if !is_boundary => value.to_ascii_uppercase(),
                _ => value.to_vec(),
            };
            [name, b"=", &value].concat()
        })
        .collect();
    match form {
        Values::Tight => pieces.join(&b";"[..]),
        _ => pieces.join(&b"; "[..]),
    }
}

fn with_charset(text: &[u8], charset: &str) -> Option<Vec<u8>> {
    let lower = text.to_ascii_lowercase();
    let at = memchr::memmem::find(&lower, b"charset=")? + b"charset=".len();
    let value = &text[at..];
    let end = match value.first()? {
        b'"' => value[1..].iter().position(|byte| *byte == b'"')? + 2,
        _ => {
            let ends = |byte: &u8| matches!(byte, b';' | b' ' | b'\t' | b'\r' | b'\n');
            value.iter().position(ends).unwrap_or(value.len())
        }
    };
    Some([&text[..at], charset.as_bytes(), &value[end..]].concat())
}
