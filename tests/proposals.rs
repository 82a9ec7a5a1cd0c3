//! What findings propose for single records: the record that is shown, or that none is, and the words
//! beside it.

#[path = "support/proposed.rs"]
#[allow(dead_code)]
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
