//! Messages that another message carries as attachments.

use std::fmt;
use std::ops::Range;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Reading, SourceNote};
use crate::message::lexer::excerpt;
use crate::message::mime::{self, Entity};
use crate::message::{Header, encoded_word};
use crate::{Error, Limits};

/// A message within a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attachment {
    /// Its position in the file, still encoded.
    pub content: Range<usize>,
    encoding: String,
    about: Attached,
}

/// What identifies an attached message. Long texts are shortened.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Attached {
    /// Its subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Its From field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The file name of the attachment, if it has no subject and no From field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
}

impl fmt::Display for Attached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.subject, &self.from, &self.file_name) {
            (Some(subject), Some(from), _) => write!(f, "\"{subject}\" from {from}"),
            (Some(subject), None, _) => write!(f, "\"{subject}\""),
            (None, Some(from), _) => write!(f, "without subject from {from}"),
            (None, None, Some(name)) => f.write_str(name),
            (None, None, None) => f.write_str("without subject"),
        }
    }
}

/// The messages attached to one message.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct AttachedList {
    /// The first of them, in order.
    pub first: Vec<Attached>,
    /// The total number.
    pub count: usize,
}

const MOST_LISTED: usize = 10;

impl AttachedList {
    fn of(attachments: &[Attachment]) -> Self {
        let first = attachments.iter().take(MOST_LISTED);
        Self {
            first: first.map(|attachment| attachment.about.clone()).collect(),
            count: attachments.len(),
        }
    }
}

impl fmt::Display for AttachedList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (attached, number) in self.first.iter().zip(1..) {
            let before = if number == 1 { "" } else { ", " };
            write!(f, "{before}({number}) {attached}")?;
        }
        match self.count.checked_sub(self.first.len()) {
            None | Some(0) => Ok(()),
            Some(more) => write!(f, ", and {more} more"),
        }
    }
}

impl Attachment {
    /// The decoded bytes; `None` if they are in `bytes` without encoding.
    pub fn decode(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        mime::decode(&self.encoding, &bytes[self.content.clone()])
    }
}

/// The messages attached to the message with this header, which is all of `bytes` from there on, in
/// order, including those attached to them; and whether its closing boundary is there.
pub(super) fn find(
    bytes: &[u8],
    header: &Header<'_>,
    entity: &Entity,
    limits: &Limits,
) -> (Vec<Attachment>, bool) {
    let mut search = Search {
        bytes,
        limits,
        parts: 0,
        is_closed: false,
        found: Vec::new(),
    };
    if let Some(body) = header.body {
        search.content(entity, body..bytes.len(), 0, "");
    }
    (search.found, search.is_closed)
}

struct Search<'a> {
    bytes: &'a [u8],
    limits: &'a Limits,
    parts: usize,
    is_closed: bool,
    found: Vec<Attachment>,
}

impl Search<'_> {
    /// `default` is the type of a part that gives none.
    fn entity(&mut self, span: Range<usize>, depth: usize, default: &str) {
        let bytes = &self.bytes[..span.end];
        let header = Header::parse(bytes, span.start, self.limits.header_fields, Reading::Saved);
        if let Some(body) = header.body {
            self.content(&Entity::of(&header), body..span.end, depth, default);
        }
    }

    fn content(&mut self, entity: &Entity, content: Range<usize>, depth: usize, default: &str) {
        let bytes = &self.bytes[..content.end];
        if is_message(entity, default) {
            self.found.push(Attachment {
                about: about(&bytes[content.clone()], entity, self.limits),
                content: content.clone(),
                encoding: entity.encoding.clone(),
            });
        }
        if depth >= self.limits.mime_depth.max(1) {
            return;
        }
        if let Some(boundary) = &entity.boundary {
            let default = match entity.kind.as_str() {
                // The default type in a digest (RFC 2046 §5.1.5).
                "multipart/digest" => "message/rfc822",
                _ => "",
            };
            let left = self.limits.mime_parts.saturating_sub(self.parts);
            let parts = mime::parts(self.bytes, content, boundary, left);
            self.parts += parts.spans.len();
            self.is_closed |= depth == 0 && parts.closed;
            for part in parts.spans {
                self.entity(part, depth + 1, default);
            }
        } else if is_message(entity, default) && mime::decode(&entity.encoding, b"").is_none() {
            self.entity(content, depth + 1, "");
        }
    }
}

