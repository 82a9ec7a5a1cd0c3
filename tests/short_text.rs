//! How long the text of a message is: its median, nine of ten, and the longest. What is shown of one
//! finding, and that nothing is said twice.

#[path = "support/case.rs"]
mod case;
#[path = "support/run.rs"]
mod run;

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sesauth::dns::{Absent, Snapshot};
use sesauth::render::{self, text::TextOptions};
use sesauth::{Inspection, SessionHints};

fn text(inspection: &Inspection, columns: usize) -> String {
    let options = TextOptions {
        columns: Some(columns),
        ..TextOptions::default()
    };
    let mut text = Vec::new();
    render::text::write(inspection, options, &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

/// The cases, and what fires and does not fire for each finding.
fn folders() -> Vec<PathBuf> {
    let mut folders = case::cases();
    let findings = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/findings");
    for rule in fs::read_dir(findings).unwrap() {
        let rule = rule.unwrap().path();
        folders.extend(["fires", "quiet"].map(|kind| rule.join(kind)));
    }
    folders.retain(|folder| folder.join("session.json").is_file());
    folders.sort();
    folders
}

/// Prints how many lines most texts have; gives the median and the length of nine in ten.
fn told(what: &str, texts: &[(String, String)]) -> (usize, usize) {
    let mut lengths: Vec<(usize, &str)> = texts
        .iter()
        .map(|(name, text)| (text.lines().count(), name.as_str()))
        .collect();
    lengths.sort();
    let at = |share: f64| lengths[((lengths.len() - 1) as f64 * share) as usize];
    let (median, most, longest) = (at(0.5).0, at(0.9).0, at(1.0));
    println!(
        "{what}: {} texts, median {median}, nine of ten {most}, longest {} ({})",
        lengths.len(),
        longest.0,
        longest.1
    );
    (median, most)
}

fn of_cases(columns: usize) -> Vec<(String, String)> {
    let texts = folders().into_iter().map(|folder| {
        let inspection = case::inspect_case(&folder);
        (folder.display().to_string(), text(&inspection, columns))
    });
    texts.collect()
}

#[test]
fn the_text_of_a_case_fits_a_screen() {
    let (median, most) = told("testdata", &of_cases(80));
    assert!(median <= 30 && most <= 45, "{median} {most}");
}

#[test]
fn the_text_of_a_real_message_fits_a_screen() {
    let Some(samples) = std::env::var_os("SESAUTH_SAMPLES") else {
        println!("SESAUTH_SAMPLES is not set: the samples were not there");
        return;
    };
    let mut texts = Vec::new();
    for entry in fs::read_dir(samples).unwrap() {
        let sample = entry.unwrap().path();
        if !sample.is_dir() {
            continue;
        }
        let dns = fs::read_to_string(sample.join("dns.jsonl")).unwrap();
        let dns = Snapshot::parse(&dns, Absent::NxDomain).unwrap();
        let message = fs::read(sample.join("message.eml")).unwrap();
        let (hints, now) = (SessionHints::default(), Timestamp::UNIX_EPOCH);
        let inspection =
            sesauth::inspect_recorded(&message, &hints, &dns, now, &Default::default()).unwrap();
        texts.push((sample.display().to_string(), text(&inspection, 80)));
    }
    let (median, most) = told("samples", &texts);
    assert!(median <= 30 && most <= 45, "{median} {most}");
}

/// The findings of a text: the first line of each, and the lines below it.
fn findings(text: &str) -> Vec<(&str, Vec<&str>)> {
    let mut found: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut is_inside = false;
    for line in text.lines() {
        let is_head = ["error: ", "warning: ", "notice: "]
            .iter()
            .any(|word| line.starts_with(word));
        match (is_head, line) {
            (true, head) => {
                found.push((head, Vec::new()));
                is_inside = true;
            }
            (false, "") => is_inside = false,
            (false, line) if is_inside => found.last_mut().unwrap().1.push(line),
            _ => (),
        }
    }
    found
}

#[test]
fn a_finding_has_six_lines_its_records_and_three_for_each_choice() {
    let mut long = Vec::new();
    for (name, text) in of_cases(80) {
        for (head, lines) in findings(&text) {
            let is_record = |line: &str| line.starts_with("    ;") || line.contains(". 300 ");
            let prose = || lines.iter().filter(|line| !is_record(line));
            let is_of_choice = |line: &&&str| line.starts_with("  - ") || line.starts_with("    ");
            let of_choices = prose().filter(is_of_choice).count();
            let choices = prose().filter(|line| line.starts_with("  - ")).count();
            let of_finding = prose().count() - of_choices;
            if of_finding > 5 || of_choices > 3 * choices {
                long.push(format!("{name}: {head}\n{}", lines.join("\n")));
            }
        }
    }
    long.sort();
    long.dedup();
    assert!(
        long.is_empty(),
        "{} of them\n{}",
        long.len(),
        long.join("\n")
    );
}

#[test]
fn lines_keep_to_the_width_that_is_asked_for() {
    for columns in [60, 80, 120] {
        for (name, text) in of_cases(columns) {
            for line in text.lines() {
                let is_copied = line.starts_with("    ") && !line.trim_start().contains(". ");
                let is_record = line.starts_with("    ") && line.contains(" 300 ");
                let has_gap = line.trim_start().contains(' ');
                let is_long = line.chars().count() > columns;
                let is_table = line.contains("  ");
                assert!(
                    !is_long || is_record || is_copied || is_table || !has_gap,
                    "{name} at {columns}: {line}"
                );
            }
        }
    }
}
