//! The MX of the MAIL FROM domain leads to another region than the one that sent.

use super::{Case, Explanation, Findings, Fires, Mark, Rule, Severity, applies};
use crate::ses::{Feedback, SignKind};

pub(super) const RULE: Rule = Rule {
    code: "ses-mail-from-mx-of-another-region",
    severity: Severity::Notice,
    cites: &["Amazon SES Developer Guide, Regions and Amazon SES"],
    explanation: Explanation {
        summary: "custom MAIL FROM domain whose MX leads to another region of Amazon SES",
        means: "The message was sent from one region of SES, and the MX of its MAIL FROM domain is \
                the feedback host of another. That is allowed: SES hands bounces on to the region \
                that sent.",
        matters: "It does no harm. It often shows that somebody moved, or began to send from a \
                  second region. Identities, Easy DKIM and the custom MAIL FROM domain are \
                  settings of each region: what is right in one may be missing in the other.",
        todo: "Nothing needs doing. If you moved for good, let the MX lead to the region that \
               sends. Do not add a second MX: SES takes exactly one.",
        example: "Feedback-ID: ::1.eu-west-1.…:AmazonSES\n\
                  mail.example.com. MX 10 feedback-smtp.us-east-1.amazonses.com.",
    },
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let (Some(zone), Some(ses)) = (case.ses_mail_from(), case.ses()) else {
        return;
    };
    let (Some(sent), Some(lookup), true) =
        (&ses.region, zone.mx.lookup(), ses.other_regions.is_empty())
    else {
        return;
    };
    let [(_, Some(host))] = zone.mx.exchanges()[..] else {
        return;
    };
    let Feedback::Host(region) = Feedback::of(host) else {
        return;
    };
    if region == *sent {
        return;
    }
    let message = format!(
        "the MX of {} leads to region {region}, and SES sent from {sent}: allowed, as SES hands \
         bounces on",
        zone.domain
    );
    let feedback = ses.sign(SignKind::FeedbackId);
    findings
        .add(message, Mark::dns(lookup).says(host.to_string()))
        .also(feedback.map(|sign| case.sign(sign)))
        .fix(case.feedback_fix(
            zone,
            "nothing needs doing; if all your mail goes out from there now, this record says so",
        ));
}
