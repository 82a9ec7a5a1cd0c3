//! A MAIL FROM domain for SES has more than one MX.

use super::{Case, Explanation, Finding, Fires, Hit, Mark, Rule, Severity, applies};
use crate::ses::Feedback;

pub(super) const RULE: Rule = Rule {
    code: "ses-mail-from-several-mx",
    severity: Severity::Warning,
    wants_message: false,
    cites: &[
        "Amazon SES Developer Guide, Using a custom MAIL FROM domain (Important)",
        "Amazon SES Developer Guide, Regions and Amazon SES",
    ],
    explanation: Explanation {
        summary: "custom MAIL FROM domain of Amazon SES with several MX records",
        means: "A custom MAIL FROM domain must have exactly one MX record, to the feedback host of \
                SES. With more, its setup fails.",
        matters: "SES then sends under amazonses.com, for which SPF passes and does not count for \
                  your domain. A domain that works today falls back at the next look of SES.",
        todo: "Keep the one record to the feedback host and remove the others. If the others \
               receive mail for people, choose another subdomain for SES: a MAIL FROM domain is \
               for nothing else.\n\
               If you send from several regions, one MX is enough: SES hands bounces on to the \
               region that sent. Then set the domain again in SES where its state is Failed.",
        example: "wrong:  mail.example.com. MX 10 feedback-smtp.us-east-1.amazonses.com.\n\
                  \x20       mail.example.com. MX 20 mx.example.net.\n\
                  right:  mail.example.com. MX 10 feedback-smtp.us-east-1.amazonses.com.",
    },
    applies: applies::has_ses_zone,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    let hits = case.ses_zones().filter_map(|zone| {
        let exchanges = zone.mx.exchanges();
        let (lookup, 2..) = (zone.mx.lookup()?, exchanges.len()) else {
            return None;
        };
        let hosts = exchanges.iter().filter_map(|(_, host)| *host);
        let hosts: Vec<String> = hosts.map(ToString::to_string).collect();
        let hit = RULE.hit(Mark::dns(lookup)).text("domain", &zone.domain);
        Some(hit.with("hosts", hosts))
    });
    hits.collect()
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let zone = case.ses_zone_of(hit)?;
    let exchanges = zone.mx.exchanges().into_iter();
    let seen = exchanges.map(|(preference, host)| match host {
        Some(host) => format!("{preference} {host}"),
        None => format!("{preference} ."),
    });
    let seen: Vec<String> = seen.collect();
    let message = format!(
        "{} has {} MX records, and SES takes a MAIL FROM domain with exactly one{}",
        zone.domain,
        seen.len(),
        case.effect_at(zone)
    );
    let mut hosts = zone.mx.exchanges().into_iter();
    let is_for_people = hosts.any(|(_, host)| host.map(Feedback::of) == Some(Feedback::Other));
    let fix = match is_for_people {
        true => case.feedback_choice(zone),
        false => case.feedback_fix(
            zone,
            "keep one MX: SES hands bounces to the region that sent",
        ),
    };
    Some(
        hit.says(message, seen.join(", "))
            .with_evidence(case.at_mail_from())
            .with_fix(fix),
    )
}
