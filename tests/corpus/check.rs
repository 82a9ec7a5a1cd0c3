//! What a check says: nothing where all is as recorded, else what is not, and why.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use super::{ORDER, corpus, edit, refused, run, testdata, told, written_by};

/// The records of example.com are changed: no relaxed alignment any more.
const STRICT: &str = "_dmarc.example.com. TXT \"v=DMARC1; p=reject; adkim=s; aspf=s\"\n";

fn planned(folder: &TempDir, zone: &str) {
    fs::write(folder.path().join("planned.zone"), zone).unwrap();
}

#[test]
fn the_corpus_in_testdata_is_as_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let path = testdata("corpus").display().to_string();
    if std::env::var_os("UPDATE").is_some() {
        print!("{}", told(&folder, &["update", &path], 0));
    }
    let text = told(&folder, &["check", &path], 0);
    assert_eq!(text, "0 of 60 messages differ; 60 are as recorded\n");
}

#[test]
fn a_change_of_dns_fails_with_its_reason() {
    let folder = corpus(&[]);
    planned(&folder, STRICT);
    let text = told(
        &folder,
        &["check", "-v", "mail", "--overlay", "planned.zone"],
        1,
    );
    let news = text.split("\n\n").find(|part| part.starts_with("news/"));
    let news = news.unwrap();
    for part in [
        "  conclusion  pass → inconclusive\n",
        "  DMARC       pass → fail, cause aligned → not-aligned, ",
        "engines dkim → nothing",
        "  why         TXT _dmarc.example.com: \"v=DMARC1; p=quarantine;\n",
    ] {
        assert!(news.contains(part), "{part}: {news}");
    }
    let words: Vec<&str> = news.split_whitespace().collect();
    let reason = "when it was recorded, \"v=DMARC1; p=reject; adkim=s; aspf=s\" now.";
    assert!(words.join(" ").ends_with(reason), "{news}");
    // Mail of other senders does not rest on that record.
    assert!(
        !text.contains("billing/") && !text.contains("archive.mbox"),
        "{text}"
    );
    assert!(text.ends_with("; 40 are as recorded\n"), "{text}");
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
}

#[test]
fn one_changed_record_is_said_once_with_the_messages_that_it_changes() {
    let folder = corpus(&[]);
    planned(&folder, STRICT);
    let text = told(&folder, &["check", "mail", "--overlay", "planned.zone"], 1);
    let groups: Vec<&str> = text.split("\n\np=reject").collect();
    assert_eq!(groups.len(), 1, "{text}");
    for part in [
        "p=reject (was p=quarantine), adkim=s, aspf=s, no rua=mailto:dmarc@example.com in\n\
         the record of _dmarc.example.com: 20 messages, 10 from example.com and 10 from\n\
         news.example.com\n",
        "  before      TXT _dmarc.example.com: \"v=DMARC1; p=quarantine;\n",
        "  now         \"v=DMARC1; p=reject; adkim=s; aspf=s\"\n",
        "\n  9 of 20:\n  conclusion  pass → inconclusive\n",
        " (for 1 of 9)\n",
        "  messages    news/2026-01-18.eml\n              news/2026-02-05.eml\n              \
         news/2026-02-23.eml\n              and 6 more\n",
        "\n  1 of 20:\n  DMARC       applied quarantine → reject, ",
        "  message     news/2026-04-18.eml\n",
        "\nEach message in full: -v.\n20 of 60 messages differ; 40 are as recorded\n",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // What makes mail fail comes before what makes more of it pass otherwise.
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part}: {text}"));
    assert!(
        at("  2 of 20:\n  conclusion") < at("  8 of 20:\n"),
        "{text}"
    );
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
}

