//! mail-auth beside ours, over every message at hand: what differs has a clause, and the octets, the
//! session and DNS are the same for both.

#[path = "support/case.rs"]
mod case;
#[path = "support/run.rs"]
mod run;
#[path = "support/suite.rs"]
mod suite;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use case::cases;
use jiff::Timestamp;
use futures_util::FutureExt as _;
use sesauth::dns::{Absent, Dns, Question, Reply, Snapshot};
use sesauth::message::{Opened, Reading};
use sesauth::second::{Compared, MailAuth, OpinionComparison};
use sesauth::{Analysis, Limits, SessionHints, explain};

/// What both say of the message in `bytes`.
fn judge(engine: &MailAuth, bytes: &[u8], analysis: &Analysis, elsewhere: impl Fn(&Question) -> Reply, attached: Option<usize>) -> OpinionComparison {
    let limits = Limits::default();
    let opened = Opened::open(bytes, Reading::Saved, attached, &limits).unwrap();
    engine.judge(&opened, analysis, elsewhere, Timestamp::now(), &limits)
}

fn of(dns: &impl Dns) -> impl Fn(&Question) -> Reply + '_ { |question| dns.query(question).now_or_never().unwrap() }

#[derive(Default)]
struct Count {
    agree: usize,
    by_clause: BTreeMap<String, Vec<String>>,
    unknown: Vec<String>,
}

impl Count {
    fn say(&self, what: &str) {
        let by: usize = self.by_clause.values().map(Vec::len).sum();
        println!("== {what}: agree {} clause {by} unknown {}", self.agree, self.unknown.len());
        for (clause, rows) in &self.by_clause { println!("-- {clause}"); for row in rows { println!("     {row}"); } }
        println!("unknown:");
        for row in &self.unknown { println!("  {row}"); }
    }
    fn add(&mut self, name: &str, analysis: &Analysis, compared: &OpinionComparison) {
        if let Some(why) = &compared.no_opinion {
            self.unknown.push(format!("{name}: {why:?}"));
        }
        for row in &compared.rows {
            let words = explain::second::clause(analysis, compared.program, row);
            let words = words.map(|words| words.to_string());
            let text = format!("{name}: {:?} {} theirs {:?} ours {:?} {:?}", row.method, row.subject, row.theirs, row.ours, row.said);
            match (row.comparison, words) {
                (Compared::Agree, _) => self.agree += 1,
                (_, Some(words)) => self.by_clause.entry(words).or_default().push(text),
                (_, None) => self.unknown.push(text),
            }
        }
    }
}


/// The folders of testdata with a message: cases, attacks, and those of each finding.
fn folders() -> Vec<PathBuf> {
    let mut folders = cases();
    let mut open = vec![testdata("attacks"), testdata("findings")];
    while let Some(folder) = open.pop() {
        if folder.join("session.json").is_file() {
            folders.push(folder);
            continue;
        }
        let inside = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        open.extend(inside.filter(|path| path.is_dir()));
    }
    folders.sort();
    folders
}

fn testdata(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(folder)
}

#[test]
fn every_difference_has_a_clause() {
    let engine = MailAuth::default();
    let mut count = Count::default();
    for case in folders() {
        let name = case.display().to_string();
        let inspection = case::inspect_case(&case);
        let bytes = fs::read(case.join("message.eml")).unwrap();
        let session: serde_json::Value = serde_json::from_slice(&fs::read(case.join("session.json")).unwrap()).unwrap();
        let attached = session["attached"].as_u64().map(|n| n as usize);
        let dns = fs::read_to_string(case.join("dns.jsonl")).unwrap();
        let dns = Snapshot::parse(&dns, Absent::NotRecorded).unwrap();
        let compared = judge(&engine, &bytes, &inspection.analysis, of(&dns), attached);
        count.add(&name, &inspection.analysis, &compared);
    }
    count.say("testdata");
}

#[test]
fn every_difference_of_samples() {
    let Some(folder) = std::env::var_os("SESAUTH_SAMPLES") else { return };
    let engine = MailAuth::default();
    let mut count = Count::default();
    for entry in fs::read_dir(folder).unwrap() {
        let sample = entry.unwrap().path();
        if !sample.is_dir() { continue; }
        let dns = fs::read_to_string(sample.join("dns.jsonl")).unwrap();
        let dns = Snapshot::parse(&dns, Absent::NxDomain).unwrap();
        let message = fs::read(sample.join("message.eml")).unwrap();
        let inspection = sesauth::inspect_recorded(&message, &SessionHints::default(), &dns, Timestamp::UNIX_EPOCH, &Default::default()).unwrap();
        let compared = judge(&engine, &message, &inspection.analysis, of(&dns), None);
        count.add(&sample.file_name().unwrap().to_string_lossy(), &inspection.analysis, &compared);
    }
    count.say("samples");
}

#[test]
fn every_difference_of_suites() {
    let Some(folder) = std::env::var_os("SESAUTH_SUITES") else { return };
    let engine = MailAuth::default();
    for file in ["arc_validmail", "dkim_mailauth", "dkim_maildkim", "dkim_stalwart", "dmarc_mailauth", "spf_rfc7208"] {
        let mut count = Count::default();
        let text = fs::read_to_string(Path::new(&folder).join(format!("{file}.jsonl"))).unwrap();
        for line in text.lines() {
            let mut case: serde_json::Value = serde_json::from_str(line).unwrap();
            if file == "spf_rfc7208" { case["message"] = "From: a@author.example\n\n".into(); }
            if sesauth::message::Message::parse(&suite::message_of_case(&case), &Limits::default()).is_err() { continue; }
            let time = case["params"]["time"].as_i64().unwrap_or(1_704_067_200);
            let analysis = suite::analyse_case(&case, Timestamp::from_second(time).unwrap());
            let zone = suite::Zone::of_case(&case["dns"]);
            let compared = judge(&engine, &suite::message_of_case(&case), &analysis, of(&zone), None);
            count.add(case["id"].as_str().unwrap(), &analysis, &compared);
        }
        count.say(file);
    }
}
