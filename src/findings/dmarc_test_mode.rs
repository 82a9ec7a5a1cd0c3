//! Test mode: t=y.

use super::{Case, Explanation, Finding, Fires, Hit, Rule, Severity, applies};
use crate::dmarc::without_tag;

pub(super) const RULE: Rule = Rule {
    code: "dmarc-test-mode",
    severity: Severity::Notice,
    wants_message: false,
    cites: &["RFC 9989 §4.7 (t) and Appendix A.6"],
    explanation: Explanation {
        summary: "DMARC policy in test mode, weaker than it looks",
        means: "t=y asks receivers to apply one level less than the policy says: quarantine for \
                reject, nothing for quarantine. It is there to try a stricter policy. Beside p=none \
                it does nothing.",
        matters: "Left in place, the policy never comes to full strength. Receivers that follow \
                  RFC 7489 do not know the tag and apply the whole policy.",
        todo: "Leave it there for the weeks in which you read the reports. When they show no \
               failures of your own, take it out.",
        example: "trying   v=DMARC1; p=reject; t=y; rua=mailto:dmarc@example.com\n\
                  in force v=DMARC1; p=reject; rua=mailto:dmarc@example.com",
    },
    applies: applies::has_own_policy,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let published = case.usable_record()?;
    let policy = published.record.p.filter(|_| published.record.testing)?;
    Some(
        RULE.hit(published.at(case))
            .text("domain", published.domain())
            .with("tag", "t")
            .with("value", "y")
            .with("policy", policy.as_str()),
    )
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let published = case.usable_record()?;
    let policy = published.record.p?;
    let lower = policy.lowered();
    let effect = match lower == policy {
        true => "beside p=none that does nothing".to_owned(),
        false => format!(
            "by RFC 9989 {} applies in place of {}, by RFC 7489 the whole policy",
            lower.as_str(),
            policy.as_str()
        ),
    };
    let message = format!(
        "the DMARC record of {} says t=y: {effect}",
        published.domain()
    );
    let fix = published.fix("end the test when the reports show that your own mail passes");
    let fix = fix.records(published.replaced(&without_tag(&published.base(case), "t")));
    let seen = published.record.text.as_str();
    Some(hit.says(message, seen).with_fix(fix))
}
