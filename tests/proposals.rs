//! What findings propose for single records: the record that is shown, or that none is, and the words
//! beside it.

#[path = "support/proposed.rs"]
#[expect(
    dead_code,
    reason = "what is wrong with a record is judged by the exact text here"
)]
mod proposed;

use proposed::proposals;
use sesauth::dns::{Absent, Snapshot};
use sesauth::findings::Finding;
use sesauth::{Options, SessionHints};

/// What the findings say of a message from 192.0.2.25 under example.com, with these texts in DNS.
fn findings(texts: &[(&str, &str)], results: &str) -> Vec<Finding> {
    let mut dns = "{\"sesauth_dns\":1}\n".to_owned();
    for (name, text) in texts {
        let (name, text) = (serde_json::json!(name), serde_json::json!([text]));
        dns += &format!(
            "{{\"name\":{name},\"type\":\"TXT\",\"rcode\":\"NOERROR\",\"ttl\":300,\"records\":[{text}]}}\n"
        );
    }
    let dns = Snapshot::parse(&dns, Absent::NxDomain).unwrap();
    let field = match results {
        "" => String::new(),
        results => format!("Authentication-Results: mx.example.net; {results}\r\n"),
    };
    let message = format!(
        "Return-Path: <a@example.com>\r\n{field}Received: from mail.example.com (mail.example.com [192.0.2.25]) by mx.example.net \
         with ESMTPS id abc123; Mon, 01 Jun 2026 10:00:01 +0000\r\nFrom: a@example.com\r\n\
         Date: Mon, 01 Jun 2026 10:00:00 +0000\r\n\r\nHello\r\n"
    );
    let hints = SessionHints::default();
    let now = "2026-06-01T10:00:05Z".parse().unwrap();
    let inspection =
        sesauth::inspect_recorded(message.as_bytes(), &hints, &dns, now, &Options::default());
    inspection.unwrap().findings()
}

/// The texts that are proposed for `name`, each once.
fn proposed_at(name: &str, found: &[Finding]) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for proposal in proposals(found) {
        if proposal.name == name && !texts.contains(&proposal.text) {
            texts.push(proposal.text);
        }
    }
    texts
}

/// The words of all fixes.
fn words(found: &[Finding]) -> String {
    let mut words = String::new();
    for fix in found.iter().filter_map(|finding| finding.fix.as_ref()) {
        words += &fix.text;
        words += "\n";
        for choice in &fix.choices {
            words += &format!("{:?}\n", choice);
        }
    }
    words
}

const SPF: (&str, &str) = ("example.com", "v=spf1 ip4:192.0.2.99 -all");
const DMARC: (&str, &str) = (
    "_dmarc.example.com",
    "v=DMARC1; p=reject; rua=mailto:d@example.com",
);

#[test]
fn the_policy_that_the_receiver_recorded_is_the_least_that_is_proposed() {
    for (result, policy) in [
        (
            "dmarc=fail action=quarantine header.from=example.com",
            Some("p=quarantine"),
        ),
        (
            "dmarc=fail action=oreject header.from=example.com",
            Some("p=reject"),
        ),
        (
            "dmarc=fail action=pct.quarantine header.from=example.com",
            Some("p=quarantine"),
        ),
        (
            "dmarc=fail (p=REJECT sp=QUARANTINE dis=REJECT) header.from=example.com",
            Some("p=reject; sp=quarantine"),
        ),
        (
            "dmarc=fail (p=NONE sp=QUARANTINE dis=NONE) header.from=example.com",
            Some("p=none; sp=quarantine"),
        ),
        (
            "dmarc=fail (p=REJECT sp=REJECT dis=NONE) header.from=example.com",
            Some("p=reject"),
        ),
        (
            "dmarc=fail header.from=example.com policy.published-domain-policy=reject",
            Some("p=reject"),
        ),
        (
            "dmarc=fail header.from=example.com policy.applied-disposition=reject",
            Some("p=reject"),
        ),
        // It found a record, and does not say what was in it.
        ("dmarc=fail header.from=example.com", None),
        ("dmarc=fail action=none header.from=example.com", None),
        ("dmarc=pass action=none header.from=example.com", None),
        // No record, or that of another.
        (
            "dmarc=none action=none header.from=example.com",
            Some("p=none"),
        ),
        (
            "dmarc=pass (p=REJECT) header.from=other.example",
            Some("p=none"),
        ),
    ] {
        let found = findings(&[SPF], result);
        let expected =
            policy.map(|policy| format!("v=DMARC1; {policy}; rua=mailto:dmarc@example.com"));
        let proposed = proposed_at("_dmarc.example.com", &found);
        assert_eq!(proposed, Vec::from_iter(expected), "{result}");
        let words = words(&found);
        let is_back = words.contains("put the record back that was there");
        assert!(
            !(is_back && words.contains("changes nothing yet")),
            "{result}"
        );
        let is_said = words.contains("the policy that the receiver recorded");
        assert_eq!(is_said, is_back && policy.is_some(), "{result}: {words}");
    }
}

