//! What is found of the SMTP session behind a message, and whose word Authentication-Results are.

#[path = "support/run.rs"]
mod run;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::{Value, json};
use sesauth::dns::{Absent, Snapshot};
use sesauth::{Analysis, SessionHints};

const GMAIL: &str = "\
    Received: by 2002:a05:6a::1 with SMTP id a1csp1; Tue, 30 Jun 2026 03:00:03 -0700 (PDT)\n\
    Return-Path: <a@mail.example.com>\n\
    Received: from h.example.com (r.example.com. [192.0.2.1]) by mx.google.com with ESMTPS id x; \
    Tue, 30 Jun 2026 03:00:02 -0700 (PDT)\n\
    Received-SPF: pass (google.com: domain of a@mail.example.com designates 192.0.2.1 as permitted \
    sender) client-ip=192.0.2.1;\n\
    Authentication-Results: mx.google.com; spf=pass (google.com: domain of a@mail.example.com \
    designates 192.0.2.1 as permitted sender) smtp.mailfrom=a@mail.example.com\n";

const LIST: &str = "\
    Return-Path: <list-bounces@lists.example.org>\n\
    Received: from mx.lists.example.org (mx.lists.example.org [203.0.113.9]) by mx.example.net \
    (Postfix) with ESMTPS id 3; Tue, 30 Jun 2026 10:00:09 +0000 (UTC)\n\
    Received: from localhost (localhost [127.0.0.1]) by mx.lists.example.org (Postfix) with ESMTP \
    id 2; Tue, 30 Jun 2026 10:00:05 +0000 (UTC)\n\
    Authentication-Results: mx.lists.example.org; spf=pass smtp.mailfrom=mail.example.com\n\
    Received: from h.example.com (h.example.com [192.0.2.1]) by mx.lists.example.org (Postfix) with \
    ESMTPS id 1; Tue, 30 Jun 2026 10:00:02 +0000 (UTC)\n";

#[test]
fn at_gmail_the_session_is_that_of_its_border_and_all_sources_agree() {
    let analysis = inspect(GMAIL, &SessionHints::default());
    assert_eq!(
        session(&analysis),
        [
            "192.0.2.1 (Received 2)",
            "h.example.com (Received 2)",
            "a@mail.example.com (Return-Path)",
            "2026-06-30T10:00:02Z (Received 2)"
        ]
    );
    assert_eq!(analysis.notes, []);
    assert_eq!(standings(&analysis), ["receiver"]);
    let hops = &analysis.session.hops;
    assert_eq!((hops[0].border, hops[0].delay), (false, Some(1)));
    assert_eq!((hops[1].border, hops[1].delay), (true, None));
}

/// A client of its own network, which could be anyone behind an address translator.
const INNER: &str = "\
    Return-Path: <a@mail.example.com>\n\
    Received: from lb (unknown [10.0.0.5]) by mx.example.net (Postfix) with ESMTPS id 2; \
    Tue, 30 Jun 2026 10:00:05 +0000 (UTC)\n";

