//! What a message may have lost or gained while it was saved. Nothing is repaired, because
//! signatures are computed over bytes.

use memchr::memmem::find_iter;
use memchr::{memchr, memchr_iter};

use super::{Form, LineEnds, SourceNote, Truncation};
use crate::message::Header;
use crate::message::mime::Entity;

/// How many lines end in CR LF, and how many in LF alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LineCounts {
    crlf: usize,
    lf: usize,
}

impl LineCounts {
    pub fn of(text: &[u8]) -> Self {
        let all = memchr_iter(b'\n', text).count();
        let crlf = crlf_count(text);
        Self {
            crlf,
            lf: all - crlf,
        }
    }

    /// How the lines end.
    pub fn line_ends(self) -> LineEnds {
        match (self.crlf, self.lf) {
            (0, 0) => LineEnds::None,
            (_, 0) => LineEnds::Crlf,
            (0, _) => LineEnds::Lf,
            _ => LineEnds::Mixed,
        }
    }
}

/// How often CR LF occurs. The sums are of one byte, because the compiler then counts 16 at a time.
fn crlf_count(text: &[u8]) -> usize {
    let is_pair = |(cr, lf): (&u8, &u8)| u8::from((*cr == b'\r') & (*lf == b'\n'));
    let seconds = text.get(1..).unwrap_or_default().chunks(240);
    let pieces = text.chunks(240).zip(seconds);
    let count = |(first, second): (&[u8], &[u8])| first.iter().zip(second).map(is_pair).sum::<u8>();
    pieces.map(count).map(usize::from).sum()
}

/// The notes about the message that ends at the end of `bytes`. `is_closed`: whether the closing
/// boundary of a multipart body is there.
pub(super) fn notes(
    bytes: &[u8],
    header: &Header<'_>,
    entity: &Entity,
    is_closed: bool,
    counts: LineCounts,
    layers: &[Form],
) -> Vec<SourceNote> {
    let mut notes = Vec::new();
    if let LineCounts {
        crlf: crlf @ 1..,
        lf: lf @ 1..,
    } = counts
    {
        notes.push(SourceNote::MixedLineEnds { crlf, lf });
    }
    let Some(body) = header.body.map(|start| &bytes[start..]) else {
        return notes;
    };
    if layers.contains(&Form::Mbox) {
        notes.extend(quoted_from(body));
    }
    notes.extend(truncated(body, header, entity, is_closed).map(SourceNote::Truncated));
    notes
}

/// Counts the body lines in which a mail folder put a `>` before `From `.
fn quoted_from(body: &[u8]) -> Option<SourceNote> {
    let count = find_iter(body, b">From ")
        .filter(|at| {
            let mut before = body[..*at].iter().rev();
            matches!(before.find(|byte| **byte != b'>'), None | Some(b'\n'))
        })
        .count();
    (count > 0).then_some(SourceNote::QuotedFrom(count))
}

/// Why the message seems to be cut off; `None` if it seems complete.
fn truncated(
    body: &[u8],
    header: &Header<'_>,
    entity: &Entity,
    is_closed: bool,
) -> Option<Truncation> {
    if entity.boundary.is_some() {
        if body.trim_ascii().is_empty() {
            return Some(Truncation::NoParts);
        }
        if !is_closed {
            return Some(Truncation::PartsNotClosed);
        }
    } else if body.trim_ascii().is_empty() {
        return signed_a_body(header).then_some(Truncation::NoSignedBody);
    }
    // `l=` counts bytes of the canonical body (RFC 6376 §3.4.5), which has CR LF and is never
    // longer than the body in that form.
    let longest = || body.len() + LineCounts::of(body).lf + 2;
    let lengths = signature_tags(header, b"l").filter_map(|length| length.parse::<usize>().ok());
    if let Some(length) = lengths.max().filter(|length| *length > longest()) {
        return Some(Truncation::ShorterThanSigned {
            signed: length,
            found: body.len(),
        });
    }
    let mut lengths = header
        .fields
        .iter()
        .filter(|field| field.is("Content-Length"));
    let length = lengths
        .next()
        .and_then(|field| field.unfolded().parse::<usize>().ok());
    if let Some(length) = length.filter(|length| *length > longest()) {
        return Some(Truncation::ShorterThanCounted {
            counted: length,
            found: body.len(),
        });
    }
    // The transfer encoding of a multipart body has no meaning. Quoted-printable that ends in "="
    // is common, so it is not a sign.
    let is_base64 = entity.boundary.is_none() && entity.encoding == "base64";
    (is_base64 && breaks_off(body)).then_some(Truncation::Base64BreaksOff)
}

/// Whether base64 ends within a group of four digits. Not determined if there is other text, such
/// as the footer of a mailing list.
fn breaks_off(body: &[u8]) -> bool {
    let digits = body.iter().filter(|byte| !byte.is_ascii_whitespace());
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    digits.clone().all(is_digit) && digits.count() % 4 != 0
}