#[test]
fn a_text_with_a_misspelt_version_keeps_its_terms() {
    for version in [
        "v=sp1f",
        "v=sfp1",
        "vs=pf1",
        "v=sp,1",
        "v=spf 1",
        "v=spf\u{a0}1",
        "v=\u{a0}spf1",
        "v =spf1",
        "v=spff1",
        "v-spf1",
        "V=SP1F",
    ] {
        let text = format!("{version} ip4:192.0.2.99 mx -all");
        let found = findings(&[("example.com", &text), DMARC], "");
        let proposed = proposed_at("example.com", &found);
        assert_eq!(proposed, ["v=spf1 ip4:192.0.2.99 mx -all"], "{text:?}");
    }
    // Nobody can tell what its terms mean; another record beside it would drop them.
    for text in ["v=sp1f ip4:192.0.2 -all", "v=spf 1 colour -all"] {
        let found = findings(&[("example.com", text), DMARC], "");
        assert_eq!(proposed_at("example.com", &found), [""; 0], "{text:?}");
    }
    let found = findings(&[("example.com", "v=STSv1; id=1"), DMARC], "");
    let proposed = proposed_at("example.com", &found);
    assert_eq!(proposed, ["v=spf1 ip4:192.0.2.25 ~all"]);
}

#[test]
fn no_record_leads_to_itself() {
    for record in [
        "v=spf1 redirect=example.com -all",
        "v=spf1 include:example.com ip4:192.0.2.99 -all",
        "v=spf1 ip4:192.0.2.99 redirect=example.com",
        "v=spf1 redirect=example.com",
    ] {
        let found = findings(&[("example.com", record), DMARC], "");
        for proposed in proposed_at("example.com", &found) {
            assert!(!proposed.contains("example.com"), "{record}: {proposed}");
            assert_ne!(proposed, "v=spf1", "{record}");
        }
    }
    let found = findings(
        &[
            ("example.com", "v=spf1 redirect=b.example.com"),
            ("b.example.com", "v=spf1 redirect=example.com"),
            DMARC,
        ],
        "",
    );
    assert_eq!(proposed_at("example.com", &found), [""; 0]);
    let words = words(&found);
    assert!(words.contains("nobody passes then"), "{words}");
    assert!(!words.contains("named there already"), "{words}");
}

#[test]
fn no_address_is_guessed() {
    for record in [
        "v=spf1 a mx ip4:198.51.100.0/2 4include:amazonses.com -all",
        "v=spf1 a mx ip4:198.51.100.0/ 24include:amazonses.com -all",
        "v=spf1 ip6c2001:db8::/32 ip4:192.0.2.7 -all",
        "v=spf1 ip4:=92.0.2.7 -all",
        "v=spf1 ipv4:198.51.100.0/2 -all",
        "v=spf1 ipv6:2001::/3 -all",
        "v=spf1 ip41:92.0.2.7 -all",
        "v=spf1 ip4:1 92.0.2.7 -all",
    ] {
        let found = findings(&[("example.com", record), DMARC], "");
        assert_eq!(proposed_at("example.com", &found), [""; 0], "{record}");
    }
    for (record, meant) in [
        ("v=spf1 ip4:=192.0.2.7 -all", "v=spf1 ip4:192.0.2.7 -all"),
        (
            "v=spf1 ipv4:198.51.100.0/24 -all",
            "v=spf1 ip4:198.51.100.0/24 -all",
        ),
    ] {
        let found = findings(&[("example.com", record), DMARC], "");
        assert_eq!(proposed_at("example.com", &found), [meant], "{record}");
    }
}

#[test]
fn a_name_that_is_a_letter_away_from_a_known_one_is_said() {
    for (typed, meant) in [
        ("_spf.gooogle.com", "_spf.google.com"),
        ("spf.protection.outlok.com", "spf.protection.outlook.com"),
        ("sfp.example.net", "spf.example.net"),
    ] {
        let record = format!("v=spf1 include:spf.example.net include:{typed} ip4:192.0.2.99 ~all");
        let net = ("spf.example.net", "v=spf1 ip4:203.0.113.0/26 -all");
        let found = findings(&[("example.com", &record), net, DMARC], "");
        assert_eq!(proposed_at("example.com", &found), [""; 0], "{record}");
        let words = words(&found);
        assert!(
            words.contains(&format!("{meant} was probably meant")),
            "{words}"
        );
    }
}

