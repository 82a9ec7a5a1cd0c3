//! What verifies is of other organizations than the author's.

use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, applies};

pub(super) const RULE: Rule = Rule {
    code: "dkim-signature-of-another-domain",
    severity: Severity::Warning,
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
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(author) = case.author() else {
        return;
    };
    // Lists and forwarders sign what they send on, and often remove what was there.
    if case.own_signatures().next().is_some() || case.passed_on().is_some() {
        return;
    }
    let is_other =
        |one: &super::Signature<'_>| one.passes() && !one.is_of_ses() && !case.is_easy(*one);
    let Some(other) = case.signatures().find(is_other) else {
        return;
    };
    let Some(domain) = &other.verdict.domain else {
        return;
    };
    let message = format!(
        "DKIM passes for {domain}, another organization than {author} in From, and no signature is \
         of {author}"
    );
    let evidence = case.at_signature(other).says(format!("d={domain}"));
    findings.add(message, evidence).fix(Fix::new(format!(
        "if {domain} sends for you, let it sign for {author}: its settings name the records to \
         publish"
    )));
}
