//! What saved messages add to the mail that aggregate reports call failing.

use std::collections::BTreeMap;

use super::senders::{SeenMail, SeenSenders};
use crate::reports::{PolicyDomain, Rejection, Sender};

/// What saved messages of a domain add to reports about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BesideReports {
    /// How many saved messages there are from the domain and its subdomains.
    pub messages: usize,
    /// How many pass DMARC.
    pub passes: usize,
    /// How many fail.
    pub fails: usize,
    /// Each sender whose saved messages fail; first those that fail in reports too, most first.
    pub failing: Vec<FailingSender>,
}

/// A sender whose saved messages fail.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailingSender {
    /// Who sends.
    pub sender: Sender,
    /// The domain in From.
    pub from: String,
    /// How many messages of it fail in reports.
    pub reported: u64,
    /// Its saved messages.
    pub saved: SeenMail,
}

impl BesideReports {
    /// What the messages in `corpus` add to the reports about the domain called `name`.
    pub fn of(
        name: &str,
        domain: &PolicyDomain,
        rejection: &Rejection,
        corpus: &SeenSenders,
    ) -> Self {
        let mut reported: BTreeMap<(&str, &Sender), u64> = BTreeMap::new();
        for one in &rejection.failing {
            *reported.entry((&one.from, &one.sender)).or_default() += one.messages;
        }
        let fails_in_reports = |from: &str, sender: &Sender| -> u64 {
            let counts = reported.iter();
            let counts = counts.filter(|((author, _), _)| *author == from);
            let counts = counts.filter(|((_, other), _)| may_be_same(sender, other));
            counts.map(|(_, count)| *count).sum()
        };
        let is_below = |from: &str| {
            let above = from.strip_suffix(name);
            above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
        };
        let mut found = Self::default();
        for ((from, sender), saved) in &corpus.senders {
            if !is_below(from) && !domain.from.contains_key(from) {
                continue;
            }
            found.messages += saved.messages;
            found.passes += saved.passes;
            found.fails += saved.fails;
            if saved.fails > 0 {
                found.failing.push(FailingSender {
                    sender: sender.clone(),
                    from: from.clone(),
                    reported: fails_in_reports(from, sender),
                    saved: saved.clone(),
                });
            }
        }
        let failing = &mut found.failing;
        failing.sort_by_key(|one| (u64::MAX - one.reported, usize::MAX - one.saved.fails));
        found
    }
}

/// Whether these are one sender; the region of SES may show in one place only.
fn may_be_same(one: &Sender, other: &Sender) -> bool {
    let is_vague = *one == Sender::Ses || *other == Sender::Ses;
    one == other || one.is_ses() && other.is_ses() && is_vague
}
