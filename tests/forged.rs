//! Messages made to buy a pass, or an open verdict, with what their sender wrote into them. The
//! sender is evil.example.org at 198.51.100.66; example.com, in From, says p=reject.

#[path = "support/run.rs"]
mod run;

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use run::block_on;
use sesauth::dns::Zone;
use sesauth::{Analysis, SessionHints, inspect};

const EVIL: &str = "198.51.100.66";

fn judge(name: &str, zone: &str, hints: &SessionHints) -> Analysis {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/forged");
    let read = |name: String| fs::read(folder.join(&name)).unwrap_or_else(|_| panic!("{name}"));
    let zone = String::from_utf8(read(format!("{zone}.zone"))).unwrap();
    let zone = Zone::parse(&zone).unwrap();
    let message = read(format!("{name}.eml"));
    block_on(inspect(&message, hints, &zone, Timestamp::UNIX_EPOCH))
        .unwrap()
        .analysis
}

/// How a pipeline, or a user, calls.
fn hints(
    ip: Option<&str>,
    from: Option<&str>,
    trust: Option<&str>,
    id: Option<&str>,
) -> SessionHints {
    SessionHints {
        client_ip: ip.map(|ip| ip.parse().unwrap()),
        mail_from: from.map(str::to_owned),
        trusted_hosts: trust.map(str::to_owned).into_iter().collect(),
        trusted_ids: id.map(str::to_owned).into_iter().collect(),
        ..SessionHints::default()
    }
}

#[test]
fn what_the_receiver_refused_stays_a_failure_whatever_stands_in_the_message() {
    let none = SessionHints::default;
    let sender = Some("win@evil.example.org");
    let pipe = || hints(Some(EVIL), sender, None, None);
    let trusted = || hints(None, None, None, Some("mx.example.net"));
    let trusted_pipe = || hints(Some(EVIL), sender, None, Some("mx.example.net"));
    let trusting_pipe = || hints(Some(EVIL), sender, Some("example.net"), None);
    let mut wrong = Vec::new();
    for (name, zone, hints) in [
        ("signature-with-a-short-b", "zone", none()),
        ("signature-with-the-same-b", "zone-keys", none()),
        ("signature-with-the-same-identity", "zone-keys", none()),
        ("trusted-arc", "zone", trusted()),
        ("trusted-arc", "zone", trusted_pipe()),
        ("trusted-original", "zone", trusted()),
        ("trusted-original", "zone", trusted_pipe()),
        ("trusted-x-original", "zone", trusted()),
        ("trusted-x-original", "zone", trusted_pipe()),
        ("icloud-arc", "zone", none()),
        ("icloud-x-original", "zone", none()),
        ("icloud-other-name", "zone", none()),
        ("proton-arc", "zone", none()),
        ("proton-x-original", "zone", none()),
        ("spf-of-helo", "zone", none()),
        ("exchange-hop-below", "zone", none()),
        ("gmail-hop-below", "zone", none()),
        ("qmail-reverse-name", "zone", none()),
        ("local-part-closes-the-comment", "zone", none()),
        ("several-from-fields", "zone", none()),
        ("nat-recorded", "zone", none()),
        ("nat-other-organization", "zone", none()),
        ("pipe-trust", "zone", trusting_pipe()),
        ("pipe-trust", "zone", pipe()),
        ("genuine-mail-from", "zone-ses", none()),
    ] {
        let analysis = judge(name, zone, &hints);
        let result = analysis.conclusion.result.as_str();
        if result != "fail" {
            wrong.push(format!(
                "{name}: {result}: {}",
                sesauth::explain::conclusion::sentence(&analysis)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_session_that_only_the_message_tells_of_carries_no_pass() {
    let ip = || hints(Some("54.240.8.50"), None, None, None);
    for (name, zone, hints) in [
        ("nat", "zone", SessionHints::default()),
        ("nat-without-a-name", "zone", SessionHints::default()),
        ("nat-local-name", "zone", SessionHints::default()),
        ("loopback-of-another-host", "zone", SessionHints::default()),
        (
            "top-field-without-a-client",
            "zone",
            SessionHints::default(),
        ),
        ("return-path-below", "zone-ses", SessionHints::default()),
        ("received-spf-below", "zone-ses", SessionHints::default()),
        ("relay-of-the-sender", "zone", SessionHints::default()),
        (
            "nat-trust",
            "zone",
            hints(None, None, Some("example.net"), None),
        ),
        ("return-path-in-a-pipeline", "zone-ses", ip()),
    ] {
        let analysis = judge(name, zone, &hints);
        assert_eq!(
            analysis.conclusion.result.as_str(),
            "inconclusive",
            "{name}"
        );
        assert!(analysis.session.on_word_of.is_some(), "{name}");
    }
}
