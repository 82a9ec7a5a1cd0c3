//! The receiver's results differ from those found here.

use std::borrow::Cow;

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::claims::{ClaimedResult, Comparison, DifferenceCause};
use crate::explain::means::Means;

pub(super) const RULE: Rule = Rule {
    code: "receiver-differs",
    severity: Severity::Notice,
    wants_message: true,
    cites: &["RFC 8601 §2 and §5"],
    explanation: Explanation {
        summary: "receiver that recorded another result than is found here",
        means: "The receiver wrote what it found into the message. Something of that is not what \
                is found here, by this file and by DNS as it is now. The cause is named as far as \
                it shows: a key or a record that was changed since, a signature that ran out, an \
                address or a domain that the receiver looked at in another way.",
        matters: "The receiver's word decided what became of the mail. What is found here tells \
                  what would become of the next one.",
        todo: "Where a key or a record was changed since, there is nothing to do if it was changed \
               on purpose: SES changes its keys by itself. Where DNS gave no answer, ask again. \
               Where nothing shows why, look at a fresh message.",
        example: "mx.google.com: spf=pass    here: softfail\n\
                  the SPF record was changed since",
    },
    applies: applies::has_receivers_word,
    fires: Fires::OnCase(fires),
    say,
    // What concerns the whole message is one finding, the most severe.
    yields_to: &[
        "truncated-file",
        "file-altered-after-delivery",
        "receiver-failed-it",
    ],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let all = differing(case);
    let (claim, _) = all.first()?;
    let mut methods = Vec::new();
    let (mut recorded, mut here) = (Vec::new(), Vec::new());
    for (_, result) in &all {
        methods.push(result.method.clone());
        recorded.push(result.result.clone());
        here.push(result.ours.clone().unwrap_or_default());
    }
    Some(
        RULE.hit(case.at_claim(*claim))
            .with("methods", methods)
            .with("recorded", recorded)
            .with("here", here),
    )
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let all = differing(case);
    let ((claim, first), others) = all.split_first()?;
    let mut words: Vec<String> = Vec::new();
    for (_, result) in &all {
        let ours = result.ours.as_deref().unwrap_or("nothing");
        let word = format!("{}={} (here {ours})", result.method, result.result);
        if !words.contains(&word) {
            words.push(word);
        }
    }
    let why = all.iter();
    let why = why
        .filter_map(|(claim, result)| case.why(*claim, result))
        .next();
    let message = format!(
        "the receiver recorded another result, {}: {}",
        words.join(", "),
        why.as_deref().unwrap_or("nothing shows why")
    );
    let cause = all.iter().find_map(|(_, result)| result.cause);
    let others = others.iter();
    let others =
        others.map(|(claim, result)| case.at_claim(*claim).says(told(case, *claim, result)));
    let fix = Fix::new(advice(cause.unwrap_or(DifferenceCause::Unknown)));
    let finding = hit.says(message, told(case, *claim, first));
    Some(finding.with_evidence(others).with_fix(fix))
}

/// The receiver's results that differ from ours and that no other rule reports, each with the
/// number of its claim, from 0.
fn differing<'a>(case: &Case<'a>) -> Vec<(usize, &'a ClaimedResult)> {
    // If no record counts now, other rules say so.
    let has_policy = case.policy().is_some();
    // So do other rules for a key that has changed and for an Organizational Domain that differs
    // between the RFCs.
    let keys: Vec<_> = case
        .key_faults()
        .map(|(signature, _)| signature.written.key_name())
        .collect();
    let has_key_fault = |number: Option<usize>| {
        let mut signatures = case.signatures();
        signatures.any(|one| Some(one.number) == number && keys.contains(&one.written.key_name()))
    };
    let is_said = |result: &ClaimedResult| match result.cause {
        Some(DifferenceCause::RecordChanged) => result.method == "dmarc" && !has_policy,
        Some(DifferenceCause::OtherRules) => case.organization_cut().is_some(),
        Some(
            DifferenceCause::KeyGone
            | DifferenceCause::KeyChanged
            | DifferenceCause::KeyPublishedSince,
        ) => match result.method.as_str() {
            "dkim" => has_key_fault(result.signature),
            _ => !keys.is_empty(),
        },
        _ => false,
    };
    let differs = |(_, result): &(usize, &ClaimedResult)| {
        result.comparison == Comparison::Differ
            && matches!(result.method.as_str(), "spf" | "dkim" | "dmarc")
            && !is_said(result)
    };
    case.receivers_results().filter(differs).collect()
}

/// What the receiver recorded in the claim with this number, from 0, and why that differs from
/// ours.
pub(super) fn told(case: &Case<'_>, claim: usize, result: &ClaimedResult) -> String {
    let said = format!("{}={}", result.method, result.result);
    match case.why(claim, result) {
        Some(why) => format!("{said}: {why}"),
        None => said,
    }
}

fn advice(cause: DifferenceCause) -> Cow<'static, str> {
    use DifferenceCause as Cause;
    let words = match cause {
        Cause::KeyGone | Cause::KeyChanged => {
            "nothing is to be done if the key was changed on purpose, as SES does by itself; else \
             publish the key again"
        }
        Cause::KeyPublishedSince | Cause::RecordChanged => {
            "nothing is to be done if it was changed on purpose; mail from now on is judged by the \
             record of today"
        }
        Cause::ExpiredSince => "nothing is to be done: the signature held when the mail came",
        Cause::AlteredAfterDelivery | Cause::HeaderChanged => {
            "go by the receiver's record, and save the original where it can be had"
        }
        Cause::OtherClient | Cause::OtherIdentity | Cause::Forwarded => {
            return format!(
                "see that the session judged is the one meant: {}, {}, {} and {} choose another",
                Means::Hop,
                Means::ClientIp,
                Means::Helo,
                Means::MailFrom
            )
            .into();
        }
        Cause::LocalRule => "nothing is to be done: the receiver goes by a rule of its own",
        Cause::OtherRules => {
            "receivers follow the one RFC or the other: publish so that both agree"
        }
        Cause::ReceiverDns | Cause::OwnDns => "ask again, and see that the name servers answer",
        Cause::Planned => "nothing is to be done: the records are only planned",
        Cause::NoAuthorDomain => "put one address with a domain into From",
        Cause::FewerSignatures | Cause::NotStated | Cause::NoStanding | Cause::Unknown => {
            "look at a fresh message of the same kind"
        }
    };
    words.into()
}
