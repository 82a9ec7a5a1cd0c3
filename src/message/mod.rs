//! A mail message: its header fields, its body, and what they say (RFC 5322).

mod address;
pub mod auth_results;
mod client;
mod date;
mod dkim2;
pub(crate) mod encoded_word;
mod field_problem;
pub(crate) mod fragile;
mod header;
mod lexer;
pub(crate) mod mbox;
pub(crate) mod mime;
pub mod received;
pub mod received_spf;
mod reread;
mod source;
mod summary;

pub use address::{Author, Authors, parse_from};
pub use auth_results::{AuthenticationResults, Property, ResInfo};
pub use dkim2::Dkim2;
pub use field_problem::{Delimited, FieldProblem};
pub use header::{Header, HeaderField, StrayLines};
pub use received::{Received, is_public};
pub use received_spf::ReceivedSpf;
pub use reread::Reread;
pub use source::{
    Attached, AttachedList, EmlxCount, Form, LineEnds, Opened, PastedSummary, Reading, Source,
    SourceNote, Truncation,
};
pub(crate) use source::{Packing, Unpacked};
pub use summary::MessageSummary;

use std::sync::Arc;

use crate::{Error, Limits};

/// A message within the bytes of a saved file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message<'a> {
    /// The bytes of the file up to the end of the message. All positions count from their start.
    pub bytes: &'a [u8],
    /// The kind of file that it was read from.
    pub source: Source,
    /// The header fields.
    pub header: Header<'a>,
    /// Its Authentication-Results and similar fields, topmost first. If there are more than the
    /// limit, the first and the last ones.
    pub results: Vec<Arc<AuthenticationResults>>,
}

impl<'a> Message<'a> {
    /// Reads a saved message that is not compressed; use [`Opened`] for one that may be.
    ///
    /// # Errors
    ///
    /// [`Error::NotAMessage`] if `bytes` are not a mail message; it says what they are.
    ///
    /// # Examples
    ///
    /// ```
    /// use sesauth::{Limits, message::Message};
    ///
    /// let bytes = b"From: a@example.com\r\nSubject: Hello\r\n\r\nText\r\n";
    /// let message = Message::parse(bytes, &Limits::default())?;
    /// assert_eq!(message.subject().as_deref(), Some("Hello"));
    /// assert_eq!(message.body(), Some(&b"Text\r\n"[..]));
    /// # Ok::<(), sesauth::Error>(())
    /// ```
    pub fn parse(bytes: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        source::parse(bytes, limits)
    }

    /// The same; `reading` says whether it is a saved file, or what a host received.
    pub(crate) fn parse_as(
        bytes: &'a [u8],
        reading: Reading,
        limits: &Limits,
    ) -> Result<Self, Error> {
        source::parse_as(bytes, reading, limits)
    }

    /// The body; `None` if the file has only a header.
    pub fn body(&self) -> Option<&'a [u8]> {
        self.header.body.map(|start| &self.bytes[start..])
    }

    /// The fields with this name, topmost first.
    pub fn fields(&self, name: &str) -> impl Iterator<Item = &HeaderField<'a>> {
        self.header
            .fields
            .iter()
            .filter(move |field| field.is(name))
    }

    /// The unfolded body of the topmost field with this name, cut where it is longer than any value
    /// of use.
    pub fn text(&self, name: &str) -> Option<String> {
        self.fields(name).next().map(HeaderField::shown)
    }

    /// The topmost Subject field, with encoded words decoded (RFC 2047).
    pub fn subject(&self) -> Option<String> {
        self.text("Subject").map(|text| encoded_word::decode(&text))
    }

    /// The reverse-path of the topmost Return-Path field, without angle brackets; empty for the
    /// null reverse-path (RFC 5321 §4.4).
    pub fn return_path(&self) -> Option<String> {
        self.text("Return-Path").map(|text| {
            let inner = match (text.find('<'), text.rfind('>')) {
                (Some(open), Some(close)) if open < close => &text[open + 1..close],
                _ => &text,
            };
            inner.trim().to_owned()
        })
    }
}
