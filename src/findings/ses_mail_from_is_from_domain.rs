//! From uses the MAIL FROM domain itself.

use super::{
    Anchor, Case, Explanation, Finding, Fires, Fix, Hit, Judged, Mark, Rule, Severity, applies,
};
use crate::evidence_class::EvidenceClass;

pub(super) const RULE: Rule = Rule {
    code: "ses-mail-from-is-from-domain",
    severity: Severity::Warning,
    wants_message: false,
    cites: &[
        "Amazon SES Developer Guide, Using a custom MAIL FROM domain (requirements)",
        "Amazon SES API, SetIdentityMailFromDomain",
    ],
    explanation: Explanation {
        summary: "From address at the custom MAIL FROM domain of Amazon SES itself",
        means: "From names the very domain that SES uses for the envelope. The MX of that domain \
                leads to SES, which takes bounces there and nothing else. Amazon asks for a MAIL \
                FROM domain that is used for nothing else.",
        matters: "Who answers to the address in From gets no answer: the mail ends at SES. Where \
                  SES forwards feedback by mail, it would send it to itself.\n\
                  SPF aligns in strict mode then, and some people choose it for that. They give \
                  up answers for it.",
        todo: "Send From an address at the identity's domain and let the MAIL FROM domain be a \
               subdomain of it. In relaxed mode, which is the default, both count as one. If From \
               must stay, put an address that is read into Reply-To, and have SES report bounces \
               by SNS and not by mail.",
        example: "From: shop@example.com, MAIL FROM …@mail.example.com",
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
    let (zone, author) = (case.ses_mail_from()?, case.author()?);
    if zone.domain != *author {
        return None;
    }
    let inferred = || Mark::verdict(Judged::Dmarc, EvidenceClass::Inferred);
    let mark = case.at_topmost("From").unwrap_or_else(inferred);
    Some(RULE.hit(mark).text("domain", author))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let (zone, author) = (case.ses_zone_of(hit)?, case.author()?);
    let hosts = zone.mx.exchanges().into_iter();
    let hosts: Vec<String> = hosts
        .filter_map(|(_, host)| host.map(ToString::to_string))
        .collect();
    let message = format!(
        "From is at {author}, the custom MAIL FROM domain itself, whose mail goes to SES: answers \
         to From are lost"
    );
    let seen = match hit.mark.anchor {
        Anchor::Field { .. } => format!("the author is at {author}"),
        _ => author.to_string(),
    };
    let mx = zone.mx.lookup().filter(|_| !hosts.is_empty());
    let parent = author.parent().filter(|parent| parent.parent().is_some());
    let use_instead = match parent {
        Some(parent) => format!("send From an address at {parent}"),
        None => "send From an address at another domain of yours".into(),
    };
    Some(
        hit.says(message, seen)
            .with_evidence(case.at_mail_from())
            .with_evidence(mx.map(|lookup| Mark::dns(lookup).says(hosts.join(", "))))
            .with_fix(Fix::new(format!(
                "{use_instead}, or set another subdomain as the custom MAIL FROM domain"
            ))),
    )
}
