//! The laws of the catalogue of findings.

#[path = "support/case.rs"]
mod case;
#[path = "support/contradictions.rs"]
mod contradictions;
#[path = "support/law.rs"]
mod law;
#[path = "support/proposed.rs"]
mod proposed;
#[path = "support/run.rs"]
mod run;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use case::{cases, inspect_case, inspect_case_with};
use law::receiver_passed;
use proposed::{dmarc_faults, proposals, spf_faults};
use serde_json::Value;
use sesauth::corpus::Folder;
use sesauth::dns::{Absent, Action, RecordChange, RecordType, Snapshot, Zone};
use sesauth::findings::{Finding, Fix, RULES, Rule, Severity};
use sesauth::{Inspection, Options, RuleOutcome, SessionHints, render};

/// Files of src/findings that hold no rule.
const FRAMEWORK: [&str; 14] = [
    "mod",
    "applies",
    "audience",
    "case",
    "envelope",
    "finding",
    "fix",
    "gate",
    "hit",
    "observation",
    "policy",
    "recorded",
    "rule",
    "signing",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn stems(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(root().join(folder)).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect()
}

fn codes() -> BTreeSet<String> {
    RULES.iter().map(|rule| rule.code.to_owned()).collect()
}

fn found(rule: &Rule, kind: &str) -> Inspection {
    let folder = root().join("testdata/findings").join(rule.code).join(kind);
    assert!(folder.is_dir(), "there is no {}", folder.display());
    inspect_case(&folder)
}

/// The findings of all cases there are.
fn all_findings() -> Vec<(String, Finding)> {
    let findings = folders().flat_map(|folder| {
        let name = folder.display().to_string();
        let findings = inspect_case(&folder).findings();
        findings.into_iter().map(move |found| (name.clone(), found))
    });
    findings.collect()
}

/// The folders of testdata that are cases: those of the rules, and those of messages.
fn folders() -> impl Iterator<Item = PathBuf> {
    let kinds = |rule: &&Rule| {
        let folder = root().join("testdata/findings").join(rule.code);
        ["fires", "quiet"].map(|kind| folder.join(kind))
    };
    RULES.iter().flat_map(kinds).chain(cases())
}

/// The messages of testdata/corpus, inspected with its DNS at the time that it was recorded for.
fn corpus() -> Vec<Inspection> {
    let folder = Folder::new(root().join("testdata/corpus"));
    let dns = fs::read_to_string(folder.snapshot()).unwrap();
    let dns = Snapshot::parse(&dns, Absent::NotRecorded).unwrap();
    let settings: Value = serde_json::from_slice(&fs::read(folder.settings()).unwrap()).unwrap();
    let now = settings["now"].as_str().unwrap().parse().unwrap();
    let options = Options::default();
    let limit = options.limits.message_bytes;
    let mut buffer = Vec::new();
    let entries = folder.reader(limit);
    let inspections = entries.map(|entry| {
        let bytes = entry.load.bytes(&mut buffer, limit).unwrap();
        let hints = SessionHints::default();
        sesauth::inspect_recorded(bytes, &hints, &dns, now, &options).unwrap()
    });
    inspections.collect()
}

#[test]
fn every_code_is_found_as_often_as_expected() {
    let mut counts: BTreeMap<&str, usize> = RULES.iter().map(|rule| (rule.code, 0)).collect();
    let corpus = corpus();
    assert_eq!(corpus.len(), 60, "testdata/corpus holds sixty messages");
    let cases = folders().map(|folder| inspect_case(&folder));
    for inspection in cases.chain(corpus) {
        for hit in &inspection.hits {
            *counts.entry(hit.code).or_default() += 1;
        }
    }
    let found = serde_json::to_string_pretty(&counts).unwrap() + "\n";
    let path = root().join("testdata/findings.json");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &found).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    let expected: BTreeSet<&str> = expected.lines().collect();
    let other = found.lines().filter(|line| !expected.contains(line));
    let other: Vec<&str> = other.collect();
    let same = other.is_empty() && expected.len() == found.lines().count();
    assert!(same, "{} has other counts: {other:?}", path.display());
}

