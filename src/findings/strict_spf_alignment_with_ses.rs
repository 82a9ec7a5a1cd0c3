//! `aspf=s`, although SES uses a custom MAIL FROM domain.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Mark, Rule, Severity, applies};
use crate::dmarc::{Mechanism, Mode, repaired, without_tag};
use crate::dns::Question;
use crate::dns::change::RecordChange;
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "strict-spf-alignment-with-ses",
    severity: Severity::Warning,
    wants_message: false,
    cites: &[
        "RFC 9989 §4.4.2 and §4.7 (aspf)",
        "RFC 7489 §3.1.2 and §6.3",
        "Amazon SES Developer Guide, Using a custom MAIL FROM domain",
    ],
    explanation: Explanation {
        summary: "DMARC record with strict SPF alignment, which mail from the domain above a custom \
                  MAIL FROM domain cannot meet",
        means: "aspf=s asks that the domain of the envelope sender is the very domain in From. A \
                custom MAIL FROM domain of Amazon SES is always a subdomain of it. So SPF passes, \
                and does not count.",
        matters: "The mail stands on its DKIM signature alone. It fails DMARC as soon as a \
                  gateway changes what is signed, or a key is missing. (A list or a forwarder \
                  breaks SPF in any case, aligned or not.)\n\
                  People often read that relaxed alignment means that MAIL FROM is a subdomain of \
                  From. It means more: both have the same organizational domain, whichever of them \
                  is the longer, and siblings count too.",
        todo: "Take aspf=s out of the DMARC record, or write aspf=r, which is the default. Then \
               SPF of every subdomain counts for the whole domain: see that the SPF records of \
               your subdomains name only senders that you trust.\n\
               If you keep aspf=s, know that DKIM alone carries all mail that SES sends for you.",
        example: "From: shop@example.com, MAIL FROM …@mail.example.com\n\
                  aspf=s   not aligned: mail.example.com is not example.com\n\
                  aspf=r   aligned: both are of example.com",
    },
    applies: |case| applies::is_of_ses(case) && applies::has_policy(case),
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let (author, alignment, policy) = (case.author()?, case.spf_alignment()?, case.policy()?);
    let only_relaxed = alignment.mode == Mode::Strict
        && alignment.aligned_relaxed == Some(true)
        && alignment.aligned_strict == Some(false);
    let identifier = alignment.identifier.as_ref().filter(|_| only_relaxed)?;
    let hit = RULE
        .hit(case.at_spf_result())
        .text("domain", &policy.domain);
    let hit = hit.text("spf_domain", identifier);
    Some(hit.text("author_domain", author))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let (ses, policy) = (case.ses()?, case.policy()?);
    let domain = &policy.domain;
    let message = format!(
        "{domain} says aspf=s, so that SPF for {} does not count for {}; with aspf=r, the default, \
         it would",
        hit.values.text("spf_domain")?,
        hit.values.text("author_domain")?
    );
    let sentence = explain::dmarc::alignment(&case.analysis.dmarc, Mechanism::Spf).to_string();
    let owner = domain.under("_dmarc").ok();
    let lookup = owner
        .clone()
        .map(|owner| case.answer(&Question::txt(owner)));
    let published = lookup.as_ref().and_then(|answer| answer.lookup());
    let published = published.map(|lookup| Mark::dns(lookup).says(policy.record.clone()));
    let sign = ses.signs.first().map(|sign| case.sign(sign));
    let base = repaired(&policy.record).unwrap_or_else(|| policy.record.clone());
    let relaxed = without_tag(&base, "aspf");
    let replaced = owner.map(|owner| RecordChange::txt(owner, &relaxed).replacing());
    let fix = Fix::new("SES cannot meet aspf=s here")
        .choice(
            "take aspf=s out of the record",
            format!(
                "SPF counts beside DKIM; whoever may send for a subdomain of {domain} by \
                 its SPF record then counts for {domain} too"
            ),
            replaced.into_iter().collect(),
        )
        .choice(
            "keep aspf=s",
            "mail through SES passes by DKIM or not at all",
            Vec::new(),
        );
    Some(
        hit.says(message, sentence.trim_end_matches('.'))
            .with_evidence(published)
            .with_evidence(sign)
            .with_fix(fix),
    )
}
