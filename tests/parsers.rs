//! The parsers of structured header fields, over anything: no panic, and what is printed reads
//! back to the same.

use std::time::Instant;

use mail_parser::{Address, MessageParser};
use proptest::prelude::*;
use sesauth::Limits;
use sesauth::message::{Author, parse_from};

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

#[test]
fn hostile_fields_are_read_in_linear_time() {
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
        let before = Instant::now();
        parse_from(body.as_bytes(), 0, &limits);
        let time = before.elapsed();
        assert!(time.as_secs() < 5, "{piece}: {time:?}");
    }
}
