//! The zone name was appended to the name of an Easy DKIM alias.

use super::case::KeyFault;
use super::{Case, Explanation, Finding, Fires, Hit, Mark, Rule, Severity, Signature, applies};
use crate::dns::change::RecordChange;
use crate::dns::{Lookup, Name};
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "ses-selector-doubled-suffix",
    severity: Severity::Warning,
    wants_message: false,
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
    applies: applies::has_easy_signature,
    fires: Fires::OnKeyFault(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>, signature: Signature<'_>, fault: &KeyFault) -> Option<Hit> {
    let (KeyFault::DoubledOwner, Some(key)) = (fault, &signature.verdict.key) else {
        return None;
    };
    let (lookup, target) = doubled(case, signature)?;
    let hit = RULE.hit(Mark::dns(lookup)).of_signature(signature.number);
    let hit = hit.text("found_at", &lookup.question.name);
    Some(hit.text("target", target).text("expected", &key.name))
}

/// The answer at the doubled name, and the target of the alias there.
fn doubled<'a>(case: &Case<'a>, signature: Signature<'_>) -> Option<(&'a Lookup, &'a Name)> {
    let mut answers = case
        .key_zone(signature)?
        .doubled
        .iter()
        .flat_map(|at| [&at.cname, &at.txt]);
    answers.find_map(|answered| Some((answered.lookup()?, answered.aliases().first().copied()?)))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let (lookup, target) = doubled(case, signature)?;
    let doubled = &lookup.question.name;
    let message = format!(
        "the CNAME of {} stands at {doubled}, with the domain twice; expected at {}",
        signature.name(),
        hit.values.text("expected")?
    );
    let remove = RecordChange::cname(doubled.clone(), target.clone()).removing();
    let selector = signature.verdict.selector.as_ref();
    let selector = selector.map_or("TOKEN".into(), ToString::to_string);
    let text = format!(
        "enter it again, in a form only as {selector}._domainkey, as \
         the provider adds the domain. Do the same for the other two of the three, then remove those \
         at the doubled names"
    );
    let cause = explain::dkim::cause(signature.verdict).to_string();
    Some(
        hit.says(message, format!("a CNAME to {target}"))
            .with_evidence([case.at_key(signature).says(cause)])
            .with_fix(case.alias_fix(signature, &text).record(remove)),
    )
}
