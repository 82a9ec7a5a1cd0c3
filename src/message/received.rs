//! Received fields: who passed the message to whom, and when (RFC 5322 §3.6.7, RFC 5321 §4.4).
//!
//! The client's address is read only from where the receiver writes what it saw itself, never from
//! the name that the client gave.

use std::borrow::Cow;
use std::net::IpAddr;
use std::ops::Range;

use jiff::Timestamp;

use crate::limits::Limits;
use crate::message::lexer::{self, Grammar, Kind, Token};
use crate::message::{Delimited, FieldProblem, HeaderField, client, date};

/// One hop of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[non_exhaustive]
pub struct Received {
    /// The name that the client gave in HELO or EHLO, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The name that the receiver found for the client's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reverse: Option<String>,
    /// Whether the receiver writes this name without checking it, so anyone could set it.
    #[serde(skip)]
    pub is_reverse_doubted: bool,
    /// Whether the name that the client gave contains what could be the receiver's words. Then the
    /// client may have written other parts of the field, too.
    #[serde(skip)]
    pub is_ambiguous: bool,
    /// The client's address as the receiver saw it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<IpAddr>,
    /// The host that received the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The protocol, such as `ESMTPS` or `Microsoft SMTP Server`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// The TLS version and cipher, as far as they are given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<String>,
    /// The receiver's ID for the message.
    #[serde(skip)]
    pub id: Option<String>,
    /// The recipient, without angle brackets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// The envelope sender, without angle brackets; empty for the null sender.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub envelope_from: Option<String>,
    /// When the message was received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Timestamp>,
    /// The date as written.
    #[serde(skip)]
    pub date_text: Option<String>,
    /// The receiver's time zone, in seconds east of UTC.
    #[serde(skip)]
    pub offset: Option<i32>,
    /// What is malformed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<FieldProblem>,
    /// The position of the whole field in the file.
    #[serde(skip)]
    pub span: Range<usize>,
}

/// Reads a Received or X-Received field. Parts that cannot be read are `None`; malformed ones are
/// listed in `problems`.
pub fn parse(field: &HeaderField<'_>, limits: &Limits) -> Received {
    let mut received = Received {
        span: field.span.clone(),
        ..Received::default()
    };
    let longest = lexer::longest_field(limits.received);
    if field.body.len() > longest {
        received.problems.push(FieldProblem::TooLong(longest));
        return received;
    }
    let lexed = lexer::lex(field.body, &GRAMMAR, limits.comment_depth);
    received.problems = lexed.problems;
    for token in &lexed.tokens {
        let problem = match token.kind {
            Kind::Unterminated(_) => FieldProblem::NotClosed {
                what: Delimited::Comment,
                text: None,
            },
            Kind::Special(b')') => FieldProblem::StrayParenthesis { text: None },
            _ => continue,
        };
        lexer::note(&mut received.problems, limits.received, problem);
    }
    // A client may open a comment in its name that hides everything after it.
    let is_open = |token: &Token| token.kind == Kind::Unterminated(b'(');
    let (body, tokens) = match lexed.tokens.iter().any(is_open) {
        false => (Cow::Borrowed(field.body), lexed.tokens),
        true => {
            received.is_ambiguous = true;
            let body = without_open_comments(field.body);
            let tokens = lexer::lex(&body, &GRAMMAR, limits.comment_depth).tokens;
            (Cow::Owned(body), tokens)
        }
    };
    let last = tokens.iter().rposition(|token| token.is(b';'));
    let (clauses, date) = match last {
        Some(last) => tokens.split_at(last),
        None => (tokens.as_slice(), [].as_slice()),
    };
    received.read_date(&body, date);
    received.read_clauses(&Clauses::new(&body, clauses));
    received
}

/// The field with a `_` for each `(` that is not closed.
fn without_open_comments(body: &[u8]) -> Vec<u8> {
    let mut closed = body.to_vec();
    let mut open = Vec::new();
    let mut bytes = body.iter().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            // As in the lexer, a backslash counts only within a comment.
            b'\\' if !open.is_empty() => _ = bytes.next(),
            b'(' => open.push(at),
            b')' => _ = open.pop(),
            _ => (),
        }
    }
    for at in open {
        closed[at] = b'_';
    }
    closed
}