/// Whether a text begins small and ends open: a name, a tag or an abbreviation may begin it.
fn is_open(text: &str) -> bool {
    let first = text.split(' ').next().unwrap_or_default();
    let mut chars = first.chars();
    let begins_large = chars.next().is_some_and(char::is_uppercase);
    let is_plain_word = chars.all(char::is_lowercase);
    let begins_well = !(begins_large && is_plain_word) || first == "From";
    !text.is_empty() && begins_well && !text.ends_with('.')
}

#[test]
fn codes_are_unique_and_in_kebab_case() {
    assert_eq!(codes().len(), RULES.len());
    for code in codes() {
        let is_word = |word: &str| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9'))
        };
        assert!(code.split('-').all(is_word), "{code}");
    }
}

#[test]
fn every_rule_has_its_file_and_every_file_its_rule() {
    let files = stems("src/findings").into_iter();
    let files = files.filter(|stem| !FRAMEWORK.contains(&stem.as_str()));
    let files: BTreeSet<String> = files.map(|stem| stem.replace('_', "-")).collect();
    assert_eq!(files, codes());
    assert_eq!(stems("testdata/findings"), codes());
    let pairs = stems("examples/forge/findings").into_iter();
    let pairs = pairs.filter(|stem| stem != "mod");
    let pairs: BTreeSet<String> = pairs.map(|stem| stem.replace('_', "-")).collect();
    assert_eq!(pairs, codes());
}

#[test]
fn every_rule_is_cited_and_explained() {
    for rule in RULES {
        let explanation = &rule.explanation;
        assert!(!rule.cites.is_empty(), "{} cites nothing", rule.code);
        for text in [explanation.means, explanation.matters, explanation.todo] {
            assert!(text.ends_with('.'), "{}: {text:?}", rule.code);
            assert!(!text.contains("  "), "{}: {text:?}", rule.code);
        }
        assert!(is_open(explanation.summary), "{}", rule.code);
        assert!(!explanation.example.is_empty(), "{}", rule.code);
    }
}

#[test]
fn a_rule_yields_to_rules_that_there_are() {
    for rule in RULES {
        for code in rule.yields_to {
            assert!(codes().contains(*code), "{} yields to {code}", rule.code);
            assert_ne!(*code, rule.code);
        }
    }
}

#[test]
fn a_rule_applies_where_it_fires_and_every_hit_has_words() {
    for rule in RULES {
        let fires = found(rule, "fires");
        let outcome = fires
            .rules()
            .into_iter()
            .find(|(code, _)| *code == rule.code);
        assert_eq!(outcome, Some((rule.code, RuleOutcome::Fired)));
        let quiet = found(rule, "quiet");
        for inspection in [&fires, &quiet] {
            let said: Vec<_> = inspection.findings().iter().map(|it| it.code).collect();
            let hits: Vec<_> = inspection.hits.iter().map(|hit| hit.code).collect();
            assert_eq!(said, hits, "{}", rule.code);
        }
    }
}

#[test]
fn every_explanation_fits_on_a_page() {
    for rule in RULES {
        let mut text = Vec::new();
        render::explain::write_rule(rule, &mut text).unwrap();
        for line in String::from_utf8(text).unwrap().lines() {
            let columns = line.chars().count();
            assert!(columns <= 80, "{}: {columns} columns: {line}", rule.code);
        }
    }
}

#[test]
fn every_rule_fires_where_it_should_and_is_quiet_where_it_should() {
    for rule in RULES {
        let has = |inspection: &Inspection| inspection.hits.iter().any(|it| it.code == rule.code);
        assert!(has(&found(rule, "fires")), "{} does not fire", rule.code);
        assert!(!has(&found(rule, "quiet")), "{} is not quiet", rule.code);
    }
}

