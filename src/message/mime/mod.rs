//! The part of MIME (RFC 2045, 2046, 2231) that is needed to find attached messages.

use std::collections::BTreeMap;
use std::ops::Range;

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use memchr::memmem::Finder;

use crate::message::header::line_end;
use crate::message::{Header, encoded_word, lexer};

/// What the header of a message or a part says about its content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::message) struct Entity {
    /// Type and subtype in lower case; empty if there is no Content-Type.
    pub kind: String,
    /// The boundary of a multipart type.
    pub boundary: Option<String>,
    /// The transfer encoding in lower case; empty if none is given.
    pub encoding: String,
    /// The file name of an attachment.
    pub file_name: Option<String>,
}

impl Entity {
    pub fn of(header: &Header<'_>) -> Self {
        let text = |name: &str| {
            let mut fields = header.fields.iter().filter(|field| field.is(name));
            let body = fields.next().map_or(&b""[..], |field| field.body);
            let most = lexer::longest_field(MOST_PARAMETERS).min(body.len());
            lexer::lossy(&body[..most]).trim().to_owned()
        };
        let (kind, parameters) = parameters(&text("Content-Type"));
        let (_, disposition) = self::parameters(&text("Content-Disposition"));
        let boundary = parameters.get("boundary").cloned();
        let file_name = disposition.get("filename").or(parameters.get("name"));
        Self {
            boundary: boundary.filter(|text| kind.starts_with("multipart/") && !text.is_empty()),
            encoding: text("Content-Transfer-Encoding").to_ascii_lowercase(),
            file_name: file_name.map(|name| encoded_word::decode(name)),
            kind,
        }
    }
}

/// The value of a field before the first `;`, and its parameters by name, in lower case. The
/// sections of a split value (RFC 2231 §3) are joined.
fn parameters(field: &str) -> (String, BTreeMap<String, String>) {
    let mut pieces = split(field).into_iter();
    let value = pieces
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let mut parameters: BTreeMap<String, String> = BTreeMap::new();
    for piece in pieces {
        let Some((name, value)) = piece.split_once('=') else {
            continue;
        };
        let name = name.trim().to_ascii_lowercase();
        match name.split_once('*') {
            // The sections are taken in the order of the field; senders write them in order.
            Some((name, number)) if !number.is_empty() => {
                let whole = parameters.entry(name.to_owned()).or_default();
                whole.push_str(value.trim());
            }
            Some((name, _)) => drop(parameters.insert(name.to_owned(), value.trim().to_owned())),
            None => drop(parameters.entry(name).or_insert(value.trim().to_owned())),
        }
    }
    (value, parameters)
}

const MOST_PARAMETERS: usize = 100;

/// The texts between semicolons, without quotation marks and comments.
fn split(field: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let (mut quoted, mut comments) = (false, 0_usize);
    let mut chars = field.chars();
    while let Some(char) = chars.next() {
        let char = match char {
            '\\' if quoted || comments > 0 => chars.next().unwrap_or('\\'),
            '"' if comments == 0 => {
                quoted = !quoted;
                continue;
            }
            '(' if !quoted => {
                comments += 1;
                continue;
            }
            ')' if comments > 0 => {
                comments -= 1;
                continue;
            }
            ';' if !quoted && comments == 0 => {
                if pieces.len() > MOST_PARAMETERS {
                    break;
                }
                pieces.push(String::new());
                continue;
            }
            char => char,
        };
        if let (0, Some(piece)) = (comments, pieces.last_mut()) {
            piece.push(char);
        }
    }
    pieces
}

/// The parts of a multipart body, including their headers, and whether the closing boundary is there.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::message) struct Parts {
    pub spans: Vec<Range<usize>>,
    pub closed: bool,
}

/// The parts of the multipart body at `body` in `bytes`, at most `limit` of them. Text before the
/// first boundary and after the last one is not a part.
pub(in crate::message) fn parts(
    bytes: &[u8],
    body: Range<usize>,
    boundary: &str,
    limit: usize,
) -> Parts {
    let mut parts = Parts::default();
    let mut start = None;
    for delimiter in delimiters(&bytes[body.clone()], boundary) {
        if let Some(start) = start.take() {
            let part = start..(body.start + delimiter.span.start).max(start);
            parts.spans.push(part);
        }
        if delimiter.closes {
            parts.closed = true;
            return parts;
        }
        if parts.spans.len() < limit {
            start = Some(body.start + delimiter.span.end);
        }
    }
    parts.spans.extend(start.map(|start| start..body.end));
    parts
}

/// A boundary line, including the line end before it, which is part of it (RFC 2046 §5.1.1).
struct Delimiter {
    span: Range<usize>,
    closes: bool,
}

