//! Reads Authentication-Results fields as receivers write them, within the grammar of RFC 8601 §2.2
//! or not.
//!
//! A result is read only from its own place in the field, never from a comment, a quoted string or
//! a value. Anything that is out of place is a problem.

use std::borrow::Cow;

use crate::limits::Limits;
use crate::message::auth_results::{AuthenticationResults, ResInfo, is_known, is_token_byte};
use crate::message::lexer::{self, Grammar, Kind, Token};
use crate::message::{FieldProblem, HeaderField, encoded_word};

static GRAMMAR: Grammar = Grammar::new(b";=").with_quotes();

/// Properties that some receivers separate with a semicolon, as if they were methods.
const BARE_PROPERTIES: [&str; 10] = [
    "action",
    "client-ip",
    "envelope-from",
    "helo",
    "identity",
    "mailfrom",
    "reason",
    "receiver",
    "sender",
    "x-sender",
];

/// Reads Authentication-Results, ARC-Authentication-Results, X-MS-Exchange-Authentication-Results,
/// X-Original-Authentication-Results and fields of the same form.
///
/// Outlook writes a field with letters outside ASCII as encoded words, although RFC 2047 §5 does not
/// allow them there. They are decoded only if the whole field consists of them: its writer encodes
/// all or nothing, and a sender's words in it are only a part.
pub fn parse(field: &HeaderField<'_>, limits: &Limits) -> AuthenticationResults {
    let longest = lexer::longest_field(limits.auth_results_methods);
    let body = field.body;
    let is_encoded = body.trim_ascii_start().starts_with(b"=?") && body.len() <= longest;
    let decoded = match is_encoded {
        true => str::from_utf8(body).ok().and_then(encoded_word::decode_all),
        false => None,
    };
    match decoded {
        Some(decoded) => {
            let mut parsed = parse_body(field, decoded.as_bytes(), limits);
            parsed.strict = false;
            // Positions in the decoded text are none in the file.
            for result in &mut parsed.results {
                result.span = field.span.clone();
            }
            parsed
        }
        None => parse_body(field, body, limits),
    }
}

fn parse_body(field: &HeaderField<'_>, body: &[u8], limits: &Limits) -> AuthenticationResults {
    let mut parser = Parser {
        body,
        offset: lexer::body_offset(field),
        limit: limits.auth_results_methods,
        is_arc: field.is("ARC-Authentication-Results"),
        parsed: AuthenticationResults {
            field: lexer::lossy(field.name).into_owned(),
            strict: true,
            span: field.span.clone(),
            ..AuthenticationResults::default()
        },
    };
    let longest = lexer::longest_field(parser.limit);
    if body.len() > longest {
        parser.problem(FieldProblem::TooLong(longest));
        parser.parsed.unread_failure = says_failure(body);
        return parser.parsed;
    }
    let lexed = lexer::lex(body, &GRAMMAR, limits.comment_depth);
    for problem in lexed.problems {
        parser.problem(problem);
    }
    parser.field(&lexed.tokens);
    parser.parsed.unread_failure = !parser.parsed.problems.is_empty() && says_failure(body);
    for result in &mut parser.parsed.results {
        let span = result.span.start - parser.offset..result.span.end - parser.offset;
        result.text = lexer::lossy(&parser.body[span]).into_owned();
    }
    parser.parsed
}

/// Whether `dmarc=fail` is anywhere in the field, even in text that belongs to something else. A
/// sender's own words can keep the rest of a field from being read: a failure in it still counts,
/// because nobody gains by a forged one.
fn says_failure(body: &[u8]) -> bool {
    const FAILURE: &[u8] = b"dmarc=fail";
    let mut seen = 0;
    for byte in body.iter().filter(|byte| !byte.is_ascii_whitespace()) {
        let byte = byte.to_ascii_lowercase();
        seen = match byte == FAILURE[seen] {
            true => seen + 1,
            // Its first letter is nowhere else in it.
            false => usize::from(byte == FAILURE[0]),
        };
        if seen == FAILURE.len() {
            return true;
        }
    }
    false
}

pub(super) struct Parser<'a> {
    pub(super) body: &'a [u8],
    offset: usize,
    limit: usize,
    is_arc: bool,
    pub(super) parsed: AuthenticationResults,
}

