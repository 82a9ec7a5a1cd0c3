//! One-click unsubscribe that no signature covers.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, Signature};

pub(super) const RULE: Rule = Rule {
    code: "unsubscribe-not-signed",
    severity: Severity::Warning,
    wants_message: true,
    cites: &["RFC 8058 §4", "RFC 6376 §5.4"],
    explanation: Explanation {
        summary: "one-click unsubscribe that no signature covers",
        means: "List-Unsubscribe and List-Unsubscribe-Post are there, but no signature that \
                verifies names both in its h= list.",
        matters: "RFC 8058 asks that a valid DKIM signature covers both. Without it receivers show \
                  no button, as anybody could have put the fields in.",
        todo: "Let the program that signs cover both fields. SES covers them by itself, if they \
               are there when you hand it the message, and if it signs for you: see that Easy DKIM \
               is on.",
        example: "DKIM-Signature: …; h=From:To:Subject:List-Unsubscribe:\n\
                  \u{20}   List-Unsubscribe-Post; …",
    },
    applies: |case| case.one_click_fields().is_some(),
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let names = case.one_click_fields()?;
    let passing: Vec<_> = case.signatures().filter(Signature::passes).collect();
    // If no signature verifies, other rules say why.
    if passing.is_empty() {
        return None;
    }
    let is_covered = |name: &str| passing.iter().any(|signature| signature.covers(name));
    let missing = names.into_iter().filter(|name| !is_covered(name));
    let missing: Vec<String> = missing.map(ToOwned::to_owned).collect();
    let hit = RULE.hit(case.at_topmost(missing.first()?)?);
    Some(hit.with("fields", missing))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let missing = hit.values.list("fields")?;
    let (first, others) = missing.split_first()?;
    let others = others
        .iter()
        .filter_map(|name| Some(case.at_topmost(name)?.says(name)));
    let message = format!(
        "no signature that verifies covers {}",
        missing.join(" and ")
    );
    let fix = Fix::new("let a signature name both fields in h=");
    Some(hit.says(message, first).with_evidence(others).with_fix(fix))
}