#[test]
fn a_session_that_no_host_of_the_receiver_vouches_for_hangs_on_its_teller() {
    let told = |rest: &str| {
        let analysis = inspect(&format!("{INNER}{rest}"), &SessionHints::default());
        assert!(analysis.session.client_ip.is_some(), "{rest}");
        teller(&analysis)
    };
    let by = |host: &str| {
        told(&format!(
            "Received: from h.example.com (h.example.com [192.0.2.1]) by {host} with ESMTPS id 1; \
             Tue, 30 Jun 2026 10:00:02 +0000 (UTC)\n"
        ))
    };
    assert_eq!(by("relay.example.org"), Some("relay.example.org".into()));
    assert_eq!(by("relay"), Some("relay".into()));
    // A stranger can write any name of the receiver's.
    assert_eq!(by("mail.example.net"), Some("mail.example.net".into()));
    assert_eq!(by("10.0.0.5"), Some("10.0.0.5".into()));
    let known = |client: &str, with: &str| {
        let header = format!(
            "Received: from x ({client}) by mx.example.net with {with} id 2; \
             Tue, 30 Jun 2026 10:00:05 +0000 (UTC)\n\
             Received: from h.example.com (h.example.com [192.0.2.1]) by mail.example.net with \
             ESMTPS id 1; Tue, 30 Jun 2026 10:00:02 +0000 (UTC)\n"
        );
        teller(&inspect(&header, &SessionHints::default()))
    };
    assert_eq!(known("unknown [10.0.0.5]", "LMTP"), None);
    // A stranger can be behind address translation, a proxy, or a name of the receiver's network.
    let stranger = Some("mail.example.net".to_owned());
    for client in [
        "mail.example.net [10.0.0.5]",
        "localhost [127.0.0.1]",
        "h.example.org [10.0.0.5]",
        "vps1.example.net [203.0.113.66]",
    ] {
        assert_eq!(known(client, "ESMTPS"), stranger, "{client}");
    }
    let trusted = SessionHints {
        trusted_hosts: vec!["example.net".into()],
        ..SessionHints::default()
    };
    let hop = "Received: from h.example.com (h.example.com [192.0.2.1]) by mail.example.net with \
               ESMTPS id 1; Tue, 30 Jun 2026 10:00:02 +0000 (UTC)\n";
    let analysis = inspect(&format!("{INNER}{hop}"), &trusted);
    assert_eq!(teller(&analysis), stranger);

    let spf = "Received-SPF: pass (x) client-ip=192.0.2.1; envelope-from=a@mail.example.com\n";
    assert_eq!(told(spf), Some("the field Received-SPF".into()));
    let results = "Authentication-Results: mx.example.net; spf=pass (sender IP is 192.0.2.1) \
                   smtp.mailfrom=mail.example.com\n";
    let teller = "the field Authentication-Results";
    assert_eq!(told(results), Some(teller.into()));
    let sender = "X-Sender-IP: 192.0.2.1\n";
    assert_eq!(told(sender), Some("the field X-Sender-IP".into()));
}

#[test]
fn a_provider_takes_its_users_mail_in_the_session_that_its_results_are_about() {
    let results = |client: &str| {
        format!(
            "Authentication-Results: mx.google.com; spf=fail (google.com: domain of \
             a@mail.example.com does not designate {client} as permitted sender) \
             smtp.mailfrom=a@mail.example.com\n"
        )
    };
    let hop = |host: &str, ip: &str| {
        format!(
            "Received: from {host} ({host}. [{ip}]) by mx.google.com with ESMTPS id x; \
             Tue, 30 Jun 2026 03:00:02 -0700 (PDT)\n"
        )
    };
    let own = hop("mail-f41.google.com", "203.0.113.41");
    let written_by_its_user = hop("h.example.com", "192.0.2.1") + &results("192.0.2.1");
    let header = own + &results("203.0.113.41") + &written_by_its_user;
    let analysis = inspect(&header, &SessionHints::default());
    assert_eq!(session(&analysis)[0], "203.0.113.41 (Received 1)");

    let strangers = hop("h.example.org", "198.51.100.7") + &written_by_its_user;
    let analysis = inspect(
        &(results("192.0.2.1") + &strangers),
        &SessionHints::default(),
    );
    assert_eq!(session(&analysis)[0], "198.51.100.7 (Received 1)");
}

#[test]
fn a_date_that_nobody_vouches_for_gives_way_to_a_much_later_one() {
    let received_at = |host: &str, date: &str| {
        let hop = format!("Received: from h (h [192.0.2.1]) by {host} with ESMTP id 1; {date}\n");
        let analysis = inspect(&format!("{INNER}{hop}"), &SessionHints::default());
        analysis.session.received_at.unwrap().from.to_string()
    };
    let long_before = "Tue, 30 Jun 2020 10:00:02 +0000";
    assert_eq!(received_at("relay.example.org", long_before), "Received 1");
    let just_before = "Tue, 30 Jun 2026 09:00:02 +0000";
    assert_eq!(received_at("relay.example.org", just_before), "Received 2");
}

#[test]
fn a_field_above_all_received_fields_is_the_receivers_word() {
    let spf = "Received-SPF: pass (x) client-ip=192.0.2.1; envelope-from=a@mail.example.com\n";
    let analysis = inspect(&format!("{spf}{INNER}"), &SessionHints::default());
    assert_eq!(analysis.session.on_word_of, None);
    let analysis = inspect(spf, &SessionHints::default());
    assert!(analysis.session.on_word_of.is_some());
}

