//! ARC against the suite that it was made with, where the environment variable SESAUTH_SUITES names
//! the folder of it.

#[path = "support/run.rs"]
mod run;
#[path = "support/suite.rs"]
mod suite;

use jiff::Timestamp;
use serde_json::Value;
use sesauth::explain;

/// Cases without any header field: sesauth says that they are no message.
const NO_MESSAGE: [&str; 2] = ["cv_empty", "cv_no_headers"];

#[test]
fn chains_are_judged_as_the_suite_says() {
    // Three cases leave the result open.
    let is_meant = |case: &Value| {
        case["expected"]["arc"] != "unspecified"
            && !NO_MESSAGE.contains(&case["id"].as_str().unwrap())
    };
    suite::check_all("arc_validmail.jsonl", &[], is_meant, |case| {
        let arc = suite::analyse_case(case, Timestamp::from_second(1_500_000_000).unwrap()).arc;
        let agrees = case["expected"]["arc"] == arc.result.as_str();
        (!agrees).then(|| format!("{}: {}", arc.result, explain::arc::cause(&arc)))
    });
}

#[test]
fn a_seal_that_says_fail_ends_the_chain() {
    let is_meant = |case: &Value| {
        let id = case["id"].as_str().unwrap();
        ["cv_fail_i1_as_cv_fail", "cv_fail_i2_as2_fail"].contains(&id)
    };
    suite::check_all("arc_validmail.jsonl", &[], is_meant, |case| {
        let arc = suite::analyse_case(case, Timestamp::from_second(1_500_000_000).unwrap()).arc;
        (arc.cause != sesauth::arc::ArcCause::CvFail)
            .then_some(explain::arc::cause(&arc).to_string())
    });
}