#[test]
fn every_finding_obeys_its_rule_and_the_law_of_messages() {
    for (case, finding) in all_findings() {
        let rule = sesauth::findings::rule(finding.code).unwrap();
        assert_eq!(finding.severity, rule.severity, "{case}");
        let texts = finding.evidence.iter().map(|evidence| &evidence.text);
        let fix = finding.fix.iter();
        let choices = fix.clone().flat_map(|fix| &fix.choices);
        let choices = choices.flat_map(|choice| [&choice.text, &choice.consequence]);
        let fix = fix.map(|fix| &fix.text);
        for text in [&finding.message].into_iter().chain(fix).chain(choices) {
            assert!(is_open(text), "{case}: {}: {text:?}", finding.code);
        }
        assert!(texts.clone().count() > 0, "{case}: {}", finding.code);
        assert!(texts.clone().all(|text| !text.is_empty()), "{case}");
    }
}

/// `dmarc-fail` follows the conclusion, which says by itself where it does not go by the receiver.
#[test]
fn no_error_is_found_in_mail_that_its_receiver_let_pass() {
    let mut looked_at = 0;
    for folder in cases() {
        let analysis = inspect_case(&folder);
        if !receiver_passed(&analysis.analysis) {
            continue;
        }
        looked_at += 1;
        for finding in &analysis.findings() {
            let is_error = finding.severity == Severity::Error && finding.code != "dmarc-fail";
            assert!(!is_error, "{}: {}", folder.display(), finding.code);
        }
    }
    assert!(looked_at > 0);
}

