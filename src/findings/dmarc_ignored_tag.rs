//! Tags of a DMARC record that receivers ignore, as they are misspelt or have no such value.

use super::{Case, Explanation, Findings, Fires, Rule, Severity, applies};
use crate::dmarc::{PolicyRecord, RecordTag, TagState, tag_names, with_tag};
use crate::explain;
use crate::suggest::nearest;

pub(super) const RULE: Rule = Rule {
    code: "dmarc-ignored-tag",
    severity: Severity::Warning,
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
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(published) = case.usable_record() else {
        return;
    };
    let ignored: Vec<&RecordTag> = published
        .record
        .tags
        .iter()
        .filter(|tag| is_ignored(tag))
        .collect();
    if ignored.is_empty() {
        return;
    }
    let notes = ignored.iter().filter_map(|tag| tag.note.as_ref());
    let notes = notes.map(|note| explain::dmarc::problem(note).to_string());
    let notes: Vec<String> = notes.collect();
    let message = format!(
        "in the DMARC record of {}, {}",
        published.domain(),
        notes.join("; ")
    );
    let without = published.base();
    let meant = ignored.iter().filter_map(|tag| meant(tag));
    let corrected = meant.fold(without.clone(), |text, (name, value)| {
        with_tag(&text, &name, &value)
    });
    let mut fix = published.fix("take it out, or write it right").choice(
        "take it out",
        "nothing changes, as receivers ignore it now",
        published.replaced(&without),
    );
    if corrected != without {
        fix = fix.choice(
            "write what was probably meant",
            "the tag takes effect for the first time",
            published.replaced(&corrected),
        );
    }
    findings.add(message, published.seen(case)).fix(fix);
}

/// Policies and addresses for reports have rules of their own.
fn is_ignored(tag: &RecordTag) -> bool {
    let has_own_rule = matches!(tag.name.as_str(), "p" | "sp" | "np" | "rua" | "ruf");
    match tag.state {
        TagState::Unknown | TagState::Malformed | TagState::Repeated => true,
        TagState::Invalid => !has_own_rule,
        TagState::Valid | TagState::Absent | TagState::Removed => false,
    }
}

/// The tag whose name it is near to, if there is just one.
fn meant(tag: &RecordTag) -> Option<(String, String)> {
    let value = tag.value.as_deref()?;
    let names: Vec<&str> = tag_names().collect();
    let near = nearest(&tag.name, &names, 1);
    let fits = |name: &&&str| {
        let text = format!("v=DMARC1; {name}={value}");
        let record = PolicyRecord::parse(text.as_bytes());
        record.is_some_and(|record| {
            let mut tags = record.tags.iter();
            tags.any(|tag| tag.name == **name && tag.state == TagState::Valid)
        })
    };
    let fitting: Vec<&&str> = near.iter().filter(fits).collect();
    match (tag.state, fitting.as_slice()) {
        (TagState::Unknown, [name]) => Some((name.to_string(), value.to_owned())),
        _ => None,
    }
}
