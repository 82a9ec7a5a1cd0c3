//! The receiver recorded dmarc=fail, and the message passes here.

use super::receiver_differs::told;
use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, applies};
use crate::claims::ClaimedResult;
use crate::dmarc::DmarcResult;

pub(super) const RULE: Rule = Rule {
    code: "receiver-failed-it",
    severity: Severity::Notice,
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
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some((number, failed)) = failed(case) else {
        return;
    };
    // DMARC only follows; what it rests on says more.
    let behind = case.receivers_results().find(|(_, result)| {
        result.cause == failed.cause && matches!(result.method.as_str(), "spf" | "dkim")
    });
    let (at, behind) = behind.unwrap_or((number, failed));
    let why = case.why(at, behind);
    let why = why.as_deref().unwrap_or("nothing shows why");
    let message = format!("the receiver recorded dmarc=fail, and here DMARC passes: {why}");
    let others = case.receivers_results().filter(|(_, result)| {
        result.cause.is_some() && matches!(result.method.as_str(), "spf" | "dkim")
    });
    let others = others.map(|(number, result)| {
        let told = told(case, number, result);
        case.at_claim(number).says(told)
    });
    findings
        .add(
            message,
            case.at_claim(number).says(told(case, number, failed)),
        )
        .also(others)
        .fix(Fix::new(
            "send the same mail again, and see whether the receiver lets it pass now",
        ));
}

fn failed<'a>(case: &Case<'a>) -> Option<(usize, &'a ClaimedResult)> {
    let mut results = case.receivers_results();
    let passes = case.analysis.dmarc.result == DmarcResult::Pass;
    results.find(|(_, result)| passes && result.method == "dmarc" && result.result == "fail")
}

/// Whether this rule has something to say.
pub(super) fn is_failed(case: &Case<'_>) -> bool {
    failed(case).is_some()
}
