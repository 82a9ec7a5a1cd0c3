//! t=y.

use super::{Case, Explanation, Findings, Fires, Rule, Severity, applies};
use crate::dmarc::without_tag;

pub(super) const RULE: Rule = Rule {
    code: "dmarc-test-mode",
    severity: Severity::Notice,
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
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(published) = case.usable_record() else {
        return;
    };
    let record = &published.record;
    let (true, Some(policy)) = (record.testing, record.p) else {
        return;
    };
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
    findings
        .add(message, published.seen(case))
        .fix(fix.records(published.replaced(&without_tag(&published.base(), "t"))));
}
