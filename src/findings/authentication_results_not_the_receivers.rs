//! A field claims a pass that is not true, and it is not the receiver's.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity};
use crate::claims::{Claim, ClaimedResult, Comparison};
use crate::conclusion::ConclusionResult;
use crate::explain::means::Means;
use crate::session::Standing;

pub(super) const RULE: Rule = Rule {
    code: "authentication-results-not-the-receivers",
    severity: Severity::Warning,
    wants_message: true,
    cites: &["RFC 8601 §1.6, §5 and §7.1"],
    explanation: Explanation {
        summary: "claim of having passed that is not known to be the receiver's",
        means: "Authentication-Results is where a receiver writes what it found. Anybody can write \
                such a field, and nothing signs it. This one claims a pass that is not found here, \
                and by its name and its place it is not known to be the receiver's: it came with \
                the message, or a host on the way wrote it.",
        matters: "A program that believes every such field takes forged mail for good mail. It can \
                  also be honest: a host that passed the mail on wrote down what it saw, before a \
                  list or a gateway changed the message.",
        todo: "Go by the receiver's own field, which stands on top, above its Received field. If \
               you run the receiver, let it remove or rename fields that come in under its name. \
               If you know that the field is your receiver's, say so with --trusted ID.",
        example: "Authentication-Results: mx.example.net; dmarc=fail header.from=example.com\n\
                  Received: from … by mx.example.net …\n\
                  Authentication-Results: mx.example.net; dmarc=pass    came with the message",
    },
    applies: has_others_word,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

/// Another host than the receiver recorded its results.
fn has_others_word(case: &Case<'_>) -> bool {
    of_others(case).next().is_some()
}

fn fires(case: &Case<'_>) -> Vec<Hit> {
    // An honest earlier host saw the message before it was changed. If the message fails, its claim
    // is still worth mentioning: it may be forged.
    let fails = case.analysis.conclusion.result == ConclusionResult::Fail;
    if !fails && case.broke_in_transit() {
        return Vec::new();
    }
    let mut hits = Vec::new();
    let mut seen: Vec<Option<&str>> = Vec::new();
    for (_, claim) in of_others(case) {
        let who = claim.authserv_id.as_deref();
        if !seen.contains(&who) {
            seen.push(who);
            hits.extend(hit(case, claim));
        }
    }
    hits
}

/// The untrue results under the name of `first`, which is the first claim with that name.
fn hit(case: &Case<'_>, first: &Claim) -> Option<Hit> {
    let who = first.authserv_id.as_deref();
    let untrue = untrue(case, who);
    let (at, _) = untrue.first()?;
    let (mut methods, mut here) = (Vec::new(), Vec::new());
    for (_, result) in &untrue {
        let ours = result.ours.as_deref().unwrap_or_default();
        let mut known = methods.iter().zip(&here);
        if !known.any(|(method, one)| *method == result.method && one == ours) {
            methods.push(result.method.clone());
            here.push(ours.to_owned());
        }
    }
    let mut hit = RULE.hit(case.at_claim(*at));
    hit = hit.with("field", first.field.as_str());
    if let Some(who) = who {
        hit = hit.with("authserv_id", who);
    }
    Some(hit.with("methods", methods).with("here", here))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let who = hit.values.text("authserv_id");
    let (_, first) = of_others(case).find(|(_, claim)| claim.authserv_id.as_deref() == who)?;
    let field = match who {
        Some(id) => format!("{} in the name of {id}", first.field),
        None => format!("{} without a name", first.field),
    };
    let methods = hit.values.list("methods")?.iter();
    let all: Vec<String> = methods
        .zip(hit.values.list("here")?)
        .map(|(method, ours)| in_words(method, ours))
        .collect();
    let message = format!(
        "{field} claims what is not found here: {}; it is not known to be the receiver's, as {}",
        all.join(", "),
        first.standing_reason
    );
    let untrue = untrue(case, who);
    let mut claims = untrue
        .chunk_by(|(one, _), (other, _)| one == other)
        .filter_map(|results| {
            let words: Vec<String> = results
                .iter()
                .filter_map(|(_, result)| Some(in_words(&result.method, result.ours.as_ref()?)))
                .collect();
            Some((results.first()?.0, words.join(", ")))
        });
    let (_, seen) = claims.next()?;
    let others = claims.map(|(at, seen)| case.at_claim(at).says(seen));
    let mut all = case.analysis.claims.iter();
    let has_own = all.any(|claim| !is_others(claim));
    let fix = Fix::new(match case.way().is_some() {
        true => "do not go by this field: it may be what an honest host on the way saw before the \
             message was changed, and it may be made up"
            .to_owned(),
        false if has_own => "do not go by this field, but by the receiver's own".to_owned(),
        false => format!(
            "do not go by this field, unless you know that it is your receiver's; then name it \
             with {}",
            Means::Trusted
        ),
    });
    Some(hit.says(message, seen).with_evidence(others).with_fix(fix))
}

fn in_words(method: &str, ours: &str) -> String {
    format!("{method}=pass (here {ours})")
}

/// The claims that are not the receiver's, each with its number, from 0. Earlier ARC sets are left
/// out: they are meant to describe earlier hosts.
fn of_others<'a>(case: &Case<'a>) -> impl Iterator<Item = (usize, &'a Claim)> + use<'a> {
    let all = &case.analysis.claims;
    let newest = all.iter().filter_map(|claim| claim.instance).max();
    let is_now = move |claim: &Claim| claim.instance.is_none() || claim.instance == newest;
    let all = all.iter().enumerate();
    all.filter(move |(_, claim)| is_now(claim) && is_others(claim))
}

fn is_others(claim: &Claim) -> bool {
    claim.standing != Standing::Receiver
}

/// The claimed passes under the name `who` that do not pass here, each with the number of its
/// claim, from 0. If the message was forwarded, SPF and a missing policy are left out: an earlier
/// host judged another session, and perhaps another policy.
fn untrue<'a>(case: &Case<'a>, who: Option<&str>) -> Vec<(usize, &'a ClaimedResult)> {
    let on_the_way = case.way().is_some();
    let is_untrue = |result: &ClaimedResult| {
        let is_judged = match result.method.as_str() {
            "dkim" => true,
            "dmarc" => !on_the_way || result.ours.as_deref() != Some("none"),
            "spf" => !on_the_way,
            _ => false,
        };
        is_judged
            && result.is_pass()
            && result.comparison == Comparison::Differ
            && result.ours.is_some()
    };
    // The receiver found the same: whoever wrote the field tells the truth about it.
    let is_receivers_too = |one: &ClaimedResult| {
        let mut own = case.receivers_results();
        own.any(|(_, own)| own.is_pass() && is_about_same(own, one))
    };
    let claims = of_others(case).filter(|(_, claim)| claim.authserv_id.as_deref() == who);
    let results = claims.flat_map(|(at, claim)| claim.results.iter().map(move |one| (at, one)));
    results
        .filter(|(_, result)| is_untrue(result))
        .filter(|(_, result)| !is_receivers_too(result))
        .collect()
}

/// Whether two results are about the same signature, or the same other thing.
fn is_about_same(one: &ClaimedResult, other: &ClaimedResult) -> bool {
    one.method == other.method
        && one.signature == other.signature
        && one.is_about_helo() == other.is_about_helo()
}
