//! The signs of SES name several regions.

use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, applies};

pub(super) const RULE: Rule = Rule {
    code: "ses-region-disagreement",
    severity: Severity::Notice,
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
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(ses) = case.ses() else {
        return;
    };
    let (Some(region), false) = (&ses.region, ses.other_regions.is_empty()) else {
        return;
    };
    let others: Vec<String> = ses.other_regions.iter().map(ToString::to_string).collect();
    let message = format!(
        "signs of SES disagree about the region that sent: {region} counts here, others name {}",
        others.join(" and ")
    );
    let mut signs = ses.signs.iter().filter_map(|sign| {
        let mut evidence = case.sign(sign);
        evidence.text = format!("{}: {}", sign.region.as_ref()?, evidence.text);
        Some(evidence)
    });
    let Some(first) = signs.next() else {
        return;
    };
    findings.add(message, first).also(signs).fix(Fix::new(
        "see in the console of SES which region sent it before you follow advice that names one",
    ));
}