#[test]
fn bytes_that_differ_only_in_line_ends_are_said_to() {
    let folder = corpus(&[]);
    let mail = folder.path().join("mail");
    let to_lf = |name: &str| edit(mail.join(name), |text| text.replace("\r\n", "\n"));
    to_lf(ORDER);
    let text = told(&folder, &["check", "mail"], 1);
    let said = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        said.contains("why Its bytes differ only in line ends from those"),
        "{text}"
    );
    assert!(
        said.contains("see `mail/** -text` in .gitattributes"),
        "{text}"
    );
    for format in ["junit", "github", "tap", "sarif"] {
        let text = told(&folder, &["check", "mail", "--format", format], 1);
        assert!(text.contains("differ only in line ends"), "{text}");
    }
    let json = told(&folder, &["check", "mail", "--format", "json"], 1);
    let json: Value = serde_json::from_str(&json).unwrap();
    let reasons = &json["differences"][0]["reasons"];
    assert_eq!(reasons[0]["kind"], "line-ends");
    to_lf("orders/2026-01-18.eml");
    let text = told(&folder, &["check", "mail"], 1);
    assert!(
        text.starts_with("bytes differ only in line ends: 2 messages, all from example.com\n"),
        "{text}"
    );
    // The same from LF to CRLF, but not where more changed.
    told(&folder, &["record", "--offline", "mail"], 0);
    edit(mail.join(ORDER), |text| text.replace('\n', "\r\n"));
    let text = told(&folder, &["check", "mail"], 1);
    assert!(text.contains("differ only in line ends"), "{text}");
    edit(mail.join(ORDER), |text| text + "\r\n");
    let text = told(&folder, &["check", "mail"], 1);
    assert!(text.contains("The message itself was changed"), "{text}");
    assert!(!text.contains("line ends"), "{text}");
}

#[test]
fn hostile_names_in_a_group_steer_no_terminal() {
    let folder = corpus(&["orders"]);
    let mail = folder.path().join("mail/orders");
    for (from, to) in [("01-18", "a\x1b[31m  b"), ("02-05", "c\u{202e}d")] {
        let from = mail.join(format!("2026-{from}.eml"));
        fs::rename(from, mail.join(format!("{to}.eml"))).unwrap();
    }
    told(&folder, &["record", "mail", "--dns", "dns.jsonl"], 0);
    let zone = "_dmarc.example.com. TXT \"v=DMARC1; p=none; x=\\027[31m\"\n";
    planned(&folder, zone);
    let text = told(&folder, &["check", "mail", "--overlay", "planned.zone"], 1);
    assert!(text.contains("x=\\u{1b}[31m"), "{text}");
    // Two blanks stay two.
    let text_v = told(
        &folder,
        &["check", "-v", "mail", "--overlay", "planned.zone"],
        1,
    );
    for text in [&text, &text_v] {
        assert!(
            !text.contains('\x1b') && !text.contains('\u{202e}'),
            "{text}"
        );
    }
    assert!(text_v.contains("orders/a\\u{1b}[31m  b.eml\n"), "{text_v}");
}

#[test]
fn what_a_receiver_said_is_explained_by_the_result_that_changed() {
    let folder = corpus(&[]);
    let zone = ["ember.example", "birch.example"]
        .map(|domain| format!("_dmarc.{domain}. TXT \"v=DMARC1; p=none\"\n"));
    planned(&folder, &zone.concat());
    let arguments = [
        "check",
        "mail",
        "--overlay",
        "planned.zone",
        "--format",
        "json",
    ];
    let check: Value = serde_json::from_str(&told(&folder, &arguments, 1)).unwrap();
    let differences = check["differences"].as_array().unwrap().iter();
    let changes = differences.flat_map(|one| one["changes"].as_array().unwrap());
    let claims: Vec<&Value> = changes.filter(|change| change["part"] == "claim").collect();
    assert!(claims.len() > 5, "{claims:?}");
    for claim in claims {
        let because = claim["because"].as_str().unwrap();
        assert_eq!(claim["fields"][0]["field"], "dmarc cause");
        assert!(because.starts_with("dmarc: "), "{because}");
    }
}

#[test]
fn what_no_recording_ever_held_is_no_reason_beside_one() {
    let folder = corpus(&[]);
    let zone = "_dmarc.example.com. TXT \"v=DMARC1; p=quarantine; rua=mailto:a@example.net\"\n\
                mail.example.com. MX 10 mx.example.net.\n";
    planned(&folder, zone);
    let text = told(
        &folder,
        &["check", "-v", "mail", "--overlay", "planned.zone"],
        1,
    );
    let order = text.split("\n\n").find(|part| part.starts_with("orders/"));
    let words: Vec<&str> = order.unwrap().split_whitespace().collect();
    let order = words.join(" ");
    assert!(
        order.contains("MX mail.example.com: 10 feedback-smtp."),
        "{order}"
    );
    assert!(!order.contains("_dmarc.example.net"), "{order}");
    // Where a verdict hangs on it, it is one.
    planned(
        &folder,
        "mail.example.com. TXT \"v=spf1 include:spf.example.net -all\"\n",
    );
    let text = told(
        &folder,
        &["check", "-v", "mail", "--overlay", "planned.zone"],
        1,
    );
    let words: Vec<&str> = text.split_whitespace().collect();
    let reason = "TXT spf.example.net: the recording holds no answer to that.";
    assert!(words.join(" ").contains(reason), "{text}");
}

