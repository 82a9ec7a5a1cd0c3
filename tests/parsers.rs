//! The parsers of structured header fields, over anything: no panic, and what is printed reads
//! back to the same.

use mail_parser::{Address, MessageParser};
use proptest::prelude::*;
use sesauth::dns::Name;
use sesauth::message::{
    AuthenticationResults, Author, HeaderField, auth_results, parse_from, received, received_spf,
};
use sesauth::ses::Identities;
use sesauth::{Limits, explain};

/// Pieces that mean something in these fields, so that random fields reach all branches.
fn field(pieces: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => prop::sample::select(pieces).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 1..3),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

const FROM: &[&str] = &[
    "a",
    "b.example",
    "bücher.example",
    "Ann Bee",
    "@",
    ".",
    ",",
    ";",
    ":",
    "<",
    ">",
    "(",
    ")",
    "\"",
    "\\",
    "[",
    "]",
    "[192.0.2.1]",
    " ",
    "\r\n ",
    "=?utf-8?q?",
    "?=",
    "=C3=BC",
    "=?utf-8?b?SsO8?=",
    "\0",
    "\u{a0}",
    "a@b.example",
    "<c@d.example>",
    "\"x y\"",
    "(c)",
];

const IDENTITY: &[&str] = &[
    "{\"EmailIdentity\":\"a.example\"",
    "{\"name\":\"b@c.example\"",
    "{\"identitytype\":\"DOMAIN\"",
    ",\"IdentityType\":\"DOMAIN\"",
    ",\"DkimAttributes\":{\"Status\":\"pending\",\"Tokens\":[\"a\",\"b.c\",7]",
    ",\"SigningHostedZone\":\"dkim.amazonses.com\"",
    ",\"MailFromAttributes\":{\"MailFromDomain\":\"mail.a.example\"",
    "{\"EmailIdentities\":[",
    "}",
    "}}",
    "]",
    "[",
    ",",
    "\n",
    "null",
    "\u{feff}",
];

const RESULTS: &[&str] = &[
    "mx.example",
    "1",
    ";",
    "; ",
    "=",
    " ",
    "\r\n\t",
    "dkim=pass",
    "spf=fail",
    "dmarc",
    "none",
    "i=1;",
    "(",
    ")",
    "(c)",
    "\\",
    "\"",
    "header.d=",
    "smtp.mailfrom=",
    "a@b.example",
    ".",
    "/",
    "reason=",
    "client-ip=192.0.2.1",
    "helo=x",
    "@",
    "\"x; dmarc=pass\"",
    "\0",
    ",",
    "<a@b.example>",
];

fn named<'a>(name: &'a str, body: &'a [u8]) -> HeaderField<'a> {
    HeaderField {
        name: name.as_bytes(),
        body,
        span: 0..name.len() + 1 + body.len(),
    }
}

const HOPS: &[&str] = &[
    "from",
    "by",
    "with",
    "id",
    "for",
    "via",
    " ",
    "\r\n\t",
    ";",
    "(",
    ")",
    "[",
    "]",
    "[192.0.2.1]",
    "192.0.2.1",
    "h.example",
    "helo=",
    "EHLO ",
    "\"",
    "\\",
    "<a@b.example>",
    "envelope-from ",
    "IPv6:",
    "2001:db8::1",
    "%",
    ":",
    "using TLSv1.3 with cipher X",
    "version=TLS1_3",
    "Fri, 20 Nov 2026 ",
    "15:00:01",
    "+0100",
    "pass",
    "client-ip=",
    "=",
    "\0",
    "ü",
];

/// What was read, without the places and the complaints.
fn said(mut read: AuthenticationResults) -> AuthenticationResults {
    for result in &mut read.results {
        result.span = 0..0;
        result.text = String::new();
    }
    read.span = 0..0;
    read.problems.clear();
    read.strict = false;
    read
}

fn essence(author: &Author) -> [Option<String>; 4] {
    let domain = author.domain.as_ref().map(ToString::to_string);
    [
        author.name.clone(),
        author.address.clone(),
        author.local.clone(),
        domain,
    ]
}

