//! Why messages differ, in a few words: the first line about a group of them.

use crate::corpus::{Alike, AnswerChange, DifferenceKind, PartChange, Reason};
use crate::dns::{Name, RecordType};
use crate::render::senders::whose;
use crate::render::wrap::shortened;

/// The width in which one tag or term of a record is shown.
const PART: usize = 44;
/// How many of them are shown.
const PARTS: usize = 4;

/// The cause, how many messages it has, and whose they are; not yet safe for a terminal.
pub(super) fn headline(group: &Alike<'_>) -> String {
    let cause = match (group.kind, group.reasons.first()) {
        (DifferenceKind::New, _) => "new".into(),
        (DifferenceKind::Removed, _) => "gone".into(),
        (DifferenceKind::Renamed, _) => "another name and nothing else".into(),
        (_, Some(reason)) => of(reason),
        (_, None) => "changed".into(),
    };
    let answers = |reason: &Reason| match reason {
        Reason::Dns { .. } => 1,
        Reason::MoreDns { count } => *count,
        _ => 0,
    };
    let more = match group.reasons {
        [] | [_] => 0,
        [_, rest @ ..] => rest.iter().map(answers).sum::<usize>(),
    };
    let more = match more {
        0 => String::new(),
        1 => " and another answer of DNS".into(),
        more => format!(" and {more} other answers of DNS"),
    };
    let count = group.count();
    let noun = if count == 1 { "message" } else { "messages" };
    format!("{cause}{more}: {count} {noun}{}", from(group))
}

/// Whose messages they are, as far as that is known of all.
fn from(group: &Alike<'_>) -> String {
    let mut domains = std::collections::BTreeMap::<&str, usize>::new();
    for difference in group.differences() {
        let Some(domain) = &difference.from_domain else {
            return String::new();
        };
        *domains.entry(domain).or_default() += 1;
    }
    let domains = domains.into_iter().map(|(domain, count)| (count, domain));
    whose(group.count(), domains.collect(), 0)
}

fn of(reason: &Reason) -> String {
    match reason {
        Reason::Message => "the message itself was changed".into(),
        Reason::LineEnds => "bytes differ only in line ends".into(),
        Reason::Dns {
            name,
            record_type,
            how,
            ..
        } => answer(name, *record_type, how),
        Reason::MoreDns { .. } => "other answers of DNS".into(),
        Reason::Version { was, is } => format!("recorded by {was}, checked by {is}"),
        Reason::Expectation => "no change of a message, of DNS or of the program is known".into(),
        Reason::Unreadable { .. } => "an expectation that cannot be read".into(),
    }
}

fn answer(name: &Name, record_type: RecordType, how: &AnswerChange) -> String {
    match how {
        AnswerChange::Appeared => format!("a {record_type} record of {name} that was not there"),
        AnswerChange::Gone => format!("no {record_type} record of {name} any more"),
        AnswerChange::NoAnswer => format!("no answer to {record_type} {name}"),
        AnswerChange::NotRecorded => {
            format!("{record_type} {name} is asked, which was not recorded")
        }
        AnswerChange::Other => format!("another answer to {record_type} {name}"),
        AnswerChange::Parts(parts) if parts.len() > PARTS => {
            format!("{} changes in the record of {name}", parts.len())
        }
        AnswerChange::Parts(parts) => {
            let parts: Vec<String> = parts.iter().map(part).collect();
            format!("{} in the record of {name}", parts.join(", "))
        }
    }
}

fn part(part: &PartChange) -> String {
    let short = |text: &str| shortened(text, PART);
    match (&part.was, &part.is) {
        (None, Some(is)) => short(is),
        (Some(was), Some(is)) => format!("{} (was {})", short(is), short(was)),
        (Some(was), None) => format!("no {}", short(was)),
        (None, None) => String::new(),
    }
}
