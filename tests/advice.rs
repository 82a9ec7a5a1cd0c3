//! What is asked for the sake of advice alone, and when.

#[path = "support/case.rs"]
mod case;
#[path = "support/run.rs"]
mod run;

use sesauth::Analysis;
use sesauth::dns::Reply;

fn analysis(story: &str) -> Analysis {
    let cases = case::cases();
    let case = cases.iter().find(|case| case.ends_with(story));
    case::inspect_case(case.expect("a story of that name")).analysis
}

/// Every question of a run, as `TXT example.com`.
fn asked(analysis: &Analysis) -> Vec<String> {
    let questions = analysis.lookups.0.iter().map(|lookup| &lookup.question);
    questions
        .map(|question| format!("{} {}", question.kind, question.name))
        .collect()
}

#[track_caller]
fn asks(analysis: &Analysis, expected: &[&str]) {
    let asked = asked(analysis);
    for question in expected {
        assert!(
            asked.iter().any(|other| other == question),
            "{question} of {asked:#?}"
        );
    }
}

#[test]
fn a_custom_mail_from_domain_is_looked_at_and_a_default_one_looks_for_a_place() {
    let custom = analysis("ses-custom-mail-from");
    asks(
        &custom,
        &[
            "MX mail.example.com",
            "A mail.example.com",
            "TXT mail.example.com",
        ],
    );
    assert!(!asked(&custom).contains(&"MX bounce.example.com".to_owned()));
    let default = analysis("ses-default-mail-from");
    for label in ["mail", "bounce", "ses", "email"] {
        let domain = format!("{label}.example.com");
        asks(
            &default,
            &[&format!("MX {domain}"), &format!("TXT {domain}")],
        );
    }
    assert!(!asked(&default).contains(&"MX amazonses.com".to_owned()));
}

#[test]
fn a_key_that_is_gone_is_looked_for_where_people_misplace_it() {
    let gone = analysis("dkim-key-gone");
    let name = gone.dkim[0].key.as_ref().unwrap().name.clone();
    asks(
        &gone,
        &[
            &format!("CNAME {name}"),
            &format!("A {name}"),
            &format!("CNAME {name}.example.com"),
            &format!("TXT {name}.example.com"),
        ],
    );
    let there = analysis("ses-custom-mail-from");
    assert!(
        asked(&there)
            .iter()
            .all(|question| !question.starts_with("CNAME"))
    );
}

#[test]
fn texts_that_nobody_asks_for_and_records_at_a_doubled_name_are_looked_at() {
    let analysis = analysis("ses-custom-mail-from");
    asks(
        &analysis,
        &["TXT example.com", "TXT _dmarc.example.com.example.com"],
    );
    asks(&analysis, &["TXT amazonses.com", "MX example.com"]);
    assert_eq!(analysis.dmarc.reports, None);
}

#[test]
fn what_advice_lacks_is_asked_last_and_makes_no_recording_incomplete() {
    let analysis = analysis("ses-default-mail-from");
    let is_missing = |reply: &Reply| *reply == Reply::NotRecorded;
    let mut missing = analysis.lookups.0.iter().map(|lookup| &lookup.reply);
    assert!(missing.any(is_missing), "the case records no advice");
    assert!(!analysis.is_recording_incomplete());
    assert_eq!(analysis.missing_lookups().count(), 0);
    let questions = asked(&analysis);
    let place = |wanted: &str| questions.iter().position(|question| question == wanted);
    assert!(place("TXT _dmarc.example.com") < place("MX mail.example.com"));
}
