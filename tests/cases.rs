//! Every folder of testdata/messages is a case: message.eml, dns.jsonl, session.json,
//! expected.txt, expected.json. `UPDATE=1 cargo test` rewrites what is expected; the diff is the
//! review.

#[path = "support/case.rs"]
mod case;
#[path = "support/run.rs"]
mod run;

use sesauth::explain;
use sesauth::render::json::Detail;
use std::collections::BTreeSet;
use std::fs;

use case::{cases, inspect_case};
use sesauth::dkim::DkimCause;
use sesauth::render;
use sesauth::render::text::TextOptions;

#[test]
fn every_case_gives_what_is_expected() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut wrong = Vec::new();
    for case in cases() {
        let analysis = inspect_case(&case);
        let mut text = Vec::new();
        let options = TextOptions {
            verbose: true,
            color: false,
        };
        render::text::write(&analysis, TextOptions::default(), &mut text).unwrap();
        text.extend_from_slice(b"\n==== --verbose ====\n\n");
        render::text::write(&analysis, options, &mut text).unwrap();
        let mut json = Vec::new();
        render::json::write_inspection(&analysis, Detail::Data, &mut json).unwrap();
        for (name, found) in [("expected.txt", text), ("expected.json", json)] {
            let path = case.join(name);
            let found = String::from_utf8(found).expect("output is UTF-8");
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
