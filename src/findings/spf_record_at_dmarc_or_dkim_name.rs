//! A wildcard TXT record with SPF that also answers for DMARC and DKIM names.

use super::policy::is_spf;
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Mark, Rule, Severity, applies};
use crate::dmarc::{Found, registered};
use crate::dns::change::RecordChange;
use crate::dns::{Lookup, Name, Question};

pub(super) const RULE: Rule = Rule {
    code: "spf-record-at-dmarc-or-dkim-name",
    severity: Severity::Warning,
    wants_message: false,
    cites: &[
        "RFC 9989 §4.10, step 2",
        "RFC 6376 §6.1.2",
        "RFC 7208 §3.5",
        "RFC 4592",
    ],
    explanation: Explanation {
        summary: "stray SPF record at a name of DMARC or DKIM, as a wildcard puts it there",
        means: "At _dmarc. or at a selector of DKIM stands an SPF record. Mostly there is a \
                wildcard TXT record (*.example.com) in the zone, which answers for every name that \
                has no record of its own.",
        matters: "It is neither a DMARC record nor a key, and receivers pass over it. But it hides \
                  that the right record is missing, and it gives every name an SPF record that \
                  nobody meant.",
        todo: "Remove the wildcard TXT record, and give each name that sends mail an SPF record of \
               its own. Then publish what is missing: the DMARC record, or the CNAME records that \
               SES shows for Easy DKIM.",
        example: "*.example.com.      300 TXT \"v=spf1 include:amazonses.com ~all\"   remove\n\
                  _dmarc.example.com. 300 TXT \"v=DMARC1; p=none\"                    publish",
    },
    applies: applies::has_author,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let found = stray(case);
    let (first, domain) = found.first()?;
    let names = found.iter().map(|(lookup, _)| &lookup.question.name);
    let names: Vec<String> = names.map(ToString::to_string).collect();
    let hit = RULE.hit(Mark::dns(first)).text("domain", domain);
    Some(hit.with("names", names))
}

/// The answers with a misplaced SPF record, one for each name, and the domain of the name.
fn stray<'a>(case: &Case<'a>) -> Vec<(&'a Lookup, &'a Name)> {
    // If there are several texts at a selector, dkim-several-keys-at-selector says so.
    let keys = case.own_signatures().filter_map(|signature| {
        let key = signature.verdict.key.as_ref();
        let key = key.filter(|key| key.records < 2)?;
        Some((key.lookup, signature.verdict.domain.as_ref()?))
    });
    let steps = case
        .own_steps()
        .filter(|step| step.found == Found::OtherText);
    let steps = steps.filter_map(|step| Some((step.lookup?, &step.domain)));
    let mut found: Vec<(&Lookup, &Name)> = Vec::new();
    for (id, domain) in steps.chain(keys) {
        let mut lookups = case.analysis.lookups.0.iter();
        let Some(lookup) = lookups.find(|lookup| lookup.id == id) else {
            continue;
        };
        let name = &lookup.question.name;
        let is_new = found.iter().all(|(seen, _)| seen.question.name != *name);
        if is_new && spf_text(lookup).is_some() {
            found.push((lookup, domain));
        }
    }
    found
}

fn spf_text(lookup: &Lookup) -> Option<String> {
    let mut texts = lookup
        .reply
        .txt()
        .map(|txt| String::from_utf8_lossy(&txt.joined()).into_owned());
    texts.find(|text| is_spf(text))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let (domain, names) = (hit.values.text("domain")?, hit.values.list("names")?);
    let message = format!(
        "at {} stands an SPF record, which is neither a DMARC record nor a key",
        names.join(" and ")
    );
    let mut fix = Fix::new(format!(
        "remove the wildcard TXT record (*.{domain}), if there is one, and publish what belongs \
         there"
    ));
    let found = stray(case);
    for (lookup, _) in &found {
        fix = fix.check(&Question::txt(lookup.question.name.clone()));
    }
    let top = case.author().map(registered);
    let is_open = case.policy().is_none() && names.iter().any(|name| name.starts_with("_dmarc."));
    if let Some(top) = top.filter(|_| is_open)
        && let Ok(owner) = top.under("_dmarc")
    {
        let text = format!("v=DMARC1; p=none; rua=mailto:dmarc@{top}");
        fix = fix.record(RecordChange::txt(owner, &text));
    }
    let (first, others) = found.split_first()?;
    let others = others
        .iter()
        .filter_map(|(lookup, _)| Some(Mark::dns(lookup).says(spf_text(lookup)?)));
    Some(
        hit.says(message, spf_text(first.0)?)
            .with_evidence(others)
            .with_fix(fix),
    )
}
