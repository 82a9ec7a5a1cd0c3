//! testdata/messages is what the forge makes, byte for byte.

#[expect(
    dead_code,
    reason = "its command line and its corpora are not used here"
)]
#[path = "../examples/forge/main.rs"]
mod forge;

use std::fs;
use std::path::Path;

#[test]
fn the_stories_in_testdata_are_those_of_the_forge() {
    let messages = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/messages");
    for story in forge::stories::all() {
        for (file, bytes) in story.files() {
            let path = messages.join(story.name).join(file);
            let found = fs::read(&path).unwrap_or_default();
            assert!(
                found == bytes,
                "{} differs: cargo run --example forge -- testdata",
                path.display()
            );
        }
    }
}

#[test]
fn the_findings_in_testdata_are_those_of_the_forge() {
    let findings = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/findings");
    for pair in forge::findings::PAIRS {
        for (file, bytes) in pair.files() {
            let path = findings.join(pair.code).join(file);
            let found = fs::read(&path).unwrap_or_default();
            assert!(
                found == bytes,
                "{} differs: cargo run --example forge -- testdata",
                path.display()
            );
        }
    }
}

#[test]
fn every_cause_of_the_dkim_verdicts_has_its_story() {
    let truth = forge::stories::truth();
    for cause in forge::verdict::Cause::ALL {
        let word = cause.word();
        assert!(
            truth.contains(&format!("\"{word}\"")),
            "no story for {word}"
        );
        let named = format!("\"story\":\"dkim-{word}\"");
        let named = word == "verified" || truth.contains(&named);
        assert!(named, "no story dkim-{word}");
    }
}

#[test]
fn the_corpus_in_testdata_is_that_of_the_forge() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/corpus");
    let files = forge::shelf::files();
    assert_eq!(files.len(), 52, "fifty messages, an mbox of ten, DNS");
    for (file, bytes) in files {
        let path = corpus.join(file);
        let found = fs::read(&path).unwrap_or_default();
        assert!(
            found == bytes,
            "{} differs: cargo run --example forge -- testdata",
            path.display()
        );
    }
}
