//! The header of a message, kept after the file is released, because words are made later.

use std::sync::Arc;

use super::{AuthenticationResults, Header, Message, Reading, Source};
use crate::Limits;

/// A message without its body.
#[derive(Clone, Debug)]
pub struct Reread {
    /// The bytes of the file up to the end of the header; positions count from their start.
    octets: Box<[u8]>,
    /// Where the header begins.
    start: usize,
    fields: usize,
    reading: Reading,
    source: Source,
    results: Vec<Arc<AuthenticationResults>>,
}

impl Message<'_> {
    /// Keeps the header. It is parsed again when needed, up to as many fields as `limits` allow.
    pub fn reread(&self, limits: &Limits) -> Reread {
        let fields = &self.header.fields;
        let last = fields.last().map_or(0, |field| field.span.end);
        let stray = self.header.stray_lines.as_ref();
        let first = stray.map(|lines| lines.first.start).into_iter();
        let first = first.chain(fields.first().map(|field| field.span.start));
        let end = stray.map_or(last, |lines| last.max(lines.end));
        let end = self.header.body.unwrap_or(end).min(self.bytes.len());
        Reread {
            octets: self.bytes[..end].into(),
            start: first.min().unwrap_or(end),
            fields: limits.header_fields,
            reading: self.source.reading,
            source: self.source.clone(),
            results: self.results.clone(),
        }
    }
}

impl Reread {
    /// The message without its body.
    pub fn message(&self) -> Message<'_> {
        let header = Header::parse(&self.octets, self.start, self.fields, self.reading);
        Message {
            bytes: &self.octets,
            source: self.source.clone(),
            header,
            results: self.results.clone(),
        }
    }
}