impl Parser<'_> {
    fn field(&mut self, tokens: &[Token]) {
        let mut parts: &mut dyn Iterator<Item = &[Token]> =
            &mut tokens.split(|token| token.is(b';'));
        let mut first = parts.next().unwrap_or_default();
        if let [key, equals, ..] = words(first).as_slice()
            && self.word(key).eq_ignore_ascii_case("i")
            && equals.is(b'=')
        {
            self.instance(first);
            first = parts.next().unwrap_or_default();
        } else if self.is_arc {
            self.problem(FieldProblem::NoInstance);
        }
        let has_id = !first.iter().any(|token| token.is(b'='));
        let mut chained;
        if has_id {
            self.authserv_id(first);
        } else {
            self.parsed.strict = false;
            chained = std::iter::once(first).chain(parts);
            parts = &mut chained;
        }
        let (mut count, mut has_none) = (0, false);
        for part in parts {
            if self.parsed.results.len() >= self.limit {
                self.problem(FieldProblem::TooManyResults(self.limit));
                break;
            }
            count += 1;
            match words(part).as_slice() {
                [] => {
                    self.unreadable(part);
                    self.parsed.strict = false;
                }
                [word] if self.word(word).eq_ignore_ascii_case("none") => {
                    self.unreadable(part);
                    has_none = true;
                }
                _ => self.resinfo(part),
            }
        }
        if has_none && count > 1 {
            self.problem(FieldProblem::NoneBesideResults);
        }
        self.parsed.strict &= count > 0;
    }

    fn instance(&mut self, part: &[Token]) {
        self.unreadable(part);
        let number = match words(part).as_slice() {
            [_, _, number] => number_in(&self.word(number)).filter(|number| *number > 0),
            _ => None,
        };
        if number.is_none() {
            self.not_understood(part);
        }
        self.parsed.instance = number;
        self.parsed.strict &= self.is_arc;
    }

    fn authserv_id(&mut self, part: &[Token]) {
        self.unreadable(part);
        let words = words(part);
        let Some((id, version)) = words.split_first() else {
            self.problem(FieldProblem::NoAuthservId);
            return;
        };
        let text = match id.kind {
            Kind::Quoted => id.text(self.body),
            Kind::Word => self.word(id).into_owned(),
            _ => return self.not_understood(part),
        };
        self.parsed.strict &= id.kind == Kind::Quoted || text.bytes().all(is_token_byte);
        self.parsed.authserv_id = Some(text);
        match version {
            [] => (),
            [version] if version.gap && number_in(&self.word(version)).is_some() => {
                self.parsed.version = number_in(&self.word(version));
            }
            _ => self.not_understood(part),
        }
    }

    fn resinfo(&mut self, part: &[Token]) {
        self.unreadable(part);
        let Some(equals) = part.iter().position(|token| token.is(b'=')) else {
            return self.not_understood(part);
        };
        let (key, rest) = part.split_at(equals);
        let Some(key) = self.key(key) else {
            return self.not_understood(part);
        };
        let ptype = key
            .split('.')
            .next()
            .filter(|ptype| ptype.len() < key.len());
        let is_property = BARE_PROPERTIES.contains(&key.as_str())
            || ptype.is_some_and(|ptype| ["smtp", "header", "body", "policy"].contains(&ptype));
        if is_property {
            return self.set_apart(part);
        }
        let Some(mut result) = self.method_and_result(&key, &rest[1..]) else {
            return self.not_understood(part);
        };
        result.span = self.offset + first_start(part)..self.offset + last_end(part);
        let behind = rest
            .iter()
            .position(|token| token.kind == Kind::Word)
            .unwrap_or(0);
        self.properties(&mut result, &rest[behind + 1..]);
        self.parsed.results.push(result);
    }

    /// Adds properties that follow a semicolon to the result before it.
    fn set_apart(&mut self, part: &[Token]) {
        self.parsed.strict = false;
        match self.parsed.results.pop() {
            Some(mut result) => {
                self.properties(&mut result, part);
                result.span.end = self.offset + last_end(part);
                self.parsed.results.push(result);
            }
            None => self.not_understood(part),
        }
    }

    /// The method in `key`, and the result at the start of `rest`.
    fn method_and_result(&mut self, key: &str, rest: &[Token]) -> Option<ResInfo> {
        let (method, version) = match key.split_once('/') {
            Some((method, version)) => (method, Some(number_in(version)?)),
            None => (key, None),
        };
        let words = words(rest);
        let (result, next) = words.split_first()?;
        let goes_on = next
            .first()
            .is_some_and(|next| next.is(b'=') || !next.gap && next.kind != Kind::Special(b')'));
        let text = self.word(result).to_ascii_lowercase();
        let is_word = |text: &str| {
            text.starts_with(|c: char| c.is_ascii_alphanumeric())
                && text
                    .bytes()
                    .all(|byte| is_keyword_byte(byte) || byte == b'_')
        };
        // Google writes methods with a dot; `i` would be a second instance.
        let is_method = method != "i" && method.split('.').all(is_word);
        if result.kind != Kind::Word || goes_on || !is_word(&text) || !is_method {
            return None;
        }
        self.parsed.strict &= is_keyword(&text) && is_keyword(method);
        Some(ResInfo {
            known: is_known(method, &text),
            method: method.to_owned(),
            version,
            result: text,
            ..ResInfo::default()
        })
    }

    pub(super) fn word(&self, token: &Token) -> Cow<'_, str> {
        lexer::lossy(&self.body[token.span.clone()])
    }

    /// Reports every token that has no end or no beginning.
    fn unreadable(&mut self, part: &[Token]) {
        for token in part {
            let text = || Some(lexer::excerpt(&self.word(token)));
            let problem = match token.kind {
                Kind::Unterminated(byte) => FieldProblem::NotClosed {
                    what: lexer::opened_by(byte),
                    text: text(),
                },
                Kind::Special(b')') => FieldProblem::StrayParenthesis { text: text() },
                _ => continue,
            };
            self.problem(problem);
        }
    }

    pub(super) fn not_understood(&mut self, tokens: &[Token]) {
        let text = lexer::lossy(&self.body[first_start(tokens)..last_end(tokens)]);
        self.problem(FieldProblem::NotUnderstood(lexer::excerpt(&text)));
    }

    fn problem(&mut self, problem: FieldProblem) {
        self.parsed.strict = false;
        lexer::note(&mut self.parsed.problems, self.limit, problem);
    }
}

