//! From the bytes of a file to those of the message in it, one layer after the other.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr_iter;

use super::damage::LineCounts;
use super::packed::{self, Packing};
use super::refused::not_a_message;
use super::{
    Form, PastedSummary, Reading, Source, SourceNote, attached, damage, outlook, quoted, refused,
    wrapped,
};
use crate::message::mime::Entity;
use crate::message::{Header, Message, auth_results};
use crate::{Error, Limits};

/// A saved file, decompressed if needed, with the position of the message in it.
///
/// The bytes are borrowed if they need neither decompression nor decoding.
///
/// # Examples
///
/// ```
/// use sesauth::{Limits, message::{Opened, Reading}};
///
/// let limits = Limits::default();
/// let bytes = b"From: a@example.com\n\nHello\n";
/// let opened = Opened::open(bytes, Reading::Saved, None, &limits)?;
/// let message = opened.message(&limits)?;
/// assert_eq!(message.text("From").as_deref(), Some("a@example.com"));
/// # Ok::<(), sesauth::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened<'a> {
    bytes: Cow<'a, [u8]>,
    reading: Reading,
    found: Found,
}

/// The position of a message in the decompressed bytes, and what was found around it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub span: Range<usize>,
    /// Outermost first.
    pub layers: Vec<Form>,
    pub pasted: Option<PastedSummary>,
    pub notes: Vec<SourceNote>,
}

impl<'a> Opened<'a> {
    /// Opens a saved file, or with `attached` the message of that number, from 1, that is attached
    /// to it.
    ///
    /// # Errors
    ///
    /// [`Error::NotAMessage`] if the bytes are not a mail message; it says what they are.
    /// [`Error::Argument`] if there is no attached message with that number.
    pub fn open(
        bytes: &'a [u8],
        reading: Reading,
        attached: Option<usize>,
        limits: &Limits,
    ) -> Result<Self, Error> {
        refused::too_large(bytes.len(), limits)?;
        let mut bytes = Cow::Borrowed(bytes);
        let mut found = Found::default();
        while let Some(packing) = Packing::of(&bytes) {
            if found.layers.len() == limits.packing_depth {
                return Err(not_a_message(
                    &format!("it is packed more than {} times", limits.packing_depth),
                    "unpack it first",
                ));
            }
            let form = packing.form();
            // Who saved a file packed it; what was delivered may be shown as it stands.
            if reading == Reading::AsDelivered && packed::has_from_line(&bytes) {
                found.notes.push(SourceNote::PackedText { packing: form });
            }
            bytes = Cow::Owned(packing.unpack(&bytes, limits, &mut found.notes)?);
            found.layers.push(form);
        }
        if reading == Reading::Saved && bytes.starts_with(outlook::MAGIC) {
            bytes = Cow::Owned(outlook::header(&bytes, limits)?);
            found.span = 0..bytes.len();
            found.layers.push(Form::OutlookMsg);
            found.notes.push(SourceNote::OutlookMsg);
        } else {
            found.span = 0..bytes.len();
            wrapped::unwrap(&bytes, reading, &mut found)?;
        }
        let mut opened = Self {
            bytes,
            reading,
            found,
        };
        if let Some(number) = attached {
            opened.descend(number, limits)?;
        }
        Ok(opened)
    }