fn is_message(entity: &Entity, default: &str) -> bool {
    let kind = match entity.kind.as_str() {
        "" => default,
        kind => kind,
    };
    let is_named = entity.file_name.as_ref().is_some_and(|name| {
        let end = name.trim_end().len().saturating_sub(4);
        let end = name.trim_end().get(end..);
        end.is_some_and(|end| end.eq_ignore_ascii_case(".eml"))
    });
    matches!(kind, "message/rfc822" | "message/global") || is_named && entity.boundary.is_none()
}

/// Bytes of an encoded attachment that are decoded to find its subject and author.
const START: usize = 65_536;

fn about(content: &[u8], entity: &Entity, limits: &Limits) -> Attached {
    let start = &content[..content.len().min(START)];
    let decoded = mime::decode(&entity.encoding, start);
    let start = decoded.as_deref().unwrap_or(start);
    let header = Header::parse(start, 0, limits.header_fields, Reading::Saved);
    let text = |name: &str| {
        let mut fields = header.fields.iter().filter(|field| field.is(name));
        let text = encoded_word::decode(&fields.next()?.unfolded());
        Some(excerpt(&text)).filter(|text| !text.is_empty())
    };
    let (subject, from) = (text("Subject"), text("From"));
    let is_named = subject.is_some() || from.is_some();
    let file_name = entity.file_name.as_deref().filter(|_| !is_named);
    Attached {
        file_name: file_name.map(excerpt),
        subject,
        from,
    }
}

/// The attachment with this number, from 1.
pub(super) fn choose(attachments: &[Attachment], number: usize) -> Result<&Attachment, Error> {
    let chosen = number
        .checked_sub(1)
        .and_then(|index| attachments.get(index));
    chosen.ok_or_else(|| Error::Argument {
        name: "--attached".into(),
        problem: match attachments {
            [] => "the message carries no other message as an attachment".into(),
            [_] => "the message carries only one message as an attachment".into(),
            _ => format!(
                "the message carries these as attachments: {}",
                AttachedList::of(attachments)
            ),
        },
    })
}

/// Says which attachment was chosen, and which others there are.
pub(super) fn judged_note(attachments: &[Attachment], judged: &Attachment) -> SourceNote {
    SourceNote::AttachedJudged {
        judged: judged.about.clone(),
        carried: AttachedList::of(attachments),
    }
}

