//! The receiver recorded dmarc=fail, but the message passes here.

use super::receiver_differs::told;
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::claims::ClaimedResult;
use crate::conclusion::ConclusionResult;
use crate::dmarc::DmarcResult;

pub(super) const RULE: Rule = Rule {
    code: "receiver-failed-it",
    severity: Severity::Notice,
    wants_message: true,
    cites: &["RFC 8601 §2 and §5", "RFC 9989 §5.3.5"],
    explanation: Explanation {
        summary: "DMARC failure that its receiver recorded, though it passes now",
        means: "The receiver wrote dmarc=fail. By this file and by DNS as it is now, DMARC passes. \
                So something was put right since, or the receiver could not see it then: a key or \
                a record that was not published yet, name servers that did not answer, rules of \
                its own.",
        matters: "This one mail was treated by what the receiver found. The next one will pass if \
                  the cause named is really gone.",
        todo: "Compare the time at which you changed DNS with the time at which the mail came; old \
               answers may live in caches for as long as the TTL says. Then send the same mail \
               again and look at what the receiver writes.",
        example: "mx.google.com: dkim=temperror (no key for signature), dmarc=fail\n\
                  now the key is in DNS, and both pass",
    },
    applies: applies::has_receivers_word,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let (claim, failed) = failed(case)?;
    Some(
        RULE.hit(case.at_claim(claim))
            .with("method", failed.method.as_str())
            .with("recorded", failed.result.as_str())
            .with("here", case.analysis.dmarc.result.as_str()),
    )
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let (claim, failed) = failed(case)?;
    let beneath = |result: &ClaimedResult| matches!(result.method.as_str(), "spf" | "dkim");
    // The result that DMARC is based on says more.
    let behind = case
        .receivers_results()
        .find(|(_, result)| result.cause == failed.cause && beneath(result));
    let (at, behind) = behind.unwrap_or((claim, failed));
    let why = case.why(at, behind);
    let why = why.as_deref().unwrap_or("nothing shows why");
    let message = format!("the receiver recorded dmarc=fail, and here DMARC passes: {why}");
    let others = case.receivers_results();
    let others = others.filter(|(_, result)| result.cause.is_some() && beneath(result));
    let others = others.map(|(claim, result)| case.at_claim(claim).says(told(case, claim, result)));
    let finding = hit
        .says(message, told(case, claim, failed))
        .with_evidence(others);
    Some(finding.with_fix(Fix::new(
        "send the same mail again, and see whether the receiver lets it pass now",
    )))
}

/// The receiver's result that DMARC failed, if it passes here.
fn failed<'a>(case: &Case<'a>) -> Option<(usize, &'a ClaimedResult)> {
    let mut results = case.receivers_results();
    // If nothing vouches for the session, the failure decides, and there is nothing to explain.
    let passes = case.analysis.dmarc.result == DmarcResult::Pass
        && case.analysis.conclusion.result != ConclusionResult::Fail;
    results.find(|(_, result)| passes && result.method == "dmarc" && result.result == "fail")
}
