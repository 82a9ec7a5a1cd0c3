//! Every folder of testdata/messages is a case: message.eml, dns.jsonl, session.json, and
//! expected.json, which holds data alone. The text is expected, as expected.txt, of as few cases as
//! show every word that occurs. `UPDATE=1 cargo test` rewrites the files that are there; the diff is
//! the review.

#[path = "support/case.rs"]
mod case;
#[path = "support/run.rs"]
mod run;
#[path = "support/words.rs"]
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use case::{cases, inspect_case};
use serde_json::Value;
use sesauth::dkim::DkimCause;
use sesauth::render::json::Detail;
use sesauth::render::text::TextOptions;
use sesauth::{Inspection, explain, render};
use words::words;

#[test]
fn every_case_gives_what_is_expected() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut wrong = Vec::new();
    for case in cases() {
        let inspection = inspect_case(&case);
        // The text is made of every case, though not every case keeps it.
        let mut found = vec![("expected.json", data(&inspection))];
        let text = text(&inspection);
        if shows_its_text(&case) {
            found.push(("expected.txt", text));
        }
        for (name, found) in found {
            let path = case.join(name);
            if update {
                fs::write(&path, found).unwrap();
                continue;
            }
            let expected = fs::read_to_string(&path).unwrap_or_default();
            if let Some(difference) = first_difference(&expected, &found) {
                wrong.push(format!("{}: {difference}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_word_that_occurs_is_shown_by_a_text_that_is_expected() {
    let mut shown = BTreeSet::new();
    let mut others: BTreeMap<String, String> = BTreeMap::new();
    for case in cases() {
        let document: Value = serde_json::from_str(&json(&inspect_case(&case))).unwrap();
        let words = words(&document);
        if shows_its_text(&case) {
            shown.extend(words);
        } else {
            let name = case.file_name().unwrap().to_string_lossy();
            others.extend(words.into_iter().map(|word| (word, name.to_string())));
        }
    }
    assert!(shown.contains("dkim cause verified"), "{shown:?}");
    let missing = others.iter().filter(|(word, _)| !shown.contains(*word));
    let missing: Vec<String> = missing
        .map(|(word, case)| format!("{word}: {case} could have an expected.txt"))
        .collect();
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

fn shows_its_text(case: &Path) -> bool {
    case.join("expected.txt").is_file()
}

fn text(inspection: &Inspection) -> String {
    let verbose = TextOptions {
        verbose: true,
        ..TextOptions::default()
    };
    let mut text = Vec::new();
    render::text::write(inspection, TextOptions::default(), &mut text).unwrap();
    text.extend_from_slice(b"\n==== --verbose ====\n\n");
    render::text::write(inspection, verbose, &mut text).unwrap();
    String::from_utf8(text).expect("output is UTF-8")
}

fn json(inspection: &Inspection) -> String {
    let mut json = Vec::new();
    render::json::write_inspection(inspection, Detail::Data, &mut json).unwrap();
    String::from_utf8(json).expect("output is UTF-8")
}

/// The data, with one line for each lookup: dns.jsonl beside it has the answers.
fn data(inspection: &Inspection) -> String {
    let json = json(inspection);
    let document: Value = serde_json::from_str(&json).unwrap();
    let Some((before, rest)) = json.split_once("\n  \"lookups\": [\n") else {
        return json;
    };
    let (_, after) = rest.split_once("\n  ]").unwrap();
    let lookups = document["lookups"].as_array().unwrap().iter();
    let lookups = lookups.map(|lookup| {
        let part = |key: &str| lookup[key].as_str().unwrap();
        let line = format!("{} {} {}", part("id"), part("type"), part("name"));
        format!("    {}", Value::from(line))
    });
    let lookups = lookups.collect::<Vec<_>>().join(",\n");
    format!("{before}\n  \"lookups\": [\n{lookups}\n  ]{after}")
}

fn first_difference(expected: &str, found: &str) -> Option<String> {
    if expected == found {
        return None;
    }
    let mut lines = expected.lines().zip(found.lines()).zip(1..);
    Some(
        match lines.find(|((expected, found), _)| expected != found) {
            Some(((expected, found), number)) => {
                format!("line {number}\n  expected {expected}\n  found    {found}")
            }
            None => "one has more lines than the other".into(),
        },
    )
}

#[test]
fn there_is_a_case_for_every_dkim_cause() {
    let seen: BTreeSet<String> = cases()
        .iter()
        .flat_map(|case| inspect_case(case).analysis.dkim)
        .map(|verdict| word(verdict.cause))
        .collect();
    let missing: Vec<_> = DkimCause::ALL
        .into_iter()
        .map(word)
        .filter(|cause| !seen.contains(cause))
        .collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}

#[test]
fn a_case_named_after_a_dkim_cause_shows_it() {
    let mut named = 0;
    for case in cases() {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let cause = DkimCause::ALL
            .into_iter()
            .find(|cause| name == format!("dkim-{}", word(*cause)));
        if let Some(cause) = cause {
            let first = &inspect_case(&case).analysis.dkim[0];
            assert_eq!(
                first.cause,
                cause,
                "{name}: {}",
                explain::dkim::cause(first)
            );
            named += 1;
        }
    }
    assert_eq!(
        named,
        DkimCause::ALL.len() - 1,
        "all but verified have a case"
    );
}

#[test]
fn no_line_of_text_is_wider_than_a_page_but_for_what_is_copied_or_one_long_word() {
    for case in cases() {
        let mut text = Vec::new();
        let analysis = inspect_case(&case);
        render::text::write(&analysis, TextOptions::default(), &mut text).unwrap();
        let fixes = analysis.findings().into_iter().flat_map(|found| found.fix);
        let chosen = fixes.clone().flat_map(|fix| fix.choices);
        let records = fixes.flat_map(|fix| fix.records);
        let records = records.chain(chosen.flat_map(|choice| choice.records));
        // A record or a command stands on one line, so that it can be copied.
        let records = records.map(|record| record.zone_line());
        let fixes = analysis.findings().into_iter().flat_map(|found| found.fix);
        let checks = fixes.flat_map(|fix| fix.checks.clone());
        let copied: BTreeSet<String> = records.chain(checks).collect();
        for line in String::from_utf8(text).unwrap().lines() {
            let words = line.split_whitespace().count();
            let line = line.trim_start_matches("  Check with:");
            let wide = line.chars().count() > 80 && words > 1 && !copied.contains(line.trim());
            assert!(!wide, "{}: {line}", case.display());
        }
    }
}

fn word(cause: DkimCause) -> String {
    let value = serde_json::to_value(cause).unwrap();
    value.as_str().unwrap().to_owned()
}
