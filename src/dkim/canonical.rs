//! Canonicalization of header fields and bodies (RFC 6376 §3.4), passed on piece by piece: to a hash,
//! or to whoever wants to see what is hashed.
//!
//! Every LF ends a line, with or without a CR before it. So a file whose line ends were changed
//! when it was saved still gives the hash of the signed message. A CR without an LF is an ordinary
//! byte.

use std::borrow::Cow;
use std::fmt;

use aws_lc_rs::digest::{self, Context};
use memchr::{memchr_iter, memchr2_iter};

use crate::message::HeaderField;

/// How much change a canonicalization tolerates (RFC 6376 §3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Canonicalization {
    /// Almost no change.
    Simple,
    /// Changes in white space.
    Relaxed,
}

impl fmt::Display for Canonicalization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Simple => "simple",
            Self::Relaxed => "relaxed",
        })
    }
}

/// The hashes of a canonical body: of the whole, and of its first octets for each `l=` tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BodyHashes {
    /// Length of the whole canonical body in octets.
    pub length: u64,
    whole: Vec<u8>,
    /// Ascending by length.
    starts: Vec<(u64, Vec<u8>)>,
}

impl BodyHashes {
    /// The hash of at most `limit` octets. A `limit` below the whole length must be one of those
    /// that were asked for.
    pub(crate) fn digest(&self, limit: Option<u64>) -> &[u8] {
        let start = |limit| self.starts.iter().find(|(length, _)| *length == limit);
        match limit.and_then(start) {
            Some((_, digest)) => digest,
            None => &self.whole,
        }
    }
}

/// Hashes the canonical form of `body` in one pass: all of it, and its first octets for each length
/// in `limits`.
pub(crate) fn body_hashes(
    body: &[u8],
    canonicalization: Canonicalization,
    algorithm: &'static digest::Algorithm,
    limits: impl IntoIterator<Item = u64>,
) -> BodyHashes {
    let mut marks: Vec<u64> = limits.into_iter().collect();
    marks.sort_unstable_by(|a, b| b.cmp(a));
    marks.dedup();
    let mut sink = Hashing {
        context: Context::new(algorithm),
        buffer: Vec::with_capacity(BUFFER),
        length: 0,
        marks,
        starts: Vec::new(),
    };
    self::body(body, canonicalization, |piece| sink.push(piece));
    sink.finish()
}

/// Passes on the canonical form of `body`, piece by piece.
pub(crate) fn body(body: &[u8], canonicalization: Canonicalization, push: impl FnMut(&[u8])) {
    match canonicalization {
        Canonicalization::Simple => simple_body(body, push),
        Canonicalization::Relaxed => relaxed_body(body, push),
    }
}

/// §3.4.3: empty lines at the end are removed; one line end stays. An empty body is one line end.
fn simple_body(body: &[u8], mut push: impl FnMut(&[u8])) {
    let mut end = body.len();
    while end > 0 && body[end - 1] == b'\n' {
        end -= 1;
        if end > 0 && body[end - 1] == b'\r' {
            end -= 1;
        }
    }
    let text = &body[..end];
    let mut start = 0;
    for at in memchr_iter(b'\n', text) {
        if at == 0 || text[at - 1] != b'\r' {
            push(&text[start..at]);
            push(b"\r\n");
            start = at + 1;
        }
    }
    push(&text[start..]);
    push(b"\r\n");
}

/// §3.4.4: runs of white space become one space; white space at line ends and empty lines at the
/// end are removed. An empty body stays empty.
fn relaxed_body(body: &[u8], mut push: impl FnMut(&[u8])) {
    let mut empty_lines = 0;
    let mut start = 0;
    while start < body.len() {
        let end = memchr::memchr(b'\n', &body[start..]).map_or(body.len(), |at| start + at);
        let line = &body[start..end];
        let line = match line.strip_suffix(b"\r") {
            Some(line) if end < body.len() => line,
            _ => line,
        };
        start = end + 1;
        let line = trim_end(line);
        if line.is_empty() {
            empty_lines += 1;
            continue;
        }
        for _ in 0..empty_lines {
            push(b"\r\n");
        }
        empty_lines = 0;
        squeeze(line, &mut push);
        push(b"\r\n");
    }
}

