//! The part after a result: comments, `reason=`, and properties (RFC 8601 §2.2).

use std::borrow::Cow;

use crate::message::auth_results::parse::{Parser, is_keyword, is_keyword_byte, words};
use crate::message::auth_results::{Property, ResInfo, is_token_byte};
use crate::message::lexer::{self, Kind, Token};

impl Parser<'_> {
    /// Reads the part after a result: its comments, its reason, its properties.
    pub(super) fn properties(&mut self, result: &mut ResInfo, tokens: &[Token]) {
        let mut rest = tokens;
        while let Some(first) = rest.first() {
            if first.kind == Kind::Comment {
                let comment = first.text(self.body);
                result.comments.push(comment.trim_matches(SPACE).to_owned());
                rest = &rest[1..];
                continue;
            }
            let end = self.key_end(rest);
            let (key_tokens, after) = rest.split_at(end);
            let inner = key_tokens
                .iter()
                .filter(|token| token.kind == Kind::Comment);
            let inner: Vec<_> = inner.map(|token| token.text(self.body)).collect();
            let comments = inner.iter().map(|text| text.trim_matches(SPACE).to_owned());
            result.comments.extend(comments);
            rest = after;
            let Some((_, after)) = after.split_first().filter(|(token, _)| token.is(b'=')) else {
                let is_told = |token: &Token| {
                    matches!(token.kind, Kind::Unterminated(_) | Kind::Special(b')'))
                };
                if !key_tokens.iter().all(is_told) {
                    self.not_understood(key_tokens);
                }
                continue;
            };
            let mut after = after;
            while let Some((comment, behind)) = after
                .split_first()
                .filter(|(token, _)| token.kind == Kind::Comment)
            {
                let text = comment.text(self.body);
                result.comments.push(text.trim_matches(SPACE).to_owned());
                after = behind;
            }
            let (value, behind) = after.split_at(self.value_end(after));
            rest = behind;
            match self.key(key_tokens) {
                Some(key) => self.property(result, &key, value, key_tokens),
                None => {
                    self.not_understood(&tokens_between(key_tokens, value));
                }
            }
        }
    }

    fn property(&mut self, result: &mut ResInfo, key: &str, value: &[Token], at: &[Token]) {
        if value
            .iter()
            .any(|token| matches!(token.kind, Kind::Unterminated(_)))
        {
            return self.not_understood(&tokens_between(at, value));
        }
        self.parsed.strict &= self.is_pvalue(value);
        if value.is_empty() && (key == "reason" || !key.contains('.')) {
            return self.not_understood(at);
        }
        let value = match value {
            [one] => one.text(self.body),
            many => many.iter().map(|token| self.written(token)).collect(),
        };
        if key == "reason" && result.reason.is_none() {
            self.parsed.strict &= result.properties.is_empty();
            result.reason = Some(value);
            return;
        }
        let (ptype, property) = match key.split_once('.') {
            Some((ptype, property)) => (ptype, property),
            None => ("", key),
        };
        self.parsed.strict &= is_keyword(ptype) && is_keyword(property);
        result.properties.push(Property {
            ptype: ptype.to_owned(),
            property: property.to_owned(),
            value,
        });
    }

    /// How many tokens belong to the next key: words joined by dots.
    fn key_end(&self, tokens: &[Token]) -> usize {
        let mut last: Option<&Token> = None;
        for (index, token) in tokens.iter().enumerate() {
            if token.kind == Kind::Comment {
                continue;
            }
            let goes_on = |last: &Token| {
                !token.gap && token.kind != Kind::Word
                    || self.body[last.span.clone()].ends_with(b".")
                    || self.body[token.span.clone()].starts_with(b".")
            };
            if token.is(b'=') && index > 0 || last.is_some_and(|last| !goes_on(last)) {
                return index;
            }
            last = Some(token);
        }
        tokens.len()
    }

    /// How many tokens belong to the value at the start of `tokens`.
    fn value_end(&self, tokens: &[Token]) -> usize {
        // White space may come before a value (§2.2). If another key follows, there is no value.
        if let [word, equals, ..] = tokens
            && word.gap
            && equals.is(b'=')
            && self
                .key(std::slice::from_ref(word))
                .is_some_and(|key| key.contains('.'))
        {
            return 0;
        }
        let stop = |token: &Token| token.gap || token.kind == Kind::Comment;
        let rest = tokens.iter().skip(1);
        tokens
            .len()
            .min(1 + rest.take_while(|token| !stop(token)).count())
    }

    /// The words of a key as one text in lower case; `None` if they are not a key.
    pub(super) fn key(&self, tokens: &[Token]) -> Option<String> {
        let mut key = String::new();
        for token in words(tokens) {
            let word = self.word(token);
            let hangs = |c: char| matches!(c, '.' | '/');
            let joined = key.is_empty() || key.ends_with(hangs) || word.starts_with(hangs);
            if token.kind != Kind::Word || !joined {
                return None;
            }
            key.push_str(&word.to_ascii_lowercase());
        }
        let is_part = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| is_keyword_byte(byte) || byte == b'_')
        };
        key.split(['.', '/']).all(is_part).then_some(key)
    }

    fn is_pvalue(&self, value: &[Token]) -> bool {
        let text: Cow<'_, str> = match value {
            [one] => self.written(one),
            many => Cow::Owned(many.iter().map(|token| self.written(token)).collect()),
        };
        if let [token] = value
            && (token.kind == Kind::Quoted || text.bytes().all(is_token_byte))
        {
            return true;
        }
        let Some((local, domain)) = text.rsplit_once('@') else {
            return false;
        };
        let is_local = local
            .bytes()
            .all(|byte| is_token_byte(byte) || b"/?=".contains(&byte))
            || value
                .first()
                .is_some_and(|token| token.kind == Kind::Quoted)
                && value.len() == 2;
        let is_label = |label: &str| !label.is_empty() && label.bytes().all(is_keyword_byte);
        is_local && domain.split('.').all(is_label)
    }

    /// The token including its quotes.
    fn written(&self, token: &Token) -> Cow<'_, str> {
        match token.kind {
            Kind::Quoted => lexer::quoted(&token.text(self.body)).into(),
            Kind::Comment => token.text(self.body).into(),
            _ => self.word(token),
        }
    }
}

const SPACE: [char; 2] = [' ', '\t'];

fn tokens_between(first: &[Token], last: &[Token]) -> Vec<Token> {
    first.iter().chain(last).cloned().collect()
}
