//! A record separates a domain from its organization.

use super::policy::owner;
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Judged, Mark, Rule, Severity, applies};
use crate::dmarc::{Mechanism, PolicyRecord, Psd, question, registered, repaired, without_tag};
use crate::dns::Name;
use crate::dns::change::RecordChange;
use crate::evidence_class::EvidenceClass;
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dmarc-organization-cut",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 9989 §4.10.2", "RFC 7489 §3.2"],
    explanation: Explanation {
        summary: "DMARC record that cuts a subdomain off from its organization",
        means: "In relaxed alignment two domains belong together if they have one organizational \
                domain. By RFC 9989 that is found by asking for DMARC records from the domain \
                upwards. psd=n ends the search: that domain is an organization of its own. So does \
                a record at a subdomain where the domain above has none.",
        matters: "SPF or DKIM of the one part does not count for mail from the other at receivers \
                  that follow RFC 9989, while others, which use the public suffix list, still let \
                  it pass. DMARC stands on less, or fails.",
        todo: "If the parts belong together, take psd=n out, or publish a record at the domain \
               above. If they are to be apart, let each sign and send under its own name.",
        example: "_dmarc.mail.example.com. 300 TXT \"v=DMARC1; p=reject; psd=n\"\n\
                  SPF for mail.example.com no longer counts for example.com",
    },
    applies: applies::has_own_record,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &["dmarc-psd-of-no-suffix"],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let cut = case.organization_cut()?;
    let author = case.author()?;
    let own = cut.dmarc.organizational_domain?;
    let identifier = cut.alignment.identifier.as_ref()?;
    let others = cut.alignment.organizational_domain.as_ref()?;
    // The longer of the two was separated.
    let domain = match *own == registered(author) {
        true => others,
        false => own,
    };
    let found = question(domain).map(|question| case.answer(&question));
    let lookup = found.as_ref().and_then(|answer| answer.lookup());
    let mut texts = found.iter().flat_map(|answer| answer.texts());
    let record = texts.find(|text| PolicyRecord::parse(text.as_bytes()).is_some());
    let hit = match (lookup, record) {
        (Some(lookup), Some(record)) => RULE.hit(Mark::dns(lookup)).with("record", record),
        _ => RULE.hit(Mark::verdict(Judged::Dmarc, EvidenceClass::ProvedByDns)),
    };
    let hit = hit
        .with("domain", domain.as_str())
        .with("author_domain", author.as_str())
        .with("author_organization", own.as_str())
        .with("identifier", identifier.as_str())
        .with("identifier_organization", others.as_str());
    Some(match cut.mechanism {
        Mechanism::Dkim(index) => hit.of_signature(index + 1),
        Mechanism::Spf => hit,
    })
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let cut = case.organization_cut()?;
    let mechanism = cut.mechanism;
    let text = |name| hit.values.text(name);
    let message = format!(
        "by RFC 9989 {} and {} are of two organizations, {} and {}, so that {mechanism} does not \
         count; by the public suffix list they are one",
        text("identifier")?,
        text("author_domain")?,
        text("identifier_organization")?,
        text("author_organization")?
    );
    let record = text("record");
    let seen = match record {
        Some(record) => record.to_owned(),
        None => {
            let sentence = explain::dmarc::alignment_by(cut.dmarc, cut.mechanism).to_string();
            sentence.trim_end_matches('.').to_owned()
        }
    };
    let domain = Name::parse(text("domain")?).ok()?;
    let fix = fix(case, &domain, &registered(case.author()?), record);
    Some(hit.says(message, seen).with_fix(fix))
}

fn fix(case: &Case<'_>, cut: &Name, top: &Name, text: Option<&str>) -> Fix {
    let record = text.and_then(|text| PolicyRecord::parse(text.as_bytes()));
    let psd = record.filter(|record| record.psd == Psd::No);
    let step = case.own_step(cut.as_str());
    let at = step.and_then(owner).or_else(|| cut.under("_dmarc").ok());
    if let (Some(record), Some(at)) = (psd, at) {
        let base = repaired(&record.text).unwrap_or_else(|| record.text.clone());
        let without = RecordChange::txt(at, &without_tag(&base, "psd")).replacing();
        return Fix::new("choose one")
            .choice(
                "take psd=n out",
                format!("{cut} belongs to {top} again, and each counts for the other"),
                vec![without],
            )
            .choice(
                "keep psd=n",
                format!(
                    "{cut} stays an organization of its own, which must sign and send for itself"
                ),
                Vec::new(),
            );
    }
    let Ok(above) = top.under("_dmarc") else {
        return Fix::new("publish a DMARC record at the domain above");
    };
    let text = format!("v=DMARC1; p=none; rua=mailto:dmarc@{top}");
    Fix::new(format!(
        "publish a record for {top}, which makes all below it one organization; p=none changes \
         nothing for its mail, and the record of {cut} stays as it is"
    ))
    .record(RecordChange::txt(above, &text))
}
