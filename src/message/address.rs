//! The authors of a message: the mailboxes of a From field (RFC 5322 §3.4, §3.6.2, §4.4; RFC 6854).

mod addr_spec;

use std::fmt;
use std::ops::Range;

use crate::dns::Name;
use crate::limits::Limits;
use crate::message::address::addr_spec::Address;
use crate::message::lexer::{self, Grammar, Kind, Token};
use crate::message::{FieldProblem, encoded_word};

/// The authors that one From field names.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Authors {
    /// Every mailbox in the order of the field, including those in groups.
    pub mailboxes: Vec<Author>,
    /// What is malformed.
    pub problems: Vec<FieldProblem>,
}

/// One mailbox of a From field.
#[derive(Clone, Debug, PartialEq, serde::Serialize, schemars::JsonSchema)]
#[non_exhaustive]
pub struct Author {
    /// The display name, with encoded words decoded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `local@domain` as written, without comments and folding; quoted only where needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The part before the `@` of `address`.
    #[serde(skip)]
    pub local: Option<String>,
    /// The domain in A-labels; `None` if it is not a valid domain name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<Name>,
    /// The position of the mailbox in the file.
    #[serde(skip)]
    pub span: Range<usize>,
}

impl Author {
    /// Whether there is an address whose domain cannot be read. A name without an address does not
    /// count: it comes from an unquoted comma in a display name.
    pub(crate) fn is_unreadable(&self) -> bool {
        self.domain.is_none() && (self.address.is_some() || self.name.is_none())
    }
}

/// Reads the body of one From field. `offset` is the position of `body` in the file.
///
/// Anything that cannot be read is listed in `problems`. A display name is never read as an
/// address.
pub fn parse_from(body: &[u8], offset: usize, limits: &Limits) -> Authors {
    let longest = lexer::longest_field(limits.addresses);
    if body.len() > longest {
        return Authors {
            mailboxes: Vec::new(),
            problems: vec![FieldProblem::TooLong(longest)],
        };
    }
    let lexed = lexer::lex(body, &GRAMMAR, limits.comment_depth);
    let mut parser = Parser {
        body,
        offset,
        limit: limits.addresses,
        authors: Authors {
            mailboxes: Vec::new(),
            problems: lexed.problems,
        },
    };
    if std::str::from_utf8(body).is_err() {
        parser.problem(FieldProblem::NotUtf8);
    }
    parser.list(&lexed.tokens);
    if parser.authors.mailboxes.is_empty() {
        parser.problem(FieldProblem::NoAuthor);
    }
    parser.authors
}

/// The mailbox as `"name" <address>`, in a form that parses back to the same mailbox.
impl fmt::Display for Author {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            if name.contains("=?") || name.contains(char::is_control) {
                write!(f, "{} ", encoded_word::encode(name))?;
            } else {
                write!(f, "{} ", lexer::quoted(name))?;
            }
        }
        write!(f, "<{}>", self.address.as_deref().unwrap_or_default())
    }
}

static GRAMMAR: Grammar = Grammar::new(b"<>@,;:")
    .with_quotes()
    .with_literals()
    .with_encoded_words();

struct Parser<'a> {
    body: &'a [u8],
    offset: usize,
    limit: usize,
    authors: Authors,
}