#[test]
fn trust_in_a_host_that_wrote_nothing_vouches_for_nothing() {
    let hints = SessionHints {
        trusted_hosts: vec!["mx.example.com".into()],
        ..SessionHints::default()
    };
    let analysis = inspect(LIST, &hints);
    assert_eq!(teller(&analysis), Some("mx.lists.example.org".into()));
}

#[test]
fn a_second_field_in_the_name_of_gmail_is_not_its_own() {
    let forged = "Authentication-Results: mx.google.com; spf=pass smtp.mailfrom=other.example\n";
    let analysis = inspect(&format!("{GMAIL}{forged}"), &SessionHints::default());
    assert_eq!(standings(&analysis), ["receiver", "foreign"]);
    assert_eq!(analysis.notes, []);
}

#[test]
fn exchange_online_passes_mail_on_between_public_addresses_of_its_own() {
    let analysis = inspect(
        "Received: from a.namprd12.prod.outlook.com (2603:10b6:1::1) by b.namprd12.prod.outlook.com \
         with HTTPS; Tue, 30 Jun 2026 10:00:04 +0000\n\
         Authentication-Results: spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=mail.example.com; \
         dkim=none\n\
         Received: from h.example.com (192.0.2.1) by c.mail.protection.outlook.com (10.1.1.1) with \
         Microsoft SMTP Server id 15.20.1.1; Tue, 30 Jun 2026 10:00:02 +0000\n\
         Authentication-Results: dkim=none (message not signed)\n\
         Received: from d.eurprd01.prod.outlook.com (2603:10a6:1::1) by h.example.com with mapi id \
         15.20.1.1; Tue, 30 Jun 2026 10:00:01 +0000\n\
         Return-Path: a@mail.example.com\n",
        &SessionHints::default(),
    );
    assert_eq!(session(&analysis)[0], "192.0.2.1 (Received 2)");
    assert_eq!(session(&analysis)[2], "a@mail.example.com (Return-Path)");
    assert_eq!(standings(&analysis), ["receiver", "foreign"]);
    assert_eq!(analysis.notes, []);
}

/// What Exchange Online writes when the host that accepted the message hands it on by an address
/// from which its customers' mail reaches others too.
fn edge(helo: &str, client: &str, results: &str) -> String {
    format!(
        "Received: from {helo} (2a01:111:f400:7e1f::205) by GV3PEPF000000E0.outlook.office365.com \
         (2603:1026:900:3::f) with Microsoft SMTP Server id 15.20.1.1 via Frontend Transport; \
         Tue, 30 Jun 2026 10:00:04 +0000\n\
         Authentication-Results: spf=pass ({results}) smtp.mailfrom=mail.example.com; dkim=none\n\
         Received: from h.example.com ({client}) by HE1EUR01FT095.mail.protection.outlook.com \
         (10.152.1.8) with Microsoft SMTP Server id 15.20.1.1; Tue, 30 Jun 2026 10:00:02 +0000\n\
         Return-Path: a@mail.example.com\n"
    )
}

#[test]
fn a_host_of_exchange_online_that_hands_its_own_mail_on_is_not_the_border() {
    let own = "HE1EUR01FT095.eop-EUR01.prod.protection.outlook.com";
    for (helo, results) in [
        (own, "sender IP is 192.0.2.1"),
        (&own.to_ascii_uppercase(), "sender IP is 192.0.2.1"),
        ("HE1EUR01FT095.EURPRD01.PROD.OUTLOOK.COM", "no address"),
    ] {
        let analysis = inspect(&edge(helo, "192.0.2.1", results), &SessionHints::default());
        assert_eq!(session(&analysis)[0], "192.0.2.1 (Received 2)", "{helo}");
        assert_eq!(teller(&analysis), None, "{helo}");
    }
}

