//! An include or a redirect names a domain without an SPF record.

use std::collections::BTreeSet;

use super::envelope::{at_fault, clipped};
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::dns::{Name, Question};
use crate::explain;
use crate::receivers;
use crate::ses::records;
use crate::spf::SpfCause;
use crate::spf::edit::{with_term, without};
use crate::spf::record::is_spf;
use crate::spf::repair::{is_glued, repaired};
use crate::suggest::nearest;

pub(super) const RULE: Rule = Rule {
    code: "spf-include-without-record",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 7208 §5.2 and §6.1"],
    explanation: Explanation {
        summary: "MAIL FROM domain whose SPF record includes one that has none",
        means: "The term include (or redirect) makes the record of another domain part of this \
                one. That domain has none, or does not exist. Receivers must not skip the term: \
                the result is permerror.",
        matters: "SPF passes for nobody whose server is not named before that term. Usual reasons: \
                  the name is misspelt, the service is gone, or a domain was included whose \
                  servers are named in another way. A domain that nobody owns any more can be \
                  bought by somebody who then sends in your name.",
        todo: "Correct the name, or take the term out if you no longer use the service. For SES it \
               is include:amazonses.com, without a region.",
        example: "wrong:  include:us-east-1.amazonaws.com, include:amazonses.net\n\
                  right:  include:amazonses.com",
    },
    applies: applies::has_spf_record,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let causes = [
        SpfCause::IncludeWithoutRecord,
        SpfCause::RedirectWithoutRecord,
    ];
    let domain = case.own_spf_ended_by(&causes)?;
    let (step, holder) = at_fault(&case.spf().trace, domain.as_str())?;
    let term = &step.term;
    // Without a message nobody knows to which names a macro leads.
    if case.is_of_domain() && term.contains('%') {
        return None;
    }
    let target = step.record_domain.as_deref().or(step.expanded.as_deref());
    let target = target.or_else(|| term.split_once([':', '=']).map(|(_, target)| target));
    let hit = RULE.hit(case.at_spf_result()).text("domain", &domain);
    let hit = hit.with("record_domain", holder);
    let hit = hit.with("term", term);
    Some(hit.with("target", target.unwrap_or(term)))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let (spf, domain) = (case.spf(), case.own_spf_domain()?);
    let (term, target) = (hit.values.text("term")?, hit.values.text("target")?);
    let holder = hit.values.text("record_domain")?;
    let message = format!(
        "{} in the SPF record of {holder} leads to {}, which has no SPF record",
        clipped(term),
        clipped(target)
    );
    let record = spf.record.as_deref().unwrap_or_default();
    let fix = if holder != domain.as_str() {
        Fix::new(format!(
            "tell who runs {holder}; until it is mended, take the term that leads there out of the \
             record of {domain}"
        ))
        .check(&Question::txt(domain))
    } else if let Some(repair) = repaired(record).filter(|_| is_glued(term)) {
        let words = "a space is missing within this term; with it, the record is";
        case.spf_fix(&domain, words, &repair.record)
            .otherwise("a space is missing within this term: write one before each term")
    } else if is_near_ses(target) {
        let record = with_term(&without(record, |it| *it.text == *term), records::INCLUDE);
        case.spf_fix(&domain, "Amazon's SPF record is at amazonses.com", &record)
            .otherwise("Amazon's SPF record is at amazonses.com: write include:amazonses.com")
    } else if let Some(meant) = near(case, target) {
        let mark = if term.contains('=') {
            "redirect="
        } else {
            "include:"
        };
        Fix::new(format!(
            "{meant} was probably meant: write {mark}{meant}; if nothing needs it, take the term out"
        ))
        .check(&Question::txt(domain))
    } else {
        let mut record = without(record, |it| *it.text == *term);
        // The redirect decided about all other clients; without it, they are neutral.
        if spf.cause == SpfCause::RedirectWithoutRecord {
            record = with_term(&record, "~all");
        }
        let text = "correct the name if it is misspelt; if nothing needs it, take it out";
        case.spf_fix(&domain, text, &record)
            .taking_out([term])
            .otherwise(text)
    };
    let fix = match Name::parse(target) {
        Ok(name) => fix.check(&Question::txt(name)),
        Err(_) => fix,
    };
    let published = spf.record.as_deref();
    let published = published.map(|record| case.at_spf_record().says(clipped(record)));
    Some(
        hit.says(message, explain::spf::cause(spf).to_string())
            .with_evidence(published)
            .with_evidence(case.recorded_spf_pass())
            .with_fix(fix),
    )
}

/// The one name that `target` is a letter away from, among those that many records include and those
/// that were found to have an SPF record.
fn near(case: &Case<'_>, target: &str) -> Option<String> {
    let known = receivers::spf_includes()
        .chain(["amazonses.com"])
        .map(|name| -> &str { name });
    let lookups = case.analysis.lookups.0.iter();
    let asked = lookups.filter(|lookup| {
        let mut texts = lookup.reply.txt();
        texts.any(|text| is_spf(&text.joined()))
    });
    let asked = asked.map(|lookup| lookup.question.name.as_str());
    let is_other = |name: &&str| case.spf().domain.as_deref() != Some(*name);
    let names: BTreeSet<&str> = known.chain(asked).filter(is_other).collect();
    match nearest(target, &Vec::from_iter(names), 1)[..] {
        [one] => Some(one.to_owned()),
        _ => None,
    }
}

/// Whether a name is a misspelt name of Amazon's.
fn is_near_ses(target: &str) -> bool {
    let target = target.to_ascii_lowercase();
    target.contains("amazonses")
        || target.ends_with("amazonaws.com")
        || !nearest(&target, &["amazonses.com"], 3).is_empty()
}
