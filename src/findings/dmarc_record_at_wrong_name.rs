//! A DMARC record at a name where receivers do not look.

use super::policy::meant;
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Mark, Rule, Severity, applies};
use crate::advice_lookups::Answered;
use crate::dmarc::{Found, Policy, PolicyRecord, with_tag};
use crate::dns::Name;
use crate::dns::change::RecordChange;

pub(super) const RULE: Rule = Rule {
    code: "dmarc-record-at-wrong-name",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 9989 §4.7 and §4.10", "RFC 7489 §6.1"],
    explanation: Explanation {
        summary: "DMARC record at a name where receivers do not look",
        means: "The record is in DNS, but not at _dmarc. and the domain. Either it stands at the \
                domain itself, or the provider put the name of the zone behind a name that was \
                already complete, which gives _dmarc.example.com.example.com.",
        matters: "Receivers ask for _dmarc. and the domain and for nothing else. They find no \
                  record, and the policy has no effect.",
        todo: "Publish the same text at the right name and remove the other. Many providers add \
               the domain by themselves: there, the name to enter is _dmarc alone. Others want the \
               whole name with a dot at its end.",
        example: "wrong  example.com. 300 TXT \"v=DMARC1; p=none\"\n\
                  wrong  _dmarc.example.com.example.com. 300 TXT \"v=DMARC1; p=none\"\n\
                  right  _dmarc.example.com. 300 TXT \"v=DMARC1; p=none\"",
    },
    applies: applies::has_own_domain,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    let mut seen: Vec<&Name> = Vec::new();
    for (domain, answer) in places(case) {
        let Some(lookup) = answer.lookup().filter(|_| is_without_record(case, domain)) else {
            continue;
        };
        let at = &lookup.question.name;
        let Some(text) = misplaced(answer).filter(|_| !seen.contains(&at)) else {
            continue;
        };
        seen.push(at);
        if let Ok(right) = domain.under("_dmarc") {
            hits.push(
                RULE.hit(Mark::dns(lookup))
                    .text("domain", domain)
                    .text("name", at)
                    .text("expected", right)
                    .with("record", text),
            );
        }
    }
    hits
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let (name, text) = (hit.values.text("name")?, hit.values.text("record")?);
    let (domain, at) = places(case).find_map(|(domain, answer)| {
        let at = &answer.lookup()?.question.name;
        (at.as_str() == name).then_some((domain, at))
    })?;
    let message = format!(
        "a DMARC record stands at {at}, where receivers do not look, and none at _dmarc.{domain}"
    );
    let removed = RecordChange::txt(at.clone(), text).removing();
    let record = meant(case, text).unwrap_or_else(|| text.to_owned());
    let fix = moved(domain.under("_dmarc").ok()?, &record).record(removed);
    Some(hit.says(message, text).with_fix(fix))
}

/// Names where receivers do not look, each with the domain that the record may have been meant for.
fn places<'a>(case: &Case<'a>) -> impl Iterator<Item = (&'a Name, &'a Answered)> + use<'a> {
    let advice = case.advice;
    let places = [
        (case.author(), &advice.author),
        (case.organization(), &advice.organization),
        (case.author(), &advice.doubled_dmarc),
    ];
    let places = places.into_iter();
    places.filter_map(|(domain, answer)| Some((domain?, answer)))
}

/// The fix. The record was never in effect at the wrong name, so a policy stricter than none takes
/// effect when it is moved.
fn moved(right: Name, text: &str) -> Fix {
    let asks = PolicyRecord::parse(text.as_bytes()).and_then(|record| record.p);
    let softened = with_tag(text, "p", "none");
    match asks {
        Some(Policy::Quarantine | Policy::Reject) if softened != text => Fix::new(
            "publish it at the right name and remove it here. It was never in force, so choose \
             how to begin",
        )
        .choice(
            "with p=none",
            "nothing is refused while you read in the reports who sends for your domain; raise it \
             when all of them pass",
            vec![RecordChange::txt(right.clone(), &softened)],
        )
        .choice(
            "as it is",
            "receivers act on it at once, also against mail of yours that does not pass",
            vec![RecordChange::txt(right, text)],
        ),
        _ => Fix::new(
            "publish it at the right name and remove it here. It takes effect for the first time",
        )
        .record(RecordChange::txt(right, text)),
    }
}

/// Whether it is known that the right name has no record.
fn is_without_record(case: &Case<'_>, domain: &Name) -> bool {
    let step = case.own_step(domain.as_str());
    step.is_some_and(|step| matches!(step.found, Found::Nothing | Found::OtherText))
}

fn misplaced(answer: &Answered) -> Option<String> {
    let mut texts = answer.texts().into_iter();
    texts.find(|text| PolicyRecord::parse(text.as_bytes()).is_some())
}
