//! Received-SPF fields (RFC 7208 §9.1), in the forms that receivers use.

use std::net::IpAddr;
use std::ops::Range;

use crate::limits::Limits;
use crate::message::lexer::{self, Grammar, Kind, Token};
use crate::message::{FieldProblem, HeaderField, client};

/// The result of an SPF check as a receiver recorded it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[non_exhaustive]
pub struct ReceivedSpf {
    /// The result, in lower case; it may not be a word of RFC 7208.
    pub result: Option<String>,
    /// The first comment, without its parentheses.
    pub comment: Option<String>,
    /// The client's address from `client-ip=`.
    pub client_ip: Option<IpAddr>,
    /// The envelope sender, without angle brackets; empty for the null sender.
    pub envelope_from: Option<String>,
    /// The HELO name.
    pub helo: Option<String>,
    /// The identity that was checked, in lower case: `mailfrom` or `helo`.
    pub identity: Option<String>,
    /// The host that checked.
    pub receiver: Option<String>,
    /// What is malformed.
    pub problems: Vec<FieldProblem>,
    /// The position of the whole field in the file.
    #[serde(skip)]
    pub span: Range<usize>,
}

/// Reads one Received-SPF field. Nothing is read from its comment.
pub fn parse(field: &HeaderField<'_>, limits: &Limits) -> ReceivedSpf {
    let mut read = ReceivedSpf {
        span: field.span.clone(),
        ..ReceivedSpf::default()
    };
    let longest = lexer::longest_field(limits.auth_results_methods);
    if field.body.len() > longest {
        read.problems.push(FieldProblem::TooLong(longest));
        return read;
    }
    let lexed = lexer::lex(field.body, &GRAMMAR, limits.comment_depth);
    read.problems = lexed.problems;
    let mut parser = Parser {
        body: field.body,
        limit: limits.auth_results_methods,
        read,
    };
    parser.field(&lexed.tokens);
    parser.read
}

static GRAMMAR: Grammar = Grammar::new(b";=").with_quotes();

const RESULTS: [&str; 7] = [
    "none",
    "neutral",
    "pass",
    "fail",
    "softfail",
    "temperror",
    "permerror",
];

struct Parser<'a> {
    body: &'a [u8],
    limit: usize,
    read: ReceivedSpf,
}

impl Parser<'_> {
    fn field(&mut self, tokens: &[Token]) {
        let mut rest = self.result(tokens);
        while let Some((first, after)) = rest.split_first() {
            rest = after;
            match first.kind {
                Kind::Comment if self.read.comment.is_none() => {
                    let comment = first.text(self.body);
                    self.read.comment = Some(comment.trim_ascii().to_owned());
                }
                Kind::Comment | Kind::Special(b';') => (),
                Kind::Word if after.first().is_some_and(|next| next.is(b'=')) => {
                    let value = &after[1..];
                    let (value, behind) = value.split_at(value_end(value));
                    rest = behind;
                    self.pair(&first.text(self.body), value);
                }
                _ => self.not_understood(first),
            }
        }
    }

    fn result<'t>(&mut self, tokens: &'t [Token]) -> &'t [Token] {
        let first = tokens.iter().position(|token| token.kind != Kind::Comment);
        let Some(index) = first else {
            self.problem(FieldProblem::NoResult);
            return tokens;
        };
        let is_result = tokens[index].kind == Kind::Word
            && !tokens.get(index + 1).is_some_and(|next| next.is(b'='));
        if !is_result {
            self.problem(FieldProblem::NoResult);
            return tokens;
        }
        let result = tokens[index].text(self.body).to_ascii_lowercase();
        if !RESULTS.contains(&result.as_str()) {
            self.problem(FieldProblem::UnknownResult(lexer::excerpt(&result)));
        }
        self.read.result = Some(result);
        &tokens[index + 1..]
    }

    fn pair(&mut self, key: &str, value: &[Token]) {
        let open = |token: &&Token| matches!(token.kind, Kind::Unterminated(_));
        if let Some(token) = value.iter().find(open) {
            return self.not_understood(token);
        }
        let value = match value {
            [token] => token.text(self.body),
            many => many.iter().map(|token| self.written(token)).collect(),
        };
        let value = value
            .strip_prefix('<')
            .and_then(|value| value.strip_suffix('>'))
            .unwrap_or(&value);
        let read = &mut self.read;
        let known = match key.to_ascii_lowercase().as_str() {
            "client-ip" => return self.client_ip(value),
            "envelope-from" => &mut read.envelope_from,
            "helo" => &mut read.helo,
            "identity" => &mut read.identity,
            "receiver" => &mut read.receiver,
            _ => return,
        };
        if known.is_some() {
            return self.problem(FieldProblem::Twice(key.to_owned()));
        }
        *known = Some(value.to_owned());
        if let Some(identity) = &mut self.read.identity {
            identity.make_ascii_lowercase();
        }
    }

    fn client_ip(&mut self, value: &str) {
        let inner = value
            .strip_prefix('[')
            .and_then(|value| value.strip_suffix(']'));
        match client::bare_address(inner.unwrap_or(value)) {
            _ if self.read.client_ip.is_some() => {
                self.problem(FieldProblem::Twice("client-ip".to_owned()));
            }
            Some(ip) => self.read.client_ip = Some(ip),
            None => self.problem(FieldProblem::NotAnIpAddress(lexer::excerpt(value))),
        }
    }

    /// The token including its quotes.
    fn written(&self, token: &Token) -> String {
        match token.kind {
            Kind::Quoted => lexer::quoted(&token.text(self.body)),
            _ => token.text(self.body),
        }
    }

    fn not_understood(&mut self, token: &Token) {
        let text = lexer::lossy(&self.body[token.span.clone()]);
        self.problem(FieldProblem::NotUnderstood(lexer::excerpt(&text)));
    }

    fn problem(&mut self, problem: FieldProblem) {
        lexer::note(&mut self.read.problems, self.limit, problem);
    }
}

