//! SPF passes for another organization than the author's.

use super::case::are_kin;
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::dmarc::Mechanism;
use crate::explain;
use crate::ses::is_ses_domain;
use crate::spf::SpfResult;

pub(super) const RULE: Rule = Rule {
    code: "spf-not-aligned",
    severity: Severity::Warning,
    wants_message: true,
    cites: &["RFC 9989 §4.4.2", "RFC 7489 §3.1.2", "RFC 7208 §2.4"],
    explanation: Explanation {
        summary: "pass of SPF for another organization than the one in From",
        means: "SPF is checked for the domain of the envelope sender (MAIL FROM, Return-Path). That \
                passed, but the domain is of another organization than the one in From: mostly of \
                the service that sends. DMARC counts only a domain of the author's organization.",
        matters: "DMARC then hangs on the DKIM signature of your domain alone. Putting the service \
                  into your own SPF record changes nothing for this mail, as nobody asks for that \
                  record.",
        todo: "Most services let you set the envelope sender: look for custom return path, bounce \
               domain, or domain authentication. They name a CNAME, or an MX and a TXT record, \
               that you publish at a subdomain. In Amazon SES it is the custom MAIL FROM domain. \
               Where the service does not offer it, a DKIM signature of your domain is enough.\n\
               If a list or a forwarder sent the message on under an address of its own, nothing \
               needs doing.",
        example: "From: shop@example.com, MAIL FROM bounce@example.net     does not count\n\
                  From: shop@example.com, MAIL FROM bounce@em.example.com  counts",
    },
    applies: applies::has_spf_domain,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let (author, domain) = (case.author()?, case.spf_domain()?);
    let is_other = case.spf_alignment()?.aligned_relaxed == Some(false);
    // Not reported: without a policy nothing defines organizations; if one domain is within the
    // other (psd), other rules fire; the default MAIL FROM of SES has a rule of its own; forwarders
    // use their own address.
    let is_told_elsewhere = case.policy().is_none()
        || are_kin(author, &domain)
        || is_ses_domain(domain.as_str())
        || case.sent_on().is_some();
    if !is_other || case.spf().result != SpfResult::Pass || is_told_elsewhere {
        return None;
    }
    let hit = RULE.hit(case.at_spf_result()).text("domain", domain);
    Some(hit.text("author_domain", author))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let (author, domain) = (case.author()?, hit.values.text("domain")?);
    let effect = case.effect_on_dkim();
    let message = format!(
        "SPF passes for {domain}, another organization, which does not count for {author}{effect}"
    );
    let sentence = explain::dmarc::alignment(&case.analysis.dmarc, Mechanism::Spf).to_string();
    let organization = case.organization().unwrap_or(author);
    let what = match case.ses_mail_from() {
        Some(_) => {
            format!("set a subdomain of {organization} as the custom MAIL FROM domain in SES")
        }
        None => format!(
            "if you let {domain} send for you, set up a return path (bounce domain) there, at a \
             subdomain of {organization}"
        ),
    };
    let fix = Fix::new(format!(
        "{what}; if it only sent the message on, or you do not know it, nothing needs doing"
    ));
    Some(
        hit.says(message, sentence.trim_end_matches('.'))
            .with_evidence(case.at_mail_from())
            .with_fix(fix),
    )
}
