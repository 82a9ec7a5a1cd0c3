//! Several DMARC records at one name.

use super::policy::{by_alias, owner};
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::dmarc::{Found, Policy, PolicyRecord, Rules, Step, repaired};
use crate::dns::change::RecordChange;

pub(super) const RULE: Rule = Rule {
    code: "several-dmarc-records",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 9989 §4.10, step 2", "RFC 7489 §6.6.3, step 5"],
    explanation: Explanation {
        summary: "DMARC record that stands beside another, so that none counts",
        means: "At one name there may be one DMARC record. Where receivers find two or more, they \
                ignore them all and act as if there were none.",
        matters: "The domain has no protection and gets no reports, although it seems to have \
                  both. It mostly happens when a new service asks for a record of its own while \
                  the old one stays.",
        todo: "Keep one record and remove the others. To send reports to several places, put all \
               addresses into one rua, with commas between them.",
        example: "_dmarc.example.com. 300 TXT \"v=DMARC1; p=none; \
                  rua=mailto:dmarc@example.com\"\n\
                  _dmarc.example.com. 300 TXT \"v=DMARC1; p=reject\"\n\
                  both are ignored",
    },
    applies: applies::has_author,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    let hits = crowded(case).map(|step| {
        let hit = RULE.hit(case.at_step(step)).text("domain", &step.domain);
        hit.with("records", step.records.to_vec())
    });
    hits.collect()
}

/// The steps that found several records.
fn crowded<'a>(case: &Case<'a>) -> impl Iterator<Item = &'a Step> {
    let steps = case.own_steps();
    steps.filter(|step| step.found == Found::SeveralRecords && !step.records.is_empty())
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let domain = hit.values.text("domain")?;
    let step = crowded(case).find(|step| step.domain.as_str() == domain)?;
    let message = format!(
        "{} DMARC records stand at _dmarc.{domain}, where there may be one, so receivers ignore all",
        step.records.len()
    );
    let (first, others) = step.records.split_first()?;
    let others = others
        .iter()
        .map(|text| case.at_step(step).says(text.clone()));
    let by_hand = format!("keep one record and remove the others{}", by_alias(step));
    let fix = match (owner(step), merged(&step.records)) {
        (Some(owner), Some(record)) => Fix::new(format!(
            "publish one record in their place, as this with the strictest policy of them and all \
             their addresses; it takes effect for the first time, so see first that your own mail \
             passes{}",
            by_alias(step)
        ))
        .record(RecordChange::txt(owner, &record).replacing())
        .otherwise(by_hand),
        _ => Fix::new(by_hand),
    };
    Some(hit.says(message, first).with_evidence(others).with_fix(fix))
}

/// One record for all: the strictest policies, and the report addresses of each. `None` if a policy
/// cannot be known.
fn merged(records: &[String]) -> Option<String> {
    let records: Option<Vec<PolicyRecord>> = records
        .iter()
        .map(|text| PolicyRecord::parse(repaired(text)?.as_bytes()))
        .collect();
    let records = records?;
    let rules = Rules::Rfc9989;
    let strictest = |of: fn(&PolicyRecord, Rules) -> Policy| {
        let policies = records.iter().map(|record| of(record, rules));
        policies.max().unwrap_or(Policy::None)
    };
    let p = strictest(|record, rules| record.for_domain(rules));
    let sp = strictest(|record, rules| record.for_subdomain(rules, true).0);
    let np = strictest(|record, rules| record.for_subdomain(rules, false).0);
    let mut tags = vec![format!("v=DMARC1; p={p}")];
    if sp != p {
        tags.push(format!("sp={sp}"));
    }
    if np != sp {
        tags.push(format!("np={np}"));
    }
    for (name, uris) in [
        (
            "rua",
            records.iter().flat_map(|it| &it.rua).collect::<Vec<_>>(),
        ),
        ("ruf", records.iter().flat_map(|it| &it.ruf).collect()),
    ] {
        let mut all: Vec<&str> = Vec::new();
        for uri in uris {
            if !all.contains(&uri.uri.as_str()) {
                all.push(&uri.uri);
            }
        }
        if !all.is_empty() {
            tags.push(format!("{name}={}", all.join(",")));
        }
    }
    Some(tags.join("; "))
}