#[test]
fn a_customer_of_exchange_online_is_the_border_whatever_the_message_says_below() {
    let results = "sender IP is 2a01:111:f400:7e1f::205";
    for helo in [
        "mail-am0eur02on2101.outbound.protection.outlook.com",
        "HE1EUR01FT095.outbound.protection.outlook.com",
        "h.example.com",
    ] {
        let analysis = inspect(&edge(helo, "192.0.2.1", results), &SessionHints::default());
        let client = &session(&analysis)[0];
        assert_eq!(client, "2a01:111:f400:7e1f::205 (Received 1)", "{helo}");
    }
}

#[test]
fn mail_inside_one_organization_is_said_to_be_so() {
    for (line, is_said) in [
        ("X-MS-Exchange-Organization-AuthAs: Internal\n", true),
        ("X-MS-Exchange-Organization-AuthAs: Anonymous\n", false),
    ] {
        let own = "HE1EUR01FT095.eop-EUR01.prod.protection.outlook.com";
        let message = edge(own, "192.0.2.1", "sender IP is 192.0.2.1") + line;
        let analysis = inspect(&message, &SessionHints::default());
        let said = notes(&analysis)
            .iter()
            .any(|note| note.contains("AuthAs: Internal"));
        assert_eq!(said, is_said, "{line}");
    }
}

#[test]
fn a_client_that_the_results_name_is_taken_from_the_field_below_but_nothing_vouches_for_it() {
    for line in [
        "",
        "X-Sender-IP: 192.0.2.1\n",
        "X-Forefront-Antispam-Report: CIP:192.0.2.1;CTRY:US\n",
        "X-MS-Exchange-Organization-AuthSource: HE1EUR01FT095.eop.prod.outlook.com\n",
    ] {
        let results = if line.is_empty() {
            "sender IP is 192.0.2.1"
        } else {
            "none named"
        };
        let message = edge("unnamed.example.org", "192.0.2.1", results) + line;
        let analysis = inspect(&message, &SessionHints::default());
        assert_eq!(session(&analysis)[0], "192.0.2.1 (Received 2)", "{line}");
        assert!(teller(&analysis).is_some(), "{line}");
    }
}

#[test]
fn behind_a_list_that_checked_the_mail_its_session_is_judged_with_its_own_mail_from() {
    let analysis = inspect(LIST, &SessionHints::default());
    assert_eq!(
        session(&analysis),
        [
            "192.0.2.1 (Received 3)",
            "h.example.com (Received 3)",
            "mail.example.com (Authentication-Results)",
            "2026-06-30T10:00:02Z (Received 3)"
        ]
    );
    assert!(candidates(&analysis).contains(&(
        "mail-from",
        "list-bounces@lists.example.org".into(),
        "Return-Path".into()
    )));
    let notes = notes(&analysis).join("\n");
    assert!(notes.contains("--hop 1"), "{notes}");
    assert!(
        notes.contains("Return-Path is of a later session"),
        "{notes}"
    );
}

#[test]
fn the_user_chooses_another_session_by_hop_by_host_or_by_address() {
    let later = [
        "203.0.113.9 (Received 1)",
        "mx.lists.example.org (Received 1)",
        "list-bounces@lists.example.org (Return-Path)",
        "2026-06-30T10:00:09Z (Received 1)",
    ];
    for hints in [
        SessionHints {
            hop: Some(1),
            ..SessionHints::default()
        },
        SessionHints {
            trusted_hosts: vec!["example.net".into()],
            ..SessionHints::default()
        },
    ] {
        assert_eq!(session(&inspect(LIST, &hints)), later, "{hints:?}");
    }
    let both = SessionHints {
        trusted_hosts: vec!["example.net".into(), "lists.example.org".into()],
        ..SessionHints::default()
    };
    assert_eq!(session(&inspect(LIST, &both))[0], "192.0.2.1 (Received 3)");
    let ip = SessionHints {
        client_ip: Some("203.0.113.9".parse().unwrap()),
        ..SessionHints::default()
    };
    let found = session(&inspect(LIST, &ip));
    assert_eq!(found[0], "203.0.113.9 (--ip)");
    assert_eq!(found[1..3], later[1..3]);
    assert_eq!(found[3], "-");
}