    /// The message in the file.
    ///
    /// # Errors
    ///
    /// [`Error::NotAMessage`] if the bytes are not a mail message; it says what they are.
    pub fn message(&self, limits: &Limits) -> Result<Message<'_>, Error> {
        read(&self.bytes, self.reading, self.found.clone(), limits)
    }

    /// The octets of the message in the file.
    pub fn octets(&self) -> &[u8] {
        self.bytes.get(self.found.span.clone()).unwrap_or_default()
    }

    /// Moves on to the attached message with this number.
    fn descend(&mut self, number: usize, limits: &Limits) -> Result<(), Error> {
        let span = self.found.span.clone();
        let bytes = &self.bytes[..span.end];
        let header = Header::parse(bytes, span.start, limits.header_fields, self.reading);
        let (attachments, _) = attached::find(bytes, &header, &Entity::of(&header), limits);
        let attachment = attached::choose(&attachments, number)?;
        self.found
            .notes
            .push(attached::judged_note(&attachments, attachment));
        self.found.layers.push(Form::Attached);
        match attachment.decode(&self.bytes) {
            None => self.found.span = attachment.content.clone(),
            Some(decoded) => {
                self.found.span = 0..decoded.len();
                self.bytes = Cow::Owned(decoded);
            }
        }
        wrapped::unwrap(&self.bytes, self.reading, &mut self.found)
    }
}

/// Finds the message in bytes that are not compressed, without copying them.
pub(in crate::message) fn parse<'a>(
    bytes: &'a [u8],
    limits: &Limits,
) -> Result<Message<'a>, Error> {
    refused::too_large(bytes.len(), limits)?;
    if let Some(packing) = Packing::of(bytes) {
        return Err(not_a_message(
            &format!("it is {}", packing.name()),
            "unpack it first",
        ));
    }
    parse_as(bytes, Reading::Saved, limits)
}

/// The same of bytes that are known not to be compressed, read in this way.
pub(in crate::message) fn parse_as<'a>(
    bytes: &'a [u8],
    reading: Reading,
    limits: &Limits,
) -> Result<Message<'a>, Error> {
    let mut found = Found {
        span: 0..bytes.len(),
        ..Found::default()
    };
    wrapped::unwrap(bytes, reading, &mut found)?;
    read(bytes, reading, found, limits)
}

fn read<'a>(
    bytes: &'a [u8],
    reading: Reading,
    found: Found,
    limits: &Limits,
) -> Result<Message<'a>, Error> {
    let Found {
        span,
        mut layers,
        pasted,
        mut notes,
    } = found;
    let bytes = &bytes[..span.end];
    let header = Header::parse(bytes, span.start, limits.header_fields, reading);
    match reading {
        Reading::Saved => quoted::refuse(&bytes[span.start..], &header, &layers)?,
        Reading::AsDelivered if header.fields.is_empty() => {
            return Err(not_a_message(
                "it does not begin with a header field such as \"From: …\"",
                "it was read as a mail server hands it over, as with --ip and in sesauth filter: \
                 then nothing around the message is removed; for a saved file, leave out --ip",
            ));
        }
        Reading::AsDelivered => (),
    }
    refused::saved_page(&header)?;
    notes.extend(header_notes(bytes, span.start, reading, &header, limits));
    if header.body.is_none() && !layers.contains(&Form::OutlookMsg) {
        notes.push(SourceNote::NoBody);
    }
    let counts = LineCounts::of(&bytes[span.start..]);
    let entity = Entity::of(&header);
    let (attachments, is_closed) = attached::find(bytes, &header, &entity, limits);
    notes.extend(damage::notes(
        bytes, &header, &entity, is_closed, counts, &layers,
    ));
    if !layers.contains(&Form::Attached) {
        notes.extend(attached::offer(&attachments));
    }
    if header.body.is_none() {
        layers.push(Form::HeadersOnly);
    } else if let None | Some(Form::Gzip | Form::Zstd) = layers.last() {
        layers.push(Form::Rfc5322);
    }
    let source = Source {
        form: layers.pop().unwrap_or(Form::Rfc5322),
        within: layers,
        line_ends: counts.line_ends(),
        size: span.len(),
        reading,
        pasted,
        notes,
    };
    Ok(Message {
        bytes,
        source,
        results: auth_results::read(&header, limits),
        header,
    })
}

