//! What large receivers ask of bulk senders, seen in messages.

use sesauth::bulk::{BulkReceiver, BulkRow, RULES, Topic, Weight};
use sesauth::dns::{Absent, Snapshot, Zone};
use sesauth::{Options, SessionHints, inspect_recorded};

fn rows(message: &str, zone: &str, ip: Option<&str>) -> Vec<BulkRow> {
    let zone = Zone::parse(zone).unwrap();
    let hints = SessionHints {
        client_ip: ip.map(|ip| ip.parse().unwrap()),
        mail_from: Some("bounce@example.com".into()),
        ..SessionHints::default()
    };
    let options = Options {
        bulk: true,
        ..Options::default()
    };
    let now = jiff::Timestamp::from_second(1_780_000_000).unwrap();
    let message = message.replace('\n', "\r\n");
    let inspection = inspect_recorded(message.as_bytes(), &hints, &zone, now, &options).unwrap();
    inspection.bulk
}

fn meets(rows: &[BulkRow], topic: Topic) -> Option<bool> {
    rows.iter()
        .find(|row| row.topic == topic)
        .unwrap()
        .fact
        .meets
}

const ZONE: &str = "example.com. TXT \"v=spf1 ip4:192.0.2.1 -all\"\n\
                    _dmarc.example.com. TXT \"v=DMARC1; p=none\"\n\
                    1.2.0.192.in-addr.arpa. PTR out.example.com.\n\
                    2.2.0.192.in-addr.arpa. PTR out.example.com.\n\
                    out.example.com. A 192.0.2.1\n";

#[test]
fn each_topic_is_judged_by_what_is_there() {
    let message = "Received: from out.example.com ([192.0.2.1]) by mx.example.net with ESMTPS; Mon, 1 Jun 2026 10:00:00 +0000\n\
                   From: a@example.com\nTo: b@example.net\nMessage-ID: <1@example.com>\n\
                   List-Unsubscribe: <https://example.com/u>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n\nHello\n";
    let rows = rows(message, ZONE, Some("192.0.2.1"));
    let expected = [
        (Topic::Spf, Some(true)),
        (Topic::Dkim, Some(false)),
        (Topic::DkimKey, None),
        (Topic::Dmarc, Some(true)),
        (Topic::Alignment, Some(true)),
        (Topic::Ptr, Some(true)),
        (Topic::From, Some(true)),
        (Topic::MessageId, Some(true)),
        (Topic::SingleFields, Some(true)),
        (Topic::Unsubscribe, Some(true)),
        (Topic::Complaints, None),
    ];
    for (topic, answer) in expected {
        assert_eq!(meets(&rows, topic), answer, "{topic:?}");
    }
}

#[test]
fn a_fault_names_the_errors_that_it_earns() {
    let message =
        "From: a@example.com, b@example.com\nTo: c@example.net\nTo: d@example.net\n\nHello\n";
    let rows = rows(message, ZONE, Some("192.0.2.2"));
    let codes = |topic: Topic, receiver: BulkReceiver| {
        let row = rows.iter().find(|row| row.topic == topic).unwrap();
        row.of(receiver).unwrap().errors.to_vec()
    };
    assert_eq!(
        codes(Topic::Spf, BulkReceiver::Gmail),
        ["421 4.7.27", "550 5.7.27"]
    );
    assert_eq!(codes(Topic::Dkim, BulkReceiver::Microsoft), ["550 5.7.515"]);
    assert_eq!(
        codes(Topic::Ptr, BulkReceiver::Gmail),
        ["421 4.7.23", "550 5.7.25"]
    );
    for topic in [
        Topic::From,
        Topic::MessageId,
        Topic::SingleFields,
        Topic::Unsubscribe,
    ] {
        assert_eq!(meets(&rows, topic), Some(false), "{topic:?}");
    }
}

#[test]
fn without_a_client_or_an_answer_nothing_is_claimed() {
    let dns = Snapshot::parse("{\"sesauth_dns\":1}", Absent::NotRecorded).unwrap();
    let options = Options {
        bulk: true,
        ..Options::default()
    };
    let message = b"From: a@example.com\r\n\r\nHello\r\n";
    let now = jiff::Timestamp::UNIX_EPOCH;
    let hints = SessionHints::default();
    let rows = inspect_recorded(message, &hints, &dns, now, &options)
        .unwrap()
        .bulk;
    for topic in [Topic::Spf, Topic::Ptr, Topic::Tls] {
        assert_eq!(meets(&rows, topic), None, "{topic:?}");
    }
}

#[test]
fn every_rule_has_a_source_with_its_date() {
    for rule in RULES {
        assert!(rule.source.title.len() > 20);
        assert_eq!(rule.source.read.len(), 7);
        let has_errors = !rule.errors.is_empty();
        assert!(!has_errors || rule.weight == Weight::Asked, "{rule:?}");
    }
}