#[test]
fn a_choice_that_the_message_does_not_allow_is_said() {
    let hints = SessionHints {
        hop: Some(9),
        trusted_hosts: vec!["mx.example".into()],
        ..SessionHints::default()
    };
    let analysis = inspect(GMAIL, &hints);
    assert_eq!(session(&analysis)[0], "192.0.2.1 (Received 2)");
    assert_eq!(
        notes(&analysis)[..2],
        [
            "there is no Received field 9 to take with --hop: there are 2",
            "no Received field was written by a host of --trust mx.example"
        ]
    );
}

#[test]
fn a_stranger_cannot_write_results_in_the_name_of_another_host_of_the_receiver() {
    let hop = |by: &str, host: &str, ip: &str| {
        format!(
            "Received: from {host} ({host} [{ip}]) by {by} with ESMTP id 1; \
             Tue, 30 Jun 2026 10:00:05 +0000\n"
        )
    };
    let real = hop("mx2.example.net", "h.example.org", "203.0.113.66");
    let forged = "Authentication-Results: mx1.example.net; spf=pass smtp.mailfrom=example.com\n";
    let below = hop("mx1.example.net", "mail.example.com", "192.0.2.1");
    let analysis = inspect(&format!("{real}{forged}{below}"), &SessionHints::default());
    assert_eq!(session(&analysis)[0], "203.0.113.66 (Received 1)");
}

#[test]
fn a_stranger_cannot_move_the_border_below_his_own_session() {
    // His host has no name of the organization in whose name he writes.
    let message = "\
        Return-Path: <a@evil.example>\n\
        Received: from mx.google.com (evil.example [198.51.100.9]) by mx.example.net (Postfix) with \
        ESMTP id 1; Tue, 30 Jun 2026 10:00:09 +0000 (UTC)\n\
        Authentication-Results: mx.google.com; spf=pass smtp.mailfrom=bank.example\n\
        Received: from h.bank.example (h.bank.example. [192.0.2.1]) by mx.google.com with ESMTPS id \
        x; Tue, 30 Jun 2026 03:00:02 -0700 (PDT)\n";
    let analysis = inspect(message, &SessionHints::default());
    assert_eq!(session(&analysis)[0], "198.51.100.9 (Received 1)");
    assert_eq!(session(&analysis)[2], "a@evil.example (Return-Path)");
    assert_eq!(standings(&analysis), ["foreign"]);
}

#[test]
fn a_client_that_no_field_names_is_of_a_session_of_its_own() {
    let hints = SessionHints {
        client_ip: Some("198.51.100.7".parse().unwrap()),
        ..SessionHints::default()
    };
    let analysis = inspect(GMAIL, &hints);
    let found = session(&analysis);
    assert_eq!(found[0], "198.51.100.7 (--ip)");
    assert_eq!(found[1], "-", "the HELO name is another client's");
    assert_eq!(standings(&analysis), ["unknown"]);
}

#[test]
fn sources_that_contradict_each_other_are_named_with_both_values() {
    let message = GMAIL.replace("client-ip=192.0.2.1", "client-ip=192.0.2.99");
    let analysis = inspect(&message, &SessionHints::default());
    assert_eq!(session(&analysis)[0], "192.0.2.1 (Received 2)");
    assert_eq!(
        notes(&analysis),
        [
            "the client's address is 192.0.2.1 by Received 2 but 192.0.2.99 by Received-SPF; the former \
          was taken"
        ]
    );
}

#[test]
fn without_received_fields_other_traces_serve() {
    for (header, expected) in [
        (
            "Received-SPF: pass (x) client-ip=192.0.2.1; helo=h.example.com; \
             envelope-from=\"a@mail.example.com\"\n",
            [
                "192.0.2.1 (Received-SPF)",
                "h.example.com (Received-SPF)",
                "a@mail.example.com (Received-SPF)",
            ],
        ),
        (
            "Authentication-Results: mx.example.net; iprev=pass smtp.remote-ip=192.0.2.1; spf=pass \
             smtp.mailfrom=a@mail.example.com smtp.helo=h.example.com\n",
            [
                "192.0.2.1 (Authentication-Results)",
                "h.example.com (Authentication-Results)",
                "a@mail.example.com (Authentication-Results)",
            ],
        ),
        (
            "X-Sender-IP: 192.0.2.1\n",
            ["192.0.2.1 (X-Sender-IP)", "-", "-"],
        ),
        (
            "X-Forefront-Antispam-Report: CIP:192.0.2.1;CTRY:US\n",
            ["192.0.2.1 (X-Forefront-Antispam-Report)", "-", "-"],
        ),
        (
            "X-SES-Outgoing: 2026.06.30-192.0.2.1\n",
            ["192.0.2.1 (X-SES-Outgoing)", "-", "-"],
        ),
        ("X-Originating-IP: [192.0.2.1]\n", ["-", "-", "-"]),
        (
            "X-Forefront-Antispam-Report: CIP:255.255.255.255;\n",
            ["-", "-", "-"],
        ),
        ("Subject: nothing\n", ["-", "-", "-"]),
    ] {
        let analysis = inspect(header, &SessionHints::default());
        assert_eq!(session(&analysis)[..3], expected, "{header}");
        assert!(!analysis.notes.is_empty(), "{header}");
    }
}

