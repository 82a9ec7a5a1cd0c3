//! Accepting what a check says.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use super::{ORDER, corpus, edit, files, json, testdata, told, written_by};

/// When each file was last written.
fn times(folder: &Path) -> BTreeMap<String, SystemTime> {
    let names = files(folder).into_keys();
    let time = |name: String| {
        let written = fs::metadata(folder.join(&name))
            .unwrap()
            .modified()
            .unwrap();
        (name, written)
    };
    names.map(time).collect()
}

#[test]
fn only_what_changed_is_written_and_each_is_said() {
    let folder = corpus(&[]);
    let mail = folder.path().join("mail");
    let expected = mail.join("expected");
    edit(mail.join(ORDER), |text| text + "more\r\n");
    fs::rename(
        mail.join("hello/2026-01-18.eml"),
        mail.join("hello/moved.eml"),
    )
    .unwrap();
    fs::remove_dir_all(mail.join("alerts")).unwrap();
    fs::copy(
        testdata("messages/spf-fail/message.eml"),
        mail.join("new.eml"),
    )
    .unwrap();
    let (before, written) = (files(&expected), times(&expected));

    let dry = told(&folder, &["update", "mail", "--dry-run"], 0);
    assert_eq!(files(&expected), before);
    let text = told(&folder, &["update", "mail"], 0);
    assert_eq!(dry.replace("would be updated", "updated"), text);
    for line in [
        format!("changed  {ORDER}\n"),
        "renamed  hello/moved.eml, before hello/2026-01-18.eml\n".into(),
        "new      new.eml\n".into(),
        "13 expectations updated; 48 stay as they are\n".into(),
    ] {
        assert!(text.contains(&line), "{line}: {text}");
    }
    assert_eq!(text.matches("removed  alerts/").count(), 10, "{text}");

    let after = files(&expected);
    let touched = format!("{ORDER}.json");
    for (name, time) in times(&expected) {
        let is_new = name == "new.eml.json" || name == "hello/moved.eml.json";
        match is_new || name == touched {
            true => assert_ne!(before.get(&name), after.get(&name), "{name}"),
            false => assert_eq!(written[&name], time, "{name}"),
        }
    }
    assert!(!expected.join("alerts").exists());
    let text = told(&folder, &["check", "mail"], 0);
    assert_eq!(text, "0 of 51 messages differ; 51 are as recorded\n");
    let text = told(&folder, &["update", "mail"], 0);
    assert_eq!(text, "0 expectations updated; 51 stay as they are\n");
}

#[test]
fn an_update_writes_down_by_which_version_it_was_judged() {
    let folder = corpus(&[]);
    let settings = folder.path().join("mail/expected/corpus.json");
    let of = || json(&settings)["written_by"].as_str().unwrap().to_owned();
    written_by(&folder, "0.0.9");
    told(&folder, &["update", "mail", "--dry-run"], 0);
    assert_eq!(of(), "sesauth 0.0.9");
    told(&folder, &["update", "mail"], 0);
    assert_eq!(of(), format!("sesauth {}", env!("CARGO_PKG_VERSION")));
}
