//! The preference was pasted into the host name of an MX.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Mark, Rule, Severity};
use crate::advice_lookups::MailFromZone;
use crate::dns::Name;
use crate::dns::change::RecordChange;
use crate::ses::Feedback;

pub(super) const RULE: Rule = Rule {
    code: "mx-preference-in-host-name",
    severity: Severity::Warning,
    wants_message: false,
    cites: &[
        "RFC 1035 §3.3.9",
        "Amazon SES Developer Guide, Using a custom MAIL FROM domain",
    ],
    explanation: Explanation {
        summary: "mail exchanger whose preference was pasted into its host name",
        means: "An MX record has two parts: a preference (a number, also called priority) and a \
                host. SES shows both in one line. Here the number stands in the host name, so that \
                the record leads to a host whose name begins with it. There is no such host.",
        matters: "Bounces find no host, and SES does not find its own: it uses its own MAIL FROM \
                  domain instead, for which SPF passes and does not count for your domain.",
        todo: "In the form of your DNS provider put the number into the field for priority or \
               preference, and only the name into the field for the host. Where there is one field \
               only, leave one space between the two and no quotation marks around them.",
        example: "wrong:  priority 10, host \"10 feedback-smtp.us-east-1.amazonses.com\"\n\
                  right:  priority 10, host feedback-smtp.us-east-1.amazonses.com",
    },
    applies: |case| zones(case).next().is_some(),
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    for zone in zones(case) {
        let Some(lookup) = zone.mx.lookup() else {
            continue;
        };
        for (preference, host, meant) in pasted(zone) {
            hits.push(
                RULE.hit(Mark::dns(lookup))
                    .text("domain", &zone.domain)
                    .with("preference", usize::from(preference))
                    .text("host", host)
                    .text("expected", meant),
            );
        }
    }
    hits
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let domain = hit.values.text("domain")?;
    let (written, place) = (hit.values.text("host")?, hit.values.number("preference")?);
    let zone = zones(case).find(|zone| zone.domain.as_str() == domain)?;
    let (preference, host, meant) = pasted(zone).find(|(preference, host, _)| {
        u64::from(*preference) == place && host.as_str() == written
    })?;
    let message = format!(
        "the MX of {domain} leads to a host with the name \"{host}\": the number in it is a \
         preference, and the host is {meant}"
    );
    let record = RecordChange::mx(zone.domain.clone(), preference, meant);
    let record = match zone.mx.exchanges().len() {
        1 => record.replacing(),
        _ => record,
    };
    let fix = Fix::new("write number and host into their own fields").record(record);
    Some(hit.says(message, written).with_fix(fix))
}

/// The MAIL FROM domains whose mail exchangers are known.
fn zones<'a>(case: &Case<'a>) -> impl Iterator<Item = &'a MailFromZone> + use<'a> {
    let used = case.advice.mail_from.as_ref();
    used.into_iter().chain(case.ses_candidates())
}

/// The mail exchangers whose name begins with a preference: the preference that they have, the
/// name, and the intended name.
fn pasted(zone: &MailFromZone) -> impl Iterator<Item = (u16, &Name, Name)> {
    let exchanges = zone.mx.exchanges().into_iter();
    exchanges.filter_map(|(preference, host)| match Feedback::of(host?) {
        Feedback::PreferenceInName(meant) => Some((preference, host?, meant)),
        _ => None,
    })
}
