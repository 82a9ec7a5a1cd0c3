//! pct, which some receivers apply and others no longer know.

use super::{Case, Explanation, Finding, Fires, Hit, Rule, Severity, applies};
use crate::dmarc::without_tag;

pub(super) const RULE: Rule = Rule {
    code: "dmarc-percentage",
    severity: Severity::Warning,
    wants_message: false,
    cites: &[
        "RFC 9989 Appendix A.6 and C.5.2",
        "RFC 7489 §6.3 and §6.6.4",
    ],
    explanation: Explanation {
        summary: "DMARC policy for a percentage of mail, which receivers read differently",
        means: "By RFC 7489, pct says to how many of a hundred failing messages the policy \
                applies; the others get one level less. RFC 9989 removed the tag in 2026: receivers \
                that follow it apply the policy to all mail.",
        matters: "The same mail is treated differently from receiver to receiver. If pct was to \
                  protect mail of yours that still fails, part of the receivers no longer do so.",
        todo: "Decide what you want and write it without pct. To try a policy, write t=y beside \
               it; receivers that follow RFC 7489 do not know t and apply the whole policy, so \
               the careful way is the policy one level lower.\n\
               Many guides still show pct, one of AWS on SES and DMARC among them.",
        example: "old  v=DMARC1; p=quarantine; pct=20; rua=mailto:dmarc@example.com\n\
                  new  v=DMARC1; p=quarantine; t=y; rua=mailto:dmarc@example.com",
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
    let percentage = published
        .record
        .percentage
        .filter(|percentage| *percentage < 100)?;
    let policy = published.record.p?;
    Some(
        RULE.hit(published.at(case))
            .text("domain", published.domain())
            .with("tag", "pct")
            .with("value", usize::from(percentage))
            .with("policy", policy.as_str()),
    )
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let published = case.usable_record()?;
    let (percentage, policy) = (hit.values.number("value")?, published.record.p?);
    let lower = policy.lowered();
    let message = format!(
        "the DMARC record of {} says pct={percentage}: by RFC 7489 {} applies to {percentage} of \
         100 messages that fail, by RFC 9989 to all",
        published.domain(),
        policy.as_str(),
    );
    let whole = without_tag(&published.base(case), "pct");
    let more = match lower == policy {
        true => String::new(),
        false => format!(
            "; while some does not, t=y beside it lets receivers by RFC 9989 apply only {}",
            lower.as_str()
        ),
    };
    let fix = published.fix(format!(
        "write the policy without pct, so that all receivers do the same; see in the reports first \
         that your own mail passes{more}"
    ));
    let fix = fix.records(published.replaced(&whole));
    let seen = published.record.text.as_str();
    Some(hit.says(message, seen).with_fix(fix))
}
