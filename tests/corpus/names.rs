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

#[cfg(unix)]
#[test]
fn nothing_is_written_where_a_link_leads() {
    let folder = corpus(&["orders"]);
    let elsewhere = folder.path().join("elsewhere");
    let expected = folder.path().join("mail/expected");
    fs::create_dir(&elsewhere).unwrap();
    fs::create_dir(&expected).unwrap();
    std::os::unix::fs::symlink(&elsewhere, expected.join("orders")).unwrap();
    let errors = refused(&folder, &["record", "mail", "--dns", "dns.jsonl"]);
    assert!(
        errors.contains("mail/expected/orders is a link"),
        "{errors}"
    );
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn no_file_of_a_corpus_is_written_through_a_link() {
    use std::os::unix::fs::symlink;
    let folder = corpus(&["orders"]);
    let mail = folder.path().join("mail");
    let record = ["record", "mail", "--dns", "dns.jsonl"];
    told(&folder, &record, 0);
    let expectation = format!("expected/{ORDER}.json");
    for name in [
        "dns.jsonl",
        "expected/corpus.json",
        "expected",
        &expectation,
    ] {
        let (path, elsewhere) = (mail.join(name), folder.path().join("elsewhere"));
        fs::rename(&path, &elsewhere).unwrap();
        symlink(&elsewhere, &path).unwrap();
        if name == expectation {
            super::edit(&elsewhere, |text| text.replacen("pass", "fail", 1));
        }
        let before = files(folder.path());
        // What links lead to is read: a check takes it as it is.
        told(&folder, &["check", "mail"], i32::from(name == expectation));
        for arguments in [&record[..], &["update", "mail"]] {
            let errors = refused(&folder, arguments);
            let said = errors.contains(&format!("mail/{name}")) && errors.contains("is a link");
            assert!(said, "{errors}");
            assert!(path.is_symlink());
        }
        if name != expectation {
            assert!(files(folder.path()) == before, "{name}");
        }
        fs::remove_file(&path).unwrap();
        fs::rename(&elsewhere, &path).unwrap();
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
    assert!(text.contains("gone: 2 messages\n"), "{text}");
    assert!(text.contains("  a.mbox#9\n"), "{text}");
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

/// The messages of testdata's mbox, each with its `From ` line.
fn parts() -> Vec<String> {
    let text = fs::read_to_string(super::testdata("corpus/archive.mbox")).unwrap();
    let mut starts: Vec<usize> = text
        .match_indices("From orders@")
        .map(|(at, _)| at)
        .collect();
    starts.push(text.len());
    let parts = starts.windows(2);
    parts
        .map(|ends| text[ends[0]..ends[1]].to_owned())
        .collect()
}

#[test]
fn the_messages_of_an_mbox_are_known_by_their_content_and_not_by_their_number() {
    let folder = corpus(&["orders"]);
    let mail = folder.path().join("mail");
    let mbox = mail.join("a.mbox");
    let all = parts();
    let recorded = &all[1..];
    fs::write(&mbox, recorded.concat()).unwrap();
    told(&folder, &["record", "mail", "--dns", "dns.jsonl"], 0);
    let expected = mail.join("expected/a.mbox");
    let before = files(&expected);
    let last = recorded.len();

    // One is put before all others.
    fs::write(&mbox, all.concat()).unwrap();
    let text = told(&folder, &["check", "mail"], 1);
    let counts = format!("1 is new, {last} are renamed; 10 are as recorded\n");
    assert!(text.ends_with(&counts), "{text}");
    let new = "a.mbox#1\n  new";
    assert!(text.contains(new), "{text}");
    let renamed = format!(
        "a.mbox#2 to a.mbox#{}\n  renamed     They were a.mbox#1 to a.mbox#{last}.\n",
        last + 1
    );
    assert!(text.contains(&renamed), "{text}");
    told(&folder, &["update", "mail"], 0);
    told(&folder, &["check", "mail"], 0);
    let after = files(&expected);
    assert_eq!(after.len(), last + 1);
    for number in 1..=last {
        let name = |number| format!("{number}.json");
        assert_eq!(after[&name(number + 1)], before[&name(number)], "{number}");
    }

    // The first is taken away again, and the last but one.
    let mut fewer = recorded.to_vec();
    fewer.remove(last - 2);
    fs::write(&mbox, fewer.concat()).unwrap();
    let text = told(&folder, &["check", "mail"], 1);
    let counts = format!("{} are renamed, 2 are gone; 10 are as recorded\n", last - 1);
    assert!(text.ends_with(&counts), "{text}");
    told(&folder, &["update", "mail"], 0);
    told(&folder, &["check", "mail"], 0);
    assert_eq!(files(&expected).len(), last - 1);

    // What is altered at its place is no other message.
    let altered = fewer.concat().replacen("\nSubject: ", "\nSubject: Re: ", 1);
    fs::write(&mbox, altered).unwrap();
    let text = told(&folder, &["check", "mail"], 1);
    assert!(
        text.contains("a.mbox#1\n  message     its bytes are not"),
        "{text}"
    );
    assert!(text.contains("1 of "), "{text}");
}
