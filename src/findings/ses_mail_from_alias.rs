//! The name of a custom MAIL FROM domain is an alias.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Mark, Rule, Severity, applies};
use crate::dns::{Question, RecordType};
use crate::ses::records;

pub(super) const RULE: Rule = Rule {
    code: "ses-mail-from-alias",
    severity: Severity::Warning,
    wants_message: false,
    cites: &[
        "RFC 1034 §3.6.2",
        "Amazon SES Developer Guide, Using a custom MAIL FROM domain",
    ],
    explanation: Explanation {
        summary: "custom MAIL FROM domain of Amazon SES whose name is an alias (CNAME)",
        means: "The name that SES uses in the envelope leads to another host by a CNAME record. \
                Beside a CNAME no other record may stand, so there is no room for the MX and the \
                TXT that SES asks for: who asks for them is led to the other host, and gets its \
                records or none.",
        matters: "Bounces go to that host or are lost, SPF is that host's, and SES sees no MX of its \
                  own, so that it goes back to amazonses.com or refuses to send.",
        todo: "Take a name that is used for nothing else, as bounce.example.com, as the custom MAIL \
               FROM domain, and publish its MX and TXT. Do not remove the CNAME of a name that \
               serves a web site or webmail to make room.",
        example: "mail.example.com. 300 CNAME web.example.net.\n\
                  mail.example.com. 300 MX 10 feedback-smtp.us-east-1.amazonses.com.   refused",
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
    let zone = case.ses_mail_from()?;
    let (lookup, target) = case.ses_mail_from_alias()?;
    let hit = RULE.hit(Mark::dns(lookup));
    Some(hit.text("domain", &zone.domain).text("target", target))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let domain = &case.ses_zone_of(hit)?.domain;
    let target = hit.values.text("target")?;
    let message = format!(
        "{domain}, under which SES sends, is an alias of {target}, so that no MX and no SPF record \
         of its own can stand there"
    );
    let identity = case.ses_identity().or(case.author());
    let free = identity.and_then(|identity| identity.under("bounce").ok());
    let region = case.ses().and_then(|ses| ses.region.as_ref());
    let fix = match (free.filter(|free| free != domain), region) {
        (Some(free), Some(region)) => Fix::new(format!(
            "use another name as the custom MAIL FROM domain in SES, one that is used for nothing \
             else, as {free}, and publish these"
        ))
        .records(records::custom_mail_from(&free, region)),
        _ => Fix::new(
            "use another name as the custom MAIL FROM domain in SES, one that is used for nothing \
             else",
        ),
    };
    let alias = Question::new(domain.clone(), RecordType::Cname);
    Some(
        hit.says(message, format!("a CNAME to {target}"))
            .with_evidence(case.at_mail_from())
            .with_fix(fix.check(&alias)),
    )
}