/// Says that the message the user means may be an attached one.
pub(super) fn offer(attachments: &[Attachment]) -> Option<SourceNote> {
    (!attachments.is_empty()).then(|| SourceNote::OthersAttached(AttachedList::of(attachments)))
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::message::{Form, Opened};

    const INNER: &str = "From: b@example.com\r\nSubject: inner\r\n\r\n  kept \r\n\r\n";

    fn outer(parts: &[(&str, &str)]) -> String {
        let mut text = "From: a@example.com\r\n\
                        Content-Type: multipart/mixed; boundary=b\r\n\r\n"
            .to_owned();
        for (head, content) in parts {
            text.push_str(&format!("--b\r\n{head}\r\n\r\n{content}\r\n"));
        }
        text + "--b--\r\n"
    }

    fn judge(text: &str, number: usize) -> Result<(String, String, Vec<SourceNote>), String> {
        let limits = Limits::default();
        let opened = Opened::open(text.as_bytes(), Reading::Saved, Some(number), &limits)
            .map_err(|error| error.to_string())?;
        let message = opened.message(&limits).map_err(|error| error.to_string())?;
        assert!(
            matches!(message.source.form, Form::Attached)
                || message.source.within.contains(&Form::Attached)
        );
        let body = message.body().unwrap_or_default();
        Ok((
            message.text("From").unwrap(),
            String::from_utf8_lossy(body).into_owned(),
            message.source.notes.clone(),
        ))
    }

    #[test]
    fn an_attached_message_is_judged_byte_for_byte() {
        let text = outer(&[("", "text"), ("Content-Type: message/rfc822", INNER)]);
        let (from, body, notes) = judge(&text, 1).unwrap();
        assert_eq!(from, "b@example.com");
        assert_eq!(body, "  kept \r\n\r\n");
        let SourceNote::AttachedJudged { judged, .. } = &notes[0] else {
            panic!("{notes:?}");
        };
        assert_eq!(judged.to_string(), "\"inner\" from b@example.com");
    }

    #[test]
    fn encoded_attachments_are_decoded() {
        let encoded = STANDARD.encode(INNER);
        let heads = "Content-Type: application/octet-stream\r\n\
                     Content-Disposition: attachment; filename=\"inner.EML\"\r\n\
                     Content-Transfer-Encoding: ";
        let quoted = INNER.replace("kept \r\n", "kept=20\r\n");
        for (encoding, content) in [("base64", encoded), ("quoted-printable", quoted)] {
            let text = outer(&[(&format!("{heads}{encoding}"), &content)]);
            let (_, body, _) = judge(&text, 1).unwrap();
            assert_eq!(body, "  kept \r\n\r\n");
        }
    }

    #[test]
    fn several_are_numbered_and_listed_with_those_inside_them() {
        let nested = outer(&[("Content-Type: message/rfc822", INNER)]).replace("=b\r", "=c\r");
        let nested = nested.replace("--b", "--c").replace("a@", "c@");
        let second = INNER.replace("b@", "d@");
        let text = outer(&[
            ("Content-Type: message/rfc822", &nested),
            ("Content-Type: Message/Global", &second),
        ]);
        for (number, who) in [(1, "c@"), (2, "b@"), (3, "d@")] {
            let (from, _, notes) = judge(&text, number).unwrap();
            assert!(from.starts_with(who), "{from}");
            let SourceNote::AttachedJudged { carried, .. } = &notes[0] else {
                panic!("{notes:?}");
            };
            assert_eq!(carried.first[2].to_string(), "\"inner\" from d@example.com");
        }
        let error = judge(&text, 4).unwrap_err();
        assert!(error.contains("--attached: "), "{error}");
    }

    #[test]
    fn a_message_without_attached_ones_says_so() {
        let error = judge(&outer(&[("", "text")]), 1).unwrap_err();
        assert!(error.contains("carries no other message"), "{error}");
    }

    #[test]
    fn an_attached_message_is_offered() {
        let text = outer(&[("Content-Type: message/rfc822", INNER)]);
        let message = crate::message::Message::parse(text.as_bytes(), &Limits::default()).unwrap();
        let notes = &message.source.notes;
        assert!(
            matches!(&notes[0], SourceNote::OthersAttached(list) if list.count == 1),
            "{notes:?}"
        );
    }

    #[test]
    fn parts_of_a_digest_are_messages() {
        let text = outer(&[("", INNER)]).replace("/mixed", "/digest");
        assert_eq!(judge(&text, 1).unwrap().0, "b@example.com");
    }

    fn found(text: &str, limits: &Limits) -> usize {
        let header = Header::parse(text.as_bytes(), 0, limits.header_fields, Reading::Saved);
        find(text.as_bytes(), &header, &Entity::of(&header), limits)
            .0
            .len()
    }

    #[test]
    fn depth_and_number_of_parts_are_bounded() {
        let limits = Limits {
            mime_depth: 3,
            mime_parts: 4,
            ..Limits::default()
        };
        let deep = "Content-Type: message/rfc822\n\n".repeat(1000);
        assert_eq!(found(&deep, &limits), 4);
        let wide = outer(&[("Content-Type: message/rfc822", INNER); 20]);
        assert_eq!(found(&wide, &limits), 4);
    }
}
