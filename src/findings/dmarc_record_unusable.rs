//! A DMARC record that cannot be used as it is written.

use super::policy::{Published, by_alias, is_meant_for_dmarc, mended, owner, with_near_policies};
use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, applies};
use crate::dmarc::{Found, PolicyRecord, Rules, TagState, with_tag, without_tag};
use crate::dns::change::RecordChange;

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
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    no_records(case, findings);
    if let Some(published) = case.record() {
        invalid(case, &published, findings);
    }
}

/// Texts that were meant to be a record, where there is no record beside them.
fn no_records(case: &Case<'_>, findings: &mut Findings) {
    for step in case
        .own_steps()
        .filter(|step| step.found == Found::OtherText)
    {
        let Some(text) = step.records.iter().find(|text| is_meant_for_dmarc(text)) else {
            continue;
        };
        let reason = match &step.reason {
            Some(reason) => reason.as_str(),
            None => "it does not begin with v=DMARC1",
        };
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
        findings
            .add(message, case.at_step(step).says(text.clone()))
            .fix(fix.records(record.map(RecordChange::replacing)));
    }
}

/// A record with a policy that nobody knows, or none.
fn invalid(case: &Case<'_>, published: &Published<'_>, findings: &mut Findings) {
    let record = &published.record;
    let is_policy = |name: &str| matches!(name, "p" | "sp" | "np");
    let invalid = record.tags.iter().find(|tag| {
        is_policy(&tag.name) && tag.state == TagState::Invalid
            || tag.name == "p" && tag.state == TagState::Absent
    });
    let Some(tag) = invalid else {
        return;
    };
    let note = tag.note.clone().unwrap_or_else(|| "p= is missing".into());
    let effect = match record.is_usable(Rules::Rfc9989) {
        true => "receivers act as if it said p=none",
        false => "receivers ignore the record",
    };
    let message = format!(
        "in the DMARC record of {}, {note}; {effect}",
        published.domain()
    );
    let without_subdomains = without_tag(
        &without_tag(&reported(published, published.base()), "sp"),
        "np",
    );
    let open = with_tag(&without_subdomains, "p", "none");
    let mut fix = published.fix("give the record a policy").choice(
        "write p=none",
        "mail that fails is delivered, as it is now, and reports come",
        published.replaced(&open),
    );
    let meant = reported(published, with_near_policies(published));
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
    findings.add(message, published.seen(case)).fix(fix);
}

/// The record with an address for reports: nobody can go on without.
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