fn settings() -> ProptestConfig {
    ProptestConfig {
        cases: ProptestConfig::default().cases.max(1_000),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(settings())]

    #[test]
    fn identities_of_any_file_are_found_by_their_names(text in field(IDENTITY)) {
        let mut set = Identities::default();
        if let Err(error) = set.add(&text, Some("example.com")) {
            prop_assert!(!error.to_string().is_empty());
        }
        for identity in set.iter() {
            let (local, domain) = identity.name.rsplit_once('@').unwrap_or(("a", &identity.name));
            let domain = Name::parse(domain).unwrap();
            prop_assert!(set.of_author(local, &domain).is_some());
            prop_assert!(!explain::ses::stated(identity).is_empty());
        }
    }

    #[test]
    fn authors_of_any_field_read_back_as_printed(body in field(FROM)) {
        let limits = Limits::default();
        let authors = parse_from(&body, 7, &limits);
        for author in &authors.mailboxes {
            prop_assert!(body.get(author.span.start - 7..author.span.end - 7).is_some());
        }
        let printed: Vec<_> = authors.mailboxes.iter().map(ToString::to_string).collect();
        let again = parse_from(printed.join(", ").as_bytes(), 0, &limits);
        let before: Vec<_> = authors.mailboxes.iter().map(essence).collect();
        let after: Vec<_> = again.mailboxes.iter().map(essence).collect();
        prop_assert_eq!(before, after);
    }

    #[test]
    fn results_of_any_field_read_back_as_printed(body in field(RESULTS), arc in any::<bool>()) {
        let limits = Limits::default();
        let name = if arc { "ARC-Authentication-Results" } else { "Authentication-Results" };
        let read = auth_results::parse(&named(name, &body), &limits);
        prop_assert!(!read.strict || read.problems.is_empty());
        let printed = read.to_string();
        let again = auth_results::parse(&named(name, printed.as_bytes()), &limits);
        prop_assert_eq!(said(read), said(again), "{}", printed);
    }

    #[test]
    fn hops_and_spf_results_of_any_field_are_read(body in field(HOPS)) {
        let limits = Limits::default();
        let hop = received::parse(&named("Received", &body), &limits);
        prop_assert!(hop.date.is_some() || !hop.problems.is_empty());
        let spf = received_spf::parse(&named("Received-SPF", &body), &limits);
        prop_assert!(spf.result.is_some() || !spf.problems.is_empty());
    }

    #[test]
    fn a_field_without_problems_says_the_same_to_another_parser(
        name in prop::sample::select(vec![
            "", "Ann ", "Ann Bee ", "\"Bee, Ann\" ", "\"c@d.example\" ", "=?utf-8?q?=C3=BC?= ",
        ]),
        local in "[a-z0-9+_=]{1,8}(\\.[a-z]{1,4})?",
        domain in "[a-z]{1,8}(\\.[a-z0-9]{1,6}){0,2}\\.example",
        second in any::<bool>(),
    ) {
        let one = format!("{name}<{local}@{domain}>");
        let body = if second { format!("{one},\r\n x@y.example") } else { one };
        let ours = parse_from(body.as_bytes(), 0, &Limits::default());
        prop_assert!(ours.problems.is_empty(), "{:?}", ours.problems);
        let message = format!("From: {body}\r\n\r\n");
        let theirs = MessageParser::default().parse(message.as_bytes()).unwrap();
        let Some(Address::List(theirs)) = theirs.from() else { panic!("no list") };
        let theirs: Vec<_> = theirs.iter().map(|one| (one.name.as_deref(), one.address.as_deref())).collect();
        let ours: Vec<_> = ours.mailboxes.iter().map(|one| (one.name.as_deref(), one.address.as_deref())).collect();
        prop_assert_eq!(ours, theirs);
    }
}

