//! Mail that wants to be taken for bank.example's, which says p=reject. `cases.json` says what must
//! not come out of each message, or the only conclusion that may; `no_answer` are names that DNS does
//! not answer for.

#[path = "support/run.rs"]
mod run;

use std::fs;
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

#[test]
fn no_message_buys_a_pass() {
    let read = |name: &str| fs::read(folder().join(name)).unwrap();
    let zone = Zone::parse(&String::from_utf8(read("zone.zone")).unwrap()).unwrap();
    let cases: serde_json::Map<String, Value> =
        serde_json::from_slice(&read("cases.json")).unwrap();
    let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    let mut wrong = Vec::new();
    for (name, case) in &cases {
        let text = |key: &str| case[key].as_str().map(str::to_owned);
        let hints = SessionHints {
            client_ip: text("ip").map(|ip| ip.parse().unwrap()),
            helo: text("helo"),
            mail_from: text("mail_from"),
            ..SessionHints::default()
        };
        let message = text("message").unwrap_or_else(|| name.clone());
        let bytes = read(&format!("{message}.eml"));
        let dns = Failing {
            zone: &zone,
            names: serde_json::from_value(case["no_answer"].clone()).unwrap_or_default(),
        };
        let result = match block_on(inspect(&bytes, &hints, &dns, now)) {
            Ok(inspection) => inspection.analysis.conclusion.result.as_str(),
            Err(Error::NotAMessage { .. }) => "refused",
            Err(error) => panic!("{name}: {error}"),
        };
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

#[test]
fn every_message_has_a_case() {
    let cases: Value =
        serde_json::from_slice(&fs::read(folder().join("cases.json")).unwrap()).unwrap();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "eml") {
            let name = path.file_stem().unwrap().to_str().unwrap();
            assert!(cases[name].is_object(), "{name}");
        }
    }
}
