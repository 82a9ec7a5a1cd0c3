//! The MX of the MAIL FROM domain is not a feedback host of SES.

use super::{Case, Explanation, Finding, Fires, Hit, Mark, Rule, Severity, applies};
use crate::advice_lookups::MailFromZone;
use crate::dns::Name;
use crate::ses::{Feedback, FeedbackFault};

pub(super) const RULE: Rule = Rule {
    code: "ses-mail-from-mx-wrong-host",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["Amazon SES Developer Guide, Using a custom MAIL FROM domain"],
    explanation: Explanation {
        summary: "custom MAIL FROM domain whose MX is not the feedback host of Amazon SES",
        means: "The MX of a custom MAIL FROM domain must be feedback-smtp.REGION.amazonses.com, \
                with the region's name written as Amazon writes it. Here it is another host. \
                Common slips: amazonaws.com for amazonses.com, a region misspelt, the zone's own \
                name added behind it, or the host that receives mail (inbound-smtp).",
        matters: "Bounces go to a host that does not know them, or nowhere. SES does not find its \
                  host, and uses its own MAIL FROM domain instead, for which SPF passes and does \
                  not count for your domain.",
        todo: "Replace the MX by the one that SES shows with the identity. Where your domain came \
               out behind the name, end it with a dot, or enter it as the form of your provider \
               wants a complete name. If mail for people \
               comes to that name, leave its MX and choose another subdomain for SES.",
        example: "wrong:  MX 10 feedback-smtp.us-east-1.amazonaws.com.\n\
                  wrong:  MX 10 feedback-smtp.us-east-1.amazonses.com.example.com.\n\
                  right:  MX 10 feedback-smtp.us-east-1.amazonses.com.",
    },
    applies: applies::has_ses_zone,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    let hits = case.ses_zones().filter_map(|zone| {
        let (lookup, host) = (zone.mx.lookup()?, only_host(zone)?);
        match Feedback::of(host) {
            // A preference in the name has a rule of its own.
            Feedback::Host(_) | Feedback::PreferenceInName(_) => None,
            Feedback::Misspelt(_) | Feedback::Other => {
                let hit = RULE.hit(Mark::dns(lookup)).text("domain", &zone.domain);
                Some(hit.text("host", host))
            }
        }
    });
    hits.collect()
}

/// The host of the only MX.
fn only_host(zone: &MailFromZone) -> Option<&Name> {
    match zone.mx.exchanges()[..] {
        [(_, host)] => host,
        _ => None,
    }
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let zone = case.ses_zone_of(hit)?;
    let host = only_host(zone)?;
    let why = match Feedback::of(host) {
        Feedback::Misspelt(fault) => fault.to_string(),
        _ => "bounces of SES go there, and SES looks for its own".into(),
    };
    let message = format!(
        "the MX of {} is {host}, which is no feedback host of SES: {why}{}",
        zone.domain,
        case.effect_at(zone)
    );
    let fix = match Feedback::of(host) {
        Feedback::Other | Feedback::Misspelt(FeedbackFault::ReceivesMail) => {
            case.feedback_choice(zone)
        }
        _ => case.feedback_fix(zone, "replace the MX"),
    };
    Some(
        hit.says(message, host.to_string())
            .with_evidence(case.at_mail_from())
            .with_fix(fix),
    )
}