/// Whether the address can belong to a host on the public Internet. The documentation ranges count
/// as public here.
pub fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            let is_shared = a == 100 && b & 0b1100_0000 == 64;
            let is_reserved = a == 0 || a >= 224;
            !(ip.is_private() || ip.is_loopback() || ip.is_link_local() || is_shared || is_reserved)
        }
        IpAddr::V6(ip) => {
            let first = ip.segments()[0];
            let is_local = first & 0xfe00 == 0xfc00 || first & 0xff80 == 0xfe80;
            !(ip.is_unspecified() || ip.is_loopback() || ip.is_multicast() || is_local)
        }
    }
}

impl Received {
    fn read_date(&mut self, body: &[u8], tokens: &[Token]) {
        let (Some(first), Some(last)) = (tokens.get(1), tokens.last()) else {
            self.problems.push(FieldProblem::NoDate);
            return;
        };
        let text = lexer::lossy(&body[first.span.start..last.span.end]).into_owned();
        let words = tokens.iter().filter(|token| token.kind == Kind::Word);
        let words: Vec<_> = words.map(|token| token.text(body)).collect();
        match date::parse(&words.join(" ")) {
            Some(date) => {
                self.date = Some(date.timestamp);
                self.offset = date.offset;
            }
            None => {
                let shown = lexer::excerpt(&text);
                self.problems.push(FieldProblem::NotADate(shown));
            }
        }
        self.date_text = Some(text);
    }

    fn read_clauses(&mut self, clauses: &Clauses) {
        let from = clauses.part(Clause::From);
        let with = clauses.part(Clause::With).words.as_slice();
        let is_lower = |word: &String| word.bytes().all(|byte| !byte.is_ascii_uppercase());
        let is_exim = with.first().is_some_and(is_lower);
        let word = from.words.first().map(String::as_str);
        let client = client::read(word, &from.comments, is_exim);
        self.is_ambiguous |= client.is_ambiguous || clauses.is_ambiguous;
        self.from = client.helo;
        self.reverse = client.reverse;
        self.is_reverse_doubted = client.is_doubted;
        self.ip = client.ip;
        self.by = clauses.part(Clause::By).words.first().cloned();
        self.id = clauses.part(Clause::Id).words.first().cloned();
        self.recipient = clauses
            .part(Clause::For)
            .words
            .first()
            .map(|word| unbracketed(word.trim_end_matches(',')).to_owned());
        let is_tls = |word: &String| word.eq_ignore_ascii_case("tls");
        let end = with.iter().position(is_tls).unwrap_or(with.len());
        self.protocol = (end > 0).then(|| with[..end].join(" "));
        let comments = || clauses.parts.iter().flat_map(|part| &part.comments);
        self.read_envelope_from(clauses);
        let cipher = with.get(end + 1).map(String::as_str);
        let written = comments().find_map(|comment| tls(comment, cipher));
        let behind_slash = || {
            let (_, tls) = self.protocol.as_ref()?.split_once("/TLS/")?;
            Some(format!("TLS {tls}"))
        };
        self.tls = written.or_else(behind_slash);
    }
}

impl Received {
    /// The envelope sender is in a comment between `by` and `for`. Elsewhere, and if there are
    /// several, the client may have written it: into its name, or into the recipient.
    fn read_envelope_from(&mut self, clauses: &Clauses) {
        let all = clauses.parts.iter().flat_map(|part| &part.comments);
        let mut all: Vec<String> = all.filter_map(|comment| envelope_from(comment)).collect();
        all.dedup();
        let own = clauses.own_comments.iter();
        let mut own: Vec<String> = own.filter_map(|comment| envelope_from(comment)).collect();
        own.dedup();
        match (own.as_slice(), all.len()) {
            (_, 0) => (),
            ([one], 1) => self.envelope_from = Some(one.clone()),
            _ => self.is_ambiguous = true,
        }
    }
}

static GRAMMAR: Grammar = Grammar::new(b";");

#[derive(Clone, Copy)]
enum Clause {
    From,
    By,
    Via,
    With,
    Id,
    For,
    /// Before the first keyword, or after a repeated one.
    None,
}

#[derive(Debug, Default)]
struct Part {
    is_there: bool,
    words: Vec<String>,
    comments: Vec<String>,
}

