//! Domains as zones: `testdata/domains/<case>` has the zone, the arguments, and the text and JSON that
//! are expected. `UPDATE=1` writes them anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/domains");
    let mut cases: Vec<PathBuf> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    cases
}

fn arguments(case: &Path) -> Vec<String> {
    let text = fs::read_to_string(case.join("arguments")).unwrap();
    text.split_whitespace().map(str::to_owned).collect()
}

fn run(zone: &Path, arguments: &[String]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sesauth"))
        .arg("domain")
        .args(["--dns", zone.to_str().unwrap(), "--dns-absent", "nxdomain"])
        .args(arguments)
        .output()
        .unwrap()
}

/// The JSON of a case, without what the zone holds and what the text says.
fn data(case: &Path) -> Value {
    let mut arguments = arguments(case);
    arguments.splice(0..0, ["--format".to_owned(), "json".to_owned()]);
    let output = run(&case.join("zone"), &arguments);
    let mut json: Value = serde_json::from_slice(&output.stdout).unwrap();
    json.as_object_mut().unwrap().remove("lookups");
    let dmarc = json["dmarc"].as_object_mut().unwrap();
    dmarc.remove("beside");
    let dmarc = dmarc["dmarc"].as_object_mut().unwrap();
    dmarc.remove("steps");
    if let Some(policy) = dmarc.get_mut("policy").and_then(Value::as_object_mut) {
        policy.remove("tags");
    }
    for spf in json["spf"].as_array_mut().unwrap() {
        spf.as_object_mut().unwrap().remove("trace");
    }
    for finding in json["findings"].as_array_mut().unwrap() {
        let finding = finding.as_object_mut().unwrap();
        finding.remove("evidence");
        finding.remove("message");
        if let Some(fix) = finding.get_mut("fix").and_then(Value::as_object_mut) {
            fix.remove("text");
            fix.remove("choices");
        }
    }
    json
}

fn points(zone: &Path, arguments: &[String]) -> Option<u64> {
    let mut all = vec!["--format".to_owned(), "json".to_owned()];
    all.extend_from_slice(arguments);
    let output = run(zone, &all);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    json["grade"]["points"].as_u64()
}

