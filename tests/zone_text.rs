//! `--dns` with zone text: it tells of its own zones, and nothing of other names.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A message that passes, sent by SES: its verdicts hang on names of example.com and amazonses.com.
fn case(file: &str) -> PathBuf {
    let case = "testdata/messages/ses-custom-mail-from";
    Path::new(env!("CARGO_MANIFEST_DIR")).join(case).join(file)
}

fn sesauth(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sesauth"));
    command.args(arguments).output().unwrap()
}

/// The records of the case in `all.zone`, those of example.com in `own.zone`.
fn zones() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let exported = sesauth(&["dns", "export", case("dns.jsonl").to_str().unwrap()]);
    let all = String::from_utf8(exported.stdout).unwrap();
    let is_own = |line: &&str| line.split(' ').next().unwrap().ends_with("example.com.");
    let own: Vec<&str> = all.lines().filter(is_own).collect();
    fs::write(folder.path().join("own.zone"), own.join("\n") + "\n").unwrap();
    fs::write(folder.path().join("all.zone"), all).unwrap();
    folder
}

fn inspect(zone: &str, more: &[&str]) -> (Output, Value) {
    let folder = zones();
    let zone = folder.path().join(zone);
    let message = case("message.eml");
    let (zone, message) = (zone.to_str().unwrap(), message.to_str().unwrap());
    let arguments = ["inspect", "--format", "json", "--dns", zone, message];
    let output = sesauth(&[&arguments, more].concat());
    let json = serde_json::from_slice(&output.stdout).unwrap();
    (output, json)
}

fn said(output: &Output) -> Vec<String> {
    let errors = String::from_utf8(output.stderr.clone()).unwrap();
    errors.lines().map(str::to_owned).collect()
}

#[test]
fn the_zone_of_the_author_says_nothing_of_the_names_of_others() {
    let (output, json) = inspect("own.zone", &[]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(json["conclusion"]["result"], "inconclusive");
    assert_eq!(json["dkim"][1]["cause"], "not-recorded");
    assert_eq!(json["spf"]["mail_from"]["result"], "not-evaluated");
    // Its policy is in it, and the search for it is complete.
    assert_eq!(json["dmarc"]["policy"]["domain"], "example.com");
    assert_eq!(json["dmarc"]["organizational_domain"], "example.com");
    let findings = json["findings"].as_array().unwrap().iter();
    let codes: Vec<_> = findings.map(|one| one["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["snapshot-incomplete"]);
    let said = said(&output);
    let ends = "own.zone: zone text; names outside example.com are unknown";
    assert!(said[0].ends_with(ends), "{said:?}");
    let again = said.iter().filter(|line| line.contains("zone text"));
    assert_eq!(again.count(), 1, "{said:?}");
    assert!(said[1].contains("not in the recorded DNS: TXT amazonses.com"));
}

#[test]
fn a_text_with_all_the_records_is_enough() {
    let (output, json) = inspect("all.zone", &[]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(json["conclusion"]["result"], "pass");
    let zones = "54.in-addr.arpa, amazonses.com, example.com";
    assert!(said(&output)[0].contains(zones), "{:?}", said(&output));
}

#[test]
fn it_is_all_of_dns_where_the_user_says_so() {
    let (output, json) = inspect("own.zone", &["--dns-absent", "nxdomain"]);
    assert_eq!(json["dkim"][1]["cause"], "key-gone");
    assert_eq!(json["spf"]["mail_from"]["result"], "permerror");
    assert_eq!(said(&output), [""; 0]);
}