/// The canonical form of one line of a body, which is given without its line end. Of the lines at the
/// end, those that are empty in this form are removed.
pub(crate) fn body_line(line: &[u8], canonicalization: Canonicalization) -> Cow<'_, [u8]> {
    let line = match canonicalization {
        Canonicalization::Simple => return line.into(),
        Canonicalization::Relaxed => trim_end(line),
    };
    let changes = |pair: &[u8]| is_wsp(pair[0]) && (pair[0] == b'\t' || is_wsp(pair[1]));
    if !line.windows(2).any(changes) {
        return line.into();
    }
    let mut out = Vec::with_capacity(line.len());
    squeeze(line, |part| out.extend_from_slice(part));
    out.into()
}

/// Passes on `text` with each run of white space reduced to one space.
pub(super) fn squeeze(text: &[u8], mut push: impl FnMut(&[u8])) {
    if is_squeezed(text) {
        push(text);
        return;
    }
    let mut start = 0;
    for at in memchr2_iter(b' ', b'\t', text) {
        if at < start {
            continue;
        }
        let run = text[at..].iter().take_while(|byte| is_wsp(**byte)).count();
        if run == 1 && text[at] == b' ' {
            continue;
        }
        push(&text[start..at]);
        push(b" ");
        start = at + run;
    }
    push(&text[start..]);
}

/// Whether there is no tab and no space after another, as in most lines. It looks at all octets, so
/// that many can be looked at at once.
fn is_squeezed(text: &[u8]) -> bool {
    let next = text.get(1..).unwrap_or_default();
    let pairs = text.iter().zip(next);
    let run = pairs.fold(false, |run, (one, next)| {
        run | ((*one == b' ') & (*next == b' '))
    });
    !(run | text.iter().fold(false, |tab, byte| tab | (*byte == b'\t')))
}

