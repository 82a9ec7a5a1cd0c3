//! The command where DNS cannot be used: it says so once, concludes nothing, records nothing, and
//! exits with 75.

#[expect(dead_code, reason = "only plain DNS is spoken here")]
#[path = "support/name_server.rs"]
mod name_server;

use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hickory_server::proto::op::ResponseCode;
use hickory_server::proto::rr::rdata::{A, TXT};
use hickory_server::proto::rr::{RData, RecordType};
use serde_json::Value;
use tempfile::TempDir;

use name_server::{Act, Asked, NameServer, record, soa};

/// A message that passes with its own DNS, in a folder `mail`.
fn mail() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("mail")).unwrap();
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/messages/ses-custom-mail-from");
    fs::copy(
        case.join("message.eml"),
        folder.path().join("mail/message.eml"),
    )
    .unwrap();
    folder
}

fn run(folder: &TempDir, resolver: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sesauth"))
        .args(arguments)
        .args(["--resolver", resolver])
        .current_dir(folder.path())
        .output()
        .unwrap()
}

fn served(
    script: impl Fn(&Asked) -> Act + Send + Sync + 'static,
) -> (tokio::runtime::Runtime, NameServer) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(NameServer::start(script));
    (runtime, server)
}

fn words(bytes: &[u8]) -> String {
    let text = std::str::from_utf8(bytes).unwrap();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The resolvers that cannot be used, and what is said of them.
fn captive() -> Vec<(tokio::runtime::Runtime, NameServer, &'static str)> {
    const DENIES: &str = "the resolver does not know amazonses.com, which exists";
    let scripts: [fn(&Asked) -> Act; 4] = [
        |_| Act::code(ResponseCode::NXDomain),
        |_| {
            let soa = soa(".", 60, 60);
            Act::negative(ResponseCode::NXDomain, Vec::new(), vec![soa])
        },
        |asked| {
            Act::records(match asked.kind {
                RecordType::A => vec![record(&asked.name, 1, RData::A(A::new(192, 0, 2, 1)))],
                _ => Vec::new(),
            })
        },
        |_| Act::code(ResponseCode::ServFail),
    ];
    let fails = "the resolver answers no question (it says SERVFAIL)";
    let said = [DENIES, DENIES, DENIES, fails];
    let servers = scripts.into_iter().zip(said).map(|(script, said)| {
        let (runtime, server) = served(script);
        (runtime, server, said)
    });
    servers.collect()
}

fn is_said_once(output: &Output, said: &str) {
    assert_eq!(output.status.code(), Some(75), "{output:?}");
    let errors = words(&output.stderr);
    assert_eq!(errors.matches("no usable DNS").count(), 1, "{errors}");
    assert!(errors.contains(said), "{errors}");
    assert!(errors.contains("--dns FILE"), "{errors}");
}

/// That nothing in the output says of a record that it is missing.
fn concludes_nothing(text: &str) {
    for wrong in [
        "does not exist",
        "no DMARC policy",
        "no DMARC record",
        "no SPF record",
        "publishes no",
        "is missing",
        "key-gone",
    ] {
        assert!(!text.contains(wrong), "{wrong}: {text}");
    }
}

#[test]
fn a_message_is_inconclusive() {
    let folder = mail();
    for (_runtime, server, said) in captive() {
        let resolver = server.address.to_string();
        let inspect = |more: &[&str]| {
            let arguments = [&["inspect", "mail/message.eml"], more].concat();
            let output = run(&folder, &resolver, &arguments);
            is_said_once(&output, said);
            String::from_utf8(output.stdout).unwrap()
        };
        concludes_nothing(&inspect(&[]));
        let verbose = inspect(&["--verbose"]);
        let (before, after) = verbose.split_once("Rules without a finding").unwrap();
        let (_, findings) = after.split_once("do not apply").unwrap();
        concludes_nothing(before);
        concludes_nothing(findings);
        let json: Value = serde_json::from_str(&inspect(&["--format", "json"])).unwrap();
        assert_eq!(json["conclusion"]["result"], "inconclusive");
        assert_eq!(json["conclusion"]["reason"], "dns");
        let findings = json["findings"].as_array().unwrap().iter();
        let codes: Vec<_> = findings.map(|one| one["code"].as_str().unwrap()).collect();
        let expected = ["dmarc-dns-failure", "spf-dns-failure", "receiver-differs"];
        assert_eq!(codes, expected);
        inspect(&["--record", "answers.jsonl", "--require", "pass"]);
        assert!(!folder.path().join("answers.jsonl").exists());
    }
}

#[test]
fn a_policy_that_is_not_recorded_is_not_said_to_be_missing() {
    let folder = mail();
    let inspect = |flags: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_sesauth"))
            .args(["inspect", "--offline", "mail/message.eml"])
            .args(flags)
            .current_dir(folder.path())
            .output()
            .unwrap();
        words(&output.stdout)
    };
    assert!(inspect(&["-v"]).contains("Whether there is a DMARC policy is not known."));
    concludes_nothing(&inspect(&[]));
}

