//! Real messages with their DNS, where the environment variable SESAUTH_SAMPLES names a folder of
//! them. They are real people's mail, so none of it is in this repository.

#[path = "support/contradictions.rs"]
mod contradictions;
#[path = "support/law.rs"]
mod law;
#[path = "support/run.rs"]
mod run;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use law::receiver_passed;
use run::block_on;
use serde_json::Value;
use sesauth::claims::Comparison;
use sesauth::conclusion::ConclusionResult;
use sesauth::dns::{Absent, Snapshot};
use sesauth::explain;
use sesauth::findings::Severity;
use sesauth::session::Standing;
use sesauth::{Analysis, Inspection, SessionHints};

#[test]
fn no_two_things_said_of_a_real_message_deny_each_other() {
    let Some(samples) = samples() else { return };
    let wrong = samples.into_iter().flat_map(|sample| {
        let name = sample.file_name().unwrap().to_string_lossy().into_owned();
        let inspection = inspect_with(&sample, &SessionHints::default());
        let wrong = contradictions::contradictions(&inspection).into_iter();
        wrong.map(move |wrong| format!("{name}: {wrong}"))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn signatures_of_real_messages_verify_as_two_other_verifiers_say() {
    let Some(samples) = samples() else { return };
    let mut wrong = Vec::new();
    let mut compared = 0;
    for sample in samples {
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
                    ours.result,
                    explain::dkim::cause(ours)
                ));
            }
            if reason.contains("missing public key") && result["cause"] != "key-gone" {
                wrong.push(format!(
                    "{name}: {} {}, not a missing key",
                    ours.result,
                    explain::dkim::cause(ours)
                ));
            }
            if reason.starts_with("body hash mismatch") && result["body"]["result"] != "differ" {
                wrong.push(format!(
                    "{name}: {} {}, not another body",
                    ours.result,
                    explain::dkim::cause(ours)
                ));
            }
        }
    }
    assert!(compared > 50, "{compared}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn chains_of_real_messages_are_judged_as_another_verifier_says() {
    let Some(samples) = samples() else { return };
    let mut wrong = Vec::new();
    let mut compared = 0;
    for sample in samples {
        let expected = json(&sample.join("expected.json"));
        let Some(theirs) = expected["arc"]["expected"].as_str() else {
            continue;
        };
        compared += 1;
        let arc = inspect(&sample).arc;
        let sets = expected["arc"]["instances"].as_u64().unwrap_or(0);
        if arc.result.as_str() != theirs || arc.instances.len() as u64 != sets {
            let name = sample.file_name().unwrap().to_string_lossy().into_owned();
            wrong.push(format!(
                "{name}: {} ({}), not {theirs}",
                arc.result,
                explain::arc::cause(&arc)
            ));
        }
    }
    assert!(compared > 20, "{compared}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Samples on which SPF is not what the receiver says, each with the reason.
const SPF_DIFFERENCES: &[(&str, &str)] = &[
    ("real_phish-sample-1187", NO_RECORD),
    ("real_phish-sample-1269", NO_RECORD),
    ("real_phish-sample-127", NO_RECORD),
    ("real_phish-sample-2051", NO_RECORD),
    ("real_phish-sample-2134", NO_RECORD),
    (
        "real_phish-sample-247",
        "its MAIL FROM was replaced by a name of one label",
    ),
    ("real_phish-sample-3589", NO_RECORD),
    ("real_phish-sample-3983", NO_RECORD),
    ("real_phish-sample-5777", NO_RECORD),
    (
        "real_zkemail-zk-email-wallet_packages_circuits_tests_emails_account_creation_test1",
        NO_RECORD,
    ),
    (
        "real_zkemail-zk-email-wallet_packages_circuits_tests_emails_email_sender_test4",
        NO_RECORD,
    ),
    (
        "real_zkemail-zk-email-wallet_packages_contracts_test_emails_account_transport_test1",
        NO_RECORD,
    ),
    (
        "real_zkemail-zk-email-wallet_packages_contracts_test_emails_nft_transfer_test1",
        NO_RECORD,
    ),
    (
        "real_zkemail-zk-email-wallet_packages_contracts_test_emails_random_test_0_USDC_0_1",
        NO_RECORD,
    ),
    (
        "real_zkemail-zk-email-wallet_packages_contracts_test_emails_random_test_2_DAI_0_1",
        NO_RECORD,
    ),
];

const NO_RECORD: &str = "its DNS was saved without the SPF record of that domain";

#[test]
fn spf_of_real_messages_is_what_their_receivers_said() {
    let Some(samples) = samples() else { return };
    let mut listed: BTreeMap<&str, &str> = SPF_DIFFERENCES.iter().copied().collect();
    let mut wrong = Vec::new();
    let mut agreed = 0;
    for sample in samples {
        let name = sample.file_name().unwrap().to_string_lossy().into_owned();
        let Some(said) = spf_of_receiver(&json(&sample.join("expected.json"))) else {
            continue;
        };
        let hints = SessionHints::default();
        let ours = inspect_with(&sample, &hints).analysis.spf.mail_from;
        match (ours.result.as_str() == said, listed.remove(name.as_str())) {
            (true, None) => agreed += 1,
            (true, Some(reason)) => wrong.push(format!("{name} agrees, but is listed: {reason}")),
            (false, Some(_)) => (),
            (false, None) => wrong.push(format!(
                "{name}: {} ({}), not {said}",
                ours.result,
                explain::spf::cause(&ours)
            )),
        }
    }
    println!("{agreed} agree, {} differ", SPF_DIFFERENCES.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(listed.is_empty(), "not compared: {listed:?}");
}

#[test]
fn no_real_message_that_its_receiver_passed_is_called_a_failure() {
    let Some(samples) = samples() else { return };
    let mut wrong = Vec::new();
    let mut compared: BTreeMap<String, usize> = BTreeMap::new();
    let mut conclusions: BTreeMap<&str, usize> = BTreeMap::new();
    for sample in samples {
        let name = sample.file_name().unwrap().to_string_lossy().into_owned();
        let analysis = inspect_with(&sample, &SessionHints::default());
        *conclusions
            .entry(analysis.analysis.conclusion.result.as_str())
            .or_default() += 1;
        let claims = analysis.analysis.claims.iter();
        let claims = claims.filter(|claim| claim.standing == Standing::Receiver);
        let results: Vec<_> = claims.flat_map(|claim| &claim.results).collect();
        let is_failure = |method: &str, word: &str| method == "dmarc" && word == "fail";
        let has_failed = results
            .iter()
            .any(|one| is_failure(&one.method, &one.result));
        for result in results {
            let cause = serde_json::to_value(result.cause).unwrap();
            let comparison = serde_json::to_value(result.comparison).unwrap();
            let key = format!("{} {comparison} {cause}", result.method).replace('"', "");
            *compared.entry(key).or_default() += 1;
            if cause == "unknown" {
                wrong.push(format!(
                    "{name}: no cause for {}={}",
                    result.method, result.result
                ));
            }
            let is_pass = result.result == "pass" && result.method == "dmarc";
            let is_broken = result.result == "pass"
                && result.method == "dkim"
                && result.comparison != Comparison::Agree;
            if (is_pass || is_broken && !has_failed)
                && analysis.analysis.conclusion.result == ConclusionResult::Fail
            {
                wrong.push(format!(
                    "{name}: {}",
                    explain::conclusion::sentence(&analysis.analysis)
                ));
            }
        }
    }
    println!("{conclusions:?}\n{compared:#?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_error_is_found_in_a_real_message_that_its_receiver_let_pass() {
    let Some(samples) = samples() else { return };
    let mut wrong = Vec::new();
    let mut passed = 0;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for sample in samples {
        let name = sample.file_name().unwrap().to_string_lossy().into_owned();
        let inspection = inspect_with(&sample, &SessionHints::default());
        let analysis = inspection.analysis.clone();
        let has_passed = receiver_passed(&analysis);
        passed += usize::from(has_passed);
        if inspection.hits.len() > 6 {
            wrong.push(format!("{name}: {} findings", inspection.hits.len()));
        }
        for finding in &inspection.findings() {
            let key = format!("{} {}", finding.severity, finding.code);
            *counts.entry(key).or_default() += 1;
            if has_passed && finding.severity == Severity::Error {
                wrong.push(format!("{name}: {}: {}", finding.code, finding.message));
            }
        }
    }
    println!("{passed} let pass\n{counts:#?}");
    assert!(passed > 10, "{passed}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The result of SPF that the receiver wrote down.
fn spf_of_receiver(expected: &Value) -> Option<String> {
    let written = &expected["receiver"]["spf"]["result"];
    let fields = expected["receiver_ar"].as_array().into_iter().flatten();
    let mut results = fields.flat_map(|field| field["results"].as_array().into_iter().flatten());
    let listed = results.find(|result| result["method"] == "spf");
    let word = written
        .as_str()
        .or(listed.and_then(|result| result["result"].as_str()));
    word.map(str::to_lowercase)
}

/// The folders of the samples, sorted; `None` where they are not there, which is said.
fn samples() -> Option<Vec<PathBuf>> {
    let Some(folder) = std::env::var_os("SESAUTH_SAMPLES") else {
        eprintln!("SESAUTH_SAMPLES is not set: the samples were not there");
        return None;
    };
    let mut samples: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    samples.sort();
    Some(samples)
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
    inspect_with(sample, &hints).analysis
}

fn inspect_with(sample: &Path, hints: &SessionHints) -> Inspection {
    let dns = fs::read_to_string(sample.join("dns.jsonl")).unwrap();
    let dns = Snapshot::parse(&dns, Absent::NxDomain).unwrap();
    let message = fs::read(sample.join("message.eml")).unwrap();
    block_on(sesauth::inspect(
        &message,
        hints,
        &dns,
        Timestamp::UNIX_EPOCH,
    ))
    .unwrap()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}
