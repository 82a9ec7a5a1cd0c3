//! Only signatures of other organizations than the author's verify.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, Signature, applies};

pub(super) const RULE: Rule = Rule {
    code: "dkim-signature-of-another-domain",
    severity: Severity::Warning,
    wants_message: true,
    cites: &["RFC 9989 §4.4.1", "RFC 9989 §3.2.10"],
    explanation: Explanation {
        summary: "DKIM signature that passes for another organization than the author's, and \
                  none that passes for his",
        means: "A signature says who takes responsibility for a message: the domain in d=. The \
                one here verifies, for a domain that is not of the author's organization. The \
                author's organization did not sign.",
        matters: "DKIM passes, and DMARC does not count it. DMARC then hangs on SPF alone, which \
                  is lost when the mail is forwarded, or fails.",
        todo: "Most services that send mail for others sign for themselves until they are given \
               a domain. Look in the settings of the service for the authentication of your \
               domain: it shows records for your DNS, and signs with d= your domain once they \
               are there.",
        example: "From: news@example.com\n\
                  DKIM-Signature: … d=sender.example …                      does not count\n\
                  DKIM-Signature: … d=example.com; s=k1; …                  counts\n\
                  k1._domainkey.example.com. 300 CNAME k1.dkim.sender.example.",
    },
    applies: applies::has_signature,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let author = case.author()?;
    if case.own_signatures().next().is_some() {
        return None;
    }
    let is_other = |one: &Signature<'_>| one.passes() && !one.is_of_ses() && !case.is_easy(*one);
    let other = case.signatures().find(is_other)?;
    other.verdict.domain.as_ref()?;
    // Lists and forwarders sign what they forward, and often remove earlier signatures.
    if case.may_be_passed_on() {
        return None;
    }
    let hit = other.hit(&RULE, case.at_signature(other));
    Some(hit.with("author_domain", author.as_str()))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let domain = hit.values.text("domain")?;
    let author = hit.values.text("author_domain")?;
    let message = format!(
        "DKIM passes for {domain}, another organization than {author} in From, and no signature is \
         of {author}"
    );
    let fix = Fix::new(format!(
        "if {domain} sends for you, let it sign for {author}: its settings name the records to \
         publish"
    ))
    .of(case.author()?);
    Some(hit.says(message, format!("d={domain}")).with_fix(fix))
}
