//! A DMARC record that cannot be used as written.

use super::case::Published;
use super::policy::{by_alias, is_meant_for_dmarc, meant, owner};
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::dmarc::{Found, Policy, PolicyRecord, RecordProblem, RecordTag, Rules, Step, TagState};
use crate::dns::change::RecordChange;
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dmarc-record-unusable",
    severity: Severity::Warning,
    wants_message: false,
    cites: &[
        "RFC 9989 §4.7, §4.8 and §4.10.1",
        "RFC 7489 §6.3 and §6.6.3",
    ],
    explanation: Explanation {
        summary: "DMARC record whose policy cannot be used as it is written",
        means: "A DMARC record must begin with v=DMARC1; in just these letters, without quotation \
                marks of its own, and say in p what the policy is: none, quarantine or reject. A \
                text that begins otherwise is no DMARC record. One with a policy that nobody knows \
                counts as p=none if it says in rua where reports go, and else is ignored.",
        matters: "The domain seems to be protected and is not: mail that fails is treated as if it \
                  had no policy.",
        todo: "Publish the mended record in its place. If the policy was meant to be quarantine or \
               reject, remember that it never worked: look at the reports first, as it may hit \
               mail of your own.\n\
               Some guides show the record in quotation marks, to be entered as it is. Most forms \
               add them themselves, so that they come out twice; Route 53 wants one pair.",
        example: "wrong  \"\\\"v=DMARC1; p=none\\\"\"  quotes within the text\n\
                  wrong  \"p=none; v=DMARC1\"    v must come first\n\
                  wrong  \"v=DMARC1 p=none\"     the semicolon is missing\n\
                  wrong  \"v=DMARC1; p=rejct\"   no such policy\n\
                  right  \"v=DMARC1; p=none; rua=mailto:dmarc@example.com\"",
    },
    applies: applies::has_own_domain,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    let texts = case.own_steps().filter_map(|step| {
        let text = meant_there(step)?;
        let hit = RULE.hit(case.at_step(step)).text("domain", &step.domain);
        Some(hit.with("record", text))
    });
    let records = without_policy(case).filter_map(|published| {
        let tag = unknown_policy(&published.record)?;
        let hit = RULE
            .hit(published.at(case))
            .text("domain", published.domain())
            .with("tag", tag.name.as_str());
        Some(match (&tag.value, tag.state) {
            (Some(value), TagState::Invalid) => hit.with("value", value.as_str()),
            _ => hit,
        })
    });
    texts.chain(records).collect()
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    match hit.values.text("tag") {
        Some(_) => say_invalid(case, hit),
        None => say_no_record(case, hit),
    }
}

/// A text that was meant to be a record, if the name has no valid record.
fn meant_there(step: &Step) -> Option<&str> {
    let mut texts = step.records.iter();
    let text = texts.find(|text| step.found == Found::OtherText && is_meant_for_dmarc(text))?;
    Some(text)
}

/// The words where no record can be shown.
const BY_HAND: &str = "write v=DMARC1; first, then p= with none, quarantine or reject, as you meant \
                       it, and a semicolon between the tags";

fn say_no_record(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let step = case.own_step(hit.values.text("domain")?)?;
    let text = hit.values.text("record")?;
    let reason = explain::dmarc::reason(step)?;
    let message = format!(
        "what stands at _dmarc.{} is no DMARC record: {reason}",
        step.domain
    );
    let by_hand = format!("{BY_HAND}{}", by_alias(step));
    let fix = match (owner(step), meant(case, text)) {
        (Some(owner), Some(record)) => Fix::new(format!(
            "publish the record as it was meant; from then on it has an effect, so see first that \
             your own mail passes{}",
            by_alias(step)
        ))
        .record(RecordChange::txt(owner, &record).replacing())
        .otherwise(by_hand),
        _ => Fix::new(by_hand),
    };
    Some(hit.says(message, text).with_fix(fix))
}

/// The records that are taken, or would be if they had a policy, and have an unknown one or none.
fn without_policy<'c, 'a>(case: &'c Case<'a>) -> impl Iterator<Item = Published<'a>> + use<'c, 'a> {
    let steps = case.own_steps().filter_map(|step| {
        let record = step.record.clone()?;
        Some(Published { step, record })
    });
    steps.filter(|published| {
        let is_ignored = ![Rules::Rfc9989, Rules::Rfc7489]
            .iter()
            .any(|rules| published.record.is_usable(*rules));
        published.step.taken || is_ignored
    })
}

fn unknown_policy(record: &PolicyRecord) -> Option<&RecordTag> {
    record.tags.iter().find(|tag| {
        matches!(tag.name.as_str(), "p" | "sp" | "np") && tag.state == TagState::Invalid
            || tag.name == "p" && tag.state == TagState::Absent
    })
}

fn say_invalid(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let domain = hit.values.text("domain")?;
    let published = without_policy(case).find(|it| it.domain().as_str() == domain)?;
    let record = &published.record;
    let tag = unknown_policy(record)?;
    let problem = tag.note.as_ref().unwrap_or(&RecordProblem::NoPolicy);
    let note = explain::dmarc::problem(problem);
    let effect = match record.is_usable(Rules::Rfc9989) {
        true => "receivers act as if it said p=none",
        false => "receivers ignore the record",
    };
    let message = format!("in the DMARC record of {domain}, {note}; {effect}");
    let by_hand = format!(
        "write {}= with none, quarantine or reject, as you meant it",
        tag.name
    );
    let fix = match meant(case, &record.text).map(|_| published.base(case)) {
        Some(meant) => {
            let open = PolicyRecord::parse(meant.as_bytes())
                .is_some_and(|meant| meant.for_domain(Rules::Rfc9989) == Policy::None);
            let text = match open {
                true => {
                    "give the record a policy; with p=none, mail that fails is delivered as it is now"
                }
                false => {
                    "write the policy that was meant; it takes effect for the first time, so see in \
                     the reports that your own mail passes before you do it"
                }
            };
            published
                .fix(text)
                .records(published.replaced(&meant))
                .otherwise(by_hand)
        }
        None => published.fix(by_hand),
    };
    Some(hit.says(message, record.text.as_str()).with_fix(fix))
}
