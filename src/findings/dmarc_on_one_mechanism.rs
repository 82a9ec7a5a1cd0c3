//! DMARC passes on one leg.

use super::dmarc_organization_cut::is_cut;
use super::message_passed_on::way;
use super::{Case, Evidence, Explanation, Findings, Fix, Judged, Rule, Severity};
use crate::class::EvidenceClass;
use crate::conclusion::ConclusionResult;
use crate::dmarc::{Engine, Mode};
use crate::spf::SpfResult;

pub(super) const RULE: Rule = Rule {
    code: "dmarc-on-one-mechanism",
    severity: Severity::Notice,
    cites: &[
        "RFC 9989 §4.4 and §7.4",
        "Microsoft and Google, sender requirements",
    ],
    explanation: Explanation {
        summary: "DMARC pass that stands on one leg",
        means: "DMARC passes if SPF or a DKIM signature passes for the domain in From. Here one of \
                the two does, and the other is not for this domain at all.",
        matters: "One is enough, until it breaks. SPF breaks when mail is forwarded, a signature \
                  when a list or a gateway changes the message, and both when a record gets lost. \
                  Domains with p=reject must not rely on SPF alone. Large mailbox providers ask \
                  senders of much mail for both.",
        todo: "Set up the other one: an envelope sender (MAIL FROM) in your own domain whose SPF \
               record names the sending hosts, and a DKIM signature with d= your own domain. Most \
               sending services have a setting for each.",
        example: "From: shop@example.com\n\
                  SPF    pass for bounces.example.net   does not count\n\
                  DKIM   pass for example.com           carries DMARC alone",
    },
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(author) = case.author() else {
        return;
    };
    let is_pass = case.analysis.conclusion.result == ConclusionResult::Pass;
    let was_passed_on = way(case).is_some();
    if !is_pass || was_passed_on || case.record().is_none() {
        return;
    }
    let (message, advice) = match case.analysis.dmarc.engines[..] {
        [Engine::Dkim] if is_foreign_envelope(case) => (
            format!(
                "DMARC passes for {author} on DKIM alone: SPF passed for {}, another organization",
                case.spf().domain.as_deref().unwrap_or("another domain")
            ),
            format!(
                "let the service that sends use an envelope sender below {author}, and publish an \
                 SPF record there"
            ),
        ),
        // What keeps a signature of the author's from counting has rules of its own.
        [Engine::Spf] if case.own_signatures().next().is_none() && case.ses().is_none() => (
            format!("DMARC passes for {author} on SPF alone: no signature is of this domain"),
            format!("let the host or service that sends sign with DKIM for {author}"),
        ),
        _ => return,
    };
    let sentence = case.analysis.conclusion.sentence.trim_end_matches('.');
    let evidence = Evidence::verdict(Judged::Dmarc, EvidenceClass::ProvedByDns, sentence);
    findings.add(message, evidence).fix(Fix::new(advice));
}

/// Whether SPF passes, and for another organization, which is not the default of SES.
fn is_foreign_envelope(case: &Case<'_>) -> bool {
    let is_other = case.spf_alignment().is_some_and(|alignment| {
        alignment.mode == Mode::Relaxed && alignment.aligned_relaxed == Some(false)
    });
    let by_default = case.ses().is_some_and(|ses| ses.default_mail_from);
    case.spf().result == SpfResult::Pass && is_other && !by_default && !is_cut(case)
}