/// Hashes of an empty body: SHA-256 and SHA-1, simple and relaxed (RFC 6376 §3.4.3 and §3.4.4).
const EMPTY: [&str; 4] = [
    "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=",
    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    "uoq1oCgLlTqpdDX/iUbLy7J1Wic=",
    "2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
];

fn signed_a_body(header: &Header<'_>) -> bool {
    signature_tags(header, b"bh").any(|hash| !hash.is_empty() && !EMPTY.contains(&hash.as_str()))
}

/// The values of one tag in all DKIM signatures, without white space.
fn signature_tags(header: &Header<'_>, name: &[u8]) -> impl Iterator<Item = String> {
    let signatures = header
        .fields
        .iter()
        .filter(|field| field.is("DKIM-Signature"));
    signatures.filter_map(move |field| {
        let mut tags = field.body.split(|byte| *byte == b';');
        tags.find_map(|tag| {
            let at = memchr(b'=', tag)?;
            let value = tag[at + 1..]
                .iter()
                .filter(|byte| !byte.is_ascii_whitespace());
            (tag[..at].trim_ascii() == name).then(|| value.map(|byte| char::from(*byte)).collect())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;
    use crate::message::Message;

    fn notes_on(bytes: &str) -> Vec<SourceNote> {
        let bytes = format!("Date: x\n{bytes}");
        let message = Message::parse(bytes.as_bytes(), &Limits::default());
        message.unwrap().source.notes
    }

    fn seems_truncated(bytes: &str) -> bool {
        notes_on(bytes).iter().any(SourceNote::is_truncation)
    }

    #[test]
    fn line_ends_are_told_apart() {
        let line_ends = |text| LineCounts::of(text).line_ends();
        assert_eq!(line_ends(b"A: b\r\n\r\n"), LineEnds::Crlf);
        assert_eq!(line_ends(b"A: b\n\n"), LineEnds::Lf);
        assert_eq!(line_ends(b"A: b\r\n\n"), LineEnds::Mixed);
        assert_eq!(line_ends(b"A: b"), LineEnds::None);
    }

    #[test]
    fn mixed_line_ends_are_counted() {
        let notes = notes_on("A: b\r\n\nbody\n");
        assert_eq!(notes[0], SourceNote::MixedLineEnds { crlf: 1, lf: 3 });
    }

    #[test]
    fn a_multipart_body_without_its_last_boundary_seems_truncated() {
        let head = "Content-Type: multipart/mixed; boundary=\"b\"\n\n";
        assert!(seems_truncated(&format!("{head}--b\n\ntext\n--b")));
        assert!(seems_truncated(&format!(
            "{head}--b\n\ntext --b--\n--b--x\n"
        )));
        assert!(seems_truncated(head));
        assert!(!seems_truncated(&format!("{head}--b\n\ntext\n--b--")));
        assert!(!seems_truncated(&format!("{head}--b\n\ntext\n--b-- \n")));
    }

    #[test]
    fn an_encoded_body_that_breaks_off_seems_truncated() {
        let head = "Content-Transfer-Encoding: base64\n\n";
        assert!(seems_truncated(&format!("{head}YWJj\nYW\n")));
        assert!(!seems_truncated(&format!("{head}YWJj\nYQ==\n\n")));
        assert!(!seems_truncated(&format!("{head}YWJj\nfooter: a\n")));
        let head = "Content-Transfer-Encoding: quoted-printable\n\n";
        assert!(!seems_truncated(&format!("{head}a=\n")));
        let head = "Content-Transfer-Encoding: base64\nContent-Type: multipart/mixed; boundary=b";
        assert!(!seems_truncated(&format!("{head}\n\n--b\n\na\n--b--\n")));
    }

    #[test]
    fn a_body_shorter_than_the_message_says_seems_truncated() {
        assert!(seems_truncated("Content-Length: 40\n\nbody\n"));
        assert!(!seems_truncated("Content-Length: 6\n\nbody\n"));
        assert!(seems_truncated("DKIM-Signature: v=1; l=40; bh=x\n\nbody\n"));
        assert!(!seems_truncated("DKIM-Signature: v=1; l=6; bh=x\n\nbody\n"));
    }

    #[test]
    fn an_empty_body_seems_truncated_where_another_was_signed() {
        assert!(seems_truncated("DKIM-Signature: v=1; bh=x; b=y\n\n"));
        assert!(!seems_truncated(&format!(
            "DKIM-Signature: bh={}\n\n",
            EMPTY[1]
        )));
        assert!(!seems_truncated("A: b\n\n"));
    }

    #[test]
    fn lines_that_a_mail_folder_changed_are_counted() {
        assert_eq!(quoted_from(b"a >From b\nFrom c\n"), None);
        let note = quoted_from(b">From a\r\n>>From b\r\n >From c");
        assert_eq!(note, Some(SourceNote::QuotedFrom(2)));
    }
}