#[test]
fn a_key_that_is_gone_is_named() {
    let folder = corpus(&[]);
    let expected = super::json(folder.path().join(format!("mail/expected/{ORDER}.json")));
    let selector = expected["dkim"][0]["selector"].as_str().unwrap();
    planned(
        &folder,
        &format!("$GONE {selector}._domainkey.example.com.\n"),
    );
    let text = told(
        &folder,
        &["check", "-v", "mail", "--overlay", "planned.zone"],
        1,
    );
    assert!(
        text.contains("  DKIM 1      pass → permerror, cause verified → key-gone\n"),
        "{text}"
    );
    assert!(text.contains(", no such name (NXDOMAIN) now.\n"), "{text}");
}

#[test]
fn another_recording_can_be_checked_against() {
    let folder = corpus(&[]);
    let dns = fs::read_to_string(testdata("corpus/dns.jsonl")).unwrap();
    fs::write(folder.path().join("same.jsonl"), &dns).unwrap();
    told(&folder, &["check", "mail", "--dns", "same.jsonl"], 0);
    let other = dns.replace("v=DMARC1; p=none", "v=DMARC1; p=reject");
    fs::write(folder.path().join("other.jsonl"), other).unwrap();
    let text = told(&folder, &["check", "-v", "mail", "--dns", "other.jsonl"], 1);
    assert!(text.contains("requested none → reject"), "{text}");
    assert!(
        text.contains("TXT _dmarc.birch.example: \"v=DMARC1; p=none\" when it was"),
        "{text}"
    );
}

#[test]
fn a_newer_answer_in_the_recording_itself_is_told_from_the_one_that_was_judged() {
    let folder = corpus(&[]);
    let newer = "{\"captured\":\"2026-09-01T00:00:00Z\",\"name\":\"_dmarc.birch.example\",\
                 \"type\":\"TXT\",\"rcode\":\"NXDOMAIN\"}\n";
    edit(folder.path().join("mail/dns.jsonl"), |dns| dns + newer);
    let text = told(&folder, &["check", "-v", "mail"], 1);
    assert!(
        text.contains("TXT _dmarc.birch.example: \"v=DMARC1; p=none\" when it was recorded,\n"),
        "{text}"
    );
}

#[test]
fn messages_that_changed_came_went_and_moved_are_said() {
    let folder = corpus(&[]);
    let mail = folder.path().join("mail");
    edit(mail.join(ORDER), |text| text + "more\r\n");
    fs::rename(mail.join("hello"), mail.join("greetings")).unwrap();
    let text = told(&folder, &["check", "mail"], 1);
    assert!(
        text.contains("  message     its bytes are not those that were recorded\n"),
        "{text}"
    );
    assert!(
        text.contains("  why         The message itself was changed"),
        "{text}"
    );
    assert_eq!(
        text.matches("  renamed     It was hello/2026-").count(),
        3,
        "{text}"
    );
    assert!(
        text.contains("\n7 more messages only have another name.\n"),
        "{text}"
    );
    let full = told(&folder, &["check", "-v", "mail"], 1);
    assert_eq!(
        full.matches("  renamed     It was hello/2026-").count(),
        10,
        "{full}"
    );
    assert!(
        text.ends_with("\n1 of 60 messages differs, 10 are renamed; 49 are as recorded\n"),
        "{text}"
    );
    // Names alone are no difference.
    fs::copy(testdata("corpus").join(ORDER), mail.join(ORDER)).unwrap();
    told(&folder, &["check", "mail"], 0);
    fs::remove_file(mail.join(ORDER)).unwrap();
    let text = told(&folder, &["check", "mail"], 1);
    assert!(text.contains(&format!("{ORDER}\n  gone        ")), "{text}");
    let message = testdata("messages/spf-fail/message.eml");
    fs::copy(message, mail.join(ORDER)).unwrap();
    fs::copy(mail.join(ORDER), mail.join("new.eml")).unwrap();
    let text = told(&folder, &["check", "mail"], 1);
    assert!(text.contains("new.eml\n  new         "), "{text}");
}

