//! SES signed for another organization than the author's.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};

pub(super) const RULE: Rule = Rule {
    code: "ses-identity-of-another-domain",
    severity: Severity::Warning,
    wants_message: true,
    cites: &[
        "Amazon SES Developer Guide, Easy DKIM in Amazon SES",
        "RFC 9989 §3.2.10",
    ],
    explanation: Explanation {
        summary: "DKIM signature that Amazon SES made for another domain than the author's",
        means: "SES signs for the identity under which the mail is sent. Here that is a domain \
                of another organization than the one in From, and there is no signature of the \
                author's.",
        matters: "The signature verifies, and DMARC does not count it: it asks for the \
                  organization of the domain in From. Domains that merely belong to the same \
                  company are other organizations to it.",
        todo: "If you own the domain in From, verify it as an identity of its own in SES, enable \
               Easy DKIM for it and publish its three CNAME records. If a service sends for you \
               through SES, it has to set up your domain there. If you do not own the domain in \
               From, write an address of your own domain there, and the other one into Reply-To.",
        example: "From: shop@example.com\n\
                  DKIM-Signature: … d=example.net …         does not count for example.com\n\
                  DKIM-Signature: … d=example.com …         counts\n\
                  DKIM-Signature: … d=mail.example.com …    counts, unless adkim=s",
    },
    applies: applies::has_easy_signature,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &["dmarc-organization-cut"],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let author = case.author()?;
    // A list may have put another address into From.
    if case.own_signatures().next().is_some() || case.may_be_passed_on() {
        return None;
    }
    let other = case.signatures().find(|one| case.is_easy(*one))?;
    let domain = other.verdict.domain.as_ref()?;
    let hit = RULE.hit(case.at_signature(other));
    let hit = hit.of_signature(other.number);
    Some(hit.text("domain", domain).text("author_domain", author))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let author = case.author()?;
    let domain = hit.values.text("domain")?;
    let message = format!(
        "SES signed for {domain}, which is another organization than {author} in From and does not \
         count for it"
    );
    let fix = Fix::new(format!(
        "if {author} is yours, verify it as an identity in SES{}, enable Easy DKIM for it and \
         publish the three CNAME records that SES shows; else write an address at {domain} into \
         From",
        case.in_region()
    ))
    .of(author);
    Some(hit.says(message, format!("d={domain}")).with_fix(fix))
}
