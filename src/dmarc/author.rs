//! The Author Domain: the one domain in From (RFC 9989 §4.4 and §5.3.1).

use super::verdict::DmarcCause;
use crate::dns::Name;
use crate::message::{Author, FieldProblem, MessageSummary};

/// The author domain, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthorDomain {
    /// The domain of all addresses in From.
    One(Name),
    /// There is no domain, or there are several.
    Not(DmarcCause),
}

impl AuthorDomain {
    /// The Author Domain of a message: that of all addresses in its only From field.
    pub fn of(message: &MessageSummary) -> Self {
        match Self::among(&message.from, message.from_fields) {
            // What was not read may name another domain.
            Self::One(_) if message.from_problems.iter().any(FieldProblem::is_limit) => {
                Self::Not(DmarcCause::SeveralAuthorDomains)
            }
            author => author,
        }
    }

    fn among(authors: &[Author], fields: usize) -> Self {
        let mut domains = authors.iter().filter_map(|author| author.domain.as_ref());
        match (fields, domains.next()) {
            (2.., _) => Self::Not(DmarcCause::SeveralFromFields),
            (_, None) => Self::Not(DmarcCause::NoAuthorDomain),
            // Other software may read any domain from an address that cannot be read here.
            (_, Some(_)) if authors.iter().any(Author::is_unreadable) => {
                Self::Not(DmarcCause::SeveralAuthorDomains)
            }
            (_, Some(first)) if domains.all(|domain| domain == first) => Self::One(first.clone()),
            (_, Some(_)) => Self::Not(DmarcCause::SeveralAuthorDomains),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;
    use crate::message::parse_from;

    fn author(from: &str) -> AuthorDomain {
        let authors = parse_from(from.as_bytes(), 0, &Limits::default());
        AuthorDomain::among(&authors.mailboxes, 1)
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