fn header_notes(
    bytes: &[u8],
    start: usize,
    reading: Reading,
    header: &Header<'_>,
    limits: &Limits,
) -> Vec<SourceNote> {
    let mut notes = Vec::new();
    if header.left_out > 0 {
        notes.push(SourceNote::FieldsLeftOut {
            count: header.left_out,
            limit: limits.header_fields,
        });
    }
    if let Some(stray) = &header.stray_lines {
        let line = memchr_iter(b'\n', &bytes[..stray.first.start]).count() + 1;
        notes.push(match reading {
            Reading::AsDelivered => SourceNote::HeaderEndsAt(line),
            Reading::Saved => SourceNote::StrayLines {
                line,
                count: stray.count,
            },
        });
    }
    notes.extend(bare_cr(bytes, start..header.body.unwrap_or(bytes.len())));
    notes
}

/// Looks for CR without LF in the header, which is at `header` in `bytes`. One that ends the file is
/// half of a line end.
fn bare_cr(bytes: &[u8], header: Range<usize>) -> Option<SourceNote> {
    let is_bare = |at: &usize| bytes.get(at + 1).is_some_and(|next| *next != b'\n');
    let mut found = memchr_iter(b'\r', &bytes[header.clone()])
        .map(|at| header.start + at)
        .filter(is_bare);
    let first = found.next()?;
    Some(SourceNote::BareCr {
        line: memchr_iter(b'\n', &bytes[..first]).count() + 1,
        count: 1 + found.count(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(bytes: &[u8]) -> Source {
        let limits = Limits::default();
        let opened = Opened::open(bytes, Reading::Saved, None, &limits).unwrap();
        opened.message(&limits).unwrap().source
    }

    #[test]
    fn a_plain_file_is_not_copied() {
        let bytes = b"\xef\xbb\xbfFrom: a@example.com\n\nb";
        let opened = Opened::open(bytes, Reading::Saved, None, &Limits::default()).unwrap();
        assert!(matches!(opened.bytes, Cow::Borrowed(_)));
    }

    #[test]
    fn a_header_without_an_end_is_headers_only() {
        let source = open(b"Date: b\nstray\nC: d\n");
        assert_eq!(source.form, Form::HeadersOnly);
        assert_eq!(source.notes.len(), 2);
    }

    #[test]
    fn a_cr_alone_in_the_header_is_noted() {
        let bare = |bytes| {
            let notes = open(bytes).notes.into_iter();
            notes
                .filter_map(|note| match note {
                    SourceNote::BareCr { line, count } => Some((line, count)),
                    _ => None,
                })
                .next()
        };
        assert_eq!(bare(b"Date: b\r\nC: d\rE: f\r\n\r\nbody"), Some((2, 1)));
        assert_eq!(bare(b"Date: b\rC: d\r\rbody\r"), Some((1, 3)));
        assert_eq!(bare(b"Date: b\r\r\nC: d\r\n\r\nbody"), Some((1, 1)));
        assert_eq!(bare(b"Date: b\r\nno\rfield\r\n\r\nbody"), Some((2, 1)));
        assert_eq!(bare(b"Date: b\r\n\r\nbo\rdy"), None);
        assert_eq!(bare(b"Date: b\r\nC: d\r"), None);
    }

    #[test]
    fn the_innermost_form_is_named_and_those_around_it_are_listed() {
        let source = open(b"From a@example.com Tue Jun 30 06:00:00 2026\nFrom: a@example.com\n");
        assert_eq!(source.form, Form::HeadersOnly);
        assert_eq!(source.within, [Form::Mbox]);
        let source = open(b"From: a@example.com\n\nb");
        assert_eq!(source.form, Form::Rfc5322);
        assert_eq!(source.within, []);
    }

    #[test]
    fn spans_count_from_the_start_of_the_file() {
        let bytes = b"\n\nFrom: a@example.com\n\nbody";
        let limits = Limits::default();
        let opened = Opened::open(bytes, Reading::Saved, None, &limits).unwrap();
        let message = opened.message(&limits).unwrap();
        assert_eq!(message.header.fields[0].span, 2..22);
        assert_eq!(message.body(), Some(&b"body"[..]));
        assert_eq!(message.source.size, 25);
    }
}
