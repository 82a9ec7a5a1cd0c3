//! A field that claims a pass, is not the receiver's, and is not so.

use super::message_passed_on::way;
use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, applies};
use crate::claims::{Claim, ClaimedResult, Comparison};
use crate::conclusion::ConclusionResult;
use crate::session::Standing;

pub(super) const RULE: Rule = Rule {
    code: "authentication-results-not-the-receivers",
    severity: Severity::Warning,
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
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    // An honest host on the way saw the message before it was changed. Where the message fails,
    // what it wrote is worth a word all the same: it may be made up.
    let fails = case.analysis.conclusion.result == ConclusionResult::Fail;
    if !fails && super::dkim_broken_in_transit::is_found(case) {
        return;
    }
    let all = &case.analysis.claims;
    let newest = all.iter().filter_map(|claim| claim.instance).max();
    // Earlier ARC sets tell of earlier hosts, which is what they are for.
    let is_now = |claim: &Claim| claim.instance.is_none() || claim.instance == newest;
    let on_the_way = way(case).is_some();
    let has_own = all.iter().any(|claim| claim.standing == Standing::Receiver);
    let mut said: Vec<Option<&str>> = Vec::new();
    for claim in all.iter().filter(|claim| is_now(claim) && is_others(claim)) {
        let who = claim.authserv_id.as_deref();
        let same = all.iter().enumerate().filter(|(_, other)| {
            is_now(other) && is_others(other) && other.authserv_id == claim.authserv_id
        });
        let same: Vec<_> = same
            .filter_map(|(number, claim)| {
                let words: Vec<String> = claim
                    .results
                    .iter()
                    .filter_map(|result| untrue(result, on_the_way))
                    .collect();
                (!words.is_empty()).then_some((number, words))
            })
            .collect();
        if same.is_empty() || said.contains(&who) {
            continue;
        }
        said.push(who);
        let mut words: Vec<String> = Vec::new();
        for word in same.iter().flat_map(|(_, words)| words) {
            if !words.contains(word) {
                words.push(word.clone());
            }
        }
        let field = match who {
            Some(id) => format!("{} in the name of {id}", claim.field),
            None => format!("{} without a name", claim.field),
        };
        let message = format!(
            "{field} claims what is not found here: {}; it is not known to be the receiver's, as {}",
            words.join(", "),
            claim.standing_reason
        );
        let mut evidence = same
            .iter()
            .map(|(number, words)| case.at_claim(*number).says(words.join(", ")));
        let Some(first) = evidence.next() else {
            continue;
        };
        findings
            .add(message, first)
            .also(evidence)
            .fix(Fix::new(match on_the_way {
                true => {
                    "do not go by this field: it may be what an honest host on the way saw before \
                     the message was changed, and it may be made up"
                }
                false if has_own => "do not go by this field, but by the receiver's own",
                false => {
                    "do not go by this field, unless you know that it is your receiver's; then \
                     name it with --trusted"
                }
            }));
    }
}

fn is_others(claim: &Claim) -> bool {
    claim.standing != Standing::Receiver
}

/// A claimed pass that is none here: what is claimed, beside ours. A host on the way saw SPF of
/// another session, and perhaps another policy.
fn untrue(result: &ClaimedResult, on_the_way: bool) -> Option<String> {
    let is_judged = match result.method.as_str() {
        "dkim" => true,
        "dmarc" => !on_the_way || result.ours.as_deref() != Some("none"),
        "spf" => !on_the_way,
        _ => false,
    };
    let is_untrue = result.is_pass() && result.comparison == Comparison::Differ;
    let ours = result.ours.as_ref().filter(|_| is_judged && is_untrue)?;
    Some(format!("{}=pass (here {ours})", result.method))
}
