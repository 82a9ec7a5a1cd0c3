//! mail-auth beside our verdicts, over every message at hand: what differs has a clause. And the
//! commands that ask it.

#[path = "support/case.rs"]
mod case;
#[path = "support/run.rs"]
mod run;
#[path = "support/suite.rs"]
mod suite;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use futures_util::FutureExt as _;
use jiff::Timestamp;
use serde_json::Value;
use sesauth::dns::{Absent, Dns, Question, Snapshot};
use sesauth::message::{Message, Opened, Reading};
use sesauth::second::{Compared, MailAuth, NoOpinion, OpinionComparison, TooMuch};
use sesauth::{Analysis, Limits, SessionHints, explain};

/// Both judge the message in `bytes`, with the answers of `dns`.
fn beside(
    engine: &MailAuth,
    bytes: &[u8],
    attached: Option<usize>,
    analysis: &Analysis,
    dns: &impl Dns,
) -> OpinionComparison {
    let limits = Limits::default();
    let opened = Opened::open(bytes, Reading::Saved, attached, &limits).unwrap();
    let elsewhere = |question: &Question| dns.query(question).now_or_never().unwrap();
    engine.judge(&opened, analysis, elsewhere, Timestamp::UNIX_EPOCH, &limits)
}

/// How many results agree, and what becomes of the others.
#[derive(Default)]
struct Count {
    agree: usize,
    by_clause: BTreeMap<String, usize>,
    unknown: Vec<String>,
}

impl Count {
    fn add(&mut self, name: &str, analysis: &Analysis, compared: &OpinionComparison) {
        if let Some(why) = &compared.no_opinion {
            let why = explain::second::no_opinion(why);
            self.unknown.push(format!("{name}: {why}"));
        }
        for row in &compared.rows {
            let clause = explain::second::clause(analysis, compared.program, row);
            match (row.comparison, clause) {
                (Compared::Agree, _) => self.agree += 1,
                (_, Some(_)) => {
                    let word = row.clause.as_ref().unwrap().reason.word();
                    let clause = format!("{} {word}", row.method.as_str());
                    *self.by_clause.entry(clause).or_default() += 1;
                }
                (_, None) => self.unknown.push(format!(
                    "{name}: {} {}: {:?} there, {:?} here, {:?}",
                    row.method.as_str(),
                    row.subject,
                    row.theirs,
                    row.ours,
                    row.said
                )),
            }
        }
    }

