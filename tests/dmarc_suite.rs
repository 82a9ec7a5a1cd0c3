//! DMARC against the suite of mailauth, and registrable domains against the public suffix list, where the environment variable SESAUTH_SUITES names its
//! folder.

#[path = "support/run.rs"]
mod run;
#[path = "support/suite.rs"]
mod suite;

use jiff::Timestamp;
use serde_json::Value;
use sesauth::dmarc::{Alignment, DmarcVerdict, registered};
use sesauth::dns::Name;

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
            let verdict = suite::analyse_case(case, at).dmarc;
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
    let engines = verdict.engines;
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

#[test]
fn the_registrable_domains_of_the_public_suffix_list_are_those_of_its_tests() {
    let Some(folder) = std::env::var_os("SESAUTH_SUITES") else {
        eprintln!("psl.json was not there: SESAUTH_SUITES is not set");
        return;
    };
    let text = std::fs::read_to_string(std::path::Path::new(&folder).join("psl.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(cases.len(), 78);
    for case in cases {
        // What is no name is never looked up: null, and names that begin with a dot.
        let name = case["domain"].as_str().map(Name::parse);
        let Some(Ok(name)) = name else {
            assert!(case["registrable"].is_null(), "{case}");
            continue;
        };
        let found = registered(&name);
        match case["registrable"].as_str() {
            Some(wanted) => assert_eq!(Ok(&found), Name::parse(wanted).as_ref(), "{case}"),
            // A public suffix is taken for an organization of its own.
            None => assert_eq!(found, name, "{case}"),
        }
    }
}
