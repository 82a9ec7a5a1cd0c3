//! The alias of Easy DKIM stands at a name that has the domain twice.

use super::case::KeyFault;
use super::{Case, Explanation, Findings, Fires, Mark, Rule, Severity, Signature, applies};
use crate::dns::change::RecordChange;
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "ses-selector-doubled-suffix",
    severity: Severity::Warning,
    cites: &["Amazon SES Developer Guide, Troubleshooting DKIM problems in Amazon SES"],
    explanation: Explanation {
        summary: "CNAME record of Easy DKIM at a name that ends in its domain twice",
        means: "The record is there, but at TOKEN._domainkey.example.com.example.com: the name \
                that SES shows is complete, and the DNS provider added the name of the zone to \
                it.",
        matters: "Nobody looks there. The signature of SES cannot be verified and counts as \
                  none, and SES does not get on with the verification of the domain.",
        todo: "Most providers want the name without the zone. Enter TOKEN._domainkey alone, or \
               the whole name with a final dot where the provider takes that. Look at the other \
               two records of Easy DKIM and at the MX and TXT of a custom MAIL FROM domain: they \
               were likely entered in the same way.",
        example: "wrong: TOKEN._domainkey.example.com.example.com. 300 CNAME …\n\
                  right: TOKEN._domainkey.example.com. 300 CNAME TOKEN.dkim.amazonses.com.\n\
                  in most forms: name TOKEN._domainkey, target TOKEN.dkim.amazonses.com",
    },
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    for (signature, fault) in case.key_faults() {
        if fault == KeyFault::DoubledOwner {
            report(case, signature, findings);
        }
    }
}

fn report(case: &Case<'_>, signature: Signature<'_>, findings: &mut Findings) {
    let zone = case.key_zone(signature);
    let doubled = zone.into_iter().flat_map(|zone| &zone.doubled);
    let answers = doubled.flat_map(|at| [&at.cname, &at.txt]);
    let mut found = answers.filter_map(|answered| {
        let target = answered.aliases().first().copied()?;
        Some((answered.lookup()?, target.clone()))
    });
    let (Some((lookup, target)), Some(key)) = (found.next(), &signature.verdict.key) else {
        return;
    };
    let doubled = &lookup.question.name;
    let message = format!(
        "the CNAME of {} stands at {doubled}, with the domain twice; expected at {}",
        signature.name(),
        key.name
    );
    let evidence = Mark::dns(lookup).says(format!("a CNAME to {target}"));
    let remove = RecordChange::cname(doubled.clone(), target).removing();
    let selector = signature.verdict.selector.as_ref();
    let selector = selector.map_or("TOKEN".into(), ToString::to_string);
    let text = format!(
        "enter the record again, in the form of the DNS provider only as {selector}._domainkey, as \
         it adds the domain itself; do the same for the other two of the three, then remove those \
         at the doubled names"
    );
    let fix = case.alias_fix(signature, &text);
    findings
        .add(message, evidence)
        .also([case
            .at_key(signature)
            .says(explain::dkim::cause(signature.verdict).to_string())])
        .fix(fix.record(remove));
}