#[test]
fn all_other_commands_say_so_too() {
    let folder = mail();
    for (_runtime, server, said) in captive() {
        let resolver = server.address.to_string();
        for arguments in [
            &["batch", "--format", "ndjson", "mail"][..],
            &["batch", "--format", "csv", "mail"],
            &["batch", "--format", "summary", "mail"],
            &["dmarc", "example.com"],
            &["dmarc", "--policy", "p=reject", "example.com"],
            &["spf", "--ip", "192.0.2.1", "--mail-from", "a@example.com"],
            &["corpus", "what-if", "--policy", "p=reject", "mail"],
            &["corpus", "report", "mail"],
        ] {
            let output = run(&folder, &resolver, arguments);
            is_said_once(&output, said);
            concludes_nothing(std::str::from_utf8(&output.stdout).unwrap());
        }
    }
}

#[test]
fn no_such_baseline_is_stored() {
    let folder = mail();
    for (_runtime, server, said) in captive() {
        let resolver = server.address.to_string();
        let output = run(&folder, &resolver, &["corpus", "record", "mail"]);
        is_said_once(&output, said);
        let errors = words(&output.stderr);
        assert!(errors.contains("nothing was written"), "{errors}");
        let entries = fs::read_dir(folder.path().join("mail")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name());
        let left: Vec<_> = names.filter(|name| *name != "message.eml").collect();
        assert!(left.iter().all(|name| name == ".sesauth-lock"), "{left:?}");
    }
}

#[test]
fn a_server_that_drops_everything_is_given_up_after_a_few_seconds() {
    let folder = mail();
    for number in 0..10 {
        let from = folder.path().join("mail/message.eml");
        let to = folder.path().join(format!("mail/{number}.eml"));
        fs::copy(from, to).unwrap();
    }
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let resolver = silent.local_addr().unwrap().to_string();
    for arguments in [
        &["inspect", "mail/message.eml"][..],
        &["batch", "--format", "ndjson", "--jobs", "1", "mail"],
        &["spf", "--ip", "192.0.2.1", "--mail-from", "a@example.com"],
        &["corpus", "record", "--jobs", "1", "mail"],
    ] {
        let start = Instant::now();
        let output = run(&folder, &resolver, arguments);
        // Twice the three seconds of --timeout.
        assert!(start.elapsed() < Duration::from_secs(9), "{arguments:?}");
        is_said_once(&output, "no DNS server responds");
        concludes_nothing(std::str::from_utf8(&output.stdout).unwrap());
    }
}

#[test]
fn a_closed_port_is_said_with_its_address() {
    let folder = mail();
    // It listens to itself only.
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    socket.connect(address).unwrap();
    let output = run(
        &folder,
        &address.to_string(),
        &["inspect", "mail/message.eml"],
    );
    is_said_once(&output, &format!("{address} refuses the question"));
}

#[test]
fn a_closed_network_is_used_for_its_own_names() {
    let folder = mail();
    let (_runtime, server) = served(|asked| {
        let zone = || soa("example.com", 60, 60);
        match (asked.name.as_str(), asked.kind) {
            ("_dmarc.example.com", RecordType::TXT) => {
                let text = TXT::new(vec!["v=DMARC1; p=reject".into()]);
                Act::records(vec![record(&asked.name, 60, RData::TXT(text))])
            }
            (name, _) if name.ends_with("example.com") => {
                Act::negative(ResponseCode::NXDomain, Vec::new(), vec![zone()])
            }
            _ => Act::code(ResponseCode::Refused),
        }
    });
    let resolver = server.address.to_string();
    let arguments = ["spf", "--ip", "192.0.2.1", "--mail-from", "a@example.com"];
    let output = run(&folder, &resolver, &arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(output.stderr, b"");
    let text = words(&output.stdout);
    assert!(text.contains("none"), "{text}");
}

/// So many messages, each of a domain of its own.
fn many(count: usize) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("mail")).unwrap();
    for number in 0..count {
        let text = format!("From: a@m{number}.example.com\r\nSubject: {number}\r\n\r\ntext\r\n");
        fs::write(folder.path().join(format!("mail/{number:03}.eml")), text).unwrap();
    }
    folder
}