/// The field, split at its keywords.
#[derive(Debug, Default)]
struct Clauses {
    parts: [Part; 7],
    /// Whether the keyword `by` occurs more than once after `from`.
    is_ambiguous: bool,
    /// The comments between the last `by` and the first `for` after it.
    own_comments: Vec<String>,
}

impl Clauses {
    fn new(body: &[u8], tokens: &[Token]) -> Self {
        let mut clauses = Self::default();
        let mut clause = Clause::None;
        let mut is_keyword_before = false;
        // A client may include parentheses in its name. The receiver's comments follow after a
        // space.
        let mut name_end = None;
        // It may include keywords, too, so the last `by` counts.
        let is_word = |token: &Token, word: &[u8]| {
            token.kind == Kind::Word && body[token.span.clone()].eq_ignore_ascii_case(word)
        };
        // Exchange Online names the agent that delivers a message again: `with MailboxResubmission
        // by AntispamTT`.
        let is_by = |index: usize| {
            let before = index.checked_sub(1).map(|before| &tokens[before]);
            let is_agent = before.is_some_and(|token| is_word(token, b"MailboxResubmission"));
            is_word(&tokens[index], b"by") && !is_agent
        };
        let last_by = (0..tokens.len()).rfind(|index| is_by(*index)).unwrap_or(0);
        for (index, token) in tokens.iter().enumerate() {
            let text = token.text(body);
            let is_from = matches!(clause, Clause::From) && index < last_by;
            clauses.is_ambiguous |= is_from && is_by(index);
            let is_in_name = name_end == Some(token.span.start);
            let is_name = matches!(clause, Clause::From) && token.kind == Kind::Word;
            name_end = (is_in_name || is_name).then_some(token.span.end);
            if is_in_name && let Some(name) = clauses.part_mut(clause).words.last_mut() {
                name.push_str(&lexer::lossy(&body[token.span.clone()]));
                continue;
            }
            match token.kind {
                Kind::Comment => {
                    if index > last_by && last_by > 0 && !clauses.part(Clause::For).is_there {
                        clauses.own_comments.push(text.clone());
                    }
                    clauses.part_mut(clause).comments.push(text);
                }
                Kind::Word => match Clause::named(&text) {
                    // A client may call itself "by", so a keyword right after a keyword is a name.
                    Some(named) if !is_keyword_before && !is_from => {
                        let part = clauses.part_mut(named);
                        clause = if part.is_there { Clause::None } else { named };
                        part.is_there = true;
                        is_keyword_before = true;
                        continue;
                    }
                    _ => clauses.part_mut(clause).words.push(text),
                },
                _ => (),
            }
            is_keyword_before = false;
        }
        clauses
    }

    fn part(&self, clause: Clause) -> &Part {
        &self.parts[clause as usize]
    }

    fn part_mut(&mut self, clause: Clause) -> &mut Part {
        &mut self.parts[clause as usize]
    }
}

impl Clause {
    fn named(word: &str) -> Option<Self> {
        const KEYWORDS: [(&str, Clause); 6] = [
            ("from", Clause::From),
            ("by", Clause::By),
            ("via", Clause::Via),
            ("with", Clause::With),
            ("id", Clause::Id),
            ("for", Clause::For),
        ];
        let named = |(keyword, _): &&(&str, Self)| word.eq_ignore_ascii_case(keyword);
        KEYWORDS.iter().find(named).map(|(_, clause)| *clause)
    }
}

fn unbracketed(text: &str) -> &str {
    text.strip_prefix('<')
        .and_then(|text| text.strip_suffix('>'))
        .unwrap_or(text)
}

/// The sender in a comment such as `envelope-from <a@b.example>`.
fn envelope_from(comment: &str) -> Option<String> {
    let (word, rest) = comment.trim_ascii().split_once([' ', '=', ':'])?;
    let is_sender = ["envelope-from", "envelope-sender"]
        .iter()
        .any(|name| word.eq_ignore_ascii_case(name));
    is_sender.then(|| unbracketed(rest.trim_ascii()).to_owned())
}