/// How many tokens belong to the value at the start of `tokens`: those without a gap.
fn value_end(tokens: &[Token]) -> usize {
    let goes_on = |token: &&Token| !token.gap && token.kind != Kind::Comment && !token.is(b';');
    match tokens.first() {
        None => 0,
        Some(first) if first.is(b';') || first.gap => 0,
        Some(_) => tokens.iter().take_while(goes_on).count(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> ReceivedSpf {
        let field = HeaderField {
            name: b"Received-SPF",
            body: body.as_bytes(),
            span: 0..body.len() + 13,
        };
        parse(&field, &Limits::default())
    }

    /// Result, client address, sender, HELO name, identity, receiver; a missing one is empty.
    fn pairs(body: &str) -> [String; 6] {
        let read = read(body);
        let ip = read.client_ip.map(|ip| ip.to_string());
        [
            read.result,
            ip,
            read.envelope_from,
            read.helo,
            read.identity,
            read.receiver,
        ]
        .map(Option::unwrap_or_default)
    }

    #[test]
    fn every_receiver_s_form_is_read() {
        for (body, expected) in [
            (
                " pass (google.com: domain of a@b.example designates 192.0.2.1 as permitted sender) client-ip=192.0.2.1;",
                ["pass", "192.0.2.1", "", "", "", ""],
            ),
            (
                "Pass (protection.outlook.com: domain of b.example\r\n designates 192.0.2.1 as permitted sender)\r\n \
                 receiver=protection.outlook.com; client-ip=192.0.2.1;\r\n helo=h.example; pr=C",
                [
                    "pass",
                    "192.0.2.1",
                    "",
                    "h.example",
                    "",
                    "protection.outlook.com",
                ],
            ),
            (
                "pass (spfCheck: x) client-ip=192.0.2.1; envelope-from=a@b.example; helo=h.example;",
                ["pass", "192.0.2.1", "a@b.example", "h.example", "", ""],
            ),
            (
                "Pass (mailfrom) identity=MailFrom; client-ip=2001:db8::1; helo=h.example; \
                 envelope-from=a=c@b.example; receiver=<UNKNOWN>",
                [
                    "pass",
                    "2001:db8::1",
                    "a=c@b.example",
                    "h.example",
                    "mailfrom",
                    "UNKNOWN",
                ],
            ),
            (
                "softfail (x) envelope-from=\"a@b.example\"; client-ip=[::ffff:192.0.2.1]",
                ["softfail", "192.0.2.1", "a@b.example", "", "", ""],
            ),
            (
                "fail (domain of b.example does not designate 192.0.2.1 as permitted sender)",
                ["fail", "", "", "", "", ""],
            ),
            (
                "none client-ip=192.0.2.1; envelope-from=<>; helo=h",
                ["none", "192.0.2.1", "", "h", "", ""],
            ),
        ] {
            assert_eq!(pairs(body), expected, "{body}");
            assert_eq!(read(body).problems, [], "{body}");
        }
        assert_eq!(read("Pass (a (b)) x=y").comment.as_deref(), Some("a (b)"));
        assert_eq!(
            read("pass envelope-from=; helo=h").envelope_from.as_deref(),
            Some("")
        );
    }

    #[test]
    fn a_sender_cannot_write_pairs_of_its_own() {
        let body =
            r#"fail (x) envelope-from="y; client-ip=198.51.100.1"@b.example; client-ip=192.0.2.1"#;
        assert_eq!(pairs(body)[1], "192.0.2.1");
        assert_eq!(pairs("fail (client-ip=198.51.100.1; (pass)")[1], "");
        let twice = read("fail client-ip=192.0.2.1; helo=x; client-ip=198.51.100.1");
        assert_eq!(twice.client_ip, Some("192.0.2.1".parse().unwrap()));
        assert_eq!(twice.problems, [FieldProblem::Twice("client-ip".into())]);
    }

    #[test]
    fn what_is_malformed_is_said() {
        for body in [
            "",
            "(pass)",
            "client-ip=192.0.2.1",
            "unknown (x)",
            "pass client-ip=a",
            "pass helo=\"a",
            "pass (a",
            "pass x",
            "pass =",
        ] {
            assert!(!read(body).problems.is_empty(), "{body}");
        }
        assert_eq!(read("client-ip=192.0.2.1").result, None);
    }
}
