//! Content in a transfer encoding: what is in it is replaced, and the encoded text keeps its lines.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::message::mime;

/// Base64 whose content goes through `replace`.
pub(super) fn base64(content: &[u8], replace: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let old = mime::decode("base64", content).unwrap_or_default();
    let new = replace(&old);
    let encoded = STANDARD.encode(&new);
    if new.len() == old.len() {
        return filled(content, encoded.as_bytes());
    }
    if !content.contains(&b'\n') {
        return encoded.into_bytes();
    }
    let line = content
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let end: &[u8] = if line.ends_with(b"\r") {
        b"\r\n"
    } else {
        b"\n"
    };
    let width = line.trim_ascii().len().clamp(4, 76);
    let lines = encoded.as_bytes().chunks(width);
    let mut out: Vec<u8> = lines.flat_map(|line| [line, end].concat()).collect();
    if !content.ends_with(b"\n") {
        out.truncate(out.len().saturating_sub(end.len()));
    }
    out
}

/// `content` with the digits of `encoded` in place of its own, and all else of it where it is.
pub(super) fn filled(content: &[u8], encoded: &[u8]) -> Vec<u8> {
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let mut digits = encoded.iter().copied().filter(|byte| is_digit(*byte));
    let one = |byte: &u8| match is_digit(*byte) {
        true => digits.next().unwrap_or(b'A'),
        false => *byte,
    };
    content.iter().map(one).collect()
}

/// As much of the text as is decoded at once, up to the end of a line.
const PIECE: usize = 256 << 10;

/// Quoted-printable whose content goes through `replace`. `underscores` stand for spaces, as in
/// encoded words.
pub(super) fn quoted_printable(
    content: &[u8],
    underscores: bool,
    mut replace: impl FnMut(&[u8]) -> Vec<u8>,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len());
    let mut rest = content;
    while !rest.is_empty() {
        let line_end = |from: usize| {
            let end = memchr::memchr(b'\n', &rest[from..]);
            end.map_or(rest.len(), |end| from + end + 1)
        };
        let mut end = line_end(PIECE.min(rest.len() - 1));
        while end < rest.len() && rest[..end].trim_ascii_end().ends_with(b"=") {
            end = line_end(end);
        }
        piece(&rest[..end], underscores, &mut replace, &mut out);
        rest = &rest[end..];
    }
    out
}

/// How a decoded octet is written.
enum Unit {
    Plain,
    Escaped,
    /// Nothing is decoded from this octet: it belongs to a soft line break.
    Break(u8),
}

fn piece(
    content: &[u8],
    underscores: bool,
    replace: &mut impl FnMut(&[u8]) -> Vec<u8>,
    out: &mut Vec<u8>,
) {
    let mut units = Vec::with_capacity(content.len());
    let mut old = Vec::with_capacity(content.len());
    let mut rest = content;
    while let [byte, after @ ..] = rest {
        let soft = match after {
            _ if *byte != b'=' => 0,
            [b'\n', ..] => 2,
            [b'\r', b'\n', ..] => 3,
            _ => 0,
        };
        if soft > 0 {
            units.extend(rest[..soft].iter().map(|byte| Unit::Break(*byte)));
            rest = &rest[soft..];
            continue;
        }
        let digit = |at: usize| {
            after
                .get(at)
                .and_then(|byte| char::from(*byte).to_digit(16))
        };
        match (byte, digit(0), digit(1)) {
            (b'=', Some(high), Some(low)) => {
                old.push((high * 16 + low) as u8);
                units.push(Unit::Escaped);
                rest = &after[2..];
            }
            _ => {
                old.push(if underscores && *byte == b'_' {
                    b' '
                } else {
                    *byte
                });
                units.push(Unit::Plain);
                rest = after;
            }
        }
    }
    let new = replace(&old);
    if new.len() != old.len() {
        return encode(&new, underscores, out);
    }
    let mut octets = new.into_iter();
    for unit in units {
        let octet = match unit {
            Unit::Break(byte) => {
                out.push(byte);
                continue;
            }
            Unit::Plain | Unit::Escaped => octets.next().unwrap_or_default(),
        };
        match unit {
            Unit::Escaped => out.extend_from_slice(format!("={octet:02X}").as_bytes()),
            _ if underscores && octet == b' ' => out.push(b'_'),
            _ => out.push(octet),
        }
    }
}

/// Lines of another length than before.
fn encode(text: &[u8], underscores: bool, out: &mut Vec<u8>) {
    let mut column = 0;
    for (at, byte) in text.iter().enumerate() {
        let plain = matches!(byte, b'\r' | b'\n' | b'\t' | b' '..=b'<' | b'>'..=b'~');
        match plain {
            true if underscores && *byte == b' ' => out.push(b'_'),
            true => out.push(*byte),
            false => out.extend_from_slice(format!("={byte:02X}").as_bytes()),
        }
        column = if *byte == b'\n' {
            0
        } else {
            column + if plain { 1 } else { 3 }
        };
        // A line end stays in one piece.
        let is_full = column >= 72 && *byte != b'\r' && !text[at + 1..].starts_with(b"\n");
        if is_full && !underscores {
            out.extend_from_slice(b"=\r\n");
            column = 0;
        }
    }
}
