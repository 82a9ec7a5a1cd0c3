//! Tags of a DMARC record that receivers ignore, as their name is misspelt or their value not
//! allowed.

use super::{Case, Explanation, Finding, Fires, Hit, Rule, Severity, applies};
use crate::dmarc::{PolicyRecord, RecordTag, TagState};
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dmarc-ignored-tag",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 9989 §4.7 and §4.8", "RFC 7489 §6.3"],
    explanation: Explanation {
        summary: "DMARC record with a tag that is misspelt or has no such value",
        means: "A DMARC record is a list of tags. A tag that nobody knows is ignored; one with a \
                value that is not allowed falls back to its default; of a tag that stands there \
                twice the first counts.",
        matters: "The record does less than it says, and nobody complains. Where a tag was meant \
                  to make it stricter, it does not.",
        todo: "Decide whether the tag is needed at all. If not, take it out: nothing changes. If \
               it is, write it right, and remember that it then takes effect for the first time. \
               aspf=s, for one, keeps SPF of mail through Amazon SES from counting.\n\
               A guide of AWS on SES and DMARC writes aspr=r where it means aspf=r.",
        example: "wrong  v=DMARC1; p=quarantine; aspr=r\n\
                  right  v=DMARC1; p=quarantine; aspf=r",
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
    let tags = ignored(&published.record);
    let tags: Vec<String> = tags.map(|tag| tag.name.clone()).collect();
    let hit = || {
        let hit = RULE.hit(published.at(case));
        hit.with("domain", published.domain().as_str())
    };
    (!tags.is_empty()).then(|| hit().with("tags", tags))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let published = case.usable_record()?;
    let notes = ignored(&published.record).filter_map(|tag| tag.note.as_ref());
    let notes = notes.map(|note| explain::dmarc::problem(note).to_string());
    let notes: Vec<String> = notes.collect();
    let message = format!(
        "in the DMARC record of {}, {}",
        published.domain(),
        notes.join("; ")
    );
    let new = published.base(case);
    let fix = match published.asks_the_same(&new) {
        true => published
            .fix("take out what receivers ignore, or write it right; they go on as they do now")
            .otherwise("take it out, or write it right"),
        false => published
            .fix("write what was probably meant; it takes effect for the first time")
            .otherwise("write it right; the tag takes effect for the first time"),
    };
    let fix = fix.records(published.replaced(&new));
    let seen = published.record.text.as_str();
    Some(hit.says(message, seen).with_fix(fix))
}

/// The tags that receivers ignore. Policies and report addresses have rules of their own.
fn ignored(record: &PolicyRecord) -> impl Iterator<Item = &RecordTag> {
    record.tags.iter().filter(|tag| match tag.state {
        TagState::Unknown | TagState::Malformed | TagState::Repeated => true,
        TagState::Invalid => !matches!(tag.name.as_str(), "p" | "sp" | "np" | "rua" | "ruf"),
        TagState::Valid | TagState::Absent | TagState::Removed => false,
    })
}
