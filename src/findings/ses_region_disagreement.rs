//! The signs of SES name several regions.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};

pub(super) const RULE: Rule = Rule {
    code: "ses-region-disagreement",
    severity: Severity::Notice,
    wants_message: true,
    cites: &["Amazon SES Developer Guide, Header fields in Amazon SES"],
    explanation: Explanation {
        summary: "disagreement between its signs about the region of Amazon SES that sent it",
        means: "SES leaves its region in several places: Feedback-ID, Message-ID, the envelope \
                sender, the name of the sending host. In mail that was sent once they agree. Here \
                they do not.",
        matters: "Advice that names a region may name the wrong one. Usual reasons: the message \
                  went through SES twice, as when a function at AWS forwards what SES received; \
                  an application copied header fields of an older message; or somebody made up \
                  some of them.",
        todo: "Nothing needs doing about the mail itself. Before you follow advice that names a \
               region, see in SES which region has sent the message: Feedback-ID is the best sign, \
               where the signature of amazonses.com covers it and verifies.",
        example: "Feedback-ID: ::1.eu-west-1.…:AmazonSES\n\
                  Message-ID: <…@us-west-2.amazonses.com>",
    },
    applies: applies::is_of_ses,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let ses = case.ses()?;
    let region = ses.region.as_ref()?;
    if ses.other_regions.is_empty() {
        return None;
    }
    let first = ses.signs.iter().find(|sign| sign.region.is_some())?;
    let others: Vec<String> = ses.other_regions.iter().map(ToString::to_string).collect();
    let hit = RULE.hit(case.at_sign(first)).text("region", region);
    Some(hit.with("other_regions", others))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let message = format!(
        "signs of SES disagree about the region that sent: {} counts here, others name {}",
        hit.values.text("region")?,
        hit.values.list("other_regions")?.join(" and ")
    );
    let mut signs = case.ses()?.signs.iter().filter_map(|sign| {
        let mut evidence = case.sign(sign);
        evidence.text = format!("{}: {}", sign.region.as_ref()?, evidence.text);
        Some(evidence)
    });
    let first = signs.next()?;
    let fix = Fix::new(
        "see in the console of SES which region sent it before you follow advice that names one",
    );
    Some(
        hit.says(message, first.text)
            .with_evidence(signs)
            .with_fix(fix),
    )
}
