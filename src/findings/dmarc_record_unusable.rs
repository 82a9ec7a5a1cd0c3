//! A DMARC record that cannot be used as written.

use super::case::Published;
use super::policy::{by_alias, is_meant_for_dmarc, mended, owner, with_near_policies};
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::dmarc::{
    Found, PolicyRecord, RecordProblem, RecordTag, Rules, Step, TagState, with_tag, without_tag,
};
use crate::dns::change::RecordChange;
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dmarc-record-unusable",
    severity: Severity::Warning,
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
        let text = meant(step)?;
        let hit = RULE.hit(case.at_step(step)).text("domain", &step.domain);
        Some(hit.with("record", text))
    });
    texts.chain(invalid(case)).collect()
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    match hit.values.text("tag") {
        Some(_) => say_invalid(case, hit),
        None => say_no_record(case, hit),
    }
}

/// A text that was meant to be a record, if the name has no valid record.
fn meant(step: &Step) -> Option<&str> {
    let mut texts = step.records.iter();
    let text = texts.find(|text| step.found == Found::OtherText && is_meant_for_dmarc(text))?;
    Some(text)
}

fn say_no_record(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let step = case.own_step(hit.values.text("domain")?)?;
    let text = hit.values.text("record")?;
    let reason = explain::dmarc::reason(step)?;
    let message = format!(
        "what stands at _dmarc.{} is no DMARC record: {reason}",
        step.domain
    );
    let fix = Fix::new(format!(
        "publish the record as it was meant; from then on it has an effect, so see first that \
         your own mail passes{}",
        by_alias(step)
    ));
    let record = owner(step).map(|owner| RecordChange::txt(owner, &mended(text)));
    let fix = fix.records(record.map(RecordChange::replacing));
    Some(hit.says(message, text).with_fix(fix))
}

/// A record with an unknown policy, or none.
fn invalid(case: &Case<'_>) -> Option<Hit> {
    let published = case.record()?;
    let tag = unknown_policy(&published.record)?;
    let hit = RULE
        .hit(published.at(case))
        .text("domain", published.domain())
        .with("tag", tag.name.as_str());
    Some(match (&tag.value, tag.state) {
        (Some(value), TagState::Invalid) => hit.with("value", value.as_str()),
        _ => hit,
    })
}

fn unknown_policy(record: &PolicyRecord) -> Option<&RecordTag> {
    record.tags.iter().find(|tag| {
        matches!(tag.name.as_str(), "p" | "sp" | "np") && tag.state == TagState::Invalid
            || tag.name == "p" && tag.state == TagState::Absent
    })
}

fn say_invalid(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let published = case.record()?;
    let record = &published.record;
    let tag = unknown_policy(record)?;
    let problem = tag.note.as_ref().unwrap_or(&RecordProblem::NoPolicy);
    let note = explain::dmarc::problem(problem);
    let effect = match record.is_usable(Rules::Rfc9989) {
        true => "receivers act as if it said p=none",
        false => "receivers ignore the record",
    };
    let message = format!(
        "in the DMARC record of {}, {note}; {effect}",
        published.domain()
    );
    let without_subdomains = without_tag(
        &without_tag(&reported(&published, published.base()), "sp"),
        "np",
    );
    let open = with_tag(&without_subdomains, "p", "none");
    let mut fix = published.fix("give the record a policy").choice(
        "write p=none",
        "mail that fails is delivered, as it is now, and reports come",
        published.replaced(&open),
    );
    let meant = reported(&published, with_near_policies(&published));
    let is_policy = PolicyRecord::parse(meant.as_bytes())
        .is_some_and(|meant| meant.is_usable(Rules::Rfc9989) && meant.p.is_some());
    if is_policy && meant != open {
        fix = fix.choice(
            "write what was probably meant",
            "the policy takes effect for the first time: see in the reports that your own mail \
             passes before you do it",
            published.replaced(&meant),
        );
    }
    Some(hit.says(message, record.text.as_str()).with_fix(fix))
}

/// The record with a report address, which a stricter policy needs.
fn reported(published: &Published<'_>, text: String) -> String {
    match published.record.rua.is_empty() {
        true => with_tag(
            &text,
            "rua",
            &format!("mailto:dmarc@{}", published.domain()),
        ),
        false => text,
    }
}