    /// Prints the counts; fails if a difference has no clause.
    fn end(self, what: &str) -> usize {
        let differ: usize = self.by_clause.values().sum();
        println!(
            "{what}: {} agree, {differ} differ {:?}",
            self.agree, self.by_clause
        );
        assert!(self.unknown.is_empty(), "{}", self.unknown.join("\n"));
        self.agree
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The folders of testdata with a message: the cases, the attacks, and those of each finding.
fn folders() -> Vec<PathBuf> {
    let mut folders = case::cases();
    let mut open = vec![
        root().join("testdata/attacks"),
        root().join("testdata/findings"),
    ];
    while let Some(folder) = open.pop() {
        if folder.join("session.json").is_file() {
            folders.push(folder);
            continue;
        }
        let inside = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        open.extend(inside.filter(|path| path.is_dir()));
    }
    folders.sort();
    folders
}

fn snapshot(folder: &Path, absent: Absent) -> Snapshot {
    let text = fs::read_to_string(folder.join("dns.jsonl")).unwrap();
    Snapshot::parse(&text, absent).unwrap()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn what_differs_in_a_case_has_a_clause() {
    let engine = MailAuth::default();
    let mut count = Count::default();
    for folder in folders() {
        let analysis = case::inspect_case(&folder).analysis;
        let bytes = fs::read(folder.join("message.eml")).unwrap();
        let attached = json(&folder.join("session.json"))["attached"].as_u64();
        let attached = attached.map(|number| usize::try_from(number).unwrap());
        let dns = snapshot(&folder, Absent::NotRecorded);
        let compared = beside(&engine, &bytes, attached, &analysis, &dns);
        count.add(&folder.display().to_string(), &analysis, &compared);
    }
    assert!(count.end("testdata") > 2_000);
}

#[test]
fn what_differs_in_a_real_message_has_a_clause() {
    let Some(folder) = std::env::var_os("SESAUTH_SAMPLES") else {
        println!("SESAUTH_SAMPLES is not set: the samples were not there");
        return;
    };
    let engine = MailAuth::default();
    let mut count = Count::default();
    for entry in fs::read_dir(folder).unwrap() {
        let sample = entry.unwrap().path();
        if !sample.is_dir() {
            continue;
        }
        let dns = snapshot(&sample, Absent::NxDomain);
        let bytes = fs::read(sample.join("message.eml")).unwrap();
        let hints = SessionHints::default();
        let now = Timestamp::UNIX_EPOCH;
        let inspection =
            sesauth::inspect_recorded(&bytes, &hints, &dns, now, &Default::default()).unwrap();
        let compared = beside(&engine, &bytes, None, &inspection.analysis, &dns);
        count.add(
            &sample.display().to_string(),
            &inspection.analysis,
            &compared,
        );
    }
    assert!(count.end("samples") > 400);
}

#[test]
fn what_differs_in_a_suite_has_a_clause() {
    let engine = MailAuth::default();
    for file in [
        "arc_validmail.jsonl",
        "dkim_mailauth.jsonl",
        "dkim_maildkim.jsonl",
        "dkim_stalwart.jsonl",
        "dmarc_mailauth.jsonl",
        "spf_rfc7208.jsonl",
    ] {
        let count = std::cell::RefCell::new(Count::default());
        let is_message = |case: &Value| {
            let message = suite::message_of_case(case);
            Message::parse(&message, &Limits::default()).is_ok()
        };
        suite::check_all(file, &[], is_message, |case| {
            let at = case["params"]["time"].as_i64().unwrap_or(1_704_067_200);
            let at = Timestamp::from_second(at).unwrap();
            let analysis = suite::analyse_case(case, at);
            let zone = suite::Zone::of_case(&case["dns"]);
            let bytes = suite::message_of_case(case);
            let compared = beside(&engine, &bytes, None, &analysis, &zone);
            let mut count = count.borrow_mut();
            count.add(case["id"].as_str().unwrap(), &analysis, &compared);
            None
        });
        count.into_inner().end(file);
    }
}

#[test]
fn a_message_with_too_much_in_it_is_not_given_to_it() {
    let signature =
        "DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=s; h=from; bh=AA==; b=AA==\r\n";
    let many = |count: usize| signature.repeat(count) + "From: a@a.example\r\n\r\n";
    let long = format!("From: a@a.example\r\nX: {}\r\n\r\n", "x".repeat(600 << 10));
    let engine = MailAuth::default();
    let dns = Snapshot::default();
    for (message, what) in [
        (many(25), None),
        (many(26), Some(TooMuch::Signatures)),
        (
            "X: y\r\n".repeat(1_001) + "From: a@a.example\r\n\r\n",
            Some(TooMuch::HeaderFields),
        ),
        (long, Some(TooMuch::HeaderOctets)),
    ] {
        let bytes = message.as_bytes();
        let (hints, now) = (SessionHints::default(), Timestamp::UNIX_EPOCH);
        let inspection =
            sesauth::inspect_recorded(bytes, &hints, &dns, now, &Default::default()).unwrap();
        let compared = beside(&engine, bytes, None, &inspection.analysis, &dns);
        let found = match compared.no_opinion {
            Some(NoOpinion::TooMuch { what, .. }) => Some(what),
            other => other.map(|other| panic!("{other:?}")),
        };
        assert_eq!(found, what);
    }
}

fn sesauth(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sesauth"));
    command.args(arguments).output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The arguments for a case: its recording and its message.
fn of_case(name: &str) -> [String; 3] {
    let folder = root().join("testdata/messages").join(name);
    let path = |file: &str| folder.join(file).display().to_string();
    ["--dns".into(), path("dns.jsonl"), path("message.eml")]
}

#[test]
fn inspect_says_where_both_part_ways() {
    let case = of_case("claim-sha1-accepted");
    let mut arguments = vec!["inspect", "--compare-with", "mail-auth"];
    arguments.extend(case.iter().map(String::as_str));
    let output = sesauth(&arguments);
    let said = text(&output)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    for part in [
        "mail-auth says the same of From (",
        "mail-auth says DKIM 1 is pass, here policy: it counts rsa-sha1, which verifiers must not \
         (RFC 8301 §3.1).",
        "mail-auth says DMARC is pass, here fail: it follows from DKIM 1 (RFC 9989 §5.3.5).",
    ] {
        assert!(said.contains(part), "{said}");
    }
    arguments.extend(["--format", "json"]);
    let document: Value = serde_json::from_slice(&sesauth(&arguments).stdout).unwrap();
    let opinion = &document["second_opinions"][0];
    assert_eq!(opinion["program"], "mail-auth");
    assert_eq!(opinion["rows"][2]["clause"]["section"], "RFC 8301 §3.1");
}

#[test]
fn batch_counts_what_agrees_and_what_differs() {
    let [_, dns, message] = of_case("claim-sha1-accepted");
    let mut arguments = vec![
        "batch",
        "--quiet",
        "--dns",
        &dns,
        "--compare-with",
        "mail-auth",
    ];
    arguments.extend([message.as_str(), "--format"]);
    let with = |format: &'static str| sesauth(&[&arguments[..], &[format]].concat());
    let said = text(&with("summary"));
    for part in [
        "mail-auth on 1 message: 4 results agree, 2 differ by a known clause, 0 for",
        "  1  dkim sha1-counted (RFC 8301 §3.1)",
        "  1  dmarc follows (RFC 9989 §5.3.5)",
    ] {
        assert!(said.contains(part), "{said}");
    }
    let line: Value = serde_json::from_slice(&with("ndjson").stdout).unwrap();
    assert_eq!(
        line["second_opinions"][0]["rows"].as_array().unwrap().len(),
        6
    );
    let refused = with("csv");
    assert_eq!(refused.status.code(), Some(2));
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(why.contains("--format summary or ndjson"), "{why}");
}

#[test]
fn a_corpus_keeps_what_both_say_and_tells_when_they_part_ways() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().display().to_string();
    let [_, dns, message] = of_case("claim-sha1-accepted");
    fs::copy(message, folder.path().join("a.eml")).unwrap();
    let record = ["corpus", "record", "--quiet", "--dns", &dns, &at];
    assert!(sesauth(&record).status.success());
    let expected = folder.path().join("expected/a.eml.json");
    assert!(json(&expected)["second"].is_null(), "nobody asked for it");
    // A check may ask all the same, and counts.
    let check = sesauth(&[
        "corpus",
        "check",
        "--quiet",
        "--compare-with",
        "mail-auth",
        &at,
    ]);
    assert!(check.status.success());
    assert!(
        text(&check).contains("mail-auth on 1 message: 4 results agree"),
        "{}",
        text(&check)
    );

    let both = [&record[..], &["--compare-with", "mail-auth"]].concat();
    assert!(sesauth(&both).status.success());
    let kept = json(&expected);
    assert_eq!(kept["second"].as_array().unwrap().len(), 6);
    assert_eq!(kept["second"][2]["clause"], "sha1-counted");
    let check = ["corpus", "check", "--quiet", &at];
    assert!(sesauth(&check).status.success());

    // As if both had agreed when it was recorded.
    let mut changed = kept.clone();
    changed["second"][2]["comparison"] = "agree".into();
    changed["second"][2]["clause"] = Value::Null;
    fs::write(&expected, serde_json::to_string(&changed).unwrap()).unwrap();
    let parted = sesauth(&check);
    assert_eq!(parted.status.code(), Some(1));
    let said = text(&parted)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    for part in [
        "second 3 dkim 1 comparison agree → differ, dkim 1 clause nothing → sha1-counted",
        "It counts rsa-sha1, which verifiers must not",
    ] {
        assert!(said.contains(part), "{said}");
    }
    for format in ["junit", "tap", "github", "sarif", "json"] {
        let output = sesauth(&[&check[..], &["--format", format]].concat());
        assert_eq!(output.status.code(), Some(1), "{format}");
        assert!(
            text(&output).contains("sha1-counted"),
            "{format}: {}",
            text(&output)
        );
    }
}