/// The TLS version and cipher in a comment. Exim writes the cipher after it.
fn tls(comment: &str, cipher: Option<&str>) -> Option<String> {
    let mut words = comment
        .split([' ', '\t', ','])
        .filter(|word| !word.is_empty());
    let first = words.next()?;
    let (version, cipher) = if first.eq_ignore_ascii_case("using") {
        let version = words
            .next()
            .filter(|word| word.starts_with("TLS") || word.starts_with("SSL"))?;
        let mut rest = words.skip_while(|word| *word != "cipher");
        (version, rest.nth(1))
    } else if let Some(version) = first.strip_prefix("version=") {
        (version, words.find_map(|word| word.strip_prefix("cipher=")))
    } else if first.starts_with("TLS") && words.next().is_none() {
        (first, cipher)
    } else {
        return None;
    };
    Some(match cipher {
        Some(cipher) => format!("{version} {cipher}"),
        None => version.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Received {
        let field = HeaderField {
            name: b"Received",
            body: body.as_bytes(),
            span: 0..body.len() + 9,
        };
        parse(&field, &Limits::default())
    }

    /// HELO name, reverse name and address; a missing one is empty.
    #[track_caller]
    fn client(body: &str, expected: [&str; 3]) {
        let read = read(body);
        let ip = read.ip.map(|ip| ip.to_string());
        let found = [read.from, read.reverse, ip].map(Option::unwrap_or_default);
        assert_eq!(found, expected, "{body}");
    }

    #[test]
    fn an_envelope_sender_in_a_name_or_a_recipient_is_not_the_receivers() {
        let path = |from: &str, behind: &str| {
            let read = read(&format!(
                " from {from}\r\n\tby mx.example.net {behind}; Fri, 20 Nov 2026 07:00:01 -0800"
            ));
            (read.envelope_from, read.is_ambiguous)
        };
        let client = "h.example ([192.0.2.1] helo=h)";
        let exim = "with esmtps (Exim 4.98) (envelope-from <a@c.example>) id 1";
        let known = (Some("a@c.example".to_owned()), false);
        assert_eq!(path(client, exim), known);
        let forged = "(envelope-from <a@b.example>)";
        let helo = format!("h.example ([192.0.2.1] helo=x) {forged}");
        assert_eq!(path(&helo, exim), (None, true));
        for behind in [
            format!("with ESMTP id 1 for <\"{forged}\"@example.net>"),
            format!("with SMTP for <\"x via {forged}\"@example.net>"),
            format!("{exim} for <r{forged}@example.net>"),
            format!("with esmtps (envelope-from <\"x) {forged}\"@c.example>) id 1"),
        ] {
            assert_eq!(path(client, &behind), (None, true), "{behind}");
        }
    }

    #[test]
    fn what_a_client_puts_into_its_name_is_text() {
        for helo in [
            "x (b.example [192.0.2.10])",
            "x (b.example [192.0.2.10]) by mx.example.org",
            "x) (b.example [192.0.2.10]",
            "x by mx.example.org (Postfix) with ESMTP",
            "x (helo=b.example) ([192.0.2.10])",
            "((x",
        ] {
            let body = format!(
                " from {helo} (h.example [192.0.2.1])\r\n\tby mx.example.net (Postfix) with ESMTP \
                 id 1; Fri, 20 Nov 2026 07:00:01 -0800"
            );
            let read = read(&body);
            assert_eq!(read.ip, Some([192, 0, 2, 1].into()), "{helo}");
            assert_eq!(read.reverse.as_deref(), Some("h.example"), "{helo}");
            assert_eq!(read.by.as_deref(), Some("mx.example.net"), "{helo}");
            assert!(read.is_ambiguous, "{helo}");
        }
    }

    #[test]
    fn gmail_writes_helo_reverse_name_and_address() {
        let body = " from h.example (r.example. [192.0.2.1])\r\n        by mx.google.com with \
                    ESMTPS id a1-b2.3.2026.11.20.07.00.01\r\n        for <a@b.example>\r\n        \
                    (version=TLS1_3 cipher=TLS_AES_128_GCM_SHA256 bits=128/128);\r\n        \
                    Fri, 20 Nov 2026 07:00:01 -0800 (PST)";
        client(body, ["h.example", "r.example", "192.0.2.1"]);
        let read = read(body);
        assert_eq!(read.by.as_deref(), Some("mx.google.com"));
        assert_eq!(read.protocol.as_deref(), Some("ESMTPS"));
        assert_eq!(read.tls.as_deref(), Some("TLS1_3 TLS_AES_128_GCM_SHA256"));
        assert_eq!(read.id.as_deref(), Some("a1-b2.3.2026.11.20.07.00.01"));
        assert_eq!(read.recipient.as_deref(), Some("a@b.example"));
        assert_eq!(
            read.date.map(|at| at.to_string()).as_deref(),
            Some("2026-11-20T15:00:01Z")
        );
        assert_eq!(
            read.date_text.as_deref(),
            Some("Fri, 20 Nov 2026 07:00:01 -0800 (PST)")
        );
        assert_eq!(read.offset, Some(-28800));
        assert_eq!(read.problems, []);
    }

    #[test]
    fn gmails_inner_hops_have_no_client() {
        let body =
            "by 2001:db8:6a::b0:1 with SMTP id a1csp2; Fri, 20 Nov 2026 07:00:01 -0800 (PST)";
        client(body, ["", "", ""]);
        assert_eq!(read(body).by.as_deref(), Some("2001:db8:6a::b0:1"));
    }

    #[test]
    fn exchange_writes_a_bare_address_and_a_version_that_is_none() {
        let body = "from h.example (192.0.2.1) by x.mail.protection.outlook.com (10.167.16.1) with \
                    Microsoft SMTP Server (version=TLS1_2, cipher=TLS_ECDHE) id 15.20.7046.17 via \
                    Frontend Transport; Fri, 20 Nov 2026 15:00:01 +0000";
        client(body, ["h.example", "", "192.0.2.1"]);
        let read = read(body);
        assert_eq!(read.protocol.as_deref(), Some("Microsoft SMTP Server"));
        assert_eq!(read.tls.as_deref(), Some("TLS1_2 TLS_ECDHE"));
        assert_eq!(read.id.as_deref(), Some("15.20.7046.17"));
        client(
            "from h.example ([fe80::1]) by h.example ([fe80::1%6]) with mapi id 15.20.9818.017; x",
            ["h.example", "", "fe80::1"],
        );
        client(
            "from h.example (::ffff:192.0.2.1) by x with HTTPS; x",
            ["h.example", "", "192.0.2.1"],
        );
    }

    #[test]
    fn postfix_and_sendmail_write_address_and_encryption_in_comments() {
        let body = "from h.example (r.example [IPv6:2001:db8::1])\r\n\t(using TLSv1.3 with cipher \
                    TLS_AES (256/256 bits)\r\n\t key-exchange X25519)\r\n\t(No client certificate \
                    requested)\r\n\tby mx.example (Postfix) with ESMTPS id 4Qhg\r\n\tfor \
                    <a@b.example>; Fri, 20 Nov 2026 15:00:01 +0000 (UTC)";
        client(body, ["h.example", "r.example", "2001:db8::1"]);
        assert_eq!(read(body).tls.as_deref(), Some("TLSv1.3 TLS_AES"));
        client(
            "from h.example (r.example [192.0.2.1] (may be forged)) by x.example (8.18.1.11/8.18.1.11); x",
            ["h.example", "", "192.0.2.1"],
        );
        client(
            "from h (r.example [192.0.2.1]) (s.example [198.51.100.1]) by x",
            ["h", "s.example", "198.51.100.1"],
        );
        client(
            "from h.example (unknown [192.0.2.1]) by x",
            ["h.example", "", "192.0.2.1"],
        );
        client(
            "by mx.example (Postfix, from userid 33) id 79; x",
            ["", "", ""],
        );
        client(
            "from h.example (r.example [192.0.2.1]) (Authenticated sender: [198.51.100.1]) by x",
            ["h.example", "r.example", "192.0.2.1"],
        );
    }

    #[test]
    fn exim_writes_the_helo_name_in_the_comment() {
        let body = "from r.example ([192.0.2.1] helo=h.example) by mx.example with esmtps (TLS1.3) tls \
                    TLS_AES (Exim 4.98) (envelope-from <a@b.example>) id 1v-0 for c@d.example; \
                    Fri, 20 Nov 2026 15:00:01 +0000";
        client(body, ["h.example", "r.example", "192.0.2.1"]);
        let read = read(body);
        assert_eq!(read.protocol.as_deref(), Some("esmtps"));
        assert_eq!(read.tls.as_deref(), Some("TLS1.3 TLS_AES"));
        assert_eq!(read.envelope_from.as_deref(), Some("a@b.example"));
        assert_eq!(read.recipient.as_deref(), Some("c@d.example"));
        client(
            "from [192.0.2.1] (helo=h.example) by x",
            ["h.example", "", "192.0.2.1"],
        );
        client(
            "from r.example ([192.0.2.1] helo=[198.51.100.1]) by x",
            ["[198.51.100.1]", "r.example", "192.0.2.1"],
        );
    }

    #[test]
    fn other_receivers_are_read() {
        client(
            "from unknown (HELO h.example) (192.0.2.1) by x",
            ["h.example", "", "192.0.2.1"],
        );
        client(
            "from r.example (HELO h.example) (me@192.0.2.1) by x",
            ["h.example", "r.example", "192.0.2.1"],
        );
        client(
            "from 192.0.2.1 (EHLO h.example) by 10.1.2.3 with SMTPs (version=TLS1_2); x",
            ["h.example", "", "192.0.2.1"],
        );
        client(
            "from r.example ([192.0.2.1]:43512 \"EHLO h.example\" rhost-flags-OK-OK) by x",
            ["h.example", "r.example", "192.0.2.1"],
        );
        client(
            "from h.example (192.0.2.1 [192.0.2.1]) (Using TLS) by relay.example",
            ["h.example", "", "192.0.2.1"],
        );
        client(
            "from a8-50.smtp-out.amazonses.com (a8-50.smtp-out.amazonses.com [54.240.8.50]) by \
             inbound-smtp.us-east-1.amazonaws.com with SMTP id x for a@b.example; x",
            [
                "a8-50.smtp-out.amazonses.com",
                "a8-50.smtp-out.amazonses.com",
                "54.240.8.50",
            ],
        );
        let read =
            read("from h ([10.0.0.1]) by x with ESMTP/TLS/ECDHE; 20 Nov 2026 07:00:01 -0800");
        assert_eq!(read.tls.as_deref(), Some("TLS ECDHE"));
    }

    #[test]
    fn an_address_that_the_client_gave_is_only_a_name() {
        client(
            "from [10.0.0.1] (real.example [203.0.113.5]) by x",
            ["[10.0.0.1]", "real.example", "203.0.113.5"],
        );
        client(
            "from 10.0.0.1 (unknown [203.0.113.5]) by x",
            ["10.0.0.1", "", "203.0.113.5"],
        );
        client("from [192.0.2.1] by x; y", ["[192.0.2.1]", "", ""]);
        client(
            "from by (r.example [192.0.2.1]) by x",
            ["by", "r.example", "192.0.2.1"],
        );
    }

    #[test]
    fn the_agent_of_exchange_online_that_delivers_again_is_not_the_host() {
        let read = read(
            "from a.prod.outlook.com (2603:10b6:8:2f::15) by b.prod.outlook.com (2603:10b6::1) with \
             MailboxResubmission by AntispamTT id 15.20.1.1; Tue, 30 Jun 2026 10:00:00 +0000",
        );
        assert_eq!(read.by.as_deref(), Some("b.prod.outlook.com"));
        assert!(!read.is_ambiguous);
    }

    #[test]
    fn what_is_malformed_is_said() {
        assert_eq!(read("").problems, [FieldProblem::NoDate]);
        assert!(matches!(
            read("from a (b [192.0.2.1] by c; x").problems[0],
            FieldProblem::NotClosed { .. }
        ));
        assert_eq!(
            read("by a; soon").problems,
            [FieldProblem::NotADate("soon".into())]
        );
        client("from a (b [192.0.2.1] by c; x", ["a", "", ""]);
    }

    #[test]
    fn only_addresses_of_the_internet_are_public() {
        for (ip, public) in [
            ("192.0.2.1", true),
            ("54.240.8.50", true),
            ("2001:db8::1", true),
            ("10.1.2.3", false),
            ("172.31.0.1", false),
            ("192.168.0.1", false),
            ("127.0.0.1", false),
            ("169.254.1.1", false),
            ("100.64.0.1", false),
            ("100.128.0.1", true),
            ("0.0.0.0", false),
            ("224.0.0.1", false),
            ("::", false),
            ("::1", false),
            ("fe80::1", false),
            ("fd00::1", false),
            ("ff02::1", false),
            ("::ffff:10.0.0.1", false),
        ] {
            assert_eq!(is_public(ip.parse().unwrap()), public, "{ip}");
        }
    }
}