/// None of these may take time that grows faster than the field: this test would not end.
#[test]
fn fields_of_one_repeated_piece_are_read() {
    let limits = Limits::default();
    let pieces = [
        "(",
        "<",
        "\"",
        "[",
        "=?",
        "=?a?q?,",
        "@",
        "a,",
        "a@b.example<",
        "<a,",
        "<@a:",
        ";",
        ". ",
        "\\",
        "<>",
        "\r",
        "()",
    ];
    for piece in pieces {
        let body = piece.repeat(900_000 / piece.len());
        parse_from(body.as_bytes(), 0, &limits);
        let body = piece.repeat(99_000 / piece.len());
        auth_results::parse(&named("a", format!("x; a=b {body}").as_bytes()), &limits);
        for body in [&body, &format!("from a {body}"), &format!("x; {body}")] {
            let field = named("a", body.as_bytes());
            auth_results::parse(&field, &limits);
            received::parse(&field, &limits);
            received_spf::parse(&field, &limits);
        }
    }
}

/// Cases of the suite that this parser reads otherwise, and why.
const OTHERWISE: &[(&str, &str)] = &[(
    "TestParseOffice365RandomDomainTokensAndEmptyPropertyValue",
    "the field has no authserv-id; a stray domain between results does not become one",
)];

#[test]
fn the_suite_of_mimekit_is_read_or_refused() {
    let Some(folder) = std::env::var_os("SESAUTH_SUITES") else {
        eprintln!("SESAUTH_SUITES is not set: the suites were not there");
        return;
    };
    let path = std::path::Path::new(&folder).join("ar_mimekit.jsonl");
    let text = std::fs::read_to_string(path).unwrap();
    let mut wrong = Vec::new();
    let (mut read, mut refused) = (0, 0);
    for line in text.lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let id = case["id"].as_str().unwrap();
        let message = case["message"].as_str().unwrap().as_bytes();
        let header =
            sesauth::message::Header::parse(message, 0, 100, sesauth::message::Reading::Saved);
        let ours = auth_results::parse(&header.fields[0], &Limits::default());
        let expected = &case["expected"];
        let difference = match expected["parse"].as_bool().unwrap() {
            true => difference(&ours, expected),
            false => ours.strict.then(|| "not refused".to_owned()),
        };
        let skipped = OTHERWISE.iter().any(|(skipped, _)| *skipped == id);
        match (difference, skipped) {
            (None, true) => wrong.push(format!("{id}: skipped, yet it is read as expected")),
            (Some(difference), false) => wrong.push(format!("{id}: {difference}")),
            _ if expected["parse"] == true => read += 1,
            _ => refused += 1,
        }
    }
    eprintln!(
        "{read} read, {refused} refused, {} otherwise",
        OTHERWISE.len()
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// How our reading differs from what a case expects.
fn difference(ours: &AuthenticationResults, expected: &serde_json::Value) -> Option<String> {
    let number = |value: &serde_json::Value| value.as_u64().and_then(|n| u32::try_from(n).ok());
    if ours.authserv_id.as_deref() != expected["authserv_id"].as_str()
        || (expected.get("instance").is_some() && ours.instance != number(&expected["instance"]))
        || ours.version != number(&expected["version"])
    {
        return Some(format!(
            "{:?} {:?} {:?}",
            ours.authserv_id, ours.instance, ours.version
        ));
    }
    let theirs = expected["results"].as_array().unwrap();
    if ours.results.len() != theirs.len() {
        return Some(format!("{} results", ours.results.len()));
    }
    for (ours, theirs) in ours.results.iter().zip(theirs) {
        let has = |(key, value): (&String, &serde_json::Value)| {
            let (ptype, property) = key.split_once('.').unwrap();
            ours.property(ptype, property) == value.as_str()
        };
        let comment = theirs["comment"].as_str();
        let same = ours.method == theirs["method"]
            && ours.result == theirs["result"]
            && ours.reason.as_deref() == theirs["reason"].as_str()
            && comment.is_none_or(|comment| ours.comments.iter().any(|one| one == comment))
            && theirs["properties"].as_object().unwrap().iter().all(has);
        if !same {
            return Some(format!("{ours:?}"));
        }
    }
    None
}