fn delimiters(body: &[u8], boundary: &str) -> impl Iterator<Item = Delimiter> {
    let line = format!("--{boundary}");
    let length = line.len();
    let finder = Finder::new(line.as_bytes()).into_owned();
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let at = from + finder.find(&body[from..])?;
            from = at + length;
            let before = match &body[..at] {
                [] => 0,
                [.., b'\r', b'\n'] => at - 2,
                [.., b'\n'] => at - 1,
                _ => continue,
            };
            let end = line_end(body, at);
            let rest = body[from..end].trim_ascii();
            if rest.is_empty() || rest == b"--" {
                from = end;
                let span = before..end;
                return Some(Delimiter {
                    span,
                    closes: !rest.is_empty(),
                });
            }
        }
    })
}

/// The decoded content; `None` if the encoding leaves it as it is.
pub(in crate::message) fn decode(encoding: &str, content: &[u8]) -> Option<Vec<u8>> {
    match encoding {
        "base64" => Some(base64(content)),
        "quoted-printable" => Some(quoted_printable(content)),
        _ => None,
    }
}

const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Decodes base64. Characters that are not digits are ignored; an `=` ends the text (RFC 2045
/// §6.8).
fn base64(content: &[u8]) -> Vec<u8> {
    let digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let text = content
        .split(|byte| *byte == b'=')
        .next()
        .unwrap_or_default();
    let mut digits: Vec<u8> = text.iter().copied().filter(digit).collect();
    // One digit is less than a byte: the text is cut off there.
    if digits.len() % 4 == 1 {
        digits.pop();
    }
    TOLERANT.decode(digits).unwrap_or_default()
}

/// Decodes quoted-printable (RFC 2045 §6.7). Line ends stay as they are; an `=` without a valid
/// escape stays too.
fn quoted_printable(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len());
    let mut rest = content;
    while let [byte, after @ ..] = rest {
        rest = match (byte, after) {
            (b'=', [b'\n', after @ ..] | [b'\r', b'\n', after @ ..]) => after,
            (b'=', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    after
                }
                _ => {
                    out.push(b'=');
                    &rest[1..]
                }
            },
            _ => {
                out.push(*byte);
                after
            }
        };
    }
    out
}

fn hex(digit: u8) -> Option<u8> {
    let digit = char::from(digit).to_digit(16)?;
    u8::try_from(digit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entity(text: &str) -> Entity {
        Entity::of(&Header::parse(
            text.as_bytes(),
            0,
            100,
            crate::message::Reading::Saved,
        ))
    }

    #[test]
    fn types_and_parameters_are_read() {
        let entity = entity(
            "Content-Type: Multipart/Mixed (a \\) comment);\r\n\tBoundary=\"a;\\\"b\"; x=y\r\n\
             Content-Transfer-Encoding: 7Bit\r\n\r\n",
        );
        assert_eq!(entity.kind, "multipart/mixed");
        assert_eq!(entity.boundary.as_deref(), Some("a;\"b"));
        assert_eq!(entity.encoding, "7bit");
    }

    #[test]
    fn names_of_files_are_found_in_all_their_ways() {
        for text in [
            "Content-Type: application/octet-stream; name=a.eml\n",
            "Content-Disposition: attachment; filename=\"a.eml\"\n",
            "Content-Disposition: attachment; filename*=UTF-8''a.eml\n",
            "Content-Disposition: attachment;\n filename*0=\"a\"; filename*1=\".eml\"\n",
            "Content-Disposition: attachment; filename=\"=?utf-8?Q?a=2Eeml?=\"\n",
        ] {
            let name = entity(text).file_name.unwrap();
            assert!(name.ends_with("a.eml"), "{name}");
        }
    }

    #[test]
    fn parts_stand_between_boundaries_without_the_line_ends_before_them() {
        let bytes = b"before\r\n--b\r\none\r\n--b \r\ntwo\n\r\n--bc\r\n--b--\r\nafter";
        let parts: Vec<&[u8]> = parts(bytes, 0..bytes.len(), "b", 10)
            .spans
            .into_iter()
            .map(|part| &bytes[part])
            .collect();
        assert_eq!(parts, [&b"one"[..], b"two\n\r\n--bc"]);
    }

    #[test]
    fn a_part_that_nothing_closes_goes_to_the_end() {
        let bytes = b"--b\none";
        let found = parts(bytes, 0..7, "b", 10);
        assert_eq!((found.spans.first(), found.closed), (Some(&(4..7)), false));
        let found = parts(b"--b\n--b\n--b--", 0..13, "b", 10);
        assert_eq!((&found.spans[..], found.closed), (&[4..4, 8..8][..], true));
        let found = parts(b"--b\n1\n--b\n2\n--b\n3\n--b--", 0..23, "b", 2);
        assert_eq!((found.spans.len(), found.closed), (2, true));
    }

    #[test]
    fn encodings_are_undone() {
        assert_eq!(decode("7bit", b"a"), None);
        assert_eq!(decode("base64", b"YW\r\nJj\r\nYQ==\r\n").unwrap(), b"abca");
        assert_eq!(decode("base64", b"YWJjY").unwrap(), b"abc");
        let text = b"a=3Db=\r\nc=\nd=XYe\r\n=";
        assert_eq!(decode("quoted-printable", text).unwrap(), b"a=bcd=XYe\r\n=");
    }
}