impl Parser<'_> {
    fn list(&mut self, tokens: &[Token]) {
        let mut in_group = false;
        let mut rest = tokens;
        while !rest.is_empty() {
            if self.authors.mailboxes.len() >= self.limit {
                self.problem(FieldProblem::TooManyAuthors(self.limit));
                return;
            }
            let ends = |token: &Token| [b',', b';', b':', b'<', b'>'].iter().any(|b| token.is(*b));
            let end = rest.iter().position(ends).unwrap_or(rest.len());
            let (item, after) = rest.split_at(end);
            let Some((delimiter, after)) = after.split_first() else {
                self.bare(item);
                break;
            };
            rest = after;
            match delimiter.kind {
                Kind::Special(b'<') => rest = self.angle(item, delimiter, after),
                Kind::Special(b':') if !in_group && !item.iter().any(|token| token.is(b'@')) => {
                    in_group = true;
                }
                Kind::Special(b';') if in_group => {
                    in_group = false;
                    self.bare(item);
                }
                Kind::Special(b',') => self.bare(item),
                Kind::Special(byte) => {
                    self.problem(FieldProblem::OutOfPlace(char::from(byte)));
                    self.bare(item);
                }
                _ => self.bare(item),
            }
        }
        if in_group {
            self.problem(FieldProblem::GroupNotClosed);
        }
    }

    /// Reads a mailbox without angle brackets: an address, or a name without an address.
    fn bare(&mut self, item: &[Token]) {
        let Some(first) = item.iter().position(|token| token.kind != Kind::Comment) else {
            return;
        };
        self.unterminated(item);
        let Some(at) = item.iter().position(|token| token.is(b'@')) else {
            let name = self.name(item);
            if let Some(name) = &name {
                self.problem(FieldProblem::NameAlone(lexer::excerpt(name)));
                self.push(Some(name.clone()), None, item);
            }
            return;
        };
        // Words that white space separates from the address are a name without angle brackets.
        let local = self.local_start(item, first, at);
        let mut name = self.name(&item[..local]);
        match &name {
            Some(name) => {
                self.problem(FieldProblem::NameBeforeBareAddress(lexer::excerpt(name)));
            }
            // The name in a comment is an old form (RFC 5322 §3.4 warns about it).
            None => {
                let comment = item.iter().rfind(|token| token.kind == Kind::Comment);
                name = comment.and_then(|token| self.decoded(&token.text(self.body)));
            }
        }
        let address = self.addr_spec(&item[local..]);
        self.push(name, address, item);
    }

    /// Where the local part before `at` begins. Its words have no gap between them, except at a
    /// dot.
    fn local_start(&self, item: &[Token], first: usize, at: usize) -> usize {
        let mut start = at;
        for index in (first..at).rev() {
            let token = &item[index];
            if token.kind == Kind::Comment {
                continue;
            }
            if start < at && !self.joined(token, &item[start]) {
                break;
            }
            start = index;
        }
        start
    }

    /// Reads a mailbox with angle brackets. `opening` is its `<`. Returns the tokens that follow
    /// it.
    fn angle<'t>(&mut self, item: &[Token], opening: &Token, after: &'t [Token]) -> &'t [Token] {
        self.unterminated(item);
        let stop = |token: &Token| token.is(b'>') || token.is(b'<');
        let mut end = after.iter().position(stop).unwrap_or(after.len());
        let is_closed = after.get(end).is_some_and(|token| token.is(b'>'));
        if !is_closed {
            self.problem(FieldProblem::AngleNotClosed);
            let stop = |token: &Token| token.is(b',') || token.is(b';');
            end = after[..end].iter().position(stop).unwrap_or(end);
        }
        let (inner, after) = after.split_at(end);
        self.unterminated(inner);
        if item.iter().any(|token| token.is(b'@')) {
            let text = lexer::excerpt(&self.text(item));
            self.problem(FieldProblem::AddressAsName(text));
        }
        let mut name = self.name(item);
        let inner = self.without_route(inner);
        if inner.iter().all(|token| token.kind == Kind::Comment) {
            self.problem(FieldProblem::EmptyAngle);
        }
        if inner.iter().any(|token| token.is(b',')) {
            self.problem(FieldProblem::SeveralInAngle);
        }
        let closing = after.first().filter(|_| is_closed);
        let last = closing.or(inner.last()).unwrap_or(opening);
        let whole = Token {
            kind: Kind::Word,
            span: opening.span.start..last.span.end,
            gap: false,
        };
        let from = item.first().unwrap_or(&whole).clone();
        for part in inner.split(|token| token.is(b',')) {
            let part = self.without_route(part);
            let address = match part.iter().all(|token| token.kind == Kind::Comment) {
                true => None,
                false => self.addr_spec(part),
            };
            self.push(name.take(), address, &[from.clone(), whole.clone()]);
        }
        match is_closed {
            true => self.behind(&after[1..]),
            false => after,
        }
    }

    /// Reads what follows a closing bracket. Returns the tokens from the next mailbox on.
    fn behind<'t>(&mut self, after: &'t [Token]) -> &'t [Token] {
        let stop = |token: &Token| token.is(b',') || token.is(b';') || token.is(b'<');
        let end = after.iter().position(stop).unwrap_or(after.len());
        let stray = &after[..end];
        let is_mailbox = after.get(end).is_some_and(|token| token.is(b'<'))
            || stray.iter().any(|token| token.is(b'@'));
        if is_mailbox {
            self.problem(FieldProblem::NoComma);
            return after;
        }
        if stray.iter().any(|token| token.kind != Kind::Comment) {
            self.unterminated(stray);
            let text = lexer::excerpt(&self.text(stray));
            self.problem(FieldProblem::BehindAddress(text));
        }
        match after.get(end) {
            Some(comma) if comma.is(b',') => &after[end + 1..],
            _ => &after[end..],
        }
    }

    /// The address without its obsolete route `@a,@b:` (RFC 5322 §4.4).
    fn without_route<'t>(&mut self, inner: &'t [Token]) -> &'t [Token] {
        let mut rest = inner;
        while let Some(first) = rest.iter().find(|token| token.kind != Kind::Comment)
            && first.is(b'@')
            && let Some(colon) = rest.iter().position(|token| token.is(b':'))
        {
            rest = &rest[colon + 1..];
        }
        if rest.len() < inner.len() {
            self.problem(FieldProblem::Route);
        }
        rest
    }

    /// The words of a phrase. An address in place of a name is treated as a name.
    fn name(&self, tokens: &[Token]) -> Option<String> {
        let mut name = String::new();
        for token in tokens.iter().filter(|token| token.kind != Kind::Comment) {
            if token.gap && !name.is_empty() {
                name.push(' ');
            }
            name.push_str(&token.text(self.body));
        }
        self.decoded(&name)
    }

    fn decoded(&self, text: &str) -> Option<String> {
        let text = encoded_word::decode(text);
        let text = text.trim_matches([' ', '\t']);
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn unterminated(&mut self, tokens: &[Token]) {
        for token in tokens {
            self.problem(match token.kind {
                Kind::Unterminated(byte) => FieldProblem::NotClosed {
                    what: lexer::opened_by(byte),
                    text: Some(lexer::excerpt(&token.text(self.body))),
                },
                Kind::Special(b')') => FieldProblem::StrayParenthesis { text: None },
                Kind::EncodedWord => FieldProblem::RawEncodedWord,
                _ => continue,
            });
        }
    }

    fn push(&mut self, name: Option<String>, address: Option<Address>, tokens: &[Token]) {
        if self.authors.mailboxes.len() >= self.limit {
            return;
        }
        let start = tokens.first().map_or(0, |token| token.span.start);
        let end = tokens.last().map_or(0, |token| token.span.end);
        let (address, local, domain) = match address {
            Some(address) => (Some(address.text), address.local, address.domain),
            None => (None, None, None),
        };
        self.authors.mailboxes.push(Author {
            name,
            address,
            local,
            domain,
            span: self.offset + start..self.offset + end,
        });
    }

    fn problem(&mut self, problem: FieldProblem) {
        lexer::note(&mut self.authors.problems, self.limit, problem);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(field: &str) -> Authors {
        parse_from(field.as_bytes(), 0, &Limits::default())
    }

    /// Name, address and domain of each author; a missing part is empty.
    fn read(field: &str) -> Vec<[String; 3]> {
        let mailboxes = parse(field).mailboxes;
        let text = |author: &Author| {
            [
                author.name.clone(),
                author.address.clone(),
                author.domain.as_ref().map(Name::to_string),
            ]
            .map(Option::unwrap_or_default)
        };
        mailboxes.iter().map(text).collect()
    }

    #[track_caller]
    fn well_formed(field: &str, expected: &[[&str; 3]]) {
        assert_eq!(read(field), expected, "{field}");
        assert_eq!(parse(field).problems, [], "{field}");
    }

    #[track_caller]
    fn malformed(field: &str, expected: &[[&str; 3]]) {
        assert_eq!(read(field), expected, "{field}");
        assert!(!parse(field).problems.is_empty(), "{field}");
    }

    #[test]
    fn names_addresses_and_groups_are_read() {
        well_formed("a@b.example", &[["", "a@b.example", "b.example"]]);
        well_formed(
            " Ann Bee <a@B.Example>\r\n\t, c@d.example,",
            &[
                ["Ann Bee", "a@B.Example", "b.example"],
                ["", "c@d.example", "d.example"],
            ],
        );
        well_formed(
            "A team: Ann <a@b.example>, c@d.example; , e@f.example",
            &[
                ["Ann", "a@b.example", "b.example"],
                ["", "c@d.example", "d.example"],
                ["", "e@f.example", "f.example"],
            ],
        );
        well_formed(
            "John Q. Public <a . b @ c . example>",
            &[["John Q. Public", "a.b@c.example", "c.example"]],
        );
    }

    #[test]
    fn comments_may_stand_anywhere_and_name_a_bare_address() {
        well_formed(
            "(x) Ann (y) <(z) a(1) @(2) b(3).(4)example (5)> (6 (7) \\) 8)",
            &[["Ann", "a@b.example", "b.example"]],
        );
        well_formed(
            "a@b.example (Ann (B))",
            &[["Ann (B)", "a@b.example", "b.example"]],
        );
    }

    #[test]
    fn encoded_words_in_names_are_decoded() {
        well_formed(
            "=?UTF-8?Q?J=C3=BCrgen?= =?utf-8?b?IFg=?= <a@b.example>",
            &[["Jürgen X", "a@b.example", "b.example"]],
        );
        malformed(
            "=?UTF-8?Q?Ann,_c@d.example?= <a@b.example>",
            &[["Ann, c@d.example", "a@b.example", "b.example"]],
        );
    }

    #[test]
    fn a_display_name_is_never_the_address() {
        well_formed(
            "\"a@b.example\" <c@d.example>",
            &[["a@b.example", "c@d.example", "d.example"]],
        );
        well_formed(
            "\"x <a@b.example>, \\\"\" <c@d.example>",
            &[["x <a@b.example>, \"", "c@d.example", "d.example"]],
        );
        malformed(
            "a@b.example <c@d.example>",
            &[["a@b.example", "c@d.example", "d.example"]],
        );
        malformed("(<a@b.example>) Ann", &[["Ann", "", ""]]);
    }

    #[test]
    fn a_quoted_local_part_keeps_the_quotes_it_needs() {
        well_formed(
            r#"<"a, <b>\""@c.example>"#,
            &[["", r#""a, <b>\""@c.example"#, "c.example"]],
        );
        // Some programs take the address that they see first.
        malformed(
            r#""<a@x.example>"@c.example"#,
            &[["", r#""<a@x.example>"@c.example"#, "c.example"]],
        );
        well_formed(r#""a.b"@c.example"#, &[["", "a.b@c.example", "c.example"]]);
        well_formed(r#"""@c.example"#, &[["", r#"""@c.example"#, "c.example"]]);
    }

    #[test]
    fn obsolete_routes_are_left_out_and_said() {
        malformed(
            "X <@a,@b:c@d.example>",
            &[["X", "c@d.example", "d.example"]],
        );
        malformed(
            "<x@y.example,@b:c@d.example>",
            &[
                ["", "x@y.example", "y.example"],
                ["", "c@d.example", "d.example"],
            ],
        );
    }

    #[test]
    fn u_labels_become_a_labels_and_invalid_ones_a_problem() {
        well_formed(
            "a@bücher.example",
            &[["", "a@bücher.example", "xn--bcher-kva.example"]],
        );
        well_formed(
            "a@BÜcher.example",
            &[["", "a@BÜcher.example", "xn--bcher-kva.example"]],
        );
        malformed("a@𝐛.example", &[["", "a@𝐛.example", "b.example"]]);
        malformed("a@xn--ü.example", &[["", "a@xn--ü.example", ""]]);
        malformed("a@b\u{a0}.example", &[["", "a@b\u{a0}.example", ""]]);
    }

    #[test]
    fn what_is_no_domain_name_leaves_the_domain_out() {
        malformed("a@[192.0.2.1]", &[["", "a@[192.0.2.1]", ""]]);
        malformed("a@b..example", &[["", "a@b..example", ""]]);
        malformed("a@b/c.example", &[["", "a@b/c.example", ""]]);
        malformed("a@b.example.", &[["", "a@b.example.", "b.example"]]);
        malformed("a@\"b.example\"", &[["", "a@\"b.example\"", ""]]);
        malformed("<a@b@c.example>", &[["", "a@b@c.example", ""]]);
        malformed("a@b.example\0", &[["", "a@b.example\0", ""]]);
    }

    #[test]
    fn a_mailbox_without_an_address_is_kept() {
        malformed("Ann Bee", &[["Ann Bee", "", ""]]);
        malformed("Ann <>", &[["Ann", "", ""]]);
        malformed("<>", &[["", "", ""]]);
        malformed("<@b.example>", &[["", "", ""]]);
        malformed("Undisclosed:;", &[]);
        malformed("", &[]);
        malformed("(only a comment)", &[]);
    }

    #[test]
    fn brackets_and_commas_that_are_missing_are_said() {
        malformed("Ann <a@b.example", &[["Ann", "a@b.example", "b.example"]]);
        malformed(
            "Ann <a@b.example, Bee <c@d.example>",
            &[
                ["Ann", "a@b.example", "b.example"],
                ["Bee", "c@d.example", "d.example"],
            ],
        );
        malformed(
            "<a@b.example> <c@d.example>",
            &[
                ["", "a@b.example", "b.example"],
                ["", "c@d.example", "d.example"],
            ],
        );
        malformed(
            "<a@b.example> c@d.example",
            &[
                ["", "a@b.example", "b.example"],
                ["", "c@d.example", "d.example"],
            ],
        );
        malformed(
            "<a@b.example, c@d.example>",
            &[
                ["", "a@b.example", "b.example"],
                ["", "c@d.example", "d.example"],
            ],
        );
        malformed("Ann a@b.example", &[["Ann", "a@b.example", "b.example"]]);
        malformed("<a@b.example> Ann", &[["", "a@b.example", "b.example"]]);
        malformed("team: a@b.example", &[["", "a@b.example", "b.example"]]);
        malformed("a@b.example>", &[["", "a@b.example", "b.example"]]);
    }

    #[test]
    fn what_is_left_open_hides_no_author_in_silence() {
        for field in [
            "\"Ann <a@b.example>",
            "(Ann <a@b.example>",
            "Ann <a@[b.example>",
        ] {
            let authors = parse(field);
            assert!(
                authors
                    .mailboxes
                    .iter()
                    .all(|author| author.domain.is_none())
            );
            assert!(
                authors
                    .problems
                    .iter()
                    .any(|problem| matches!(problem, FieldProblem::NotClosed { .. })),
                "{field}"
            );
        }
    }

    #[test]
    fn spans_are_offsets_in_the_file() {
        let authors = parse_from(b" a@b.example, X <c@d.example>", 5, &Limits::default());
        let spans: Vec<_> = authors
            .mailboxes
            .iter()
            .map(|author| author.span.clone())
            .collect();
        assert_eq!(spans, [6..17, 19..34]);
    }

    #[test]
    fn authors_beyond_the_limit_are_said() {
        let limits = Limits {
            addresses: 1,
            ..Limits::default()
        };
        let authors = parse_from(b"a@b.example, c@d.example", 0, &limits);
        assert_eq!(authors.mailboxes.len(), 1);
        assert_eq!(authors.problems, [FieldProblem::TooManyAuthors(1)]);
    }

    #[test]
    fn an_author_is_printed_so_that_it_reads_back() {
        for field in [
            "\"A \\\" b\" <a@b.example>",
            "=?utf-8?q?=0A=3D=3F?= <\"x y\"@b.example>",
            "<>",
        ] {
            let author = &parse(field).mailboxes[0];
            let again = &parse(&author.to_string()).mailboxes[0];
            assert_eq!(
                (&again.name, &again.address),
                (&author.name, &author.address)
            );
        }
    }
}
