//! Several DMARC records at one name.

use super::policy::{by_alias, owner};
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::dmarc::{Found, PolicyRecord, Rules, Step};
use crate::dns::change::RecordChange;

/// How many records the reader can choose from.
const SHOWN: usize = 4;

pub(super) const RULE: Rule = Rule {
    code: "several-dmarc-records",
    severity: Severity::Warning,
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
    let text = format!("keep one record and remove the others{}", by_alias(step));
    let mut fix = Fix::new(text);
    for text in step.records.iter().take(SHOWN) {
        let (Some(owner), Some(record)) = (owner(step), PolicyRecord::parse(text.as_bytes()))
        else {
            continue;
        };
        let policy = record.for_domain(Rules::Rfc9989).as_str();
        let reports = match record.rua.as_slice() {
            [] => "no reports come".to_owned(),
            [one] => format!("reports go to {}", one.uri),
            all => format!("reports go to {} addresses", all.len()),
        };
        fix = fix.choice(
            format!("keep {text}"),
            format!("the policy is {policy}, and {reports}"),
            vec![RecordChange::txt(owner, text).replacing()],
        );
    }
    Some(hit.says(message, first).with_evidence(others).with_fix(fix))
}
