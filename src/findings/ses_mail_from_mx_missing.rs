//! The MAIL FROM domain that SES uses has no MX.

use super::{Case, Explanation, Finding, Fires, Hit, Mark, Rule, Severity, applies};
use crate::advice_lookups::{Answered, MailFromZone};
use crate::dns::Lookup;

pub(super) const RULE: Rule = Rule {
    code: "ses-mail-from-mx-missing",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["Amazon SES Developer Guide, Using a custom MAIL FROM domain"],
    explanation: Explanation {
        summary: "custom MAIL FROM domain of Amazon SES without its MX record",
        means: "SES put an address at your MAIL FROM domain into the envelope. Bounces go to the \
                mail exchanger of that domain. There is none.",
        matters: "Bounces are lost, so SES cannot tell you of them. SES looks for the MX again and \
                  again: as soon as it misses it, it sends under amazonses.com, and SPF no longer \
                  counts for your domain; or it refuses to send, if you chose that.",
        todo: "Publish the MX record again. It must be the only one at that name. If you gave up \
               the domain on purpose, take it out of the identity in SES.",
        example: "mail.example.com. 300 MX 10 feedback-smtp.us-east-1.amazonses.com.",
    },
    applies: applies::has_ses_mail_from,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &["ses-mail-from-alias"],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let zone = case.ses_mail_from()?;
    let has_none = zone.mx.is_absent() || is_null(&zone.mx);
    // A record that was removed later is not a fault of the message.
    if !has_none || case.spf_pass_claim().is_some() {
        return None;
    }
    let hit = RULE.hit(Mark::dns(zone.mx.lookup()?));
    let hit = hit.text("domain", &zone.domain);
    Some(match doubled(zone) {
        Some(lookup) => hit.text("found_at", &lookup.question.name),
        None => hit,
    })
}

/// The MX at a name to which the zone name was appended twice.
fn doubled(zone: &MailFromZone) -> Option<&Lookup> {
    let has_one = !zone.doubled_mx.records().is_empty();
    zone.doubled_mx.lookup().filter(|_| has_one)
}

/// Whether an answer is the null MX of RFC 7505.
fn is_null(mx: &Answered) -> bool {
    matches!(mx.exchanges()[..], [(_, None)])
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let zone = case.ses_zone_of(hit)?;
    let domain = &zone.domain;
    let (message, seen) = match (is_null(&zone.mx), zone.mx.is_no_such_name()) {
        (true, _) => (
            format!("{domain} says by its MX that it takes no mail, so bounces to SES are lost"),
            "the MX is a single dot (RFC 7505)",
        ),
        (_, true) => (
            format!("{domain}, under which SES sends, does not exist, so bounces are lost"),
            "there is no such name",
        ),
        (_, false) => (
            format!("{domain}, under which SES sends, has no MX record, so bounces are lost"),
            "there is no MX record",
        ),
    };
    let doubled = doubled(zone);
    let (more, text) = match doubled {
        Some(lookup) => (
            format!(
                "; there is one at {}, where the zone's name was added twice",
                lookup.question.name
            ),
            "enter the short name, or end the long one with a dot, so that this comes out",
        ),
        None => (String::new(), "publish the MX record that SES asks for"),
    };
    let doubled = doubled.map(|lookup| Mark::dns(lookup).says("there is an MX record"));
    Some(
        hit.says(message + &more, seen)
            .with_evidence(case.at_mail_from())
            .with_evidence(doubled)
            .with_fix(case.feedback_fix(zone, text)),
    )
}
