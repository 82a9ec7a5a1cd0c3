//! What a resolver says of its error codes (RFC 8914) is shown by the command, asked live and from a
//! recording, and cannot harm a terminal.

#[expect(dead_code, reason = "only plain DNS is spoken here")]
#[path = "support/name_server.rs"]
mod name_server;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use hickory_server::proto::op::ResponseCode;
use hickory_server::proto::rr::RData;
use hickory_server::proto::rr::rdata::TXT;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use name_server::{Act, Asked, NameServer, record, soa};

/// A resolver that cannot validate what is under example.com.
fn bogus(asked: &Asked) -> Act {
    match asked.name.as_str() {
        "amazonses.com" => {
            let text = TXT::new(vec!["v=spf1 -all".into()]);
            Act::records(vec![record(&asked.name, 60, RData::TXT(text))])
        }
        name if name.ends_with("example.com") => Act::Explained(
            vec![(6, "signature \x1b[31mexpired"), (22, "")],
            Box::new(Act::code(ResponseCode::ServFail)),
        ),
        _ => Act::negative(ResponseCode::NXDomain, Vec::new(), vec![soa("com", 60, 60)]),
    }
}

const SAID: &str =
    "SERVFAIL (DNSSEC Bogus: \"signature \\u{1b}[31mexpired\"; No Reachable Authority)";

fn run(folder: &TempDir, arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_sesauth"))
        .args(arguments)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let is_harmless = |out: &[u8]| !out.contains(&0x1b);
    assert!(is_harmless(&output.stdout) && is_harmless(&output.stderr));
    output
}

fn words(bytes: &[u8]) -> String {
    let text = std::str::from_utf8(bytes).unwrap();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// That both a run with the resolver and one with its recording say it; returns their output.
fn says(folder: &TempDir, resolver: &str, arguments: &[&str], expected: &[&str]) {
    let record = [
        arguments,
        &["--resolver", resolver, "--record", "dns.jsonl"],
    ]
    .concat();
    let live = run(folder, &record);
    let replayed = run(folder, &[arguments, &["--dns", "dns.jsonl"]].concat());
    assert_eq!(live.stdout, replayed.stdout);
    assert_eq!(live.status.code(), replayed.status.code());
    let text = words(&live.stdout);
    for expected in expected {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let recorded = fs::read_to_string(folder.path().join("dns.jsonl")).unwrap();
    assert!(recorded.contains("\"ede\":[{\"code\":6,"), "{recorded}");
    fs::remove_file(folder.path().join("dns.jsonl")).unwrap();
}

#[test]
fn all_commands_say_it_live_and_replayed() {
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(NameServer::start(bogus));
    let resolver = server.address.to_string();
    let folder = tempfile::tempdir().unwrap();
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/messages/ses-custom-mail-from");
    fs::copy(case.join("message.eml"), folder.path().join("m.eml")).unwrap();
    let at = ["--at", "2026-10-09T08:00:00Z"];
    let spf = ["spf", "--ip", "192.0.2.1", "--mail-from", "a@example.com"];
    let tell = |expected: &str| format!("{expected}{SAID}");
    says(
        &folder,
        &resolver,
        &spf,
        &[&tell("TXT lookup of example.com failed: ")],
    );
    let dmarc = ["dmarc", "example.com"];
    says(&folder, &resolver, &dmarc, &[&tell("DNS did not answer: ")]);
    let inspect = [&["inspect", "m.eml"][..], &at].concat();
    let verbose = [&inspect[..], &["--verbose"]].concat();
    let told = [&tell("DNS did not answer: ")[..], &tell("no answer: ")];
    says(&folder, &resolver, &verbose, &told);
}

#[test]
fn a_resolver_that_answers_nothing_says_why() {
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(NameServer::start(|_| {
        let code = Act::code(ResponseCode::Refused);
        Act::Explained(vec![(18, "not from \x1b[31mhere")], Box::new(code))
    }));
    let resolver = server.address.to_string();
    let folder = tempfile::tempdir().unwrap();
    let output = run(&folder, &["dmarc", "example.com", "--resolver", &resolver]);
    assert_eq!(output.status.code(), Some(75));
    let said = words(&output.stderr);
    let expected = "it says REFUSED (Prohibited: \"not from \\u{1b}[31mhere\"))";
    assert!(said.contains(expected), "{said}");
}

#[test]
fn it_is_data_in_the_json() {
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(NameServer::start(bogus));
    let resolver = server.address.to_string();
    let folder = tempfile::tempdir().unwrap();
    let spf = ["spf", "--ip", "192.0.2.1", "--mail-from", "a@example.com"];
    let json = ["--format", "json", "--resolver", &resolver];
    let output = run(&folder, &[&spf[..], &json].concat());
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let lookup = &document["lookups"][0];
    assert_eq!(lookup["rcode"], "SERVFAIL");
    let ede = serde_json::json!([
        { "code": 6, "text": "signature \u{1b}[31mexpired" },
        { "code": 22 },
    ]);
    assert_eq!(lookup["ede"], ede, "{document}");
}
