//! A field that claims a pass, is not the receiver's, and is not so.

use super::{Case, Explanation, Findings, Fix, Rule, Severity};
use crate::claims::{Claim, ClaimedResult, Comparison};
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
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let newest = case
        .analysis
        .claims
        .iter()
        .filter_map(|claim| claim.instance)
        .max();
    // Earlier ARC sets tell of earlier hosts, which is what they are for.
    let is_now = |claim: &Claim| claim.instance.is_none() || claim.instance == newest;
    let claims = case.analysis.claims.iter().enumerate();
    for (number, claim) in claims.filter(|(_, claim)| is_now(claim)) {
        if claim.standing == Standing::Receiver {
            continue;
        }
        let untrue: Vec<String> = claim.results.iter().filter_map(untrue).collect();
        if untrue.is_empty() {
            continue;
        }
        let who = match &claim.authserv_id {
            Some(id) => format!("{} in the name of {id}", claim.field),
            None => format!("{} without a name", claim.field),
        };
        let message = format!(
            "{who} claims what is not found here: {}; it is not known to be the receiver's, as {}",
            untrue.join(", "),
            claim.standing_reason
        );
        let texts: Vec<String> = claim
            .results
            .iter()
            .map(|result| format!("{}={}", result.method, result.result))
            .collect();
        findings
            .add(message, case.at_claim(number, texts.join(" ")))
            .fix(Fix::new(
                "do not go by this field; if it is your receiver's, name it with --trusted",
            ));
    }
}

/// A claimed pass that is none here: what is claimed, beside ours.
fn untrue(result: &ClaimedResult) -> Option<String> {
    let is_judged = matches!(result.method.as_str(), "spf" | "dkim" | "dmarc");
    let is_untrue = result.result == "pass" && result.comparison == Comparison::Differ;
    let ours = result.ours.as_ref().filter(|_| is_judged && is_untrue)?;
    Some(format!("{}=pass (here {ours})", result.method))
}
