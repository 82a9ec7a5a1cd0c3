//! What a message says about itself, before anything is evaluated.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Author, Authors, FieldProblem, Message, parse_from};
use crate::Limits;

/// What a message says about itself.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct MessageSummary {
    /// The mailboxes of all From fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<Author>,
    /// How many From fields there are; there should be exactly one.
    #[serde(skip_serializing_if = "is_one")]
    pub from_fields: usize,
    /// What is malformed in From.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from_problems: Vec<FieldProblem>,
    /// The reverse-path of the topmost Return-Path field; empty for the null reverse-path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_path: Option<String>,
    /// The Message-ID field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// The Date field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The Subject field, with encoded words decoded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// How many header fields there are.
    pub header_fields: usize,
    /// Length of the body in bytes, as saved; `None` if the file has only a header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_length: Option<usize>,
}

fn is_one(number: &usize) -> bool {
    *number == 1
}

impl MessageSummary {
    /// Reads the summary from `message`.
    pub(crate) fn of(message: &Message<'_>, limits: &Limits) -> Self {
        let mut from = Authors::default();
        for field in message.fields("From") {
            let start = field.body_start(message.bytes);
            let authors = parse_from(field.body, start, limits);
            from.mailboxes.extend(authors.mailboxes);
            from.problems.extend(authors.problems);
        }
        Self {
            from: from.mailboxes,
            from_fields: message.fields("From").count(),
            from_problems: from.problems,
            return_path: message.return_path(),
            message_id: message.text("Message-ID"),
            date: message.text("Date"),
            subject: message.subject(),
            header_fields: message.header.fields.len(),
            body_length: message.body().map(<[u8]>::len),
        }
    }
}
