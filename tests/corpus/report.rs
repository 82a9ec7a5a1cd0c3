//! What a report says first: what to do, and which messages fail.

use std::fs;

use serde_json::Value;

use super::{corpus, testdata, told};

/// A message of testdata/corpus that fails DMARC.
const FAILS: &str = "hello/2026-05-06.eml";

#[test]
fn a_report_begins_with_what_to_do_gravest_first() {
    let folder = corpus(&[]);
    let text = told(&folder, &["report", "mail"], 0);
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part}: {text}"));
    let order = [
        "# Mail authentication\n\n60 messages, ",
        "## What to do\n\n- `dmarc-fail`\n  error, 5 of 60 messages: ",
        "\n  Such as `archive.mbox#4`\n- `ses-default-mail-from`\n  warning, 20 of 60 messages: ",
        "One more is in the table at the end.",
        "## Fail DMARC: 5\n\n- `archive.mbox#4`\n  `ember.example`: SPF: softfail\n",
        "## All mail by week\n\nOf the 45 that pass, 14 (31.1 %) do so on both SPF and DKIM",
        "| DMARC passes | SPF passes, aligned | DKIM passes, aligned |",
        "## Findings\n",
    ];
    let places: Vec<usize> = order
        .iter()
        .map(|part| match part.starts_with('|') {
            true => text
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
                .find(part)
                .unwrap(),
            false => at(part),
        })
        .collect();
    assert!(places[..6].is_sorted(), "{places:?}: {text}");
    assert!(text.contains(" 83.3 % (5 of 6) |"), "{text}");
    assert!(text.contains("| dmarc-fail "), "{text}");
}

#[test]
fn failing_messages_are_named_up_to_a_bound() {
    let folder = corpus(&[]);
    let mail = folder.path().join("mail");
    fs::create_dir(mail.join("many")).unwrap();
    for number in 1..=30 {
        let to = mail.join(format!("many/{number}.eml"));
        fs::copy(testdata("corpus").join(FAILS), to).unwrap();
    }
    let text = told(&folder, &["report", "mail"], 0);
    assert!(
        text.contains("## Fail DMARC: the first 20 of 35\n"),
        "{text}"
    );
    let json = told(&folder, &["report", "mail", "--format", "json"], 0);
    let json: Value = serde_json::from_str(&json).unwrap();
    let failing = json["failing"].as_array().unwrap();
    assert_eq!(failing.len(), 20);
    assert_eq!(failing[2]["name"], "hello/2026-02-23.eml");
    assert_eq!(failing[2]["cause"]["part"], "dkim");
    assert_eq!(failing[2]["cause"]["cause"], "expired");
    assert_eq!(json["all"]["fail"], 35);
    assert_eq!(json["findings"]["dmarc-fail"]["example"], "archive.mbox#4");
}

#[test]
fn a_corpus_without_faults_has_nothing_to_do() {
    let folder = corpus(&["orders"]);
    let mail = folder.path().join("mail/orders");
    for entry in fs::read_dir(&mail).unwrap() {
        let path = entry.unwrap().path();
        if !path.ends_with("2026-06-11.eml") {
            fs::remove_file(path).unwrap();
        }
    }
    let text = told(&folder, &["report", "mail", "--dns", "dns.jsonl"], 0);
    assert!(
        text.contains("## What to do\n\nNothing: there is no error and no warning.\n"),
        "{text}"
    );
    assert!(!text.contains("Fail DMARC"), "{text}");
}

#[cfg(unix)]
#[test]
fn hostile_names_among_what_fails_stay_in_their_code() {
    let folder = corpus(&[]);
    let mail = folder.path().join("mail");
    let hostile = "0|y`<img src=a>\n| [a](b.example) \u{1b}[31m  x.eml";
    fs::copy(testdata("corpus").join(FAILS), mail.join(hostile)).unwrap();
    let text = told(&folder, &["report", "mail"], 0);
    assert!(!text.contains('\u{1b}'), "{text}");
    let shown = "`0\\u{7c}y\\u{60}<img src=a> \\u{7c} [a](b.example) \\u{1b}[31m  x.eml`\n";
    for start in ["- ", "  Such as "] {
        assert!(text.contains(&format!("{start}{shown}")), "{text}");
    }
}
