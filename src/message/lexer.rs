//! The tokens of structured header fields (RFC 5322 §3.2): words, quoted strings, domain literals,
//! and nested comments.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr2, memchr2_iter};

use crate::message::{Delimited, FieldProblem, HeaderField};

/// Which bytes have a special meaning in a field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grammar {
    classes: [Class; 256],
    /// Whether an encoded word is one word, whatever bytes it contains.
    encoded_words: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Word,
    Space,
    Comment,
    Quoted,
    Literal,
    Special,
}

impl Grammar {
    /// White space, comments, and `specials`: bytes that are tokens of their own and end a word.
    pub const fn new(specials: &[u8]) -> Self {
        let words = Self {
            classes: [Class::Word; 256],
            encoded_words: false,
        };
        words
            .and(specials, Class::Special)
            .and(b" \t\r\n", Class::Space)
            .and(b"(", Class::Comment)
            .and(b")", Class::Special)
    }

    /// Also quoted strings.
    pub const fn with_quotes(self) -> Self {
        self.and(b"\"", Class::Quoted)
    }

    /// Also domain literals in brackets.
    pub const fn with_literals(self) -> Self {
        self.and(b"[", Class::Literal)
    }

    /// Also encoded words.
    pub const fn with_encoded_words(mut self) -> Self {
        self.encoded_words = true;
        self
    }

    const fn and(mut self, bytes: &[u8], class: Class) -> Self {
        let mut at = 0;
        while at < bytes.len() {
            self.classes[bytes[at] as usize] = class;
            at += 1;
        }
        self
    }

    fn class(&self, byte: u8) -> Class {
        self.classes[usize::from(byte)]
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    /// An encoded word with bytes in it that would end a word.
    EncodedWord,
    Quoted,
    Comment,
    Literal,
    Special(u8),
    /// A comment, quoted string or literal (identified by its first byte) without an end.
    Unterminated(u8),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: Kind,
    /// The position in the text, including delimiters.
    pub span: Range<usize>,
    /// Whether white space or a comment comes before it.
    pub gap: bool,
}

impl Token {
    pub fn is(&self, special: u8) -> bool {
        self.kind == Kind::Special(special)
    }

