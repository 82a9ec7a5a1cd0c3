//! What another verifier said of a message, beside ours: the files of testdata/second, each about the
//! case of testdata/messages after which its folder is named.

#[path = "support/case.rs"]
mod case;
#[path = "support/run.rs"]
mod run;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use case::{cases, inspect_case};
use jiff::Timestamp;
use run::block_on;
use serde_json::{Value, json};
use sesauth::dns::{Absent, Snapshot};
use sesauth::explain;
use sesauth::render;
use sesauth::render::text::TextOptions;
use sesauth::second::{
    ClauseReason, Compared, DkimClause, Opinion, OpinionMethod, OpinionRow, Program,
};
use sesauth::{Inspection, Limits, SessionHints};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn said(case: &str, file: &str) -> String {
    let path = root().join("testdata/second").join(case).join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn analysis(case: &str) -> Inspection {
    inspect_case(&root().join("testdata/messages").join(case))
}

fn parse(text: &str) -> Opinion {
    Opinion::parse(text, &Limits::default()).unwrap()
}

/// What another verifier said of `analysis`, beside it.
fn beside(mut analysis: Inspection, text: &str) -> Inspection {
    let comparison = parse(text).compare(&analysis.analysis);
    analysis.second_opinions.push(comparison);
    analysis
}

/// What another verifier said of the message of a case, beside the analysis.
fn compared(case: &str, text: &str) -> Inspection {
    beside(analysis(case), text)
}

fn rows_of(analysis: &Inspection) -> &[OpinionRow] {
    &analysis.second_opinions[0].rows
}

/// The words of the clause of a row.
fn words(analysis: &Inspection, row: &OpinionRow) -> Option<String> {
    let program = analysis.second_opinions.first()?.program;
    let clause = explain::second::clause(&analysis.analysis, program, row)?;
    Some(clause.to_string())
}

/// A row in short: `dkim 1 pass policy differ RFC 8301 §3.1`.
fn short(analysis: &Inspection, row: &OpinionRow) -> String {
    let number = row.signature.map(|number| format!(" {number}"));
    let word = |word: &Option<String>| word.clone().unwrap_or("-".into());
    let comparison = serde_json::to_value(row.comparison).unwrap();
    let clause = row.clause.as_ref().map(|clause| match clause.section {
        Some(section) => format!(" {section}"),
        None => format!(" {}", words(analysis, row).unwrap()),
    });
    format!(
        "{}{} {} {} {}{}",
        row.method.as_str(),
        number.unwrap_or_default(),
        word(&row.theirs),
        word(&row.ours),
        comparison.as_str().unwrap(),
        clause.unwrap_or_default(),
    )
}

/// All rows in short.
fn all(analysis: &Inspection) -> Vec<String> {
    let rows = rows_of(analysis).iter();
    rows.map(|row| short(analysis, row)).collect()
}

/// The rows that do not agree in the same word, without ARC.
#[track_caller]
fn differs(case: &str, file: &str, expected: &[&str]) {
    let compared = compared(case, &said(case, file));
    let rows = rows_of(&compared).iter();
    let rows = rows.filter(|row| row.method != OpinionMethod::Arc && row.theirs != row.ours);
    let rows: Vec<String> = rows.map(|row| short(&compared, row)).collect();
    assert_eq!(rows, expected, "{case}/{file}");
}

#[test]
fn every_file_is_of_a_case_and_can_be_read() {
    let names: BTreeSet<PathBuf> = cases().into_iter().collect();
    let mut files = 0;
    for folder in fs::read_dir(root().join("testdata/second")).unwrap() {
        let folder = folder.unwrap().path();
        let case = folder.file_name().unwrap();
        assert!(names.contains(&root().join("testdata/messages").join(case)));
        for file in fs::read_dir(&folder).unwrap() {
            let file = file.unwrap().path();
            let opinion = parse(&fs::read_to_string(&file).unwrap());
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            assert!(name.starts_with(&opinion.program.to_string()), "{name}");
            files += 1;
        }
    }
    assert!(files >= 20, "{files}");
}

mod agreement {
    use super::*;

    const PASSES: &str = "ses-custom-mail-from";

    #[test]
    fn what_is_the_same_agrees_whatever_the_form() {
        for file in ["mailauth.json", "rspamd.json", "rspamd.txt"] {
            let rows = all(&compared(PASSES, &said(PASSES, file)));
            let expected = [
                "spf pass pass agree",
                "dkim 1 pass pass agree",
                "dkim 2 pass pass agree",
                "dmarc pass pass agree",
                "arc none none agree",
            ];
            assert_eq!(rows, expected, "{file}");
        }
    }

    #[test]
    fn the_output_of_rspamc_is_read_too() {
        let text = "Results for file: message.eml (0.1 seconds)\n[Metric: default]\n\
                    Action: no action\nSpam: false\nSymbol: R_SPF_ALLOW (-0.20)[+ip4:54.240.0.0/18]\n\
                    Symbol: R_DKIM_ALLOW (-0.20)[example.com:s=qbrxzmhbi5ablngpfow467ffhwd5owog]\n\
                    Symbol: DKIM_TRACE (0.00)[example.com:+, amazonses.com:+]\n\
                    Symbol: DMARC_POLICY_ALLOW (-0.50)[example.com, quarantine]\n";
        let compared = compared(PASSES, text);
        let rows = rows_of(&compared);
        assert_eq!(rows.len(), 4);
        assert!(
            rows.iter().all(|row| row.comparison == Compared::Agree),
            "{rows:?}"
        );
    }

    #[test]
    fn what_mailauth_prints_above_its_report_is_left_out() {
        let text = format!("TOTAL 8 EXPECTING 39\n{}", said(PASSES, "mailauth.json"));
        assert_eq!(parse(&text).program, Program::Mailauth);
    }

    #[test]
    fn an_option_that_stands_once_is_about_every_signature_that_it_names() {
        let twice = compared(
            PASSES,
            r#"{"DKIM_TRACE": ["example.com:+"], "R_DKIM_ALLOW": []}"#,
        );
        let words = all(&twice);
        assert!(
            words.contains(&"dkim 1 pass pass agree".into()),
            "{words:?}"
        );
        assert!(
            words.contains(&"dkim 2 - pass only-ours".into()),
            "{words:?}"
        );
    }

    #[test]
    fn an_option_is_about_a_second_signature_of_the_same_names_unless_rspamd_leaves_that_out() {
        let twice = |case: &str, option: &str| {
            let analysis = analysis(case);
            let again = analysis.analysis.dkim[0].clone();
            let mut dkim = vec![again];
            dkim.extend(analysis.analysis.dkim.clone());
            let mut doubled = analysis;
            doubled.analysis.dkim = dkim;
            let doubled = beside(doubled, &json!({ "R_DKIM_ALLOW": option }).to_string());
            let rows = rows_of(&doubled).iter();
            let rows = rows.filter(|row| row.method == OpinionMethod::Dkim).take(2);
            rows.map(|row| short(&doubled, row)).collect::<Vec<_>>()
        };
        let rows = twice(
            "dkim-key-gone",
            "example.com:s=qbrxzmhbi5ablngpfow467ffhwd5owog",
        );
        let row = |number| format!("dkim {number} pass permerror differ RFC 6376 §6.1.2");
        assert_eq!(rows, [row(1), row(2)]);
        let rows = twice(
            "dkim-expired",
            "example.com:s=qbrxzmhbi5ablngpfow467ffhwd5owog",
        );
        assert_eq!(rows[1], "dkim 2 - permerror only-ours RFC 6376 §3.5");
    }

    #[test]
    fn a_message_without_signatures_agrees_with_none() {
        let report = r#"{"dkim": {"results": [{"status": {"result": "none"}}]}}"#;
        let rows = all(&compared("null-return-path", report));
        assert!(rows.contains(&"dkim none none agree".into()), "{rows:?}");
        let words = all(&compared(PASSES, report));
        for number in [1, 2] {
            let row = format!("dkim {number} none pass differ ");
            let mut words = words.iter();
            assert!(words.any(|word| word.starts_with(&row)), "{words:?}");
        }
    }

    #[test]
    fn a_signature_is_known_by_the_beginning_of_b_before_its_names() {
        let report = |b: &str| {
            json!({"dkim": {"results": [{
                "signingDomain": "EXAMPLE.com",
                "selector": "qbrxzmhbi5ablngpfow467ffhwd5owog",
                "signature": b,
                "status": {"result": "pass"}
            }]}})
            .to_string()
        };
        let first = |b| all(&compared(PASSES, &report(b))).swap_remove(1);
        assert_eq!(first("lOW5 4mXG/and/more"), "dkim 1 pass pass agree");
        assert_eq!(first("AAAAAAAA"), "dkim 1 - pass only-ours");
        assert_eq!(first(""), "dkim 1 pass pass agree");
    }
}

mod clauses {
    use super::*;

    #[test]
    fn rsa_sha1_must_not_count() {
        let row = "dkim 1 pass policy differ RFC 8301 §3.1";
        differs("dkim-sha1", "mailauth.json", &[row]);
        differs("dkim-sha1", "rspamd.json", &[row]);
    }

    #[test]
    fn keys_have_a_least_length_and_it_is_1024_bits() {
        let rows = [
            "dkim 1 pass policy differ RFC 8301 §3.2",
            "dkim 2 policy pass differ RFC 8301 §3.2",
        ];
        differs("dkim-key-too-short", "mailauth.json", &rows);
    }

    #[test]
    fn neutral_for_a_body_that_was_changed_agrees_in_another_word() {
        let rows = [
            "dkim 1 neutral fail agree RFC 8601 §2.7.1",
            "dkim 2 neutral fail agree RFC 8601 §2.7.1",
        ];
        differs("dkim-body-changed", "mailauth.json", &rows);
    }

    #[test]
    fn a_signature_that_has_expired_is_judged_as_of_a_time() {
        let row = "dkim 1 pass permerror differ RFC 6376 §3.5";
        differs("dkim-expired", "mailauth.json", &[row]);
        let row = "dkim 1 - permerror only-ours RFC 6376 §3.5";
        differs("dkim-expired", "rspamd.json", &[row]);
        let row = "dkim 1 neutral permerror agree RFC 8601 §2.7.1";
        differs("dkim-expired", "mailauth-later.json", &[row]);
    }

    #[test]
    fn a_length_tag_is_named_where_the_bodies_that_were_hashed_differ() {
        let rows = [
            "dkim 1 neutral pass differ RFC 6376 §3.5",
            "dkim 2 neutral fail agree RFC 8601 §2.7.1",
        ];
        differs("length-tag", "mailauth.json", &rows);
    }

    #[test]
    fn what_a_recording_does_not_hold_is_named() {
        let key = "qbrxzmhbi5ablngpfow467ffhwd5owog._domainkey.example.com";
        let row =
            format!("dkim 1 pass - only-theirs the recorded DNS here does not hold TXT {key}");
        differs("dkim-not-recorded", "mailauth.json", &[&row]);
    }

    #[test]
    fn a_key_that_is_gone_was_found_there() {
        let row = "dkim 1 pass permerror differ RFC 6376 §6.1.2";
        differs("dkim-key-gone", "mailauth.json", &[row]);
    }

    #[test]
    fn an_identity_outside_its_domain_is_counted_there() {
        let row = "dkim 1 pass permerror differ RFC 6376 §6.1.1";
        differs("dkim-identity-outside-domain", "mailauth.json", &[row]);
    }

    #[test]
    fn another_body_a_key_not_found_and_dns_that_failed_are_told_apart_and_dmarc_follows() {
        let rows = [
            "spf temperror pass differ RFC 7208 §2.6.6",
            "dkim 1 neutral pass differ RFC 6376 §3.7",
            "dkim 2 neutral pass differ RFC 6376 §6.1.2",
            "dmarc fail pass differ RFC 9989 §5.3.5",
        ];
        differs("ses-custom-mail-from", "mailauth-other-body.json", &rows);
    }

    #[test]
    fn both_values_of_a_session_that_differs_are_named() {
        let row = "spf softfail pass differ RFC 7208 §4.1";
        let case = "ses-custom-mail-from";
        for file in ["mailauth-other-session.json", "rspamd-other-session.json"] {
            differs(case, file, &[row]);
        }
        let named = |file, words: [&str; 3]| {
            let compared = compared(case, &said(case, file));
            let clause = super::words(&compared, &rows_of(&compared)[0]).unwrap();
            for word in words {
                assert!(clause.contains(word), "{clause}");
            }
        };
        let words = ["192.0.2.99", "54.240.8.50", "list@example.net"];
        named("mailauth-other-session.json", words);
        named(
            "rspamd-other-session.json",
            ["ip4:192.0.2.0/24", "54.240.8.50", "session"],
        );
    }

    #[test]
    fn under_a_null_reverse_path_spf_judges_the_helo_name() {
        let rows = [
            "spf neutral pass differ RFC 7208 §2.4",
            "dmarc fail pass differ RFC 9989 §5.3.5",
        ];
        differs("null-return-path", "rspamd.json", &rows);
        let report = |helo: &str, client: &str| {
            json!({"spf": {"client-ip": client, "helo": helo, "status": {"result": "neutral"},
                "envelope-from": format!("postmaster@{helo}")}})
            .to_string()
        };
        let spf = |text: &str| {
            let compared = compared("null-return-path", text);
            words(&compared, &rows_of(&compared)[0])
        };
        let other = spf(&report("mx.example.net", "192.0.2.25")).unwrap();
        assert!(other.contains("HELO is mx.example.net there"), "{other}");
        assert!(!other.contains("MAIL FROM"), "{other}");
        assert_eq!(
            spf(&report("mailhub.example.com", "::ffff:192.0.2.25")),
            None
        );
    }

    #[test]
    fn the_public_suffix_list_and_the_tree_walk_may_come_to_different_results() {
        let row = "dmarc pass fail differ RFC 9989 §4.10";
        let case = "dmarc-record-only-at-subdomain";
        differs(case, "mailauth.json", &[row]);
        let compared = compared(case, &said(case, "mailauth.json"));
        let mut rows = rows_of(&compared).iter();
        let dmarc = rows.find(|row| row.method == OpinionMethod::Dmarc).unwrap();
        let text = words(&compared, dmarc).unwrap();
        assert!(
            text.contains("is example.com; by the DNS tree walk it is news.example.com"),
            "{text}"
        );
    }

    #[test]
    fn what_is_not_one_record_or_one_author_is_named() {
        let row = "spf pass permerror differ RFC 7208 §4.5";
        differs("spf-permerror-two-records", "mailauth.json", &[row]);
        let row = "dmarc permerror none differ RFC 9989 §4.10";
        differs("dmarc-several-records", "rspamd.json", &[row]);
        let row = "dmarc - permerror only-ours RFC 9989 §5.3.1";
        differs("several-from-domains", "mailauth.json", &[row]);
    }

    #[test]
    fn a_record_that_only_one_of_them_found_is_named() {
        let rows = |case: &str, symbols: Value| {
            let compared = compared(case, &symbols.to_string());
            let rows = rows_of(&compared).iter();
            let rows = rows.filter(|row| row.theirs.is_some());
            rows.map(|row| short(&compared, row)).collect::<Vec<_>>()
        };
        let none = json!({"R_SPF_NA": "no SPF record", "DMARC_NA": "example.com"});
        let expected = [
            "spf none pass differ RFC 7208 §4.5",
            "dmarc none pass differ RFC 9989 §4.10.1",
        ];
        assert_eq!(rows("ses-custom-mail-from", none), expected);
        let found = json!({"DMARC_POLICY_ALLOW": "example.com,none"});
        let row = "dmarc pass none differ RFC 9989 §4.10.1";
        assert_eq!(rows("no-dmarc-record", found), [row]);
    }

    /// The rows of these results of mailauth that do not agree.
    fn rows(case: &str, report: Value) -> Vec<String> {
        let compared = compared(case, &report.to_string());
        let rows = rows_of(&compared).iter();
        let rows = rows.filter(|row| row.theirs.is_some() && row.comparison != Compared::Agree);
        rows.map(|row| short(&compared, row)).collect()
    }

    fn dmarc(word: &str) -> Value {
        json!({"dmarc": {"status": {"result": word}}})
    }

    #[test]
    fn strict_alignment_and_records_that_cannot_be_used_are_named() {
        let row = "dmarc pass fail differ RFC 9989 §4.4";
        assert_eq!(
            rows("ses-adkim-strict-subdomain-from", dmarc("pass")),
            [row]
        );
        let row = "dmarc pass none differ RFC 9989 §4.10.1";
        assert_eq!(rows("dmarc-bad-policy-without-rua", dmarc("pass")), [row]);
    }

    #[test]
    fn several_addresses_of_one_domain_may_keep_a_verifier_from_dmarc() {
        let report = json!({"dkim": {"results": []}, "dmarc": false});
        let rows = all(&compared(
            "several-from-addresses-one-domain",
            &report.to_string(),
        ));
        let row = "dmarc - pass only-ours RFC 9989 §5.3.1";
        assert_eq!(rows.last().map(String::as_str), Some(row));
    }

    #[test]
    fn several_keys_at_a_selector_may_not_all_be_tried() {
        let report = json!({"dkim": {"results": [{
            "signingDomain": "example.com",
            "status": {"result": "fail", "comment": "bad signature"}
        }]}});
        let row = "dkim 1 fail pass differ RFC 6376 §6.1.2";
        assert_eq!(rows("several-keys-at-selector", report), [row]);
    }

    #[test]
    fn a_signature_that_cannot_be_read_is_still_the_one_they_count() {
        let report = json!({"dkim": {"results": [{
            "signingDomain": "example.com",
            "selector": "a",
            "signature": "AAAAAAAA",
            "status": {"result": "pass"}
        }]}});
        let row = "dkim 1 pass neutral differ RFC 6376 §6.1.1";
        assert_eq!(rows("dkim-syntax-duplicate-tag", report), [row]);
    }

    #[test]
    fn a_client_that_was_not_known_there_is_said_to_be_unknown() {
        let report = json!({"spf": {"helo": "a.example", "status": {"result": "neutral"}}});
        let compared = compared("ses-custom-mail-from", &report.to_string());
        let text = super::words(&compared, &rows_of(&compared)[0]).unwrap();
        let words = "the client is unknown there and 54.240.8.50 here";
        assert!(text.contains(words), "{text}");
    }

    #[test]
    fn a_file_that_is_not_the_bare_message_is_named() {
        let report = json!({"dkim": {"results": [{"status": {"result": "none"}}]}});
        for (case, what) in [
            ("form-gmail-show-original", "a page copied from Gmail"),
            ("form-emlx", "a file of Apple Mail"),
            ("form-gzip", "packed by gzip"),
        ] {
            let rows = rows(case, report.clone());
            assert_eq!(rows.len(), 2, "{case}");
            assert!(rows[0].contains(what), "{rows:?}");
        }
    }

    #[test]
    fn a_chain_that_says_it_failed_has_failed() {
        let report = json!({
            "dkim": {"results": []},
            "arc": {"status": {"result": "none", "comment": "cv is fail"}}
        });
        let all = rows("arc-cv-fail", report);
        let arc = all.iter().find(|row| row.starts_with("arc"));
        let expected = "arc none fail differ RFC 8617 §5.2";
        assert_eq!(arc.map(String::as_str), Some(expected), "{all:?}");
    }

    #[test]
    fn where_no_reason_is_known_none_is_given() {
        let row = "dkim 2 pass fail differ";
        differs("two-signatures-one-broken", "rspamd.json", &[row]);
        let rows = [
            "dkim 1 - pass only-ours",
            "dkim 2 - pass only-ours",
            "dkim fail - only-theirs no signature that was looked at here is the one it names",
            "dmarc fail pass differ",
        ];
        differs("ses-custom-mail-from", "rspamd-other-message.json", &rows);
    }
}

mod hostile {
    use super::*;

    fn refused(text: &str, why: &str) {
        let error = Opinion::parse(text, &Limits::default())
            .unwrap_err()
            .to_string();
        assert!(error.contains(why), "{error}");
    }

    #[test]
    fn what_is_neither_names_what_was_looked_for() {
        for text in ["{}", "[]", "3", r#"{"spf": "pass"}"#, r#"{"symbols": 1}"#] {
            refused(
                text,
                "JSON of something else; looked for a report of mailauth",
            );
        }
        for text in ["", "From: a@example.com", "BAYES_HAM(-3.00)[100.00%]"] {
            refused(text, "not JSON; looked for a report of mailauth");
        }
        refused("{\"dkim\": ", "not JSON: EOF");
    }

    #[test]
    fn nesting_size_and_number_are_bounded() {
        refused(&"[".repeat(1_000_000), "not JSON");
        refused(
            &r#"{"dkim":"#.repeat(1_000_000),
            "not JSON: recursion limit",
        );
        refused(&" ".repeat(9 << 20), "larger than");
        let many: Vec<Value> = (0..300)
            .map(|_| json!({"status": {"result": "pass"}}))
            .collect();
        refused(
            &json!({"dkim": {"results": many}}).to_string(),
            "more than 200 results",
        );
        let domains: Vec<String> = (0..200_000).map(|n| format!("{n}.example:+")).collect();
        refused(
            &json!({"DKIM_TRACE": domains}).to_string(),
            "more than 200 results",
        );
        let lines = "R_DKIM_ALLOW(".repeat(100_000);
        assert_eq!(parse(&lines).results.len(), 1);
    }

    /// Since 8.0 a report has `dkim2`, and since 8.0.5 a DMARC result where From has no single domain.
    #[test]
    fn a_report_of_mailauth_8_is_read() {
        let dkim2 = json!({"status": {"result": "fail", "header": {"d": "example.com"}},
            "errors": [], "instances": [], "signatures": []});
        let of = |dmarc: Value| {
            let mut report: Value =
                serde_json::from_str(&said("ses-custom-mail-from", "mailauth.json")).unwrap();
            report["dkim2"] = dkim2.clone();
            report["dmarc"] = dmarc;
            report["dmarcSkipReason"] = "multiple-author-domains".into();
            report.to_string()
        };
        let permerror = json!({"status": {"result": "permerror", "header": {"from": ""}}});
        let author = compared("several-from-domains", &of(permerror.clone()));
        let row = rows_of(&author)
            .iter()
            .find(|row| row.method == OpinionMethod::Dmarc);
        let row = row.unwrap();
        assert_eq!(row.comparison, Compared::Agree);
        assert_eq!(row.theirs.as_deref(), Some("permerror"));
        assert!(rows_of(&author).iter().all(|row| row.subject != "dkim2"));
        // Our author domain is the one domain of all addresses.
        let mut addresses = analysis("ses-custom-mail-from");
        let mut second = addresses.analysis.message.from[0].clone();
        second.address = Some("other@example.com".into());
        addresses.analysis.message.from.push(second);
        let differs = beside(addresses, &of(permerror));
        let row = rows_of(&differs)
            .iter()
            .find(|row| row.method == OpinionMethod::Dmarc);
        let clause = row.unwrap().clause.as_ref().unwrap();
        assert_eq!(clause.reason.word(), "several-addresses");
        assert_eq!(clause.section, Some("RFC 9989 §5.3.1"));
    }

    #[test]
    fn no_value_of_another_type_makes_it_stumble() {
        let wrong = [
            json!(null),
            json!(1e300),
            json!([[]]),
            json!({"a": {}}),
            json!("\u{1b}[2J"),
        ];
        let mut read = 0;
        for value in &wrong {
            let texts = [
                json!({"dkim": {"results": [{"status": {"result": "pass", "header": value},
                    "signingDomain": value, "selector": value, "bodyHash": value}]},
                    "spf": {"status": {"result": value}, "client-ip": value, "helo": value,
                    "envelope-from": value}, "dmarc": value, "arc": {"status": value}}),
                json!({"symbols": {"R_SPF_ALLOW": {"options": value}, "DKIM_TRACE": value,
                    "R_DKIM_ALLOW": {"options": [value, ":s=", "a:s="]}}}),
                json!({"DMARC_NA": value, "ARC_REJECT": value}),
            ];
            for text in texts {
                let text = shown(&compared("ses-custom-mail-from", &text.to_string()));
                assert!(!text.contains('\u{1b}'), "{text}");
                read += 1;
            }
        }
        assert_eq!(read, 15);
    }
}

fn shown(analysis: &Inspection) -> String {
    let mut text = Vec::new();
    render::text::write(analysis, TextOptions::default(), &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

mod command {
    use super::*;

    /// Inspects `case`, with what another verifier said in the file at `path`.
    fn inspect(case: &str, path: &Path, arguments: &[&str]) -> Output {
        let folder = root().join("testdata/messages").join(case);
        Command::new(env!("CARGO_BIN_EXE_sesauth"))
            .arg("inspect")
            .args(arguments)
            .arg("--compare-with")
            .arg(path)
            .arg("--dns")
            .arg(folder.join("dns.jsonl"))
            .arg(folder.join("message.eml"))
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn file(case: &str, file: &str) -> PathBuf {
        root().join("testdata/second").join(case).join(file)
    }

    #[test]
    fn the_text_says_in_one_line_what_agrees_and_the_clause_of_each_difference() {
        let path = file("dkim-sha1", "rspamd.json");
        let output = inspect("dkim-sha1", &path, &[]);
        assert_eq!(output.status.code(), Some(0));
        let text = String::from_utf8(output.stdout).unwrap();
        let section = "\n\n  rspamd says the same of SPF (pass), DKIM 2 (pass), DMARC (pass).\n  \
                       rspamd says DKIM 1 is pass, here policy: it counts rsa-sha1, which verifiers\n    \
                       must not (RFC 8301 §3.1).\n";
        assert!(text.contains(section), "{text}");
    }

    #[test]
    fn a_signature_that_had_not_expired_at_the_time_given_had_at_theirs() {
        let path = file("dkim-expired", "mailauth-later.json");
        let arguments = ["--format", "json", "--at", "2026-06-29T09:00:00Z"];
        let output = inspect("dkim-expired", &path, &arguments);
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        let row = &json["second_opinions"][0]["rows"][1];
        assert_eq!(row["ours"], "pass");
        assert_eq!(row["clause"]["section"], "RFC 6376 §3.5");
        assert_eq!(row["clause"]["reason"]["dkim"], "expired-there");
        let arguments = ["--at", "2026-06-29T09:00:00Z"];
        let text = inspect("dkim-expired", &path, &arguments).stdout;
        let text = String::from_utf8(text).unwrap();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let told = "here the time is 2026-06-29 09:00:00 UTC (RFC 6376 §3.5)";
        assert!(text.contains(told), "{text}");
    }

    #[test]
    fn an_unknown_reason_is_said_to_be_unknown() {
        let case = "two-signatures-one-broken";
        let output = inspect(case, &file(case, "rspamd.json"), &[]);
        let text = String::from_utf8(output.stdout).unwrap();
        let words = "here fail: no known reason; compare the lookups of\n    both.\n";
        assert!(text.contains(words), "{text}");
    }

    #[test]
    fn the_json_has_the_rows_and_only_then() {
        let path = file("dkim-sha1", "mailauth.json");
        let output = inspect("dkim-sha1", &path, &["--format", "json"]);
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        let compared = &json["second_opinions"][0];
        assert_eq!(compared["program"], "mailauth");
        let row = &compared["rows"][1];
        assert_eq!(row["method"], "dkim");
        assert_eq!(row["subject"], "example.com, s=shop2012");
        assert_eq!(
            (&row["theirs"], &row["ours"]),
            (&json!("pass"), &json!("policy"))
        );
        assert_eq!(row["comparison"], "differ");
        assert_eq!(row["clause"]["section"], "RFC 8301 §3.1");
        assert_eq!(compared["rows"][0]["clause"], Value::Null);
        assert!(analysis("dkim-sha1").second_opinions.is_empty());
    }

    #[test]
    fn a_file_that_cannot_be_used_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let missing = folder.path().join("missing.json");
        for (path, why) in [
            (missing, "there is no such file"),
            (PathBuf::from("-"), "there is no such file"),
            (folder.path().to_owned(), "it is a folder"),
            (path("cut.json", "{\"dkim\":"), "not JSON: EOF"),
            (
                path("other.json", "{\"a\": 1}"),
                "JSON of something else; looked for",
            ),
            (
                path("mail.eml", "From: a@example.com\n\nhi\n"),
                "not JSON; looked for",
            ),
        ] {
            let output = inspect("dkim-sha1", &path, &[]);
            let error = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{error}");
            assert!(error.contains(why), "{why:?} is not in {error}");
            assert!(error.contains(&path.display().to_string()), "{error}");
            assert!(output.stdout.is_empty());
        }
    }

    #[test]
    fn no_line_is_wider_than_a_page_but_for_one_long_word() {
        let case = "ses-custom-mail-from";
        for name in ["mailauth-other-session.json", "mailauth-other-body.json"] {
            let output = inspect(case, &file(case, name), &[]);
            for line in String::from_utf8(output.stdout).unwrap().lines() {
                let wide = line.chars().count() > 80 && line.split_whitespace().count() > 1;
                assert!(!wide, "{name}: {line}");
            }
        }
    }
}

#[test]
fn what_rspamd_said_of_real_messages_is_as_here_or_for_a_known_reason() {
    let Some(folder) = std::env::var_os("SESAUTH_SAMPLES") else {
        eprintln!("SESAUTH_SAMPLES is not set: the samples were not there");
        return;
    };
    let (mut wrong, mut agreed, mut explained) = (Vec::new(), 0, 0);
    for entry in fs::read_dir(folder).unwrap() {
        let sample = entry.unwrap().path();
        if !sample.is_dir() {
            continue;
        }
        let name = sample.file_name().unwrap().to_string_lossy().into_owned();
        let expected = json_of(&sample.join("expected.json"));
        let symbols = &expected["rspamd_final_hop"];
        if symbols.is_null() {
            continue;
        }
        let opinion = parse(&symbols.to_string());
        assert_eq!(opinion.program, Program::Rspamd);
        let compared = beside(inspect_sample(&sample), &symbols.to_string());
        for row in rows_of(&compared) {
            match row.comparison {
                // ARC is not judged here.
                _ if row.method == OpinionMethod::Arc => (),
                Compared::Agree => agreed += 1,
                // Its symbols of the method were not saved.
                Compared::OnlyOurs
                    if opinion
                        .results
                        .iter()
                        .all(|result| result.method != row.method) => {}
                _ if row.clause.is_some() => explained += 1,
                _ => wrong.push(format!("{name}: {}", short(&compared, row))),
            }
        }
    }
    println!("{agreed} agree, {explained} differ with their clause");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(agreed > 30, "{agreed}");
}

fn inspect_sample(sample: &Path) -> Inspection {
    let params = json_of(&sample.join("params.json"));
    let text = |name: &str| params[name].as_str().map(str::to_owned);
    let hints = SessionHints {
        client_ip: text("client_ip").map(|ip| ip.parse().unwrap()),
        helo: text("helo"),
        mail_from: text("mail_from"),
        at: Some(Timestamp::from_second(params["time"].as_i64().unwrap()).unwrap()),
        ..SessionHints::default()
    };
    let dns = fs::read_to_string(sample.join("dns.jsonl")).unwrap();
    let dns = Snapshot::parse(&dns, Absent::NxDomain).unwrap();
    let message = fs::read(sample.join("message.eml")).unwrap();
    let now = Timestamp::UNIX_EPOCH;
    block_on(sesauth::inspect(&message, &hints, &dns, now)).unwrap()
}

fn json_of(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

mod whose_it_is {
    use super::*;

    const PASSES: &str = "ses-custom-mail-from";

    #[test]
    fn an_empty_object_of_symbols_does_not_make_a_report_rspamds() {
        let mut report: Value = serde_json::from_str(&said(PASSES, "mailauth.json")).unwrap();
        report["symbols"] = json!({});
        let opinion = parse(&report.to_string());
        assert_eq!(opinion.program, Program::Mailauth);
        assert!(!opinion.results.is_empty());
        let opinion = parse(&json!({ "symbols": {}, "action": "no action" }).to_string());
        assert_eq!(opinion.program, Program::Rspamd);
        let opinion = parse(&json!({ "symbols": { "R_SPF_ALLOW": {} } }).to_string());
        assert_eq!(opinion.program, Program::Rspamd);
    }

    #[test]
    fn a_signature_that_another_result_is_about_is_not_said_to_be_missing() {
        let analysis = analysis(PASSES);
        let verdict = &analysis.analysis.dkim[0];
        let (domain, selector) = (verdict.domain.as_ref(), verdict.selector.as_ref());
        let option = format!("{}:s={}", domain.unwrap(), selector.unwrap());
        let symbols = json!({ "R_DKIM_ALLOW": [option], "R_DKIM_REJECT": [option] });
        let comparison = parse(&symbols.to_string()).compare(&analysis.analysis);
        let mut rows = comparison.rows.iter();
        let row = rows.find(|row| row.method == OpinionMethod::Dkim && row.signature.is_none());
        let clause = row.unwrap().clause.as_ref().unwrap();
        assert_eq!(clause.reason, ClauseReason::Dkim(DkimClause::GivenAgain));
    }

    #[test]
    fn a_program_that_saw_no_signature_may_have_had_another_file() {
        let mut report: Value = serde_json::from_str(&said(PASSES, "mailauth.json")).unwrap();
        let none = json!({ "status": { "result": "none", "comment": "message not signed" } });
        report["dkim"]["results"] = json!([none]);
        let comparison = parse(&report.to_string()).compare(&analysis(PASSES).analysis);
        let mut rows = comparison.rows.iter();
        let row = rows.find(|row| row.signature == Some(1)).unwrap();
        let clause = row.clause.as_ref().unwrap();
        assert_eq!(clause.reason, ClauseReason::Dkim(DkimClause::NothingSeen));
    }
}