pub(super) fn words(tokens: &[Token]) -> Vec<&Token> {
    tokens
        .iter()
        .filter(|token| token.kind != Kind::Comment)
        .collect()
}

fn first_start(tokens: &[Token]) -> usize {
    tokens.first().map_or(0, |token| token.span.start)
}

fn last_end(tokens: &[Token]) -> usize {
    tokens.last().map_or(0, |token| token.span.end)
}

fn number_in(text: &str) -> Option<u32> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

pub(super) fn is_keyword_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

/// Whether the text is a Keyword (RFC 5321 §4.1.2).
pub(super) fn is_keyword(text: &str) -> bool {
    !text.is_empty() && !text.ends_with('-') && text.bytes().all(is_keyword_byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_named(name: &str, body: &str) -> AuthenticationResults {
        let field = HeaderField {
            name: name.as_bytes(),
            body: body.as_bytes(),
            span: 0..name.len() + 1 + body.len(),
        };
        parse(&field, &Limits::default())
    }

    fn read(body: &str) -> AuthenticationResults {
        parse_named("Authentication-Results", body)
    }

    /// Each result as it is printed.
    fn results(body: &str) -> Vec<String> {
        read(body).results.iter().map(ToString::to_string).collect()
    }

    /// The methods and results alone.
    fn words_of(body: &str) -> Vec<String> {
        let one = |result: &ResInfo| format!("{}={}", result.method, result.result);
        read(body).results.iter().map(one).collect()
    }

    #[test]
    fn a_failure_is_seen_in_any_case_and_across_white_space() {
        for (text, is_failure) in [
            ("x; dmarc=fail", true),
            ("x (DMARC\r\n = Fail", true),
            ("ddmarc=dmarc=failed", true),
            ("dmarc=fai", false),
            ("dmarc=pass; arc=fail", false),
            ("", false),
        ] {
            assert_eq!(says_failure(text.as_bytes()), is_failure, "{text}");
        }
    }

    #[test]
    fn the_whole_grammar_is_read() {
        let read = read(
            " mx.example (ours) 1 (v);\r\n\tDKIM (a) / 1 (b) = (c) Fail reason=\"no (key)\" (d (e)) \
             header (f) . (g) D (h) = (i) Example.COM; spf=pass smtp.mailfrom=a@b.example",
        );
        assert_eq!(read.authserv_id.as_deref(), Some("mx.example"));
        assert_eq!(read.version, Some(1));
        assert_eq!(read.problems, []);
        assert!(read.strict);
        let dkim = &read.results[0];
        assert_eq!(
            (&*dkim.method, dkim.version, &*dkim.result, dkim.known),
            ("dkim", Some(1), "fail", true)
        );
        assert_eq!(dkim.reason.as_deref(), Some("no (key)"));
        assert_eq!(dkim.comments, ["d (e)", "f", "g", "h", "i"]);
        assert_eq!(dkim.property("header", "d"), Some("Example.COM"));
        assert_eq!(read.results[1].text, "spf=pass smtp.mailfrom=a@b.example");
    }

    #[test]
    fn no_result_is_said_with_none() {
        let read = read("mx.example; none");
        assert!(read.strict && read.results.is_empty());
        assert!(!super::tests::read("mx.example; none; dkim=pass").strict);
    }

    #[test]
    fn microsoft_gives_no_authserv_id() {
        let body = "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=b.example; dkim=pass \
                    (signature was verified) header.d=b.example;dmarc=bestguesspass action=none \
                    header.from=b.example;compauth=pass reason=109";
        let read = read(body);
        assert_eq!((read.authserv_id.as_deref(), read.strict), (None, false));
        assert_eq!(read.problems, []);
        assert_eq!(
            results(body),
            [
                "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=b.example",
                "dkim=pass (signature was verified) header.d=b.example",
                "dmarc=bestguesspass action=none header.from=b.example",
                "compauth=pass reason=109"
            ]
        );
        assert_eq!(
            read.results.iter().map(|one| one.known).collect::<Vec<_>>(),
            [true, true, false, false]
        );
    }

    #[test]
    fn an_arc_field_has_an_instance() {
        let read = parse_named(
            "ARC-Authentication-Results",
            "i=2; mx.microsoft.com 1; dkim=none; arc=none",
        );
        assert_eq!(
            (read.instance, read.version, read.strict),
            (Some(2), Some(1), true)
        );
        assert_eq!(read.results.len(), 2);
        assert!(!parse_named("ARC-Authentication-Results", "mx.example; dkim=none").strict);
    }

    #[test]
    fn wild_shapes_are_understood() {
        for (body, expected) in [
            (
                "mx.example; dmarc=pass(p=REJECT) header.from=b.example;",
                "dmarc=pass (p=REJECT) header.from=b.example",
            ),
            (
                "mx.example; dkim=perm_fail  header.i=@b.example",
                "dkim=perm_fail header.i=@b.example",
            ),
            (
                "mx.example;\tdkim=none (no signatures found)",
                "dkim=none (no signatures found)",
            ),
            (
                "mx.example; dkim=pass header.b=\"a/b=\"",
                "dkim=pass header.b=\"a/b=\"",
            ),
            (
                "mx.example; dmarc=pass policy.published-domain-policy=reject (p=reject,d=none)",
                "dmarc=pass (p=reject,d=none) policy.published-domain-policy=reject",
            ),
            (
                "mx.example; dmarc=pass header.from=<a@b.example>",
                "dmarc=pass header.from=\"<a@b.example>\"",
            ),
            (
                "amazonses.com; spf=pass (spfCheck: x) client-ip=192.0.2.1; envelope-from=a@b.example; helo=h.example;",
                "spf=pass (spfCheck: x) client-ip=192.0.2.1 envelope-from=a@b.example helo=h.example",
            ),
            (
                "dmarc=none action=none header.from=;",
                "dmarc=none action=none header.from=\"\"",
            ),
            (
                "mx.example; spf=none smtp.mailfrom= smtp.helo=h.example",
                "spf=none smtp.mailfrom=\"\" smtp.helo=h.example",
            ),
            (
                "mx.example; spf=pass smtp.mailfrom=a=b@c.example",
                "spf=pass smtp.mailfrom=\"a=b@c.example\"",
            ),
        ] {
            assert_eq!(results(body), [expected], "{body}");
            assert_eq!(read(body).problems, [], "{body}");
        }
    }

    #[test]
    fn a_field_of_encoded_words_is_read_as_what_they_say() {
        let body = " =?utf-8?B?c3BmPWZhaWwgc210cC5tYWlsZnJvbT1iLmV4YW1wbGU7?=\r\n \
                    =?utf-8?Q?dmarc=3Dfail_action=3Dnone_header.from=3Dc=C3=BC.example?=";
        let read = read(body);
        assert_eq!(read.problems, []);
        assert_eq!(
            read.results[1].property("header", "from"),
            Some("cü.example")
        );
        let words: Vec<_> = read.results.iter().map(|one| one.result.as_str()).collect();
        assert_eq!(words, ["fail", "fail"]);
        // A part of a field is no field: the words there may be the sender's.
        let part = "mx.example; spf=fail =?utf-8?Q?; dmarc=3Dpass?=";
        assert_eq!(words_of(part), [""; 0]);
    }

    #[test]
    fn a_result_within_a_comment_is_none() {
        for body in [
            "mx.example; spf=fail (; dmarc=pass)",
            "mx.example; spf=fail (a (b) ; dmarc=pass ; (c)) smtp.helo=x",
            r"mx.example; spf=fail (\) ; dmarc=pass)",
            r"mx.example; spf=fail (\\\) ; dmarc=pass)",
            "mx.example (; dmarc=pass); spf=fail",
        ] {
            assert_eq!(words_of(body), ["spf=fail"], "{body}");
            assert_eq!(read(body).problems, [], "{body}");
        }
    }

    #[test]
    fn a_result_within_a_value_is_none() {
        for body in [
            r#"mx.example; spf=fail smtp.mailfrom="x; dmarc=pass"@y.example"#,
            r#"mx.example; spf=fail smtp.mailfrom="x\"; dmarc=pass \""@y.example"#,
            r#"mx.example; spf=fail reason="; dmarc=pass header.from=b.example""#,
            r#""mx; dmarc=pass"; spf=fail"#,
        ] {
            assert_eq!(words_of(body), ["spf=fail"], "{body}");
            assert_eq!(read(body).problems, [], "{body}");
        }
        let read = read(r#"mx.example; spf=fail smtp.mailfrom="x; dmarc=pass"@y.example"#);
        assert_eq!(
            read.results[0].property("smtp", "mailfrom"),
            Some(r#""x; dmarc=pass"@y.example"#)
        );
    }

    #[test]
    fn what_is_left_open_swallows_the_rest_and_is_said() {
        for body in [
            "mx.example; spf=fail (x; dmarc=pass",
            "mx.example; spf=fail ((x) ; dmarc=pass",
            r"mx.example; spf=fail (x\); dmarc=pass",
            "mx.example; spf=fail smtp.mailfrom=\"x; dmarc=pass",
            r#"mx.example; spf=fail smtp.mailfrom="x\"; dmarc=pass"#,
        ] {
            assert_eq!(words_of(body), ["spf=fail"], "{body}");
            let problem = &read(body).problems[0];
            assert!(matches!(problem, FieldProblem::NotClosed { .. }), "{body}");
        }
    }

    #[test]
    fn what_is_not_understood_is_told_and_never_a_result() {
        for body in [
            "mx.example dmarc=pass",
            "mx.example; dmarc = pass = fail",
            "mx.example; dmarc=pass\"x\"",
            "mx.example; \"dmarc\"=pass",
            "mx.example; dmarc/x=pass",
            "mx.example; dmarc=pass@y.example",
            "mx.example; header.from=pass",
            "mx.example; x dmarc=pass",
            "mx.example; dmarc pass",
            "mx.example; helo=pass",
            "mx.example; =pass",
            "mx.example; dmarc=\"pass\"",
            "mx.example; dmarc=,pass",
        ] {
            assert_eq!(words_of(body), [""; 0], "{body}");
            assert!(!read(body).problems.is_empty(), "{body}");
        }
    }

    #[test]
    fn a_stray_word_is_told_and_the_results_around_it_stand() {
        let body = "spf=fail smtp.helo=x;b.example; dkim=pass header.d=c.example, y z.q";
        assert_eq!(words_of(body), ["spf=fail", "dkim=pass"]);
        assert_eq!(read(body).problems.len(), 3, "{:?}", read(body).problems);
    }

    #[test]
    fn a_second_instance_is_no_method() {
        assert_eq!(words_of("i=5; i=1"), [""; 0]);
    }

    #[test]
    fn spans_are_offsets_in_the_file() {
        let text = b"X: 1\r\nAuthentication-Results: mx.example;\r\n dkim=pass header.d=a;\r\n spf=fail\r\n\r\n";
        let header = crate::message::Header::parse(text, 0, 10, crate::message::Reading::Saved);
        let read = parse(&header.fields[1], &Limits::default());
        let of =
            |result: &ResInfo| String::from_utf8_lossy(&text[result.span.clone()]).into_owned();
        assert_eq!(of(&read.results[0]), "dkim=pass header.d=a");
        assert_eq!(of(&read.results[1]), "spf=fail");
    }

    #[test]
    fn results_beyond_the_limit_are_said() {
        let limits = Limits {
            auth_results_methods: 1,
            ..Limits::default()
        };
        let field = HeaderField {
            name: b"a",
            body: b"m; a=pass; b=pass",
            span: 0..19,
        };
        let read = parse(&field, &limits);
        assert_eq!((read.results.len(), read.problems.len()), (1, 1));
    }
}
