//! DKIM against the suites of other implementations, where the environment variable SESAUTH_SUITES
//! names their folder.

#[path = "support/run.rs"]
mod run;
#[path = "support/suite.rs"]
mod suite;

use jiff::Timestamp;
use serde_json::Value;
use sesauth::dkim::{BodyResult, DkimCause, DkimResult, DkimVerdict, HeaderResult};
use sesauth::explain;

/// Cases whose RSA key has fewer than 1024 bits: a verifier must not use such a key (RFC 8301
/// §3.2), so they cannot pass as they did when the suite was made.
const SHORT_KEYS: &[&str] = &[
    "good_1878523",
    "good_qp_1",
    "good_qp_2",
    "good_qp_3",
    "good_rfc4871_3",
    "good_rfc4871_4",
    "goodkey_1",
    "goodkey_2",
    "goodkey_3",
    "goodkey_4",
];

/// Cases that rest on the tag g= of keys, which RFC 6376 dropped (appendix C). They are left out:
/// that their keys are short as well makes them agree by accident.
const GRANULARITY: &[&str] = &["badkey_8", "badkey_9", "badkey_12", "badkey_13"];

/// 2024-01-01, when the signature of ignore_7 had long expired and no other had.
const CLOCK: i64 = 1_704_067_200;

#[test]
fn the_suite_of_mail_dkim_is_met() {
    let is_meant = |case: &Value| {
        let id = case["id"].as_str().unwrap();
        case["expected"]["kind"] == "rfc" && !GRANULARITY.contains(&id)
    };
    let reason = "the key is shorter than 1024 bits (RFC 8301 §3.2)";
    let skipped: Vec<_> = SHORT_KEYS.iter().map(|id| (*id, reason)).collect();
    suite::check_all("dkim_maildkim.jsonl", &skipped, is_meant, |case| {
        let verdicts = verdicts(case);
        let id = case["id"].as_str().unwrap();
        if SHORT_KEYS.contains(&id) {
            let bits = verdicts[0].key.as_ref().and_then(|key| key.bits);
            assert!(bits.is_some_and(|bits| bits < 1024), "{id}: {bits:?}");
            assert_eq!(verdicts[0].body.result, BodyResult::Match, "{id}");
        }
        let passes = case["expected"]["dkim_overall"] == "pass";
        let agrees = verdicts.iter().any(agrees_with_pass) == passes;
        (!agrees).then(|| told(&verdicts))
    });
}

#[test]
fn the_messages_of_stalwart_and_mailauth_pass() {
    for file in ["dkim_stalwart.jsonl", "dkim_mailauth.jsonl"] {
        suite::check_all(
            file,
            &[],
            |_| true,
            |case| {
                let verdicts = verdicts(case);
                let passes = verdicts.last().is_some_and(agrees_with_pass);
                (!passes).then(|| told(&verdicts))
            },
        );
    }
}

fn verdicts(case: &Value) -> Vec<DkimVerdict> {
    let time = case["params"]["time"].as_i64().unwrap_or(CLOCK);
    suite::analyse_case(case, Timestamp::from_second(time).unwrap()).dkim
}

fn told(verdicts: &[DkimVerdict]) -> String {
    let told = verdicts
        .iter()
        .map(|v| format!("{}: {}", v.result, explain::dkim::cause(v)));
    told.collect::<Vec<_>>().join("; ")
}

/// The suites are older than RFC 8301, which no longer lets a verifier accept SHA-1.
fn agrees_with_pass(verdict: &DkimVerdict) -> bool {
    verdict.result == DkimResult::Pass
        || verdict.cause == DkimCause::Sha1
            && verdict.body.result == BodyResult::Match
            && verdict.header.result == HeaderResult::Verified
}
