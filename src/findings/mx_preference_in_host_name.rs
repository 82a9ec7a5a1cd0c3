//! The preference was pasted into the host name of an MX.

use super::{Case, Explanation, Findings, Fires, Fix, Mark, Rule, Severity, applies};
use crate::dns::change::RecordChange;
use crate::ses::Feedback;

pub(super) const RULE: Rule = Rule {
    code: "mx-preference-in-host-name",
    severity: Severity::Warning,
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
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let used = case.advice.mail_from.as_ref();
    let zones = used.into_iter().chain(case.ses_candidates());
    for zone in zones {
        let exchanges = zone.mx.exchanges();
        let hosts = exchanges.iter().filter_map(|(preference, host)| {
            let host = (*host)?;
            match Feedback::of(host) {
                Feedback::PreferenceInName(meant) => Some((*preference, host, meant)),
                _ => None,
            }
        });
        for (preference, host, meant) in hosts {
            let Some(lookup) = zone.mx.lookup() else {
                continue;
            };
            let message = format!(
                "the MX of {} leads to a host with the name \"{host}\": the number in it is a \
                 preference, and the host is {meant}",
                zone.domain
            );
            let record = RecordChange::mx(zone.domain.clone(), preference, meant);
            let record = match exchanges.len() {
                1 => record.replacing(),
                _ => record,
            };
            findings
                .add(message, Mark::dns(lookup).says(host.to_string()))
                .fix(Fix::new("write number and host into their own fields").record(record));
        }
    }
}