    /// The content: without delimiters, quoted pairs and line ends.
    pub fn text(&self, field: &[u8]) -> String {
        let raw = &field[self.span.clone()];
        match self.kind {
            Kind::Quoted | Kind::Comment => unescaped(&raw[1..raw.len() - 1]),
            _ => lossy(raw).into_owned(),
        }
    }
}

/// The tokens of a field, and the problems of the field as a whole.
#[derive(Clone, Debug, Default)]
pub(super) struct Lexed {
    pub tokens: Vec<Token>,
    pub problems: Vec<FieldProblem>,
}

/// The most bytes of an encoded word. RFC 2047 §2 allows 75; some are longer.
const ENCODED_WORD: usize = 256;

/// Splits `field` into tokens. A token without an end reaches to the end of the field.
pub(super) fn lex(field: &[u8], grammar: &Grammar, comment_depth: usize) -> Lexed {
    let mut lexed = Lexed::default();
    let mut deepest = 0;
    let mut gap = false;
    let mut angle = false;
    let mut at = 0;
    while let Some(&byte) = field.get(at) {
        let (kind, end) = match grammar.class(byte) {
            Class::Space => {
                gap = true;
                at += 1;
                continue;
            }
            Class::Comment => {
                let (end, depth) = comment_end(field, at);
                deepest = deepest.max(depth);
                closed(field, byte, Kind::Comment, end)
            }
            Class::Quoted => closed(field, byte, Kind::Quoted, end_of(field, at, b'"')),
            Class::Literal => closed(field, byte, Kind::Literal, end_of(field, at, b']')),
            Class::Special => (Kind::Special(byte), at + 1),
            Class::Word => {
                let plain = word_end(field, at, grammar);
                let encoded = (grammar.encoded_words && !angle)
                    .then(|| encoded_word_end(field, at))
                    .flatten();
                match encoded {
                    Some(end) if end > plain => (Kind::EncodedWord, end),
                    _ => (Kind::Word, plain),
                }
            }
        };
        angle = match kind {
            Kind::Special(b'<') => true,
            Kind::Special(b'>') => false,
            _ => angle,
        };
        lexed.tokens.push(Token {
            kind,
            span: at..end,
            gap,
        });
        gap = matches!(kind, Kind::Comment | Kind::Unterminated(b'('));
        at = end;
    }
    if deepest > comment_depth {
        lexed.problems.push(FieldProblem::CommentsTooDeep {
            depth: deepest,
            limit: comment_depth,
        });
    }
    if let Some(byte) = field.iter().find(|byte| is_control(**byte)) {
        lexed.problems.push(FieldProblem::ControlByte(*byte));
    }
    if let Some(at) = bare_line_end(field) {
        lexed.problems.push(FieldProblem::BareLineEnd(at));
    }
    lexed
}

/// A token of `kind` if it has an end, or else an unterminated one.
fn closed(field: &[u8], opening: u8, kind: Kind, end: Option<usize>) -> (Kind, usize) {
    match end {
        Some(end) => (kind, end),
        None => (Kind::Unterminated(opening), field.len()),
    }
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn is_control(byte: u8) -> bool {
    byte.is_ascii_control() && !is_space(byte)
}

/// The position of a CR without an LF after it, or of an LF without white space after it.
fn bare_line_end(field: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(index) = memchr2(b'\r', b'\n', &field[from..]) {
        let at = from + index;
        let next = field.get(at + 1);
        let folds = match field[at] {
            b'\r' => next == Some(&b'\n'),
            _ => matches!(next, Some(b' ' | b'\t') | None),
        };
        if !folds {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

/// Where the comment that opens at `at` ends, if it does, and how deep its nesting is.
fn comment_end(field: &[u8], at: usize) -> (Option<usize>, usize) {
    let (mut open, mut deepest) = (0usize, 0usize);
    let mut bytes = field.iter().enumerate().skip(at);
    while let Some((index, byte)) = bytes.next() {
        match byte {
            b'\\' => _ = bytes.next(),
            b'(' => {
                open += 1;
                deepest = deepest.max(open);
            }
            b')' => {
                open -= 1;
                if open == 0 {
                    return (Some(index + 1), deepest);
                }
            }
            _ => (),
        }
    }
    (None, deepest)
}

/// Where the quoted string or literal that opens at `at` ends, if it does.
fn end_of(field: &[u8], at: usize, closing: u8) -> Option<usize> {
    let mut bytes = field.iter().enumerate().skip(at + 1);
    while let Some((index, byte)) = bytes.next() {
        match byte {
            b'\\' => _ = bytes.next(),
            _ if *byte == closing => return Some(index + 1),
            _ => (),
        }
    }
    None
}

fn word_end(field: &[u8], at: usize, grammar: &Grammar) -> usize {
    let ends = |byte: &u8| grammar.class(*byte) != Class::Word;
    let length = field[at + 1..].iter().position(ends);
    length.map_or(field.len(), |length| at + 1 + length)
}

/// Where the encoded word `=?charset?encoding?text?=` that begins at `at` ends.
fn encoded_word_end(field: &[u8], at: usize) -> Option<usize> {
    let word = field[at..].strip_prefix(b"=?")?;
    let word = &word[..word.len().min(ENCODED_WORD)];
    let length = word
        .iter()
        .position(|byte| is_space(*byte) || *byte == b'"');
    let word = &word[..length.unwrap_or(word.len())];
    let mut marks = word.iter().enumerate().filter(|(_, byte)| **byte == b'?');
    let (charset, encoding) = (marks.next()?.0, marks.next()?.0);
    let end = marks.next()?.0;
    let is_encoding = matches!(&word[charset + 1..encoding], [b'q' | b'Q' | b'b' | b'B']);
    (is_encoding && word.get(end + 1) == Some(&b'=')).then_some(at + 2 + end + 2)
}

/// The text without the backslashes of quoted pairs and without line ends.
fn unescaped(raw: &[u8]) -> String {
    let mut text = Vec::with_capacity(raw.len());
    let mut bytes = raw.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => text.extend(bytes.next()),
            _ => text.push(byte),
        }
    }
    lossy(&text).into_owned()
}

/// The text without line ends; bytes that are not UTF-8 are replaced.
pub(super) fn lossy(raw: &[u8]) -> Cow<'_, str> {
    if memchr2(b'\r', b'\n', raw).is_none() {
        // The check for valid text is much faster than the search for invalid pieces.
        return match std::str::from_utf8(raw) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(raw),
        };
    }
    let mut text = Vec::with_capacity(raw.len());
    let mut start = 0;
    for at in memchr2_iter(b'\r', b'\n', raw) {
        text.extend_from_slice(&raw[start..at]);
        start = at + 1;
    }
    text.extend_from_slice(&raw[start..]);
    Cow::Owned(
        String::from_utf8(text)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
    )
}

/// The most bytes of a field: one line of 998 bytes (RFC 5322 §2.1.1) for each item.
pub(super) fn longest_field(items: usize) -> usize {
    items.saturating_mul(998)
}

/// Adds a problem, unless there are `limit` of them already.
pub(super) fn note(problems: &mut Vec<FieldProblem>, limit: usize, problem: FieldProblem) {
    if problems.len() < limit && problems.last() != Some(&problem) {
        problems.push(problem);
    } else if problems.len() == limit {
        problems.push(FieldProblem::MoreProblems);
    }
}

/// What `byte` opens.
pub(super) fn opened_by(byte: u8) -> Delimited {
    match byte {
        b'(' => Delimited::Comment,
        b'"' => Delimited::QuotedString,
        _ => Delimited::AddressLiteral,
    }
}

/// Where the body of a field begins in the file.
pub(super) fn body_offset(field: &HeaderField<'_>) -> usize {
    // Name and body are slices of the same bytes. If they were not, assume that the field ends with
    // its body.
    let from_name = (field.body.as_ptr() as usize).wrapping_sub(field.name.as_ptr() as usize);
    let last = field.span.len().saturating_sub(field.body.len());
    field.span.start + if from_name <= last { from_name } else { last }
}

/// The start of a text, short enough to be shown in a sentence.
pub(super) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// `text` as a quoted string.
pub(super) fn quoted(text: &str) -> String {
    escaped(text, '"', '"', &['"', '\\'])
}

/// `text` as a comment; parentheses in it are quoted.
pub(super) fn commented(text: &str) -> String {
    escaped(text, '(', ')', &['(', ')', '\\'])
}

fn escaped(text: &str, opening: char, closing: char, specials: &[char]) -> String {
    let mut written = String::with_capacity(text.len() + 2);
    written.push(opening);
    for character in text.chars() {
        if specials.contains(&character) {
            written.push('\\');
        }
        written.push(character);
    }
    written.push(closing);
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRAMMAR: Grammar = Grammar::new(b"<>@,;:")
        .with_quotes()
        .with_literals()
        .with_encoded_words();

    fn tokens(text: &str) -> Vec<(Kind, String)> {
        lex(text.as_bytes(), &GRAMMAR, 20)
            .tokens
            .iter()
            .map(|token| (token.kind, token.text(text.as_bytes())))
            .collect()
    }

    #[test]
    fn comments_nest_and_hold_quoted_pairs() {
        assert_eq!(
            tokens(r"a (b (c\)) \( d) e"),
            [
                (Kind::Word, "a".into()),
                (Kind::Comment, "b (c)) ( d".into()),
                (Kind::Word, "e".into())
            ]
        );
    }

    #[test]
    fn what_is_left_open_reaches_to_the_end() {
        assert_eq!(
            tokens("a (b (c) d"),
            [
                (Kind::Word, "a".into()),
                (Kind::Unterminated(b'('), "(b (c) d".into())
            ]
        );
        assert_eq!(tokens(r#""a\""#)[0].0, Kind::Unterminated(b'"'));
        assert_eq!(tokens("[a")[0].0, Kind::Unterminated(b'['));
    }

    #[test]
    fn depth_control_bytes_and_line_ends_are_problems_of_the_field() {
        let text = "((a)) \0 b\rc";
        let lexed = lex(text.as_bytes(), &GRAMMAR, 1);
        assert_eq!(lexed.problems.len(), 3, "{:?}", lexed.problems);
    }

    #[test]
    fn an_encoded_word_is_one_word_outside_angle_brackets_only() {
        let word = "=?utf-8?q?a,b?=";
        assert_eq!(tokens(word), [(Kind::EncodedWord, word.into())]);
        assert_eq!(tokens("<=?utf-8?q?a,b?=>").len(), 5);
    }
}
