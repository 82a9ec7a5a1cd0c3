//! Real messages with their DNS, where the environment variable SESAUTH_SAMPLES names a folder of
//! them. They are real people's mail, so none of it is in this repository.

#[path = "support/run.rs"]
mod run;

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use run::block_on;
use serde_json::Value;
use sesauth::dns::{Absent, Snapshot};
use sesauth::{Analysis, SessionHints};

#[test]
fn signatures_of_real_messages_verify_as_two_other_verifiers_say() {
    let Some(folder) = std::env::var_os("SESAUTH_SAMPLES") else {
        eprintln!("SESAUTH_SAMPLES is not set: the samples were not there");
        return;
    };
    let mut wrong = Vec::new();
    let mut compared = 0;
    let mut entries: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    entries.sort();
    for sample in entries {
        let name = sample.file_name().unwrap().to_string_lossy().into_owned();
        // Recipients of these were replaced after receipt.
        if name.starts_with("real_phish") {
            inspect(&sample);
            continue;
        }
        let expected = json(&sample.join("expected.json"));
        let analysis = inspect(&sample);
        let theirs = expected["computed_dkim"].as_array().unwrap();
        let ours = &analysis.dkim;
        if theirs.len() != ours.len() {
            wrong.push(format!(
                "{name}: {} signatures, not {}",
                ours.len(),
                theirs.len()
            ));
        }
        for (theirs, ours) in theirs.iter().zip(ours) {
            compared += 1;
            let result = serde_json::to_value(ours).unwrap();
            let reason = theirs["reason"].as_str().unwrap_or_default();
            let passes = theirs["result"] == "pass";
            if (result["result"] == "pass") != passes {
                wrong.push(format!(
                    "{name}: {} {}, not {theirs}",
                    ours.result, ours.detail
                ));
            }
            if reason.contains("missing public key") && result["cause"] != "key-gone" {
                wrong.push(format!(
                    "{name}: {} {}, not a missing key",
                    ours.result, ours.detail
                ));
            }
            if reason.starts_with("body hash mismatch") && result["body"]["result"] != "differ" {
                wrong.push(format!(
                    "{name}: {} {}, not another body",
                    ours.result, ours.detail
                ));
            }
        }
    }
    assert!(compared > 50, "{compared}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn inspect(sample: &Path) -> Analysis {
    let params = json(&sample.join("params.json"));
    let text = |name: &str| params[name].as_str().map(str::to_owned);
    let hints = SessionHints {
        client_ip: text("client_ip").map(|ip| ip.parse().unwrap()),
        helo: text("helo"),
        mail_from: text("mail_from"),
        at: Some(Timestamp::from_second(params["time"].as_i64().unwrap()).unwrap()),
        ..SessionHints::default()
    };
    let dns = fs::read_to_string(sample.join("dns.jsonl")).unwrap();
    let dns = Snapshot::parse(&dns, Absent::NxDomain).unwrap();
    let message = fs::read(sample.join("message.eml")).unwrap();
    block_on(sesauth::inspect(
        &message,
        &hints,
        &dns,
        Timestamp::UNIX_EPOCH,
    ))
    .unwrap()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}
