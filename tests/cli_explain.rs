//! `sesauth explain`: words, and the errors that senders get.

use std::process::{Command, Output, Stdio};

use sesauth::explain::glossary::{GROUPS, explained_word};
use sesauth::explain::{dmarc, smtp_reply};
use sesauth::{findings, render};

fn sesauth<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sesauth"));
    command.args(arguments).stdin(Stdio::null());
    command.output().unwrap()
}

fn out(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn err(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// What `sesauth explain` says of this.
fn explained(text: &str) -> String {
    let output = sesauth(["explain", text]);
    assert_eq!(
        (output.status.code(), err(&output)),
        (Some(0), ""),
        "{text}"
    );
    out(&output).to_owned()
}

#[test]
fn every_word_is_explained_in_twelve_lines_and_leads_only_to_what_is_explained() {
    for word in GROUPS.iter().flat_map(|group| group.words) {
        let mut text = Vec::new();
        render::explain::write_word(word, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.lines().count() <= 12, "{text}");
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        for text in [word.means, word.matters, word.todo] {
            assert!(!text.contains("  "), "{}: {text:?}", word.word);
        }
        assert!(!word.see.is_empty(), "{} stands alone", word.word);
        for other in word.see {
            let is_code = || smtp_reply::read(other).is_some_and(|reply| !reply.uses.is_empty());
            assert!(
                explained_word(other).is_some()
                    || dmarc::explained_tag(other).is_some()
                    || findings::rule(other).is_some()
                    || is_code(),
                "{} leads to {other}",
                word.word
            );
        }
    }
}

#[test]
fn a_word_is_explained_by_any_of_its_names() {
    let text = explained("mail-from");
    for name in [
        "Return-Path",
        "RETURN-PATH:",
        "envelope sender",
        "MAIL FROM",
        "bounce address",
    ] {
        assert_eq!(explained(name), text, "{name}");
    }
    // Not in quotes.
    assert_eq!(out(&sesauth(["explain", "mail", "from"])), text);
    assert_eq!(explained("~all"), explained("spf=softfail"));
    assert!(explained("-all").starts_with("fail\n"));
    // A letter that several things have.
    let text = explained("t");
    assert!(
        text.contains("in a DMARC record") && text.contains("t= of a signature"),
        "{text}"
    );
    assert!(explained("p=reject").starts_with("reject\n"));
    let output = sesauth(["explain", "slector"]);
    assert!(
        err(&output).contains("perhaps selector"),
        "{}",
        err(&output)
    );
}

#[test]
fn the_error_that_a_sender_got_is_explained() {
    for (text, words) in [
        (
            "5.7.26",
            &[
                "neither SPF nor DKIM",
                "the DMARC policy",
                "-all",
                "RFC 7372",
            ][..],
        ),
        (
            "550-5.7.515",
            &["Microsoft", "SPF must pass, DKIM must pass"],
        ),
        (
            "550 5.7.1",
            &[
                "the form of the message",
                "block list",
                "sesauth dmarc DOMAIN",
            ],
        ),
        ("#5.7.23", &["sesauth spf --ip ADDRESS --mail-from SENDER"]),
        ("4.7.23", &["PTR"]),
        (
            "421 4.7.0 [TSS04] Messages temporarily deferred",
            &["Yahoo"],
        ),
        (
            "554 5.7.9 Message not accepted for policy reasons.",
            &["Yahoo"],
        ),
        (
            "554 Message rejected: Email address is not verified.",
            &["Amazon SES"],
        ),
        (
            "550 5.2.0 refused due to DMARC",
            &["Nothing more is known", "sesauth explain dmarc"],
        ),
        ("550", &["Give the whole reply"]),
        (
            "550 5.1.1 no such user",
            &["addresses", "Nothing more is known"],
        ),
    ] {
        let said = explained(text);
        for word in words {
            let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(said.contains(word), "{text}: {word}: {said}");
        }
        assert!(
            said.lines().all(|line| line.chars().count() <= 80),
            "{said}"
        );
    }
}

#[test]
fn a_pasted_reply_is_told_from_other_uses_of_its_code() {
    let said = explained(
        "550-5.7.26 Unauthenticated email from example.com is not accepted due to domain's\n\
         550-5.7.26 DMARC policy. Please contact the administrator of example.com",
    );
    assert!(
        said.contains("the DMARC policy of the domain in From"),
        "{said}"
    );
    assert!(!said.contains("neither SPF nor DKIM"), "{said}");
    assert!(said.contains("sesauth explain 5.7.26 lists all"), "{said}");
}

#[test]
fn the_list_of_what_can_be_explained_is_short_and_whole() {
    let output = sesauth(["explain"]);
    let list = out(&output);
    assert!(
        list.lines().all(|line| line.chars().count() <= 80),
        "{list}"
    );
    assert!(list.lines().count() < 80, "{list}");
    let listed: Vec<&str> = list.split([' ', ',', '\n']).collect();
    let words = GROUPS.iter().flat_map(|group| group.words);
    let words = words.map(|word| word.word);
    for word in words.chain(findings::RULES.iter().map(|rule| rule.code)) {
        assert!(listed.contains(&word), "{word}");
    }
}