#[test]
fn every_domain_is_explained_as_expected() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut wrong = Vec::new();
    let all = cases();
    assert!(all.len() >= 30, "{} cases", all.len());
    for case in all {
        let output = run(&case.join("zone"), &arguments(&case));
        let text = String::from_utf8(output.stdout).unwrap();
        let json = serde_json::to_string_pretty(&data(&case)).unwrap() + "\n";
        for (file, found) in [("expected.txt", text), ("expected.json", json)] {
            let path = case.join(file);
            if update {
                fs::write(&path, &found).unwrap();
            } else if fs::read_to_string(&path).unwrap_or_default() != found {
                wrong.push(format!("{}\n{found}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_points_add_up_and_no_control_character_gets_through() {
    for case in cases() {
        let json = data(&case);
        let Some(grade) = json["grade"].as_object() else {
            continue;
        };
        let sum: u64 = grade["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["points"].as_u64().unwrap())
            .sum();
        assert_eq!(grade["points"], sum, "{}", case.display());
        let output = run(&case.join("zone"), &arguments(&case));
        let is_control = |octet: &u8| *octet < 0x20 && *octet != b'\n' || *octet == 0x7f;
        assert!(!output.stdout.iter().any(is_control), "{}", case.display());
    }
}

/// Faults, each as what it takes out of a zone (lines that contain this) and puts in.
const FAULTS: &[(&str, &str)] = &[
    ("_dmarc ", ""),
    ("_dmarc ", "_dmarc 300 TXT \"v=DMARC1; p=none\""),
    (
        "_dmarc ",
        "_dmarc 300 TXT \"v=DMARC1; p=none; sp=reject; t=y\"",
    ),
    ("_dmarc ", "_dmarc 300 TXT \"v=DMARC1; p=rejcet\""),
    ("-", "_dmarc 300 TXT \"v=DMARC1; p=none\""),
    (
        "_dmarc ",
        "_dmarc 300 TXT \"v=DMARC1; p=none; psd=y; rua=mailto:dmarc@example.com\"",
    ),
    ("mx 300 A", ""),
    ("mx 300 A", "mx 300 CNAME in.example.net."),
    ("@ 300 MX", ""),
    ("v=spf1 mx", "@ 300 TXT \"v=spf1 ip4:203.0.113.1 -all\""),
    ("v=spf1 mx", "@ 300 TXT \"v=spf1 ip4:203.0.113.1 ?all\""),
    ("v=spf1 mx", ""),
    ("v=spf1 mx", "@ 300 TXT \"v=spf1 mx +all\""),
    ("v=spf1 mx", "@ 300 TXT \"v=spf1 mx inclde:a.example ~all\""),
    ("-", "@ 300 TXT \"v=spf1 a ~all\""),
    ("mail 300 MX", ""),
    ("mail 300 MX", "mail 300 MX 10 mx.example.com."),
    ("-", "mail 300 MX 20 mx.example.com."),
    ("mail 300 TXT", ""),
    ("mail 300 TXT", "mail 300 TXT \"v=spf1 -all\""),
    ("livekeyaaaaaaaaaaaaaaaaaaaaaaa23._domainkey", ""),
    ("livekeyaaaaaaaaaaaaaaaaaaaaaaa24._domainkey", ""),
    (
        "livekeyaaaaaaaaaaaaaaaaaaaaaaa23._domainkey",
        "livekeyaaaaaaaaaaaaaaaaaaaaaaa23._domainkey 300 TXT \"v=DKIM1; p=none\"",
    ),
];

#[test]
fn a_fault_never_raises_the_grade() {
    let folder = tempfile::tempdir().unwrap();
    let zone = folder.path().join("zone");
    for name in [
        "perfect",
        "policy-none",
        "quarantine",
        "dkim-1024",
        "aspf-strict",
        "host",
        "host-two",
    ] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/domains");
        let case = root.join(name);
        let arguments = arguments(&case);
        let text = fs::read_to_string(case.join("zone")).unwrap();
        let before = points(&case.join("zone"), &arguments).unwrap();
        for (taken, put) in FAULTS {
            let is_kept =
                |line: &&str| *taken == "-" || !line.contains(taken) || line.starts_with(';');
            let mut lines: Vec<&str> = text.lines().filter(is_kept).collect();
            // Behind the origin, before names of other zones.
            lines.insert(2, put);
            fs::write(&zone, lines.join("\n")).unwrap();
            let after = points(&zone, &arguments).unwrap_or(0);
            assert!(
                after <= before,
                "{name}: {before} to {after} by {taken} {put}"
            );
        }
    }
}

/// The record that a fault is about: another fault of the same one may be the smaller.
fn record((taken, put): &(&'static str, &'static str)) -> String {
    let text = if *taken == "-" { put } else { taken };
    let words: Vec<&str> = text.split_whitespace().collect();
    match words[0] {
        "mail" => words[..3].join(" "),
        _ if text.contains("v=spf1") => "v=spf1".into(),
        name => name.into(),
    }
}

#[test]
fn a_second_fault_never_raises_the_grade() {
    let folder = tempfile::tempdir().unwrap();
    let zone = folder.path().join("zone");
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/domains/perfect");
    let arguments = arguments(&case);
    let text = fs::read_to_string(case.join("zone")).unwrap();
    let with = |faults: &[&(&'static str, &'static str)]| {
        let is_kept = |line: &&str| {
            let mut taken = faults.iter().map(|(taken, _)| *taken);
            line.starts_with(';') || !taken.any(|taken| taken != "-" && line.contains(taken))
        };
        let mut lines: Vec<&str> = text.lines().filter(is_kept).collect();
        for (_, put) in faults {
            lines.insert(2, put);
        }
        fs::write(&zone, lines.join("\n")).unwrap();
        points(&zone, &arguments).unwrap_or(0)
    };
    for one in FAULTS {
        let first = with(&[one]);
        for other in FAULTS.iter().filter(|other| record(other) != record(one)) {
            let both = with(&[one, other]);
            assert!(both <= first, "{first} by {one:?}, {both} with {other:?}");
        }
    }
}

#[test]
fn what_cannot_be_seen_costs_nothing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/domains");
    let zone = root.join("nothing-named/zone");
    let arguments = ["--guess".to_owned(), "example.com".to_owned()];
    assert_eq!(points(&zone, &arguments), Some(100));
}