#[test]
fn all_findings_propose_one_dmarc_record() {
    for (typed, meant) in [
        (
            "p=reject; r-a=mailto:a@example.com,mailto:b@example.com",
            "p=reject; rua=mailto:a@example.com,mailto:b@example.com",
        ),
        (
            "p=reject; rua=mail;o:a@example.com,mailto:b@example.com",
            "p=reject; rua=mailto:a@example.com,mailto:b@example.com",
        ),
        (
            "p=reject; sp=reject; rua=mailto:a @example.com; rf=afrf",
            "p=reject; sp=reject; rua=mailto:a@example.com",
        ),
        (
            "p=reject; np=reject; ru\u{a0}a=mailto:a@example.com",
            "p=reject; np=reject; rua=mailto:a@example.com",
        ),
        (
            "p=reject; npreject; rua=mailto:a@example.com; ri=1",
            "p=reject; np=reject; rua=mailto:a@example.com",
        ),
        (
            "p=reject; adkim=strict; aspf=relaxed; rua=mailto:a@example.com",
            "p=reject; adkim=s; aspf=r; rua=mailto:a@example.com",
        ),
        (
            "p=reject; pct=50; rf=afrf; fo=1; rua=mailto:a@example.com",
            "p=reject; rua=mailto:a@example.com",
        ),
        (
            "policy=reject; rua=mailto:a@example.com",
            "p=reject; rua=mailto:a@example.com",
        ),
        (
            "pol=quarantine; sub-policy=reject",
            "p=quarantine; sp=reject; rua=mailto:dmarc@example.com",
        ),
        (
            "p=reject; rf=afrf",
            "p=reject; rua=mailto:dmarc@example.com",
        ),
    ] {
        let text = format!("v=DMARC1; {typed}");
        let found = findings(&[SPF, ("_dmarc.example.com", &text)], "");
        let proposed = proposed_at("_dmarc.example.com", &found);
        assert_eq!(proposed, [format!("v=DMARC1; {meant}")], "{typed}");
        assert!(
            found
                .iter()
                .all(|it| it.fix.as_ref().is_none_or(|fix| fix.choices.len() != 1))
        );
    }
    for typed in [
        "action=reject; rua=mailto:a@example.com",
        "mode:quarantine; rua=mailto:a@example.com",
    ] {
        let text = format!("v=DMARC1; {typed}");
        let found = findings(&[SPF, ("_dmarc.example.com", &text)], "");
        assert_eq!(
            proposed_at("_dmarc.example.com", &found),
            [""; 0],
            "{typed}"
        );
    }
    let text = "v=DMARC1; p=reject; sp=nonne";
    let words = words(&findings(&[SPF, ("_dmarc.example.com", text)], ""));
    assert!(
        words.contains("write sp=") && !words.contains("write p="),
        "{words}"
    );
}

#[test]
fn the_second_step_from_p_none_keeps_the_first() {
    let text = "v=DMARC1; p=none; rua=mailto:d@example.com";
    let found = findings(
        &[
            ("example.com", "v=spf1 ip4:192.0.2.25 -all"),
            ("_dmarc.example.com", text),
        ],
        "",
    );
    let proposed = proposed_at("_dmarc.example.com", &found);
    assert_eq!(
        proposed,
        [
            "v=DMARC1; p=none; rua=mailto:d@example.com; np=reject",
            "v=DMARC1; p=quarantine; rua=mailto:d@example.com; np=reject",
        ]
    );
}

#[test]
fn a_term_without_effect_is_said_and_takes_effect_once() {
    for (record, meant, said) in [
        (
            "v=spf1 ip4=192.0.2.25 -all",
            "v=spf1 ip4:192.0.2.25 -all",
            "ip4=192.0.2.25 has no effect",
        ),
        (
            "v=spf1 -all ip4:192.0.2.25",
            "v=spf1 ip4:192.0.2.25 -all",
            "ip4:192.0.2.25 is never reached",
        ),
        (
            "v=spf1 a:mail.example.com -all include:amazonses.com",
            "v=spf1 a:mail.example.com ip4:192.0.2.25 include:amazonses.com -all",
            "include:amazonses.com is never reached",
        ),
    ] {
        let found = findings(&[("example.com", record), DMARC], "");
        assert_eq!(proposed_at("example.com", &found), [meant], "{record}");
        assert!(
            found.iter().any(|it| it.message.contains(said)),
            "{record}: {found:#?}"
        );
    }
}

#[test]
fn a_record_that_cannot_be_read_is_spoken_of_in_clear_words() {
    for typed in ["!all", "=all", ".all"] {
        let record = format!("v=spf1 ip4:192.0.2.99 {typed}");
        let found = findings(&[("example.com", &record), DMARC], "");
        let proposed = proposed_at("example.com", &found);
        assert_eq!(
            proposed,
            ["v=spf1 ip4:192.0.2.99 ~all", "v=spf1 ip4:192.0.2.99 -all"],
            "{typed}"
        );
    }
    let mut record = "v=spf1".to_owned();
    for host in 100..200 {
        record += &format!(" ip4:192.0.2.{host}");
    }
    let found = findings(&[("example.com", &record[..255]), DMARC], "");
    assert_eq!(proposed_at("example.com", &found), [""; 0]);
    assert!(
        found.iter().any(|it| it.message.contains("cut off")),
        "{found:#?}"
    );
    for record in [
        "v=spf1 redirect=x -all",
        "v=spf1 ip4:192.0.2.0/33 -all",
        "v=spf1 exp=%a -all",
    ] {
        let found = findings(&[("example.com", record), DMARC], "");
        let words = words(&found);
        assert!(
            !words.contains("ends in -all or") && words.contains("correct \""),
            "{words}"
        );
    }
}
