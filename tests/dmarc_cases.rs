//! What the stories of testdata show of DMARC, and `sesauth dmarc` and `sesauth explain`.

#[path = "support/case.rs"]
mod case;
#[path = "support/run.rs"]
mod run;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use case::{cases, inspect_case};
use sesauth::Analysis;
use sesauth::dmarc::{DmarcCause, DmarcResult, DmarcVerdict, Engine, Mechanism, Policy, Rules};
use sesauth::explain;

fn folder(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("testdata/messages").join(name)
}

fn analysis(name: &str) -> Analysis {
    inspect_case(&folder(name)).analysis
}

fn sesauth(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sesauth"));
    command.args(arguments).output().unwrap()
}

fn dmarc(case: &str, arguments: &[&str]) -> Output {
    let dns = folder(case).join("dns.jsonl");
    let arguments = [&["dmarc", "--dns", dns.to_str().unwrap()], arguments].concat();
    sesauth(&arguments)
}

/// What there is to say of the search and the record.
fn notes(dmarc: &DmarcVerdict) -> Vec<String> {
    explain::dmarc::notes(&dmarc.steps, &dmarc.problems).collect()
}

#[test]
fn every_alignment_sentence_names_both_domains_both_organizations_and_the_mode() {
    let mut seen = 0;
    for case in cases() {
        let dmarc = inspect_case(&case).analysis.dmarc;
        let (Some(author), Some(organization)) =
            (&dmarc.author_domain, &dmarc.organizational_domain)
        else {
            continue;
        };
        for (mechanism, alignment) in dmarc.alignment.all() {
            let (Some(domain), Some(own)) =
                (&alignment.identifier, &alignment.organizational_domain)
            else {
                continue;
            };
            let sentence = explain::dmarc::alignment(&dmarc, mechanism).to_string();
            let from = match domain == author {
                true => "the very domain in From",
                false => author.as_str(),
            };
            let mode = alignment.mode.to_string();
            for part in [
                domain.as_str(),
                from,
                own.as_str(),
                organization.as_str(),
                &mode,
            ] {
                assert!(
                    sentence.contains(part),
                    "{}: {part}: {sentence}",
                    case.display()
                );
            }
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn a_record_only_at_a_subdomain_parts_it_from_its_parent_by_rfc_9989_alone() {
    let dmarc = analysis("dmarc-record-only-at-subdomain").dmarc;
    assert_eq!(dmarc.result, DmarcResult::Fail);
    assert_eq!(dmarc.by(Rules::Rfc7489).result, DmarcResult::Pass);
    assert_eq!(dmarc.differences.len(), 3);
    let sentence = explain::dmarc::alignment(&dmarc, Mechanism::Dkim(0)).to_string();
    assert!(
        sentence.contains("or a DMARC record at _dmarc.example.com"),
        "{sentence}"
    );
}

#[test]
fn psd_n_at_the_mail_from_domain_takes_spf_away() {
    let dmarc = analysis("dmarc-psd-n-at-mail-from").dmarc;
    assert_eq!(dmarc.engines, [Engine::Dkim]);
    let old = dmarc.by(Rules::Rfc7489);
    assert_eq!(old.engines, [Engine::Spf, Engine::Dkim]);
    let sentence = explain::dmarc::alignment(&dmarc, Mechanism::Spf).to_string();
    assert!(sentence.contains("says no psd=n"), "{sentence}");
}

#[test]
fn np_holds_for_a_subdomain_that_does_not_exist() {
    let dmarc = analysis("dmarc-np-missing-subdomain").dmarc;
    let policy = dmarc.policy.as_ref().unwrap();
    assert_eq!((policy.tag, policy.applied), ("np", Policy::Reject));
    let old = dmarc.by(Rules::Rfc7489).policy.unwrap();
    assert_eq!((old.tag, old.applied), ("p", Policy::None));
}

#[test]
fn t_y_lowers_the_policy_by_one_level() {
    let policy = analysis("dmarc-test-mode").dmarc.policy.unwrap();
    assert_eq!(
        (policy.requested, policy.applied),
        (Policy::Reject, Policy::Quarantine)
    );
}

#[test]
fn siblings_are_aligned_in_relaxed_mode() {
    let dmarc = analysis("dmarc-siblings").dmarc;
    assert_eq!(dmarc.engines, [Engine::Spf, Engine::Dkim]);
    assert_eq!(dmarc.alignment.dkim[0].aligned_strict, Some(false));
}

#[test]
fn a_free_mail_address_in_from_fails_through_ses() {
    let dmarc = analysis("dmarc-free-mail-from").dmarc;
    assert_eq!(
        (dmarc.result, dmarc.cause),
        (DmarcResult::Fail, DmarcCause::NotAligned)
    );
}

#[test]
fn a_misspelt_policy_counts_as_none_with_an_address_for_reports_and_not_at_all_without() {
    let with = analysis("dmarc-bad-policy-with-rua").dmarc;
    assert_eq!(with.policy.unwrap().requested, Policy::None);
    let without = analysis("dmarc-bad-policy-without-rua").dmarc;
    assert_eq!(without.cause, DmarcCause::RecordUnusable);
    assert!(
        notes(&without)
            .iter()
            .any(|note| note.contains("empty URI"))
    );
}

#[test]
fn several_records_are_said_to_be_ignored() {
    let dmarc = analysis("dmarc-several-records").dmarc;
    assert_eq!(dmarc.cause, DmarcCause::NoRecord);
    let notes = notes(&dmarc);
    assert!(notes[0].contains("2 policy records"), "{notes:?}");
    assert!(!dmarc.steps[0].taken);
}

#[test]
fn a_misspelt_tag_gets_a_hint() {
    let dmarc = analysis("dmarc-misspelt-tag").dmarc;
    let notes = notes(&dmarc);
    assert!(notes[0].contains("did you mean aspf?"), "{notes:?}");
}

#[test]
fn the_policy_of_a_domain_is_shown_without_a_message() {
    let output = dmarc("ses-custom-mail-from", &["example.com"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    for part in ["p=quarantine", "(aspf)", "from a subdomain", "psl 2."] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let output = dmarc("ses-custom-mail-from", &["--format", "json", "example.com"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["dmarc"]["policy"]["for_subdomains"]["tag"], "p");
    assert_eq!(json["dmarc"]["steps"][0]["taken"], true);
}

#[test]
fn planned_tags_are_set_in_the_record_of_the_domain() {
    let case = "ses-custom-mail-from";
    let output = dmarc(
        case,
        &[
            "--policy",
            "p=reject; adkim=s",
            "--format",
            "json",
            "example.com",
        ],
    );
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let record = "v=DMARC1; p=reject; rua=mailto:dmarc@example.com; adkim=s";
    assert_eq!(json["dmarc"]["steps"][0]["records"][0], record);
    let long = [&"a.".repeat(122), "example"].concat();
    for (arguments, said) in [
        (
            &["--policy", "p=quarantine", "example.com"][..],
            "_dmarc.example.com says so already",
        ),
        (
            &["--policy", "t=y", "news.example.com"],
            "does not hold what stands at _dmarc.news.example.com",
        ),
        (
            &[
                "--policy",
                "t=y",
                "--dns-absent",
                "nxdomain",
                "news.example.com",
            ],
            "these tags alone make none; give p= as well",
        ),
        (
            &["--policy", "v=DMARC1; p=none", &long],
            "would be longer than a name may be",
        ),
    ] {
        let output = dmarc(case, arguments);
        assert_eq!(output.status.code(), Some(2));
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(errors.contains(said), "{errors}");
    }
}

#[test]
fn a_domain_that_is_not_recorded_ends_with_2_and_one_without_an_answer_with_75() {
    assert_eq!(
        sesauth(&["dmarc", "--offline", "example.com"])
            .status
            .code(),
        Some(2)
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dns.jsonl");
    let fails = "{\"sesauth_dns\":1}\n\
        {\"name\":\"_dmarc.example.com\",\"type\":\"TXT\",\"failure\":\"timeout\"}\n";
    std::fs::write(&file, fails).unwrap();
    let dns = file.to_str().unwrap();
    let absent = ["--dns-absent", "nxdomain"];
    let output = sesauth(&[&["dmarc", "--dns", dns], &absent[..], &["example.com"]].concat());
    assert_eq!(output.status.code(), Some(75));
}

#[test]
fn where_reports_go_is_asked_only_on_demand_and_changes_no_exit_code() {
    let planned = "v=DMARC1; p=none; rua=mailto:in@reports.example.net";
    let output = dmarc(
        "ses-custom-mail-from",
        &["--policy", planned, "example.com"],
    );
    assert!(
        !String::from_utf8(output.stdout)
            .unwrap()
            .contains("Where reports go")
    );
    let output = dmarc(
        "ses-custom-mail-from",
        &["--reports", "--policy", planned, "example.com"],
    );
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("was not checked"), "{text}");
}

#[test]
fn a_tag_is_explained_and_an_unknown_word_names_the_near_one() {
    let output = sesauth(&["explain", "aspf"]);
    let text = String::from_utf8(output.stdout).unwrap();
    for head in ["What it means", "Why it matters", "What to do", "§4.7"] {
        assert!(text.contains(head), "{text}");
    }
    let output = sesauth(&["explain", "aspr"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("perhaps aspf")
    );
}
