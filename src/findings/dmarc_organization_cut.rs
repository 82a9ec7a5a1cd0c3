//! A record that cuts a domain off from its organization.

use super::policy::owner;
use super::{Case, Explanation, Findings, Fires, Fix, Judged, Mark, Rule, Severity, applies};
use crate::dmarc::{
    Alignment, Mechanism, Mode, PolicyRecord, Psd, Rules, question, registered, without_tag,
};
use crate::dns::Name;
use crate::dns::change::RecordChange;
use crate::evidence_class::EvidenceClass;
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dmarc-organization-cut",
    severity: Severity::Warning,
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
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some((mechanism, alignment)) = cut(case) else {
        return;
    };
    let (Some(author), Some(own), Some(identifier), Some(others)) = (
        case.author(),
        case.dmarc_by(Rules::Rfc9989).organizational_domain,
        &alignment.identifier,
        &alignment.organizational_domain,
    ) else {
        return;
    };
    let message = format!(
        "by RFC 9989 {identifier} and {author} are of two organizations, {others} and {own}, so \
         that {mechanism} does not count; by the public suffix list they are one"
    );
    let top = registered(author);
    // The longer of the two is the one that was cut off.
    let cut = match *own == top {
        true => others,
        false => own,
    };
    let found = question(cut).map(|question| case.answer(&question));
    let lookup = found.as_ref().and_then(|answer| answer.lookup());
    let text = lookup.and_then(|_| record(case, cut));
    let evidence = match (lookup, &text) {
        (Some(lookup), Some(text)) => Mark::dns(lookup).says(text.clone()),
        _ => {
            let dmarc = case.dmarc_by(Rules::Rfc9989);
            let sentence = explain::dmarc::alignment_by(dmarc, mechanism).to_string();
            Mark::verdict(Judged::Dmarc, EvidenceClass::ProvedByDns)
                .says(sentence.trim_end_matches('.'))
        }
    };
    findings
        .add(message, evidence)
        .fix(fix(case, cut, &top, text));
}

fn fix(case: &Case<'_>, cut: &Name, top: &Name, text: Option<String>) -> Fix {
    let record = text.and_then(|text| PolicyRecord::parse(text.as_bytes()));
    let psd = record.filter(|record| record.psd == Psd::No);
    let step = case.own_steps().find(|step| step.domain == *cut);
    let at = step.and_then(owner).or_else(|| cut.under("_dmarc").ok());
    if let (Some(record), Some(at)) = (psd, at) {
        let without = RecordChange::txt(at, &without_tag(&record.text, "psd")).replacing();
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

fn record(case: &Case<'_>, domain: &Name) -> Option<String> {
    let mut texts = case.answer(&question(domain)?).texts().into_iter();
    texts.find(|text| PolicyRecord::parse(text.as_bytes()).is_some())
}

/// What passes and would count by RFC 7489 and not by RFC 9989, and its mechanism.
fn cut<'a>(case: &Case<'a>) -> Option<(Mechanism, &'a Alignment)> {
    case.record()?;
    let by = |rules| case.dmarc_by(rules).alignment.all();
    let mut all = by(Rules::Rfc9989).zip(by(Rules::Rfc7489));
    let (new, _) = all.find(|((_, new), (_, old))| {
        new.authenticated
            && new.mode == Mode::Relaxed
            && new.aligned_relaxed == Some(false)
            && old.aligned_relaxed == Some(true)
    })?;
    Some(new)
}

/// Whether this rule has something to say.
pub(super) fn is_cut(case: &Case<'_>) -> bool {
    cut(case).is_some()
}