#[test]
fn no_two_things_said_of_a_message_deny_each_other() {
    let cases = folders().map(|folder| (folder.display().to_string(), inspect_case(&folder)));
    let corpus = corpus()
        .into_iter()
        .map(|one| ("testdata/corpus".to_owned(), one));
    let wrong = cases.chain(corpus).flat_map(|(name, inspection)| {
        let wrong = contradictions::contradictions(&inspection).into_iter();
        wrong.map(move |wrong| format!("{name}: {wrong}"))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_fix_can_be_pasted() {
    let mut records = 0;
    for (case, finding) in all_findings() {
        let Some(fix) = &finding.fix else {
            continue;
        };
        for line in lines(fix) {
            assert!(Zone::parse(&line).is_ok(), "{case}: {line}");
            records += 1;
        }
        for check in &fix.checks {
            let words: Vec<&str> = check.split(' ').collect();
            assert!(
                matches!(words[..], ["dig", "+short", _, _]),
                "{case}: {check}"
            );
            let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"+-._ ".contains(&byte);
            assert!(check.bytes().all(is_safe), "{case}: {check}");
        }
        if lines(fix).next().is_some() {
            assert!(!fix.checks.is_empty(), "{case}: {}", finding.code);
        }
    }
    assert!(records > 0);
}

/// RFC 1034 §3.6.2. Where a fix leaves an alias, it publishes nothing beside it, and what it publishes
/// is a zone that can be loaded.
#[test]
fn no_fix_publishes_anything_beside_an_alias() {
    let mut aliases = 0;
    for folder in folders() {
        let inspection = inspect_case(&folder);
        let lookups = inspection.analysis.lookups.0.iter();
        let names = lookups.filter(|lookup| !lookup.reply.cname().is_empty());
        let names: Vec<_> = names.map(|lookup| &lookup.question.name).collect();
        aliases += names.len();
        for finding in inspection.findings() {
            let Some(fix) = &finding.fix else {
                continue;
            };
            let place = format!("{}: {}", folder.display(), finding.code);
            let choices = fix.choices.iter().map(|choice| &choice.records);
            for records in choices.chain([&fix.records]) {
                let adds = |it: &&RecordChange| it.action != Action::Remove;
                let beside = |it: &&RecordChange| {
                    let mut same = records.iter().filter(|other| other.name == it.name);
                    names.contains(&&it.name) && !same.any(|it| it.kind == RecordType::Cname)
                };
                let mut added = records.iter().filter(adds);
                assert!(!added.clone().any(|it| beside(&it)), "{place}");
                let zone: Vec<String> = added.by_ref().map(RecordChange::zone_line).collect();
                assert!(Zone::parse(&zone.join("\n")).is_ok(), "{place}: {zone:?}");
            }
        }
    }
    assert!(aliases > 0);
}

/// Judged from outside: what is proposed for a name, beside what DNS said of it.
#[test]
fn no_record_in_a_fix_is_weaker_than_what_stands_or_has_a_fault() {
    let mut judged = 0;
    let cases = folders().map(|folder| (folder.display().to_string(), inspect_case(&folder)));
    let corpus = corpus().into_iter().map(|it| ("corpus".to_owned(), it));
    for (case, inspection) in cases.chain(corpus) {
        let lookups = &inspection.analysis.lookups.0;
        for proposal in proposals(&inspection.findings()) {
            let name = &proposal.name;
            let asked = lookups
                .iter()
                .filter(|lookup| lookup.question.name.as_str() == name);
            let texts = asked.flat_map(|lookup| lookup.reply.txt());
            let texts = texts.map(|text| String::from_utf8_lossy(&text.joined()).into_owned());
            let texts: Vec<String> = texts.collect();
            let beside = |judge: &dyn Fn(&str) -> Vec<String>, none: &str| {
                let mut standing = texts.iter().map(String::as_str).collect::<Vec<_>>();
                standing.push(none);
                standing.into_iter().flat_map(judge).collect::<Vec<_>>()
            };
            let text = &proposal.text;
            let faults = match name.as_str() {
                name if name.starts_with("_dmarc.") => {
                    let is_of_ses = inspection.analysis.ses.is_some();
                    beside(&|old| dmarc_faults(text, old, true, is_of_ses), text)
                }
                _ if text.contains("v=spf1") => {
                    beside(&|old| spf_faults(text, old, false, proposal.code), "v=spf1")
                }
                _ => continue,
            };
            judged += 1;
            assert!(faults.is_empty(), "{case}: {proposal:?}: {faults:?}");
        }
    }
    assert!(judged > 100, "{judged} records");
}

fn lines(fix: &Fix) -> impl Iterator<Item = String> {
    let chosen = fix.choices.iter().flat_map(|choice| &choice.records);
    fix.records
        .iter()
        .chain(chosen)
        .map(|record| record.zone_line())
}

#[test]
fn findings_are_shown_by_severity_and_then_in_the_order_of_the_rules() {
    let place = |finding: &Finding| {
        let rule = RULES.iter().position(|rule| rule.code == finding.code);
        (finding.severity, rule)
    };
    for rule in RULES {
        let findings = found(rule, "fires").findings();
        assert!(findings.is_sorted_by_key(place), "{}", rule.code);
    }
    let words = [Severity::Error, Severity::Warning, Severity::Notice].map(Severity::as_str);
    assert_eq!(words, ["error", "warning", "notice"]);
}

#[test]
fn the_records_of_a_default_mail_from_mend_it() {
    let rule = sesauth::findings::rule("ses-default-mail-from").unwrap();
    let findings = found(rule, "fires").findings();
    let finding = findings.iter().find(|it| it.code == rule.code).unwrap();
    let records: Vec<String> = lines(finding.fix.as_ref().unwrap()).collect();
    assert_eq!(
        records,
        [
            "mail.example.com. 300 MX 10 feedback-smtp.us-east-1.amazonses.com.",
            "mail.example.com. 300 TXT \"v=spf1 include:amazonses.com ~all\""
        ]
    );
}

#[test]
fn that_there_is_no_alias_is_believed_of_a_source_that_keeps_them() {
    let folder = root().join("testdata/findings/ses-selector-copied-key/fires");
    let recorded = fs::read_to_string(folder.join("dns.jsonl")).unwrap();
    for (absent, fires) in [(Absent::NotRecorded, true), (Absent::NxDomain, false)] {
        let dns = Snapshot::parse(&recorded, absent).unwrap();
        let analysis = inspect_case_with(&folder, &dns);
        let mut codes = analysis.hits.iter().map(|hit| hit.code);
        let found = codes.any(|code| code == "ses-selector-copied-key");
        assert_eq!(found, fires, "{absent:?}");
    }
}

#[test]
fn a_misspelt_code_is_near_the_right_one() {
    assert_eq!(sesauth::findings::near("dmarc-fial"), ["dmarc-fail"]);
    assert_eq!(
        sesauth::findings::near("default-mail-from"),
        ["ses-default-mail-from"]
    );
    assert!(sesauth::findings::near("colour").is_empty());
}
