//! DMARC passes on SPF alone.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Judged, Mark, Rule, Severity, applies};
use crate::conclusion::ConclusionResult;
use crate::dmarc::Engine;
use crate::evidence_class::EvidenceClass;
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dmarc-pass-on-spf-alone",
    severity: Severity::Notice,
    wants_message: true,
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
    applies: applies::has_own_record,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let author = case.author()?;
    // Other rules say why an author's signature does not count; SES has rules of its own.
    let is_pass = case.analysis.conclusion.result == ConclusionResult::Pass
        && case.analysis.dmarc.engines == [Engine::Spf];
    let is_told = case.own_signatures().next().is_some()
        || case.ses().is_some()
        || case.is_own_signature_gone();
    if !is_pass || is_told || case.way().is_some() {
        return None;
    }
    let mark = Mark::verdict(Judged::Dmarc, EvidenceClass::ProvedByDns);
    Some(RULE.hit(mark).text("author_domain", author))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let author = hit.values.text("author_domain")?;
    let message = format!("DMARC passes for {author} on SPF alone: no signature is of this domain");
    let sentence = explain::conclusion::sentence(case.analysis).to_string();
    let fix = format!("let the host or service that sends sign with DKIM for {author}");
    let finding = hit.says(message, sentence.trim_end_matches('.'));
    Some(finding.with_fix(Fix::new(fix)))
}
