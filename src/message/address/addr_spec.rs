//! One address, `local@domain` (RFC 5322 §3.4.1), well-formed or not.

use crate::dns::{Name, NameError};
use crate::message::FieldProblem;
use crate::message::address::Parser;
use crate::message::lexer::{self, Kind, Token};

pub(super) struct Address {
    pub text: String,
    pub local: Option<String>,
    pub domain: Option<Name>,
}

impl Parser<'_> {
    pub(super) fn addr_spec(&mut self, tokens: &[Token]) -> Option<Address> {
        let text = self.text(tokens);
        let shown = lexer::excerpt(&text);
        let unreadable = |token: &Token| {
            matches!(token.kind, Kind::Unterminated(_) | Kind::EncodedWord) || token.is(b')')
        };
        if tokens.iter().any(unreadable) {
            self.problem(FieldProblem::AddressUnreadable(shown));
            return None;
        }
        let mut parts = tokens.split(|token| token.is(b'@'));
        let (local_tokens, domain) = match (parts.next(), parts.next(), parts.next()) {
            (Some(local), Some(domain), None) => (local, domain),
            (_, None, _) => {
                self.problem(FieldProblem::NoAt(shown));
                return None;
            }
            _ => {
                self.problem(FieldProblem::SeveralAt(shown));
                return Some(Address {
                    text,
                    local: None,
                    domain: None,
                });
            }
        };
        // A domain has no quoted words. One that is there keeps its quotes, so that it can be seen.
        let (local, domain_text) = (self.text(local_tokens), self.joined_text(domain, true));
        if local.is_empty() || domain_text.is_empty() {
            self.problem(FieldProblem::HalfAddress(shown));
            return None;
        }
        let is_quoted =
            matches!(words(local_tokens).as_slice(), [token] if token.kind == Kind::Quoted);
        if !is_quoted && !is_atom(&local) {
            self.problem(FieldProblem::LocalPart(shown));
        } else if is_quoted && local.contains('@') {
            self.problem(FieldProblem::AddressInLocalPart(shown));
        }
        let domain = self.domain(domain, &domain_text);
        Some(Address {
            text: format!("{local}@{domain_text}"),
            local: Some(local),
            domain,
        })
    }

    fn domain(&mut self, tokens: &[Token], text: &str) -> Option<Name> {
        let shown = lexer::excerpt(text);
        let words = words(tokens);
        if words.iter().any(|token| token.kind == Kind::Literal) {
            self.problem(FieldProblem::AddressLiteral(shown));
            return None;
        }
        if text.contains(' ') || words.iter().any(|token| token.kind != Kind::Word) {
            self.not_a_domain(shown, None);
            return None;
        }
        match Name::parse(text) {
            Ok(name) if name.as_str().bytes().all(is_host_byte) => {
                if text.ends_with('.') {
                    self.problem(FieldProblem::FinalDot(shown.clone()));
                }
                if !text.is_ascii() && !is_u_labels(text, &name) {
                    let (text, name) = (shown, name.clone());
                    self.problem(FieldProblem::OtherLetters { text, name });
                }
                Some(name)
            }
            Ok(_) => {
                self.problem(FieldProblem::ForbiddenInDomain(shown));
                None
            }
            Err(error) => {
                self.not_a_domain(shown, Some(error));
                None
            }
        }
    }

    fn not_a_domain(&mut self, text: String, why: Option<NameError>) {
        self.problem(FieldProblem::NotADomain { text, why });
    }

    /// The tokens as one text, without comments, with one space between separate words.
    pub(super) fn text(&self, tokens: &[Token]) -> String {
        self.joined_text(tokens, false)
    }

    /// The same. `keep_quotes` keeps quotes that are not needed.
    fn joined_text(&self, tokens: &[Token], keep_quotes: bool) -> String {
        let mut text = String::new();
        let mut last: Option<&Token> = None;
        for token in tokens.iter().filter(|token| token.kind != Kind::Comment) {
            if last.is_some_and(|last| !self.is_separator(last, token) && !self.joined(last, token))
            {
                text.push(' ');
            }
            let said = token.text(self.body);
            match token.kind {
                Kind::Quoted if keep_quotes || !is_atom(&said) => {
                    text.push_str(&lexer::quoted(&said))
                }
                _ => text.push_str(&said),
            }
            last = Some(token);
        }
        text
    }

    fn is_separator(&self, token: &Token, next: &Token) -> bool {
        [token, next]
            .iter()
            .any(|token| matches!(token.kind, Kind::Special(_)))
    }

    /// Whether `next` continues `token`: there is no gap, or only a gap at a dot (RFC 5322 §4.4).
    pub(super) fn joined(&self, token: &Token, next: &Token) -> bool {
        let dot = |token: &Token, end: bool| {
            let text = &self.body[token.span.clone()];
            let byte = if end { text.last() } else { text.first() };
            token.kind == Kind::Word && byte == Some(&b'.')
        };
        !next.gap || dot(token, true) || dot(next, false)
    }
}

fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

/// Whether the text is the registered domain, ignoring case. Letters that only look similar map to
/// the same domain (UTS 46), but are not U-labels (RFC 5890 §2.3.2.1).
fn is_u_labels(text: &str, name: &Name) -> bool {
    let (unicode, _) = idna::domain_to_unicode(name.as_str());
    unicode == text.to_lowercase().trim_end_matches('.')
}

/// Whether the text is a dot-atom, so it needs no quotes (RFC 5322 §3.2.3, RFC 6532 §3.2).
fn is_atom(text: &str) -> bool {
    let is_atext =
        |c: char| c.is_ascii_alphanumeric() || !c.is_ascii() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    text.split('.')
        .all(|word| !word.is_empty() && word.chars().all(is_atext))
}

fn words(tokens: &[Token]) -> Vec<&Token> {
    tokens
        .iter()
        .filter(|token| token.kind != Kind::Comment)
        .collect()
}
