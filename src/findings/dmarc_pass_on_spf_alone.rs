//! DMARC passes on SPF alone.

use super::message_passed_on::way;
use super::{Case, Explanation, Findings, Fires, Fix, Judged, Mark, Rule, Severity, applies};
use crate::conclusion::ConclusionResult;
use crate::dmarc::Engine;
use crate::evidence_class::EvidenceClass;
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dmarc-pass-on-spf-alone",
    severity: Severity::Notice,
    cites: &[
        "RFC 9989 §4.4 and §7.4",
        "Microsoft and Google, sender requirements",
    ],
    explanation: Explanation {
        summary: "DMARC pass on SPF alone: nobody signed for the domain in From",
        means: "DMARC passes if SPF or a DKIM signature passes for the domain in From. Here SPF \
                does, and there is no signature of this domain at all.",
        matters: "One is enough, until it breaks, and SPF breaks whenever mail is forwarded. \
                  Domains with p=reject must not rely on SPF alone. Large mailbox providers ask \
                  senders of much mail for both.",
        todo: "Let the host or service that sends sign with DKIM, with d= your own domain. Most \
               sending services have a setting for it, and show the record to publish.",
        example: "From: shop@example.com\n\
                  SPF    pass for mail.example.com   carries DMARC alone\n\
                  DKIM   none",
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
    // What keeps a signature of the author's from counting has rules of its own, and so has SES.
    let is_pass = case.analysis.conclusion.result == ConclusionResult::Pass
        && case.analysis.dmarc.engines == [Engine::Spf];
    let is_told = case.own_signatures().next().is_some() || case.ses().is_some();
    if !is_pass || is_told || way(case).is_some() || case.record().is_none() {
        return;
    }
    let sentence = explain::conclusion::sentence(case.analysis).to_string();
    let sentence = sentence.trim_end_matches('.');
    let evidence = Mark::verdict(Judged::Dmarc, EvidenceClass::ProvedByDns).says(sentence);
    let message = format!("DMARC passes for {author} on SPF alone: no signature is of this domain");
    findings.add(message, evidence).fix(Fix::new(format!(
        "let the host or service that sends sign with DKIM for {author}"
    )));
}