#[test]
fn the_null_reverse_path_is_the_same_as_the_helo_name_written_in_its_place() {
    let message = GMAIL.replace("<a@mail.example.com>", "<>").replace(
        "smtp.mailfrom=a@mail.example.com",
        "smtp.mailfrom=postmaster@h.example.com",
    );
    let analysis = inspect(&message, &SessionHints::default());
    assert_eq!(session(&analysis)[2], " (Return-Path)");
    assert_eq!(analysis.notes, []);
}

#[test]
fn a_null_return_path_that_was_written_later_does_not_beat_the_receivers_word() {
    let message = GMAIL.replace("Return-Path: <a@mail.example.com>", "Return-Path: <>");
    let analysis = inspect(&message, &SessionHints::default());
    assert_eq!(
        session(&analysis)[2],
        "a@mail.example.com (Authentication-Results)"
    );
}

#[test]
fn a_clock_that_runs_backwards_is_noted_and_a_second_is_not() {
    let message = GMAIL.replace("03:00:03", "03:00:01");
    let analysis = inspect(&message, &SessionHints::default());
    assert_eq!(analysis.session.hops[0].delay, Some(-1));
    assert_eq!(analysis.notes, []);
    let message = GMAIL.replace("03:00:03", "02:00:03");
    let analysis = inspect(&message, &SessionHints::default());
    assert_eq!(
        notes(&analysis),
        ["Received 1 is dated 3599 s before Received 2 below it: a clock was wrong"]
    );
}

#[test]
fn a_field_is_the_receivers_by_its_name_and_by_its_place() {
    let border = "Received: from h.example.com (h.example.com [192.0.2.1]) by mx.example.net (Postfix) \
                  with ESMTPS id 1; Tue, 30 Jun 2026 10:00:02 +0000 (UTC)\n";
    let field =
        |id: &str| format!("Authentication-Results: {id}; spf=pass smtp.mailfrom=x.example\n");
    let at = |message: String| standings(&inspect(&message, &SessionHints::default()));
    let own = field("mx.example.net");
    let other = field("mx.other.example");
    assert_eq!(at(format!("{own}{border}")), ["receiver"]);
    assert_eq!(
        at(format!("{}{border}", field("example.net"))),
        ["receiver"]
    );
    assert_eq!(at(format!("{border}{own}")), ["unknown"]);
    assert_eq!(at(format!("{border}{other}")), ["foreign"]);
    assert_eq!(at(format!("{other}{border}")), ["unknown"]);
    assert_eq!(
        at(format!("{border}Authentication-Results: spf=pass\n")),
        ["foreign"]
    );
    let hints = SessionHints {
        trusted_ids: vec!["MX.other.example".into()],
        ..SessionHints::default()
    };
    let analysis = inspect(&format!("{border}{other}"), &hints);
    assert_eq!(standings(&analysis), ["receiver"]);
    let unnamed = border.replace("mx.example.net (Postfix)", "10.217.1.2");
    let yahoo = field("atlas001.free.mail.bf1.yahoo.com");
    assert_eq!(at(format!("{yahoo}{unnamed}")), ["receiver"]);
}

