//! What saved messages add to reports, in words.

use super::super::failure;
use super::messages;
use crate::corpus::{BesideReports, FailingSender, SeenCause};
use crate::reports::Rejection;

/// How many causes of a sender are told.
const CAUSES: usize = 3;

/// What the saved messages of a domain add to the answer of the reports.
pub(super) fn says(beside: &BesideReports, rejection: &Rejection, domain: &str) -> String {
    let BesideReports {
        messages: saved,
        passes,
        fails,
        ..
    } = *beside;
    let failing = fail(fails);
    let also = beside.failing.iter().any(|one| one.reported > 0);
    match (saved, fails, rejection.fails) {
        (0, ..) => format!("The corpus has no message from {domain}, so it adds nothing to that."),
        (_, 0, 0) if passes == saved => format!(
            "{} in the corpus, and DMARC passes for all: reports and messages agree.",
            plenty(saved)
        ),
        (_, 0, 0) => format!(
            "{} in the corpus, and none fails; DMARC passes for {passes}.",
            plenty(saved)
        ),
        (_, 0, _) => format!(
            "{} in the corpus, and none fails: they do not tell why the mail in reports does. Save \
             one of a sender named above, and they tell.",
            plenty(saved)
        ),
        (_, _, 0) => format!(
            "{} in the corpus, and {failing}, which no report shows: find out whether they are \
             yours before p=reject.",
            plenty(saved)
        ),
        _ if also => format!(
            "{} in the corpus, and {failing}; where the sender is one that fails in reports too, \
             this is why:",
            plenty(saved)
        ),
        _ => format!(
            "{} in the corpus, and {failing}, of other senders than in the reports:",
            plenty(saved)
        ),
    }
}

fn fail(count: usize) -> String {
    match count {
        1 => "1 fails".into(),
        _ => format!("{count} fail"),
    }
}

fn plenty(saved: usize) -> String {
    match saved {
        1 => "1 message from it is".into(),
        _ => format!("{saved} messages from it are"),
    }
}

/// Why saved messages of a sender fail.
pub(super) fn of_sender(one: &FailingSender) -> String {
    let mut causes: Vec<&SeenCause> = one.saved.causes.iter().collect();
    causes.sort_by_key(|cause| usize::MAX - cause.messages);
    let told: Vec<String> = causes
        .iter()
        .take(CAUSES)
        .map(|cause| of_cause(cause))
        .collect();
    let reported = match one.reported {
        0 => "none in reports".into(),
        count => format!("{} in reports", messages(count)),
    };
    format!(
        "{} of {} saved from {}, {reported}. {}",
        fail(one.saved.fails),
        one.saved.messages,
        one.from,
        told.join(" ")
    )
}

fn of_cause(cause: &SeenCause) -> String {
    let finding = match cause.finding {
        Some(code) => format!(", finding {code}"),
        None => String::new(),
    };
    let more = match cause.messages {
        1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    format!(
        "{}: {}{more}{finding}.",
        capital(&why(cause)),
        cause.example
    )
}

/// Why, as a clause.
pub(super) fn why(cause: &SeenCause) -> String {
    failure::words(cause.failure)
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}
