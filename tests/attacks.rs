//! Mail that wants to be taken for bank.example's, which says p=reject. `cases.json` says what must
//! not come out of each message, or the only conclusion that may; `no_answer` are names that DNS does
//! not answer for.

#[path = "support/run.rs"]
mod run;

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use run::block_on;
use serde_json::Value;
use sesauth::dns::{Dns, Failure, Question, Reply, Zone};
use sesauth::{Error, SessionHints, inspect};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/attacks")
}

/// A zone whose name servers do not answer for some names.
struct Failing<'a> {
    zone: &'a Zone,
    names: Vec<String>,
}

impl Dns for Failing<'_> {
    async fn query(&self, question: &Question) -> Reply {
        match self.names.iter().any(|name| name == question.name.as_str()) {
            true => Reply::TempFail(Failure::Timeout),
            false => self.zone.query(question).await,
        }
    }
}

fn read(name: &str) -> Vec<u8> {
    fs::read(folder().join(name)).unwrap()
}

fn cases() -> serde_json::Map<String, Value> {
    serde_json::from_slice(&read("cases.json")).unwrap()
}

/// The octets of the message of a case.
fn message(name: &str, case: &Value) -> Vec<u8> {
    read(&format!("{}.eml", case["message"].as_str().unwrap_or(name)))
}

/// What comes out of a message in the session of a case.
fn result(name: &str, case: &Value, bytes: &[u8], zone: &Zone) -> &'static str {
    let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    let text = |key: &str| case[key].as_str().map(str::to_owned);
    let hints = SessionHints {
        client_ip: text("ip").map(|ip| ip.parse().unwrap()),
        helo: text("helo"),
        mail_from: text("mail_from"),
        ..SessionHints::default()
    };
    let dns = Failing {
        zone,
        names: serde_json::from_value(case["no_answer"].clone()).unwrap_or_default(),
    };
    match block_on(inspect(bytes, &hints, &dns, now)) {
        Ok(inspection) => inspection.analysis.conclusion.result.as_str(),
        Err(Error::NotAMessage { .. }) => "refused",
        Err(error) => panic!("{name}: {error}"),
    }
}

fn zone() -> Zone {
    Zone::parse(&String::from_utf8(read("zone.zone")).unwrap()).unwrap()
}

#[test]
fn no_message_buys_a_pass() {
    let (cases, zone) = (cases(), zone());
    let mut wrong = Vec::new();
    for (name, case) in &cases {
        let result = result(name, case, &message(name, case), &zone);
        let lists = |key: &str| {
            let listed = case[key].as_array();
            listed.map(|listed| listed.iter().any(|one| one == result))
        };
        if lists("only") == Some(false) || lists("never") == Some(true) {
            wrong.push(format!("{name}: {result}"));
        }
    }
    assert!(cases.len() >= 70, "{}", cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A .msg can come from anyone, as an attachment.
#[test]
fn a_file_of_outlook_buys_no_more_than_the_header_in_it() {
    let (cases, zone) = (cases(), zone());
    let mut count = 0;
    for (name, case) in &cases {
        let bytes = message(name, case);
        let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
        let Some((header, _)) = text.split_once("\n\n") else {
            continue;
        };
        let header = header.replace('\n', "\r\n");
        // What is around a message is looked for in a file, not in a property.
        if !header.starts_with(|first: char| first.is_ascii_alphabetic())
            || header.starts_with("From ")
        {
            continue;
        }
        let msg = result(name, case, &outlook_msg(&header), &zone);
        if case["ip"].is_string() {
            assert_eq!(msg, "refused", "{name}");
        } else {
            let headers_only = result(name, case, header.as_bytes(), &zone);
            assert_eq!(msg, headers_only, "{name}");
            count += 1;
        }
    }
    assert!(count >= 20, "{count}");
}

fn outlook_msg(header: &str) -> Vec<u8> {
    let header: Vec<u8> = header.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    for (name, octets) in [
        ("__properties_version1.0", &[0; 32][..]),
        ("__substg1.0_007D001F", &header),
    ] {
        file.create_stream(name).unwrap().write_all(octets).unwrap();
    }
    file.flush().unwrap();
    file.into_inner().into_inner()
}

#[test]
fn every_message_has_a_case() {
    let cases = cases();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "eml") {
            let name = path.file_stem().unwrap().to_str().unwrap();
            assert!(cases.contains_key(name), "{name}");
        }
    }
}