#[test]
fn a_renamed_message_with_another_verdict_is_a_difference() {
    let folder = corpus(&[]);
    let mail = folder.path().join("mail");
    fs::rename(mail.join(ORDER), mail.join("moved.eml")).unwrap();
    planned(&folder, "$GONE _dmarc.example.com.\n");
    let text = told(
        &folder,
        &["check", "-v", "mail", "--overlay", "planned.zone"],
        1,
    );
    let moved = text
        .split("\n\n")
        .find(|part| part.starts_with("moved.eml"))
        .unwrap();
    assert!(
        moved.contains(&format!("  renamed     It was {ORDER}.\n")),
        "{moved}"
    );
    assert!(moved.contains("  DMARC       pass → none"), "{moved}");
}

#[test]
fn values_that_an_older_version_did_not_write_are_not_compared() {
    let folder = corpus(&[]);
    let mail = folder.path().join("mail/expected");
    edit(mail.join(format!("{ORDER}.json")), |text| {
        let mut old: Value = serde_json::from_str(&text).unwrap();
        let all = old.as_object_mut().unwrap();
        all.remove("arc").unwrap();
        all["dmarc"]
            .as_object_mut()
            .unwrap()
            .remove("rfc7489")
            .unwrap();
        all["dkim"][0]
            .as_object_mut()
            .unwrap()
            .remove("aligned")
            .unwrap();
        all.insert("from_the_future".into(), Value::from(1));
        old.to_string()
    });
    told(&folder, &["check", "mail"], 0);
}

#[test]
fn an_expectation_that_lacks_what_every_one_says_is_not_met() {
    let folder = corpus(&[]);
    let mail = folder.path().join("mail/expected");
    for key in ["conclusion", "dmarc", "spf", "dkim", "findings"] {
        let path = mail.join(format!("{ORDER}.json"));
        let before = fs::read_to_string(&path).unwrap();
        edit(&path, |text| {
            text.replace(&format!("\"{key}\""), "\"typo\"")
        });
        let text = told(&folder, &["check", "mail"], 1);
        let said = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let lacks = format!("cannot be read: it does not say \"{key}\"; look at it");
        assert!(said.contains(&lacks), "{text}");
        fs::write(&path, before).unwrap();
    }
}

#[test]
fn a_verdict_that_only_another_version_can_have_made_is_said_to_be_so() {
    let folder = corpus(&[]);
    let mail = folder.path().join("mail/expected");
    edit(mail.join(format!("{ORDER}.json")), |text| {
        text.replace("verified", "key-gone")
    });
    written_by(&folder, env!("CARGO_PKG_VERSION"));
    let text = told(&folder, &["check", "mail"], 1);
    assert!(text.contains("cause key-gone → verified"), "{text}");
    assert!(text.contains("perhaps the expectation or"), "{text}");
    written_by(&folder, "0.0.9");
    let text = told(&folder, &["check", "mail"], 1);
    assert!(
        text.contains("recorded by sesauth 0.0.9; this is"),
        "{text}"
    );
}

#[test]
fn forms_that_are_not_known_are_said_with_what_to_do() {
    let folder = corpus(&[]);
    let mail = folder.path().join("mail/expected");
    let one = mail.join(format!("{ORDER}.json"));
    edit(&one, |text| {
        text.replace("\"sesauth_expected\": 1", "\"sesauth_expected\": 2")
    });
    let text = told(&folder, &["check", "mail"], 1);
    assert!(text.contains("its format 2 is not known here"), "{text}");
    fs::write(&one, "{").unwrap();
    let text = told(&folder, &["check", "mail"], 1);
    assert!(text.contains("it is not JSON"), "{text}");
    edit(mail.join("corpus.json"), |text| {
        text.replace("corpus\": 1", "corpus\": 2")
    });
    let errors = refused(&folder, &["check", "mail"]);
    assert!(
        errors.contains("its format 2 is not known here"),
        "{errors}"
    );
}

#[test]
fn what_is_no_corpus_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("mail")).unwrap();
    for action in ["check", "update"] {
        let errors = refused(&folder, &[action, "mail"]);
        assert!(errors.contains("sesauth corpus record mail"), "{errors}");
        let errors = refused(&folder, &[action, "nowhere"]);
        assert!(errors.contains("there is no such file"), "{errors}");
    }
    let errors = refused(&folder, &["record", "--offline", "mail"]);
    assert!(errors.contains("no message was found there"), "{errors}");
    let folder = corpus(&[]);
    fs::write(folder.path().join("mail/dns.jsonl"), "{}").unwrap();
    let errors = refused(&folder, &["check", "mail"]);
    assert!(errors.contains("record the corpus again"), "{errors}");
}

