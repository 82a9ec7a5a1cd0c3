//! The MX of the MAIL FROM domain is no feedback host of SES.

use super::{Case, Explanation, Findings, Fires, Mark, Rule, Severity, applies};
use crate::ses::Feedback;

pub(super) const RULE: Rule = Rule {
    code: "ses-mail-from-mx-wrong-host",
    severity: Severity::Warning,
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
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    for zone in case.ses_zones() {
        let (Some(lookup), [(_, Some(host))]) = (zone.mx.lookup(), &zone.mx.exchanges()[..]) else {
            continue;
        };
        let domain = &zone.domain;
        let why = match Feedback::of(host) {
            // A preference in the name has a rule of its own.
            Feedback::Host(_) | Feedback::PreferenceInName(_) => continue,
            Feedback::Misspelt(fault) => fault.to_string(),
            Feedback::Other => "bounces of SES go there, and SES looks for its own".into(),
        };
        let message = format!(
            "the MX of {domain} is {host}, which is no feedback host of SES: {why}{}",
            case.effect_at(zone)
        );
        findings
            .add(message, Mark::dns(lookup).says(host.to_string()))
            .also(case.at_mail_from())
            .fix(case.feedback_fix(
                zone,
                "replace the MX; if mail for people comes to that name, leave it and use another \
                 subdomain as the MAIL FROM domain",
            ));
    }
}
