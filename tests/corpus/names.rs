//! Names of messages, whatever they are.

use std::collections::BTreeSet;
use std::fs;

use super::{ORDER, corpus, files, refused, run, told};

#[cfg(unix)]
#[test]
fn every_name_has_its_own_expectation_and_none_leaves_the_folder() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = corpus(&["orders"]);
    let mail = folder.path().join("mail");
    let message = fs::read(mail.join(ORDER)).unwrap();
    let names: [&[u8]; 9] = [
        b"a.eml",
        b"a.eml.json/b.eml",
        b"corpus",
        b"%63orpus",
        b"line\nend.eml",
        b"\xff.eml",
        b"\xfe.eml",
        b"a../b...eml",
        b"expected2/corpus.eml",
    ];
    for (number, name) in names.iter().enumerate() {
        let path = mail.join(OsStr::from_bytes(name));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        // No two are the same, so that none passes for another.
        let text = [&message[..], format!("{number}\r\n").as_bytes()].concat();
        fs::write(path, text).unwrap();
    }
    let text = told(&folder, &["record", "mail", "--dns", "dns.jsonl"], 0);
    assert!(text.starts_with("19 messages: 19 new"), "{text}");
    let expected = files(&mail.join("expected"));
    assert_eq!(expected.len(), 20, "{:?}", expected.keys());
    let hashes: BTreeSet<_> = expected.values().collect();
    assert_eq!(hashes.len(), 20);
    told(&folder, &["check", "mail"], 0);
    for format in ["text", "junit", "tap", "github", "json", "sarif"] {
        fs::write(mail.join(OsStr::from_bytes(b"\xff.eml")), &message).unwrap();
        fs::write(mail.join("line\nend.eml"), &message).unwrap();
        let text = told(&folder, &["check", "mail", "--format", format], 1);
        let commands = text.lines().filter(|line| line.starts_with("::error"));
        assert_eq!(
            commands.count(),
            if format == "github" { 2 } else { 0 },
            "{text}"
        );
        assert!(!text.contains("\nend.eml"), "{text}");
    }
}

#[test]
fn each_message_of_an_mbox_has_its_own() {
    let folder = corpus(&["orders"]);
    let mail = folder.path().join("mail");
    fs::copy(super::testdata("corpus/archive.mbox"), mail.join("a.mbox")).unwrap();
    told(&folder, &["record", "mail", "--dns", "dns.jsonl"], 0);
    assert!(mail.join("expected/a.mbox/10.json").is_file());
    // The last two are cut off.
    let text = fs::read_to_string(mail.join("a.mbox")).unwrap();
    let starts: Vec<usize> = text
        .match_indices("From orders@")
        .map(|(at, _)| at)
        .collect();
    fs::write(mail.join("a.mbox"), &text[..starts[8]]).unwrap();
    let text = told(&folder, &["check", "mail"], 1);
    assert!(text.contains("a.mbox#9\n  gone"), "{text}");
    assert!(
        text.ends_with("of 18 messages none differs, 2 are gone; 18 are as recorded\n"),
        "{text}"
    );
}

#[test]
fn files_of_others_are_not_taken_for_expectations() {
    let folder = corpus(&["orders"]);
    let mail = folder.path().join("mail");
    fs::create_dir(mail.join("expected")).unwrap();
    let theirs = mail.join("expected/theirs.json");
    fs::write(&theirs, "{\"a\":1}").unwrap();
    let errors = refused(&folder, &["record", "mail", "--dns", "dns.jsonl"]);
    assert!(
        errors.contains("theirs.json: it is not from sesauth"),
        "{errors}"
    );
    fs::remove_file(&theirs).unwrap();
    told(&folder, &["record", "mail", "--dns", "dns.jsonl"], 0);
    fs::write(&theirs, "{\"a\":1}").unwrap();
    told(&folder, &["check", "mail"], 0);
    told(&folder, &["update", "mail"], 0);
    told(&folder, &["record", "mail", "--offline"], 0);
    assert!(theirs.exists());
}

#[test]
fn other_flags_than_those_of_the_earlier_recording_are_said() {
    let folder = corpus(&["orders"]);
    let trusting = [
        "record",
        "mail",
        "--dns",
        "dns.jsonl",
        "--trust",
        "example.net",
    ];
    told(&folder, &trusting, 0);
    told(&folder, &["check", "mail"], 0);
    let output = run(&folder, &["record", "mail", "--offline"]);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(
        errors.contains("had other flags: --trust example.net"),
        "{errors}"
    );
}

#[cfg(unix)]
#[test]
fn where_something_cannot_be_read_no_expectation_is_removed() {
    let folder = corpus(&["orders"]);
    let mail = folder.path().join("mail");
    told(&folder, &["record", "mail", "--dns", "dns.jsonl"], 0);
    let expectation = mail.join(format!("expected/{ORDER}.json"));
    fs::remove_file(mail.join(ORDER)).unwrap();
    std::os::unix::fs::symlink("nowhere", mail.join("more")).unwrap();
    told(&folder, &["record", "mail", "--offline"], 0);
    assert!(expectation.exists());
    fs::remove_file(mail.join("more")).unwrap();
    let text = told(&folder, &["record", "mail", "--offline"], 0);
    assert!(text.contains("9 unchanged, 2 removed"), "{text}");
    assert!(!expectation.exists());
}