fn is_wsp(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

pub(super) fn trim_end(mut text: &[u8]) -> &[u8] {
    while let [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

/// Appends `field`, whose bytes in the file are `bytes`, in canonical form with its final line end.
pub(crate) fn header_field(
    field: &HeaderField<'_>,
    bytes: &[u8],
    canonicalization: Canonicalization,
    out: &mut Vec<u8>,
) {
    match canonicalization {
        Canonicalization::Simple => simple_field(bytes, |piece| out.extend_from_slice(piece)),
        Canonicalization::Relaxed => {
            relaxed_header(field.name, field.body, out);
            out.extend_from_slice(b"\r\n");
        }
    }
}

/// Appends the signature field without the value of its `b=` tag and without its final line end
/// (§3.7). `value` is the position of that value in the field body.
pub(crate) fn signature_field(
    field: &HeaderField<'_>,
    bytes: &[u8],
    value: std::ops::Range<usize>,
    canonicalization: Canonicalization,
    out: &mut Vec<u8>,
) {
    let mut body = field.body[..value.start].to_vec();
    body.extend_from_slice(&field.body[value.end..]);
    let before = bytes.iter().position(|byte| *byte == b':').unwrap_or(0) + 1;
    parts_of_field(&bytes[..before], field.name, &body, canonicalization, out);
}

/// Appends a field that was put together, in canonical form without its final line end: `before` is
/// all up to its body, with the colon.
pub(super) fn parts_of_field(
    before: &[u8],
    name: &[u8],
    body: &[u8],
    canonicalization: Canonicalization,
    out: &mut Vec<u8>,
) {
    match canonicalization {
        Canonicalization::Simple => {
            simple_header(before, out);
            simple_header(body, out);
        }
        Canonicalization::Relaxed => relaxed_header(name, body, out),
    }
}

/// Passes on a field in simple form, piece by piece, with its final line end.
pub(crate) fn simple_field(bytes: &[u8], mut push: impl FnMut(&[u8])) {
    simple_pieces(bytes, &mut push);
    if !bytes.ends_with(b"\n") {
        push(b"\r\n");
    }
}

/// §3.4.1: nothing changes, except that every line ends in CRLF.
fn simple_pieces(bytes: &[u8], mut push: impl FnMut(&[u8])) {
    let mut start = 0;
    for at in memchr_iter(b'\n', bytes) {
        if at == 0 || bytes[at - 1] != b'\r' {
            push(&bytes[start..at]);
            push(b"\r\n");
            start = at + 1;
        }
    }
    push(&bytes[start..]);
}

fn simple_header(bytes: &[u8], out: &mut Vec<u8>) {
    simple_pieces(bytes, |piece| out.extend_from_slice(piece));
}

/// §3.4.2: the name in lower case, the value unfolded, runs of white space as one space, none at
/// either end of the value.
fn relaxed_header(name: &[u8], body: &[u8], out: &mut Vec<u8>) {
    out.reserve(name.len() + 1 + body.len());
    out.extend(name.iter().map(u8::to_ascii_lowercase));
    out.push(b':');
    let value_start = out.len();
    let mut space = false;
    for (at, byte) in body.iter().enumerate() {
        match byte {
            b' ' | b'\t' => space = true,
            b'\n' => (),
            b'\r' if body.get(at + 1) == Some(&b'\n') => (),
            byte => {
                if space && out.len() > value_start {
                    out.push(b' ');
                }
                space = false;
                out.push(*byte);
            }
        }
    }
}

const BUFFER: usize = 16 << 10;

/// Larger pieces are hashed directly, without the buffer.
const LARGE: usize = 1 << 10;

/// Collects small pieces, so the hash is updated with large ones.
struct Hashing {
    context: Context,
    buffer: Vec<u8>,
    length: u64,
    /// The lengths at which an intermediate hash is needed, descending.
    marks: Vec<u64>,
    starts: Vec<(u64, Vec<u8>)>,
}

impl Hashing {
    fn push(&mut self, mut part: &[u8]) {
        while let Some(mark) = self.marks.last() {
            let left = usize::try_from(*mark - self.length).unwrap_or(usize::MAX);
            let Some((before, after)) = part.split_at_checked(left) else {
                break;
            };
            self.feed(before);
            self.mark();
            part = after;
        }
        self.feed(part);
    }

    fn feed(&mut self, part: &[u8]) {
        self.length += part.len() as u64;
        if part.len() > LARGE || self.buffer.len() + part.len() > BUFFER {
            self.flush();
        }
        if part.len() > LARGE {
            self.context.update(part);
        } else {
            self.buffer.extend_from_slice(part);
        }
    }

    fn flush(&mut self) {
        self.context.update(&self.buffer);
        self.buffer.clear();
    }

    fn mark(&mut self) {
        self.flush();
        self.marks.pop();
        let digest = self.context.clone().finish();
        self.starts.push((self.length, digest.as_ref().to_vec()));
    }

    fn finish(mut self) -> BodyHashes {
        self.flush();
        BodyHashes {
            length: self.length,
            whole: self.context.finish().as_ref().to_vec(),
            starts: self.starts,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The canonical body, reconstructed by hashing every prefix of it: this tests exactly what is
    /// hashed.
    fn assert_body(canonicalization: Canonicalization, body: &[u8], canonical: &[u8]) {
        let lengths = (0..=canonical.len() as u64 + 1).rev();
        let hashes = body_hashes(body, canonicalization, &digest::SHA256, lengths.clone());
        assert_eq!(hashes.length, canonical.len() as u64, "{body:?}");
        for length in lengths {
            let start = &canonical[..canonical.len().min(length as usize)];
            let expected = digest::digest(&digest::SHA256, start);
            let found = hashes.digest(Some(length));
            assert_eq!(found, expected.as_ref(), "{body:?} up to {length}");
        }
        let expected = digest::digest(&digest::SHA256, canonical);
        assert_eq!(hashes.digest(None), expected.as_ref(), "{body:?}");
    }

    #[test]
    fn simple_bodies_lose_only_the_empty_lines_at_the_end() {
        for (body, canonical) in [
            (&b""[..], &b"\r\n"[..]),
            (b"\r\n\r\n", b"\r\n"),
            (b"a", b"a\r\n"),
            (b"a\r\n", b"a\r\n"),
            (b"a\r\n\r\n\r\n", b"a\r\n"),
            (b"a \t\r\n \r\n", b"a \t\r\n \r\n"),
            (b"a\nb\n\n", b"a\r\nb\r\n"),
            (b"\na\r\nb\n", b"\r\na\r\nb\r\n"),
            (b"a\rb\r\r\n", b"a\rb\r\r\n"),
            (b"\xff\x00\xc3\n", b"\xff\x00\xc3\r\n"),
        ] {
            assert_body(Canonicalization::Simple, body, canonical);
        }
    }

    #[test]
    fn relaxed_bodies_forgive_white_space() {
        for (body, canonical) in [
            (&b""[..], &b""[..]),
            (b"\r\n\r\n", b""),
            (b" \t\r\n", b""),
            (b" \t", b""),
            (b"a", b"a\r\n"),
            (b" C \r\nD \t E\r\n\r\n\r\n", b" C\r\nD E\r\n"),
            (b"a\r\n \r\n\t\r\n", b"a\r\n"),
            (b"a\n\n b\tc  d \n", b"a\r\n\r\n b c d\r\n"),
            (b"a\tb", b"a b\r\n"),
            (b"a\r \r\nb\r", b"a\r\r\nb\r\r\n"),
        ] {
            assert_body(Canonicalization::Relaxed, body, canonical);
        }
    }

    #[test]
    fn parts_larger_than_the_buffer_are_hashed_whole() {
        let line = [b'x'; 3 * BUFFER];
        let canonical = [&line[..], b"\r\n"].concat();
        let mark = 2 * BUFFER as u64 + 7;
        let hashes = body_hashes(&line, Canonicalization::Simple, &digest::SHA256, [mark]);
        let expected = digest::digest(&digest::SHA256, &canonical);
        assert_eq!(hashes.digest(None), expected.as_ref());
        let expected = digest::digest(&digest::SHA256, &canonical[..mark as usize]);
        assert_eq!(hashes.digest(Some(mark)), expected.as_ref());
    }

    fn header(text: &[u8], canonicalization: Canonicalization) -> String {
        let parsed = crate::message::Header::parse(text, 0, 10, crate::message::Reading::Saved);
        let mut out = Vec::new();
        for field in &parsed.fields {
            let bytes = &text[field.span.clone()];
            header_field(field, bytes, canonicalization, &mut out);
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn header_fields_of_the_example_of_section_3_4_5() {
        let text = b"A: X\r\nB : Y\t\r\n\tZ  \r\n";
        assert_eq!(header(text, Canonicalization::Relaxed), "a:X\r\nb:Y Z\r\n");
        assert_eq!(
            header(text, Canonicalization::Simple),
            "A: X\r\nB : Y\t\r\n\tZ  \r\n"
        );
    }

    #[test]
    fn a_header_in_lf_is_as_one_in_crlf() {
        let text = b"Subject: a\n\tb \n c";
        assert_eq!(header(text, Canonicalization::Relaxed), "subject:a b c\r\n");
        assert_eq!(
            header(text, Canonicalization::Simple),
            "Subject: a\r\n\tb \r\n c\r\n"
        );
    }
}
