//! What a message says about itself, before anything is judged.

use schemars::JsonSchema;
use serde::Serialize;

use crate::Limits;
use crate::dmarc::{AuthorDomain, DmarcCause};
use crate::message::{Author, Authors, FieldProblem, Message, parse_from};

/// What a message says about itself.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct MessageSummary {
    /// The mailboxes of all From fields.
    pub from: Vec<Author>,
    /// How many From fields there are; one is right.
    pub from_fields: usize,
    /// What is malformed in From.
    pub from_problems: Vec<FieldProblem>,
    /// The reverse-path of the topmost Return-Path field; empty for the null one.
    pub return_path: Option<String>,
    /// The Message-ID field.
    pub message_id: Option<String>,
    /// The Date field.
    pub date: Option<String>,
    /// The Subject field, encoded words decoded.
    pub subject: Option<String>,
    /// How many header fields there are.
    pub header_fields: usize,
    /// Length of the body in octets, as saved; `None` when the file holds only a header.
    pub body_length: Option<usize>,
}

impl MessageSummary {
    /// Reads them, and the one domain in From.
    pub(crate) fn of(message: &Message<'_>, limits: &Limits) -> (Self, AuthorDomain) {
        let mut from = Authors::default();
        for field in message.fields("From") {
            let start = field.body_start(message.bytes);
            let authors = parse_from(field.body, start, limits);
            from.mailboxes.extend(authors.mailboxes);
            from.problems.extend(authors.problems);
        }
        let from_fields = message.fields("From").count();
        let author = author_domain(&from, from_fields);
        let facts = Self {
            from: from.mailboxes,
            from_fields,
            from_problems: from.problems,
            return_path: message.return_path(),
            message_id: message.text("Message-ID"),
            date: message.text("Date"),
            subject: message.subject(),
            header_fields: message.header.fields.len(),
            body_length: message.body().map(<[u8]>::len),
        };
        (facts, author)
    }
}

/// RFC 9989 §5.3.1: the one domain in From, of however many addresses; §4.4: one field.
fn author_domain(from: &Authors, fields: usize) -> AuthorDomain {
    let mut domains = from
        .mailboxes
        .iter()
        .filter_map(|author| author.domain.as_ref());
    let is_unreadable = |author: &Author| author.is_unreadable();
    match (fields, domains.next()) {
        (2.., _) => AuthorDomain::Not(DmarcCause::SeveralFromFields),
        (_, None) => AuthorDomain::Not(DmarcCause::NoAuthorDomain),
        // Another reader may find any domain in an address that cannot be read here.
        (_, Some(_)) if from.mailboxes.iter().any(is_unreadable) => {
            AuthorDomain::Not(DmarcCause::SeveralAuthorDomains)
        }
        (_, Some(first)) if domains.all(|domain| domain == first) => {
            AuthorDomain::One(first.clone())
        }
        (_, Some(_)) => AuthorDomain::Not(DmarcCause::SeveralAuthorDomains),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn author(from: &str) -> AuthorDomain {
        author_domain(&parse_from(from.as_bytes(), 0, &Limits::default()), 1)
    }

    #[test]
    fn an_address_that_cannot_be_read_leaves_no_single_author_domain() {
        let several = AuthorDomain::Not(DmarcCause::SeveralAuthorDomains);
        for unreadable in [
            "b@c..example",
            "<b@c example>",
            "b@[192.0.2.1]",
            "b@c.example(",
        ] {
            let from = format!("a@d.example, {unreadable}");
            assert_eq!(author(&from), several, "{from}");
        }
        let unquoted_comma = author("Bee, Ann <a@d.example>");
        assert!(matches!(unquoted_comma, AuthorDomain::One(_)));
    }
}