/// A server that has records, until so many questions were asked, and then does as it is told.
fn dying(after: usize, act: fn() -> Act) -> (tokio::runtime::Runtime, NameServer) {
    let asked = Arc::new(AtomicUsize::new(0));
    served(move |question| {
        if asked.fetch_add(1, Ordering::Relaxed) >= after {
            return act();
        }
        let text = match (question.name.as_str(), question.kind) {
            ("amazonses.com", RecordType::TXT) => "v=spf1 -all",
            (name, RecordType::TXT) if name.starts_with("_dmarc.m") => "v=DMARC1; p=reject",
            _ => {
                let zone = soa("example.com", 60, 60);
                return Act::negative(ResponseCode::NoError, Vec::new(), vec![zone]);
            }
        };
        let text = RData::TXT(TXT::new(vec![text.into()]));
        Act::records(vec![record(&question.name, 60, text)])
    })
}

#[test]
fn a_run_without_usable_dns_ends_soon_and_writes_no_result() {
    let folder = many(400);
    for (_runtime, server, said) in captive() {
        let resolver = server.address.to_string();
        let output = run(&folder, &resolver, &["batch", "--format", "ndjson", "mail"]);
        is_said_once(&output, said);
        assert_eq!(output.stdout, b"");
        let errors = words(&output.stderr);
        assert!(errors.contains("no message was judged"), "{errors}");
        let names = server.asked().into_iter().map(|asked| asked.name);
        let mut last: Vec<_> = names.filter(|name| name.starts_with("_dmarc.m")).collect();
        last.sort_unstable();
        last.dedup();
        assert!(last.len() < 150, "{}", last.len());
    }
}

#[test]
fn a_run_that_loses_dns_ends_and_can_be_taken_up() {
    const MESSAGES: usize = 300;
    let silence: fn() -> Act = || Act::Silence;
    let failure: fn() -> Act = || Act::code(ResponseCode::ServFail);
    for act in [silence, failure] {
        let folder = many(MESSAGES);
        let batch = |server: &NameServer, arguments: &[&str]| {
            let resolver = server.address.to_string();
            let arguments = [&["batch", "--timeout", "1", "--jobs", "40"], arguments].concat();
            run(&folder, &resolver, &arguments)
        };
        let (_runtime, server) = dying(200, act);
        let csv = ["--format", "csv", "--record", "dns.jsonl", "mail"];
        let output = batch(&server, &csv);
        assert_eq!(output.status.code(), Some(75), "{output:?}");
        let first = String::from_utf8(output.stdout).unwrap();
        let judged = first.lines().count() - 1;
        assert!((1..MESSAGES).contains(&judged), "{judged}");
        assert!(!first.contains("temperror"), "{first}");
        let errors = words(&output.stderr);
        assert!(
            errors.contains(&format!("{judged} messages were judged before DNS failed")),
            "{errors}"
        );
        let recorded = fs::read_to_string(folder.path().join("dns.jsonl")).unwrap();
        assert!(
            recorded.contains("p=reject") && !recorded.contains("SERVFAIL"),
            "{recorded}"
        );

        fs::write(folder.path().join("out.csv"), &first).unwrap();
        let (_runtime, server) = dying(usize::MAX, act);
        let output = batch(&server, &["--resume", "out.csv", "mail"]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let all = batch(&server, &["--format", "csv", "mail"]);
        let resumed = fs::read_to_string(folder.path().join("out.csv")).unwrap();
        assert_eq!(resumed, String::from_utf8(all.stdout).unwrap());
    }
}

#[test]
fn domains_that_fail_do_not_end_a_run() {
    let folder = many(120);
    let (_runtime, server) = served(|question| match question.name.as_str() {
        "amazonses.com" => {
            let text = RData::TXT(TXT::new(vec!["v=spf1 -all".into()]));
            Act::records(vec![record(&question.name, 60, text)])
        }
        name if name.ends_with("amazonses.com") => Act::code(ResponseCode::NXDomain),
        _ => Act::code(ResponseCode::ServFail),
    });
    let resolver = server.address.to_string();
    let output = run(&folder, &resolver, &["batch", "--format", "csv", "mail"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 1 + 120);
    assert!(!words(&output.stderr).contains("no usable DNS"));
}

#[test]
fn a_closed_network_does_not_end_a_run_by_what_it_does_not_know() {
    let folder = many(120);
    let (_runtime, server) = served(|question| match question.name.as_str() {
        "_dmarc.m0.example.com" => {
            let text = RData::TXT(TXT::new(vec!["v=DMARC1; p=reject".into()]));
            Act::records(vec![record(&question.name, 60, text)])
        }
        _ => Act::code(ResponseCode::ServFail),
    });
    let resolver = server.address.to_string();
    let output = run(&folder, &resolver, &["batch", "--format", "csv", "mail"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 1 + 120);
}
