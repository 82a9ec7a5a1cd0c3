//! pct, which some receivers apply and others no longer know.

use super::{Case, Explanation, Finding, Fires, Hit, Rule, Severity, applies};
use crate::dmarc::{with_tag, without_tag};

pub(super) const RULE: Rule = Rule {
    code: "dmarc-percentage",
    severity: Severity::Warning,
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
    let whole = without_tag(&published.base(), "pct");
    let mut fix = published.fix("write the policy without pct").choice(
        format!("apply {} to all mail that fails", policy.as_str()),
        "all receivers do the same; see in the reports first that your own mail passes",
        published.replaced(&whole),
    );
    if lower != policy {
        fix = fix.choice(
            format!("test {} with t=y", policy.as_str()),
            format!(
                "receivers by RFC 9989 apply {}, those by RFC 7489 {} to all",
                lower.as_str(),
                policy.as_str()
            ),
            published.replaced(&with_tag(&whole, "t", "y")),
        );
        fix = fix.choice(
            format!(
                "go back to {} while mail of yours still fails",
                lower.as_str()
            ),
            "no receiver does more than that; forged mail is stopped less",
            published.replaced(&with_tag(&whole, "p", lower.as_str())),
        );
    }
    let seen = published.record.text.as_str();
    Some(hit.says(message, seen).with_fix(fix))
}