#[test]
fn of_arc_sets_only_the_highest_can_be_the_receivers() {
    let message = format!(
        "ARC-Authentication-Results: i=2; mx.google.com; spf=pass smtp.mailfrom=x.example\n{GMAIL}\
         ARC-Authentication-Results: i=1; mx.google.com; spf=pass smtp.mailfrom=x.example\n\
         X-Original-Authentication-Results: mx.other.example; spf=pass\n\
         Authentication-Results-Original: mx.google.com; spf=pass\n"
    );
    let analysis = inspect(&message, &SessionHints::default());
    let expected = ["receiver", "receiver", "foreign", "foreign", "foreign"];
    assert_eq!(standings(&analysis), expected);
    assert_eq!(analysis.claims[0].instance, Some(2));
}

#[test]
fn hostile_chains_are_read_in_time_that_grows_with_them_and_within_limits() {
    let hop = "Received: from a.b.example (a.b.example [192.0.2.1]) by a.b.example with SMTP; x\n";
    let results = "Authentication-Results: a.c.example; spf=pass smtp.mailfrom=\"a@b\"@c\n";
    let message = format!("{}{}", hop.repeat(2000), results.repeat(2000));
    let analysis = inspect(&message, &SessionHints::default());
    assert!(analysis.session.hops.len() <= 100);
    assert!(analysis.session.candidates.len() <= 1000);
}

/// Samples whose session is not the one of params.json, and why.
const EXCEPTIONS: [(&str, &str); 3] = [
    ("real_arc-1bc05e375323", MAILBOX),
    ("real_ses-81d5e0f7e50a", MAILBOX),
    ("real_ses-e1e75d88dc48", MAILBOX),
];

/// The only Authentication-Results is the mailbox host's own, of the last session; params.json has
/// the session at the list, which wrote only ARC-Authentication-Results.
const MAILBOX: &str = "smtp.subspace.kernel.org";

