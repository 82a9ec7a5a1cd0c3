//! Findings on the command line: what is shown, what is left out, and the exit code.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn sesauth<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sesauth"));
    command.args(arguments).stdin(Stdio::null());
    command.output().unwrap()
}

fn testdata(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata")
        .join(path)
}

/// Inspects the message of a folder with its recording, and these arguments.
fn inspect(folder: &str, arguments: &[&str]) -> Output {
    let folder = testdata(folder);
    let file = |name: &str| folder.join(name).display().to_string();
    let (dns, message) = (file("dns.jsonl"), file("message.eml"));
    let usual = ["inspect", "--dns", &dns, &message];
    sesauth(usual.iter().chain(arguments).copied())
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn out(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn err(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

const WARNS: &str = "findings/ses-default-mail-from/fires";
const FAILS: &str = "findings/dmarc-fail/fires";
const MISSING: &str = "messages/ses-records-missing";
const PASSES: &str = "findings/ses-default-mail-from/quiet";

#[test]
fn findings_decide_the_exit_code_from_the_severity_that_is_asked_for() {
    for (folder, arguments, expected) in [
        (PASSES, &["--fail-on", "notice"][..], 0),
        (WARNS, &[], 0),
        (WARNS, &["--fail-on", "error"], 0),
        (WARNS, &["--fail-on", "warning"], 1),
        (WARNS, &["--fail-on", "notice"], 1),
        (FAILS, &[], 1),
        (FAILS, &["--fail-on", "never"], 0),
        (FAILS, &["--ignore", "dmarc-fail"], 0),
        (
            WARNS,
            &["--fail-on", "notice", "--ignore", "ses-default-mail-from"],
            0,
        ),
    ] {
        let output = inspect(folder, arguments);
        assert_eq!(code(&output), expected, "{folder} {arguments:?}");
        assert_eq!(err(&output), "");
    }
}

#[test]
fn what_is_ignored_is_not_shown() {
    let output = inspect(FAILS, &["--ignore", "dmarc-fail"]);
    assert!(!out(&output).contains("dmarc-fail"), "{}", out(&output));
    let output = inspect(FAILS, &["--ignore", "dmarc-fail", "--format", "json"]);
    let findings = json(&output)["findings"].as_array().unwrap().clone();
    assert!(!findings.is_empty());
    assert!(findings.iter().all(|found| found["code"] != "dmarc-fail"));
}

#[test]
fn a_code_that_is_none_is_refused_and_the_near_one_named() {
    let output = inspect(WARNS, &["--ignore", "dmarc-fial"]);
    assert_eq!((code(&output), out(&output)), (2, ""));
    assert!(
        err(&output).contains("perhaps dmarc-fail"),
        "{}",
        err(&output)
    );
    for (word, near) in [
        ("default-mail-from", "perhaps ses-default-mail-from"),
        ("aspg", "aspf"),
        ("colour", "sesauth explain lists all"),
    ] {
        let output = sesauth(["explain", word]);
        assert_eq!((code(&output), out(&output)), (2, ""));
        assert!(err(&output).contains(near), "{}", err(&output));
    }
}

#[test]
fn findings_and_tags_are_explained() {
    for word in ["ses-default-mail-from", "aspf"] {
        let output = sesauth(["explain", word]);
        assert_eq!((code(&output), err(&output)), (0, ""));
        for head in ["What it means", "Why it matters", "What to do", "Example"] {
            let mut lines = out(&output).lines();
            assert!(lines.any(|line| line == head), "{word}: {head}");
        }
    }
    let list = sesauth(["explain"]);
    assert!(out(&list).contains("aspf") && out(&list).contains("dmarc-fail"));
}

#[test]
fn all_rules_are_listed_for_people_and_programs() {
    let text = sesauth(["findings"]);
    let listed = json(&sesauth(["findings", "--format", "json"]));
    let listed = listed.as_array().unwrap();
    assert_eq!(listed.len(), sesauth::findings::RULES.len());
    for rule in listed {
        let line = format!(
            "{:<8} {}",
            rule["severity"].as_str().unwrap(),
            rule["code"].as_str().unwrap()
        );
        assert!(out(&text).lines().any(|other| other == line), "{line}");
        assert!(rule["means"].is_string() && rule["cites"].is_array());
    }
}

#[test]
fn advice_that_cannot_be_had_changes_neither_verdict_nor_exit_code() {
    let folder = testdata(WARNS);
    let recorded = fs::read_to_string(folder.join("dns.jsonl")).unwrap();
    let is_mx = |line: &&str| line.contains("\"type\":\"MX\"");
    assert!(recorded.lines().any(|line| is_mx(&line)));
    let failing = recorded.lines().map(|line| match is_mx(&line) {
        true => {
            let line: Value = serde_json::from_str(line).unwrap();
            let name = line["name"].as_str().unwrap();
            format!("{{\"name\":\"{name}\",\"type\":\"MX\",\"failure\":\"timeout\"}}")
        }
        false => line.to_owned(),
    });
    let without = recorded.lines().filter(|line| !is_mx(line));
    let recordings: [Vec<String>; 2] = [failing.collect(), without.map(str::to_owned).collect()];
    let whole = json(&inspect(WARNS, &["--format", "json"]));
    for recording in recordings {
        let folder = tempfile::tempdir().unwrap();
        let dns = folder.path().join("dns.jsonl");
        fs::write(&dns, recording.join("\n")).unwrap();
        let message = testdata(WARNS).join("message.eml");
        let (dns, message) = (dns.display().to_string(), message.display().to_string());
        let output = sesauth(["inspect", "--format", "json", "--dns", &dns, &message]);
        assert_eq!((code(&output), err(&output)), (0, ""));
        let found = json(&output);
        for part in ["spf", "dkim", "dmarc", "conclusion"] {
            assert_eq!(found[part], whole[part], "{part}");
        }
    }
}

#[test]
fn a_recording_lacks_only_what_verdicts_need() {
    let output = inspect("findings/snapshot-incomplete/fires", &[]);
    assert_eq!(code(&output), 2);
    let named = err(&output)
        .lines()
        .filter(|line| line.contains("not in the recorded DNS"));
    let named: Vec<&str> = named.collect();
    assert!(
        matches!(named[..], [line] if line.contains("_domainkey")),
        "{named:?}"
    );
    let output = inspect("findings/snapshot-incomplete/quiet", &[]);
    assert_eq!((code(&output), err(&output)), (0, ""));
}

#[test]
fn without_advice_only_verdicts_ask() {
    let types = |arguments: &[&str]| {
        let analysis = json(&inspect(
            WARNS,
            &[&["--format", "json"], arguments].concat(),
        ));
        let lookups = analysis["lookups"].as_array().unwrap().clone();
        let types = lookups.into_iter().map(|lookup| lookup["type"].clone());
        types.collect::<Vec<Value>>()
    };
    assert!(types(&[]).contains(&"MX".into()));
    assert!(!types(&["--no-advice"]).contains(&"MX".into()));
}

/// The records that the findings of an analysis give, as zone text.
fn planned(analysis: &Value) -> String {
    let findings = analysis["findings"].as_array().unwrap().iter();
    let records =
        findings.flat_map(|found| found["fix"]["records"].as_array().into_iter().flatten());
    let line = |record: &Value| {
        let text = |key: &str| record[key].as_str().unwrap();
        assert_eq!(text("action"), "publish");
        let (name, ttl) = (text("name"), &record["ttl"]);
        format!("{name}. {ttl} {} {}\n", text("type"), text("value"))
    };
    records.map(line).collect()
}

#[test]
fn with_the_records_of_the_fix_the_message_passes_with_both_engines() {
    let analysis = json(&inspect(WARNS, &["--format", "json"]));
    assert_eq!(analysis["dmarc"]["mechanisms"], serde_json::json!(["dkim"]));
    let folder = tempfile::tempdir().unwrap();
    let overlay = folder.path().join("planned.zone");
    fs::write(&overlay, planned(&analysis)).unwrap();
    let id = analysis["ses"]["message_id"].as_str().unwrap();
    let mail_from = format!("{id}@mail.example.com");
    let overlay = overlay.display().to_string();
    let output = inspect(
        WARNS,
        &[
            "--format",
            "json",
            "--overlay",
            &overlay,
            "--mail-from",
            &mail_from,
            "--dns-absent",
            "nxdomain",
        ],
    );
    let mechanisms = &json(&output)["dmarc"]["mechanisms"];
    assert_eq!(*mechanisms, serde_json::json!(["spf", "dkim"]));
}

#[test]
fn the_readme_shows_how_the_records_of_the_findings_let_a_message_pass() {
    let analysis = json(&inspect(MISSING, &["--format", "json"]));
    assert_eq!(analysis["conclusion"]["result"], "fail");
    let zone = planned(&analysis);
    let folder = tempfile::tempdir().unwrap();
    let overlay = folder.path().join("planned.zone");
    fs::write(&overlay, &zone).unwrap();
    let overlay = ["--overlay", &overlay.display().to_string()];
    let output = inspect(MISSING, &[&overlay[..], &["--format", "json"]].concat());
    let mended = json(&output);
    assert_eq!(code(&output), 0);
    assert_eq!(mended["conclusion"]["result"], "pass");
    let mechanisms = &mended["dmarc"]["mechanisms"];
    assert_eq!(*mechanisms, serde_json::json!(["spf", "dkim"]));
    let readme = fs::read_to_string(testdata("../README.md")).unwrap();
    let (_, story) = readme
        .split_once("testdata/messages/ses-records-missing")
        .unwrap();
    let blocks: Vec<&str> = story.split("```\n").skip(1).step_by(2).collect();
    assert_eq!(blocks[1], zone);
    let runs = [
        (blocks[0], inspect(MISSING, &[])),
        (blocks[2], inspect(MISSING, &overlay)),
    ];
    for (block, run) in runs {
        let mut rest = out(&run);
        for part in block.split("\n…\n") {
            let at = rest.find(part).unwrap_or_else(|| panic!("not so: {part}"));
            rest = &rest[at + part.len()..];
        }
    }
}

#[test]
fn colours_of_findings_are_on_demand() {
    let plain = inspect(WARNS, &["--color", "never"]);
    assert!(!out(&plain).contains('\x1b'));
    let colored = inspect(WARNS, &["--color", "always"]);
    assert!(
        out(&colored).contains("\x1b[1m\x1b[33mwarning"),
        "{}",
        out(&colored)
    );
}

#[test]
fn full_detail_says_what_came_of_the_rules_without_a_finding() {
    let told = |arguments: &[&str]| -> (usize, Vec<(String, String)>) {
        let full = &["--format", "json", "--detail", "full"];
        let found = json(&inspect(MISSING, &[full, arguments].concat()));
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let rules = found["rules"].as_array().unwrap().iter();
        let rules = rules.map(|rule| (text(&rule["code"]), text(&rule["outcome"])));
        (found["findings"].as_array().unwrap().len(), rules.collect())
    };
    let of = |rules: &[(String, String)], code: &str| {
        let rule = rules.iter().find(|rule| rule.0 == code);
        rule.map(|rule| rule.1.clone())
    };
    let all = sesauth::findings::RULES.len();
    let (findings, rules) = told(&[]);
    assert_eq!(findings + rules.len(), all);
    assert_eq!(of(&rules, "dmarc-fail"), None);
    assert_eq!(of(&rules, "dkim-sha1").as_deref(), Some("quiet"));
    let (findings, rules) = told(&["--ignore", "dmarc-fail"]);
    assert_eq!(findings + rules.len(), all);
    assert_eq!(of(&rules, "dmarc-fail").as_deref(), Some("left-out"));
}

#[test]
fn a_client_that_the_receiver_failed_is_authorised_by_no_record() {
    let shows = |arguments: &[&str], words: &str| {
        out(&inspect("messages/spoof-with-list-fields", arguments)).contains(words)
    };
    for arguments in [&[][..], &["--received"]] {
        assert!(!shows(arguments, "ip4:203.0.113.66"), "{arguments:?}");
    }
    assert!(shows(&[], "--mine example.com"));
    let mine = inspect(
        "messages/spoof-with-list-fields",
        &["--mine", "example.com"],
    );
    let mine = out(&mine).split_whitespace().collect::<Vec<_>>().join(" ");
    let words = "If 203.0.113.66 is your server, add ip4:203.0.113.66 to the SPF record of example.com, \
                 before its all";
    assert!(mine.contains(words), "{mine}");
    assert!(mine.find("change nothing") < mine.find(words), "{mine}");
    assert_eq!(mine.matches("ip4:203.0.113.66").count(), 1, "{mine}");
}

#[test]
fn records_are_for_who_runs_the_domain() {
    let folder = "findings/spf-client-not-authorised/fires";
    let words = |arguments: &[&str]| {
        let output = inspect(folder, arguments);
        out(&output)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let record = "v=spf1 ip4:192.0.2.25 ip4:203.0.113.25 -all";
    let both = words(&[]);
    assert!(both.contains("If example.com is yours: choose"), "{both}");
    let for_owners = "Records are for who runs the domain (--received leaves them out).";
    assert!(both.contains(for_owners), "{both}");
    let owners = words(&["--mine", "news.example.com"]);
    assert!(
        owners.contains(record) && !owners.contains("is yours: "),
        "{owners}"
    );
    assert!(!owners.contains(for_owners), "{owners}");
    for arguments in [&["--received"][..], &["--mine", "example.net"]] {
        let others = words(arguments);
        assert!(!others.contains(record), "{others}");
        let said = "Only whoever runs example.com can do something about it.";
        assert!(others.contains(said), "{others}");
    }
    let stranger = inspect(folder, &["--mine", "example.net"]);
    assert!(err(&stranger).contains("no sender in this message is of example.net"));
    assert_eq!(err(&inspect(folder, &["--mine", "example.com"])), "");
    let refused = inspect(folder, &["--received", "--mine", "example.com"]);
    assert_eq!(code(&refused), 2);
}

#[test]
fn for_who_received_a_message_each_fix_of_the_sender_is_the_senders() {
    for case in [
        "dkim-sha1",
        "ses-selector-record-missing",
        "ses-own-signature-missing",
    ] {
        let words = |arguments: &[&str]| {
            let arguments = [&["-v"], arguments].concat();
            let output = inspect(&format!("findings/{case}/fires"), &arguments);
            let text = out(&output)
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            let (_, rest) = text.split_once(&format!(": {case} ")).unwrap();
            rest.split(" More: sesauth").next().unwrap().to_owned()
        };
        let both = words(&[]);
        assert!(both.contains("If example.com is yours"), "{both}");
        let received = words(&["--received"]);
        assert!(
            received.ends_with("Only whoever runs example.com can do something about it."),
            "{received}"
        );
    }
}

#[test]
fn a_host_for_reports_and_the_domain_have_a_choice_each() {
    let output = inspect("findings/dmarc-report-host-not-authorised/fires", &[]);
    let text = out(&output)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let (_, rest) = text
        .split_once(": dmarc-report-host-not-authorised ")
        .unwrap();
    assert!(
        rest.contains("If example.com is yours: in rua, choose where the reports go"),
        "{rest}"
    );
    assert!(
        rest.contains("let whoever runs it publish its consent"),
        "{rest}"
    );
}

#[test]
fn a_helo_name_that_stands_in_for_the_null_sender_is_called_so() {
    let sender = [
        "--ip",
        "192.0.2.25",
        "--helo",
        "mx.example.com",
        "--mail-from",
        "<>",
    ];
    let absent = ["--dns-absent", "nxdomain"];
    let output = inspect(PASSES, &[&sender[..], &absent].concat());
    let text = out(&output)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(
        text.contains("mx.example.com, the HELO name, which stands in for"),
        "{text}"
    );
}
