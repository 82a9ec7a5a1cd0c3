//! One-click unsubscribe that no signature covers.

use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, applies};
use crate::dkim::DkimResult;

pub(super) const RULE: Rule = Rule {
    code: "unsubscribe-not-signed",
    severity: Severity::Warning,
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
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(names) = case.one_click_fields() else {
        return;
    };
    let passing = || {
        let dkim = case.analysis.dkim.iter();
        dkim.filter(|verdict| verdict.result == DkimResult::Pass)
    };
    let uncovered = |name: &&&str| {
        !passing().any(|verdict| {
            let mut signed = verdict.signed_fields.iter();
            signed.any(|signed| signed.eq_ignore_ascii_case(name))
        })
    };
    // Without a signature that verifies, other rules say why.
    let missing: Vec<&str> = names.iter().filter(uncovered).copied().collect();
    if missing.is_empty() || passing().next().is_none() {
        return;
    }
    let mut evidence = missing
        .iter()
        .filter_map(|name| case.at_topmost(name).map(|mark| mark.says(*name)));
    let Some(first) = evidence.next() else {
        return;
    };
    findings
        .add(
            format!(
                "no signature that verifies covers {}",
                missing.join(" and ")
            ),
            first,
        )
        .also(evidence)
        .fix(Fix::new("let a signature name both fields in h="));
}