#[test]
fn sessions_of_real_messages_are_found_without_flags() {
    let Some(folder) = std::env::var_os("SESAUTH_SAMPLES") else {
        eprintln!("SESAUTH_SAMPLES is not set: the samples were not there");
        return;
    };
    let exceptions = BTreeMap::from(EXCEPTIONS);
    let entries = fs::read_dir(folder).unwrap();
    let samples = entries.map(|entry| entry.unwrap().path());
    let samples: Vec<PathBuf> = samples.filter(|path| path.is_dir()).collect();
    let mut wrong = Vec::new();
    for sample in &samples {
        let name = sample.file_name().unwrap().to_string_lossy().into_owned();
        let params: Value =
            serde_json::from_slice(&fs::read(sample.join("params.json")).unwrap()).unwrap();
        let differences = differences(sample, &params, &SessionHints::default());
        let Some(host) = exceptions.get(name.as_str()) else {
            wrong.extend(differences.iter().map(|text| format!("{name}: {text}")));
            continue;
        };
        if differences.is_empty() {
            wrong.push(format!("{name} is no exception"));
        }
        let hints = SessionHints {
            trusted_hosts: vec![(*host).to_owned()],
            ..SessionHints::default()
        };
        let told = self::differences(sample, &params, &hints);
        wrong.extend(
            told.iter()
                .map(|text| format!("{name} with --trust: {text}")),
        );
    }
    assert!(samples.len() > 50);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Where the session of a sample is not the one of its params.json. The domain of the sender counts,
/// as its local part was replaced in many.
fn differences(sample: &Path, params: &Value, hints: &SessionHints) -> Vec<String> {
    let message = fs::read(sample.join("message.eml")).unwrap();
    let analysis = analyse(&message, hints);
    let found = serde_json::to_value(&analysis.session).unwrap();
    let domain = |value: &Value| {
        let text = value.as_str().unwrap_or_default();
        json!(text.rsplit('@').next().unwrap_or_default().to_lowercase())
    };
    let mut differences = Vec::new();
    for key in ["client_ip", "helo", "mail_from"] {
        let (mut expected, mut found) = (params[key].clone(), found[key]["value"].clone());
        if expected.is_null() || expected == "" {
            continue;
        }
        if key == "mail_from" {
            (expected, found) = (domain(&expected), domain(&found));
        }
        if expected != found {
            differences.push(format!("{key} is {found}, not {expected}"));
        }
    }
    differences
}

/// Client, HELO, MAIL FROM and time, each with where it was found.
fn session(analysis: &Analysis) -> [String; 4] {
    let session = serde_json::to_value(&analysis.session).unwrap();
    ["client_ip", "helo", "mail_from", "received_at"].map(|key| match &session[key] {
        Value::Null => "-".to_owned(),
        found => format!(
            "{} ({})",
            found["value"].as_str().unwrap(),
            found["from"].as_str().unwrap()
        ),
    })
}

fn candidates(analysis: &Analysis) -> Vec<(&'static str, String, String)> {
    let candidates = analysis.session.candidates.iter();
    let candidates = candidates.map(|candidate| {
        let wanted = match serde_json::to_value(candidate.wanted).unwrap().as_str() {
            Some("client-ip") => "client-ip",
            Some("helo") => "helo",
            _ => "mail-from",
        };
        (wanted, candidate.value.clone(), candidate.from.to_string())
    });
    candidates.collect()
}

fn notes(analysis: &Analysis) -> Vec<String> {
    analysis.notes.iter().map(ToString::to_string).collect()
}

/// On whose word the session hangs.
fn teller(analysis: &Analysis) -> Option<String> {
    let teller = analysis.session.on_word_of.as_ref();
    teller.map(ToString::to_string)
}

fn standings(analysis: &Analysis) -> Vec<String> {
    let claims = analysis.claims.iter();
    claims.map(|claim| claim.standing.to_string()).collect()
}

/// Inspects a message of this header, where DNS holds nothing.
#[test]
fn spf_for_a_session_that_only_a_relay_tells_of_does_not_carry_a_pass() {
    let published = concat!(
        "{\"sesauth_dns\":1}\n",
        "{\"name\":\"mail.example.com\",\"type\":\"TXT\",\"rcode\":\"NOERROR\",\"ttl\":300,\"records\":[[\"v=spf1 ip4:192.0.2.1 -all\"]]}\n",
        "{\"name\":\"_dmarc.example.com\",\"type\":\"TXT\",\"rcode\":\"NOERROR\",\"ttl\":300,\"records\":[[\"v=DMARC1; p=reject\"]]}\n",
    );
    let told = inspect_with(LIST, &SessionHints::default(), published);
    assert_eq!(teller(&told), Some("mx.lists.example.org".into()));
    assert_eq!(told.dmarc.result.as_str(), "pass");
    assert_eq!(
        told.conclusion.result.as_str(),
        "inconclusive",
        "{}",
        sesauth::explain::conclusion::sentence(&told)
    );
    // A proxy could be before the list's host, so trust in that host is not enough.
    let trusting = SessionHints {
        trusted_hosts: vec!["lists.example.org".into()],
        ..SessionHints::default()
    };
    let trusting = inspect_with(LIST, &trusting, published);
    assert_eq!(trusting.conclusion.result.as_str(), "inconclusive");
    let chosen = SessionHints {
        hop: Some(3),
        ..SessionHints::default()
    };
    let chosen = inspect_with(LIST, &chosen, published);
    assert_eq!(chosen.session.on_word_of, None);
    assert_eq!(chosen.conclusion.result.as_str(), "pass");
}

fn inspect(header: &str, hints: &SessionHints) -> Analysis {
    let message = format!("{header}From: a@example.com\n\nbody\n").replace('\n', "\r\n");
    analyse(message.as_bytes(), hints)
}

fn inspect_with(header: &str, hints: &SessionHints, dns: &str) -> Analysis {
    let message = format!("{header}From: a@example.com\n\nbody\n").replace('\n', "\r\n");
    let dns = Snapshot::parse(dns, Absent::NxDomain).unwrap();
    let analysis = sesauth::inspect(message.as_bytes(), hints, &dns, Timestamp::UNIX_EPOCH);
    run::block_on(analysis).unwrap().analysis
}

fn analyse(message: &[u8], hints: &SessionHints) -> Analysis {
    let dns = "{\"sesauth_dns\":1,\"captured\":\"2026-11-20T15:00:00Z\",\"resolver\":\"test\"}\n";
    let dns = Snapshot::parse(dns, Absent::NxDomain).unwrap();
    let analysis = sesauth::inspect(message, hints, &dns, Timestamp::UNIX_EPOCH);
    run::block_on(analysis).unwrap().analysis
}
