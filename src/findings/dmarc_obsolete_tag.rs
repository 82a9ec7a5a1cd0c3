//! Tags of a DMARC record that RFC 9989 removed and that never had an effect.

use super::{Case, Explanation, Finding, Fires, Hit, Rule, Severity, applies};
use crate::dmarc::{RecordTag, TagState};

pub(super) const RULE: Rule = Rule {
    code: "dmarc-obsolete-tag",
    severity: Severity::Notice,
    wants_message: false,
    cites: &["RFC 9989 §4.8 and Appendix C.5.2", "RFC 7489 §6.2 and §6.3"],
    explanation: Explanation {
        summary: "DMARC record with a tag that has gone out of use",
        means: "RFC 7489 had the tags rf and ri for the form and the rhythm of reports, pct for \
                a part of the mail, and a size such as !10m behind an address for reports. \
                RFC 9989 removed them in 2026. pct=100 says what holds anyway.",
        matters: "Nothing is broken: receivers ignore what they do not know. But who reads the \
                  record expects an effect that is not there.",
        todo: "Take it out when you change the record next. There is no hurry.",
        example: "old  v=DMARC1; p=reject; pct=100; ri=3600; rua=mailto:dmarc@example.com!10m\n\
                  new  v=DMARC1; p=reject; rua=mailto:dmarc@example.com",
    },
    applies: applies::has_own_policy,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let published = case.usable_record()?;
    let record = &published.record;
    // A percentage with an effect has a rule of its own.
    let counts = matches!(record.percentage, Some(0..100));
    let is_obsolete =
        |tag: &RecordTag| tag.state == TagState::Removed && !(tag.name == "pct" && counts);
    let tags = published.written().filter(|(tag, _)| is_obsolete(tag));
    let tags: Vec<String> = tags.map(|(_, text)| text.to_owned()).collect();
    let sizes = record.rua.iter().chain(&record.ruf);
    let sizes: Vec<String> = sizes.filter_map(|uri| uri.size.clone()).collect();
    if tags.is_empty() && sizes.is_empty() {
        return None;
    }
    let hit = RULE.hit(published.at(case));
    let hit = hit.with("domain", published.domain().as_str());
    Some(hit.with("tags", tags).with("sizes", sizes))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let published = case.usable_record()?;
    let sizes = hit.values.list("sizes")?.iter();
    let sizes = sizes.map(|size| format!("!{size}"));
    let found: Vec<String> = hit
        .values
        .list("tags")?
        .iter()
        .cloned()
        .chain(sizes)
        .collect();
    let message = format!(
        "the DMARC record of {} has {}, which RFC 9989 removed and receivers may ignore",
        published.domain(),
        found.join(", ")
    );
    let new = published.base(case);
    let fix = match published.record.percentage {
        // The rule about it shows the record.
        Some(0..100) => published.fix("take it out when you change the record next"),
        _ => {
            let more = match published.asks_the_same(&new) {
                true => "nothing else changes",
                false => "this also has what the other findings correct",
            };
            let words = format!("take it out when you change the record next; {more}");
            published.fix(words).records(published.replaced(&new))
        }
    };
    let seen = published.record.text.as_str();
    Some(hit.says(message, seen).with_fix(fix))
}
