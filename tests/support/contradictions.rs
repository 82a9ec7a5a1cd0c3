//! What excludes what among the things that are said of one message.

use std::collections::BTreeSet;

use sesauth::claims::{Claim, ClaimDifference, ClaimedResult, Comparison, NotCompared};
use sesauth::render::text::TextOptions;
use sesauth::session::Standing;
use sesauth::{Inspection, render};

/// A statement, and what it is about: a signature, a method; empty for the whole message.
type Statement = (&'static str, String);

/// Statements of which one message has one at most about the same thing. The name of a rule stands
/// for what it says; the others are facts of the analysis, or phrases of the text.
const EXCLUDE: &[(&str, &str)] = &[
    // Whether the author's domain signs.
    ("advice to sign", "author signed"),
    ("advice to sign", "author's signature is gone"),
    ("dmarc-pass-on-spf-alone", "author signed"),
    ("dmarc-pass-on-spf-alone", "author's signature is gone"),
    ("dkim-signature-of-another-domain", "author signed"),
    ("ses-own-signature-missing", "own signature of SES"),
    // Why a signature does not verify.
    ("dkim-broken", "dkim-broken-in-transit"),
    ("dkim-broken", "receiver verified it"),
    ("dkim-broken-in-transit", "receiver verified it"),
    ("dkim-key-missing", "dkim-key-gone-since-delivery"),
    ("dkim-key-missing", "receiver verified it"),
    // Why SPF does not pass.
    ("spf-failure-by-forwarding", "spf-client-not-authorised"),
    ("spf-record-missing", "spf-client-not-authorised"),
    ("spf-record-missing", "spf-several-records"),
    ("spf-record-missing", "spf-syntax-error"),
    // What is published.
    ("dmarc-record-missing", "dmarc-policy-none"),
    ("dmarc-record-missing", "several-dmarc-records"),
    ("dmarc-record-missing", "policy applies"),
    // What the receiver said.
    ("field is not to be believed", "receiver recorded a pass"),
    ("receiver is silent", "field in the receiver's name says it"),
    ("dmarc-fail", "receiver-failed-it"),
    // Who sent it.
    ("sent by SES, as it says", "host of SES at another address"),
];

/// What is wrong with the statements about a message.
pub fn contradictions(inspection: &Inspection) -> Vec<String> {
    let all = statements(inspection);
    let mut wrong = Vec::new();
    for (one, other) in EXCLUDE {
        for (_, about) in all.iter().filter(|(name, _)| name == one) {
            if all.contains(&(*other, about.clone())) {
                wrong.push(format!("“{one}” and “{other}” of “{about}”"));
            }
        }
    }
    wrong.extend(false_records(inspection));
    wrong.extend(said_twice(&text(inspection)));
    wrong
}

fn statements(inspection: &Inspection) -> BTreeSet<Statement> {
    let analysis = &inspection.analysis;
    let mut all: BTreeSet<Statement> = BTreeSet::new();
    for hit in &inspection.hits {
        let signature = hit.values.number("signature");
        let about = signature.map_or(String::new(), |number| format!("DKIM {number}"));
        all.insert((hit.code, about));
        if hit.code == "authentication-results-not-the-receivers" {
            for method in hit.values.list("methods").into_iter().flatten() {
                all.insert(("field is not to be believed", method.clone()));
            }
        }
        if hit.code == "file-altered-after-delivery" {
            for number in hit.values.list("signatures").into_iter().flatten() {
                all.insert(("receiver verified it", format!("DKIM {number}")));
            }
        }
    }
    let is_authors = |number: usize| {
        let alignment = analysis.dmarc.alignment.dkim.get(number - 1);
        alignment.is_some_and(|one| one.aligned_relaxed == Some(true))
    };
    if (1..=analysis.dkim.len()).any(is_authors) {
        all.insert(("author signed", String::new()));
    }
    if analysis.dmarc.policy.is_some() {
        all.insert(("policy applies", String::new()));
    }
    if analysis
        .ses
        .as_ref()
        .is_some_and(|ses| ses.own_signature.is_some())
    {
        all.insert(("own signature of SES", String::new()));
    }
    let of = |standing: Standing| {
        let claims = analysis.claims.iter();
        claims.filter(move |claim| claim.standing == standing)
    };
    for result in of(Standing::Receiver).flat_map(|claim| &claim.results) {
        if result.is_pass() && matches!(result.method.as_str(), "spf" | "dmarc") {
            all.insert(("receiver recorded a pass", result.method.clone()));
        }
        if gone(result).is_some_and(|domain| is_within(domain, inspection)) {
            all.insert(("author's signature is gone", String::new()));
        }
    }
    // Of signatures, the receiver recorded a pass if it did so for each that others say passed.
    let passed = |is_own: bool| -> BTreeSet<Option<usize>> {
        let claims = analysis.claims.iter();
        let claims = claims.filter(|claim| (claim.standing == Standing::Receiver) == is_own);
        let results = claims.flat_map(|claim| &claim.results);
        let passed = results.filter(|one| {
            one.method == "dkim" && one.is_pass() && one.comparison == Comparison::Differ
        });
        passed.map(|one| one.signature).collect()
    };
    if passed(false).is_subset(&passed(true)) {
        all.insert(("receiver recorded a pass", "dkim".to_owned()));
    }
    let names: BTreeSet<Option<String>> = of(Standing::Receiver).map(name).collect();
    let others = analysis
        .claims
        .iter()
        .filter(|claim| claim.standing != Standing::Receiver);
    for claim in others.filter(|claim| names.contains(&name(claim))) {
        for result in claim.results.iter().filter(|one| one.ours.is_some()) {
            let number = result.signature.map(|number| format!(" {number}"));
            let about = format!("{}{}", result.method, number.unwrap_or_default());
            all.insert(("field in the receiver's name says it", about));
        }
    }
    let text = text(inspection);
    if text.contains("see that your mail is signed by your own domain") {
        all.insert(("advice to sign", String::new()));
    }
    for ours in &analysis.only_ours {
        let label = match ours.signature {
            Some(number) => format!("dkim {number} is"),
            None => format!("{} is", ours.method),
        };
        let silent = format!(
            "only here: {label} {}; the receiver says nothing of it",
            ours.result
        );
        if text.contains(&silent) {
            let about = label.trim_end_matches(" is").to_owned();
            all.insert(("receiver is silent", about));
        }
    }
    if text.contains("as it says; nothing proves that") {
        all.insert(("sent by SES, as it says", String::new()));
    }
    if text.contains("sending host") && text.contains("the name does not fit the address") {
        all.insert(("host of SES at another address", String::new()));
    }
    all
}

fn name(claim: &Claim) -> Option<String> {
    claim.authserv_id.as_ref().map(|id| id.to_ascii_lowercase())
}

/// The domain of a signature that the receiver saw and the file does not have.
fn gone(result: &ClaimedResult) -> Option<&str> {
    match (&result.difference, &result.not_compared) {
        (Some(ClaimDifference::SignatureNotInFile { domain }), _) => domain.as_deref(),
        (_, Some(NotCompared::NoSuchSignature { domain, .. })) => Some(domain),
        _ => None,
    }
}

fn is_within(domain: &str, inspection: &Inspection) -> bool {
    let organization = inspection.analysis.dmarc.organizational_domain.as_ref();
    organization.is_some_and(|organization| {
        let (domain, organization) = (domain.to_ascii_lowercase(), organization.as_str());
        domain == organization || domain.ends_with(&format!(".{organization}"))
    })
}

/// Results that a finding says were recorded, and that no field has.
fn false_records(inspection: &Inspection) -> Vec<String> {
    let mut wrong = Vec::new();
    for finding in inspection.findings() {
        let message = finding.message.as_str();
        for (at, _) in message.match_indices("recorded ") {
            let word = message[at + "recorded ".len()..]
                .split([' ', ',', ':', ';'])
                .next();
            let Some((method, result)) = word.and_then(|word| word.split_once('=')) else {
                continue;
            };
            let claims = inspection.analysis.claims.iter();
            let mut results = claims.flat_map(|claim| &claim.results);
            if !results.any(|one| one.method == method && one.result == result) {
                wrong.push(format!("no field has {method}={result}: {message}"));
            }
        }
    }
    wrong
}

/// The same signature named twice in a row.
fn said_twice(text: &str) -> Option<String> {
    let names = text.split("signature ").skip(1);
    let names: Vec<&str> = names.collect();
    let twice = names.windows(2).find(|pair| {
        let number = pair[0].strip_suffix(" and ");
        number.is_some_and(|number| pair[1].split([' ', ',', '.']).next() == Some(number))
    });
    twice.map(|pair| format!("signature {} is named twice", pair[0]))
}

/// All that is said of a message, in small letters and on one line.
fn text(inspection: &Inspection) -> String {
    let options = TextOptions {
        verbose: true,
        ..TextOptions::default()
    };
    let mut text = Vec::new();
    render::text::write(inspection, options, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap().to_lowercase();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
