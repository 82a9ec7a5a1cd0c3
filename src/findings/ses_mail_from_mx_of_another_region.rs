//! The MX of the MAIL FROM domain points to another region than the one that sent.

use super::{Case, Explanation, Finding, Fires, Hit, Mark, Rule, Severity, applies};
use crate::ses::{Feedback, SignKind};

pub(super) const RULE: Rule = Rule {
    code: "ses-mail-from-mx-of-another-region",
    severity: Severity::Notice,
    wants_message: false,
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
    applies: applies::has_ses_mail_from,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let (zone, ses) = (case.ses_mail_from()?, case.ses()?);
    let sent = ses
        .region
        .as_ref()
        .filter(|_| ses.other_regions.is_empty())?;
    let [(_, Some(host))] = zone.mx.exchanges()[..] else {
        return None;
    };
    let Feedback::Host(region) = Feedback::of(host) else {
        return None;
    };
    if region == *sent {
        return None;
    }
    let hit = RULE.hit(Mark::dns(zone.mx.lookup()?));
    let hit = hit.text("domain", &zone.domain).text("host", host);
    Some(hit.text("region", region).text("expected", sent))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let (zone, ses) = (case.ses_zone_of(hit)?, case.ses()?);
    let (host, region) = (hit.values.text("host")?, hit.values.text("region")?);
    let message = format!(
        "the MX of {} leads to region {region}, and SES sent from {}: allowed, as SES hands \
         bounces on",
        zone.domain,
        hit.values.text("expected")?
    );
    let feedback = ses.sign(SignKind::FeedbackId);
    Some(
        hit.says(message, host)
            .with_evidence(feedback.map(|sign| case.sign(sign)))
            .with_fix(case.feedback_fix(
                zone,
                "nothing needs doing; if all your mail goes out from there now, this record says so",
            )),
    )
}
