//! DMARC against the suite of mailauth, where the environment variable SESAUTH_SUITES names its
//! folder.

#[path = "support/run.rs"]
mod run;
#[path = "support/suite.rs"]
mod suite;

use jiff::Timestamp;
use serde_json::Value;
use sesauth::dmarc::{Alignment, DmarcVerdict};

/// Cases in which that library does not follow RFC 9989, each with the section that differs.
const SKIPPED: &[(&str, &str)] = &[
    (
        "04_Basic_DMARC_lookup_Should_return_temperror_on_DNS_failure",
        "§4.10.2: without an answer the tree walk does not tell the Organizational Domain",
    ),
    (
        "14_Alignment_modes_Should_pass_strict_DKIM_alignment_when_the_signing_domain_matches_a_subdomain_aut",
        BY_SUFFIX,
    ),
    (
        "21_Organizational_domain_fallback_Should_not_fallback_when_subdomain_has_its_own_record",
        BY_SUFFIX,
    ),
    (
        "32_Reported_identifiers_Should_report_the_author_domain_as_header.d_when_it_publishes_its_own_record",
        BY_SUFFIX,
    ),
    (
        "39_Currently_compliant_regression_guards_does_not_inherit_the_org_policy_when_the_author_domain_publ",
        "§4.10 steps 2 to 5: several records at a name are all discarded, and the walk goes on",
    ),
];

const BY_SUFFIX: &str = "§4.10.2: the Organizational Domain is the shortest name with a record; the \
                         library takes it from the public suffix list";

#[test]
fn the_suite_of_mailauth_is_met() {
    suite::check_all(
        "dmarc_mailauth.jsonl",
        SKIPPED,
        |_| true,
        |case| {
            let at = Timestamp::from_second(case["params"]["time"].as_i64().unwrap()).unwrap();
            let verdict = suite::inspect_case(case, at).dmarc;
            let problems: Vec<_> = problems(&case["expected"], &verdict).collect();
            (!problems.is_empty()).then(|| problems.join(", "))
        },
    );
}

fn problems(expected: &Value, verdict: &DmarcVerdict) -> impl Iterator<Item = String> {
    let policy = verdict.policy.as_ref();
    let dkim = verdict.alignment.dkim.iter();
    let pairs = [
        ("dmarc", Value::from(verdict.result.as_str())),
        (
            "policy",
            policy.map(|policy| policy.requested.as_str()).into(),
        ),
        (
            "domain",
            verdict
                .organizational_domain
                .as_ref()
                .map(|name| name.as_str())
                .into(),
        ),
        (
            "alignment/spf",
            aligned(verdict.alignment.spf.iter()).into(),
        ),
        ("alignment/dkim", aligned(dkim).into()),
    ];
    let expected = expected.clone();
    let engines = verdict.engines.clone();
    pairs.into_iter().filter_map(move |(name, found)| {
        let wanted = match name.strip_prefix("alignment/") {
            Some(_) if expected["alignment"].is_null() => return None,
            Some(mechanism) => expected["alignment"][mechanism]["result"]
                .is_string()
                .into(),
            None => expected[name].clone(),
        };
        (wanted != found).then(|| format!("{name} {found}, expected {wanted} {engines:?}"))
    })
}

fn aligned<'a>(mut alignments: impl Iterator<Item = &'a Alignment>) -> bool {
    alignments.any(|one| one.authenticated && one.aligned == Some(true))
}