#[test]
fn the_bytes_are_the_same_with_any_number_of_jobs_in_every_format() {
    let folder = corpus(&[]);
    planned(&folder, STRICT);
    let mail = folder.path().join("mail");
    fs::rename(mail.join("hello"), mail.join("greetings")).unwrap();
    for format in ["text", "junit", "tap", "github", "json", "sarif"] {
        let arguments = [
            "check",
            "mail",
            "--overlay",
            "planned.zone",
            "--format",
            format,
        ];
        let one = told(&folder, &[&arguments[..], &["--jobs", "1"]].concat(), 1);
        for jobs in ["2", "7"] {
            let more = told(&folder, &[&arguments[..], &["--jobs", jobs]].concat(), 1);
            assert!(one == more, "{format}, {jobs} jobs");
        }
    }
}

#[test]
fn programs_get_one_document() {
    let folder = corpus(&[]);
    planned(&folder, STRICT);
    let arguments = ["check", "mail", "--overlay", "planned.zone", "--format"];
    let told = |format| told(&folder, &[&arguments[..], &[format]].concat(), 1);
    let json: Value = serde_json::from_str(&told("json")).unwrap();
    assert_eq!(json["schema"], "sesauth-corpus/1");
    assert_eq!(json["messages"], 60);
    let differences = json["differences"].as_array().unwrap();
    let change = |difference: &Value, part: &str| {
        let changes = difference["changes"].as_array().unwrap();
        changes
            .iter()
            .find(|change| change["part"] == part)
            .cloned()
    };
    let news = differences
        .iter()
        .find(|one| one["name"].as_str().unwrap().starts_with("news/"));
    let dmarc = change(news.unwrap(), "dmarc").unwrap();
    assert_eq!(dmarc["fields"][0]["field"], "result");
    assert_eq!(dmarc["fields"][0]["is"], "fail");
    assert_eq!(news.unwrap()["reasons"][0]["kind"], "dns");
    let sarif: Value = serde_json::from_str(&told("sarif")).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let uri = &results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert!(uri.as_str().unwrap().starts_with("mail/"), "{uri}");
    assert!(told("tap").starts_with("TAP version 14\n1..60\nok 1 - alerts/"));
    assert!(told("junit").contains("tests=\"60\" failures=\"20\""));
    assert!(told("github").starts_with("::error file=mail/"));
}

#[test]
fn a_message_that_cannot_be_analysed_is_an_expectation_too() {
    let folder = corpus(&[]);
    let mail = folder.path().join("mail");
    fs::write(mail.join("broken.eml"), b"\x89PNG\r\n\x1a\n not mail").unwrap();
    let output = run(&folder, &["record", "--offline", "mail"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(
        text.starts_with("61 messages: 1 new, 0 changed, 60 unchanged; 1 cannot be"),
        "{text}"
    );
    told(&folder, &["check", "mail"], 0);
    fs::copy(mail.join(ORDER), mail.join("broken.eml")).unwrap();
    let text = told(&folder, &["check", "mail"], 1);
    assert!(
        text.contains("  analysis    it can be analysed now; before: not a mail"),
        "{text}"
    );
}

#[test]
fn the_readme_shows_what_a_check_says() {
    let readme = fs::read_to_string(testdata("../README.md")).unwrap();
    let start = readme.find("_dmarc.example.com. 300 TXT").unwrap();
    let zone = readme[start..].lines().next().unwrap();
    let folder = corpus(&[]);
    planned(&folder, &format!("{zone}\n"));
    let text = told(&folder, &["check", "--overlay", "planned.zone", "mail"], 1);
    let shown = readme[start..].split("```\n").nth(2).unwrap();
    assert_eq!(text, shown);
}

#[test]
fn the_readme_shows_what_a_plan_would_change() {
    let readme = fs::read_to_string(testdata("../README.md")).unwrap();
    let start = readme.find("**May I go strict?**").unwrap();
    let shown = readme[start..].split("```\n").nth(1).unwrap();
    let sentence = shown.trim_end_matches("…\n").trim();
    let folder = corpus(&[]);
    let plan = ["what-if", "--policy", "p=reject; adkim=s", "mail"];
    let text = told(&folder, &plan, 1);
    assert!(text.starts_with(sentence), "{text}");
}
