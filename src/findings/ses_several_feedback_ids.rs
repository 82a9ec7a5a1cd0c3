//! A second Feedback-ID broke SES's own signature.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};

pub(super) const RULE: Rule = Rule {
    code: "ses-several-feedback-ids",
    severity: Severity::Notice,
    wants_message: true,
    cites: &[
        "Amazon SES Developer Guide, Amazon SES header fields",
        "RFC 6376 §5.4.2",
    ],
    explanation: Explanation {
        summary: "second Feedback-ID field, with which the signature of Amazon SES itself does \
                  not verify",
        means: "SES writes a field Feedback-ID and covers it by its own signature, that of \
                amazonses.com. There is another field of that name, and a receiver that checks \
                the signature may take the wrong one of the two.",
        matters: "The signature of amazonses.com fails. It counts for nobody's DMARC, so nothing \
                  is lost there; but Google looks at Feedback-ID for its reports on complaints, \
                  and only where a valid signature covers it.",
        todo: "Do not write Feedback-ID yourself in mail that goes out through SES, and see that \
               nothing behind SES adds one. SES's own identifies your account.",
        example: "Feedback-ID: spring:shop:mail:example        yours: leave it out\n\
                  Feedback-ID: ::1.us-east-1.AbCd=:AmazonSES   of SES",
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
    let own = case.ses_signature()?;
    let is_covered = own.covers("Feedback-ID");
    if !own.is_broken() || !is_covered || case.receiver_verified(own) {
        return None;
    }
    let count = case.message.fields("Feedback-ID").count();
    if count < 2 {
        return None;
    }
    let hit = RULE.hit(case.at_topmost("Feedback-ID")?);
    Some(hit.of_signature(own.number).with("count", count))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let message = format!(
        "there are {} Feedback-ID fields; expected one, that of SES, as {} covers it and fails",
        hit.values.number("count")?,
        case.signature_of(hit)?.name()
    );
    let mut fields = case.message.fields("Feedback-ID");
    let first = fields.next()?.shown();
    let others = fields.map(|field| case.at_field(field).says(field.shown()));
    let fix = Fix::new("leave out the Feedback-ID of your own where SES sends");
    Some(hit.says(message, first).with_evidence(others).with_fix(fix))
}
