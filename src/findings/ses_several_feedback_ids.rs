//! A second Feedback-ID broke SES's own signature.

use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, applies};

pub(super) const RULE: Rule = Rule {
    code: "ses-several-feedback-ids",
    severity: Severity::Notice,
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
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(own) = case.ses_signature() else {
        return;
    };
    let fields: Vec<_> = case.message.fields("Feedback-ID").collect();
    let is_covered = own.covers("Feedback-ID");
    if fields.len() < 2 || !own.is_broken() || !is_covered || case.receiver_verified(own) {
        return;
    }
    let message = format!(
        "there are {} Feedback-ID fields; expected one, that of SES, as {} covers it and fails",
        fields.len(),
        own.name()
    );
    let mut evidence = fields
        .into_iter()
        .map(|field| case.at_field(field).says(field.unfolded()));
    if let Some(first) = evidence.next() {
        findings.add(message, first).also(evidence).fix(Fix::new(
            "leave out the Feedback-ID of your own where SES sends",
        ));
    }
}
