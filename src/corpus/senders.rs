//! Who sends for a domain, as messages show it, in the terms of aggregate reports.

use std::collections::BTreeMap;

use super::Verdicts;
use crate::dkim::DkimResult;
use crate::reports::{Sender, SenderEvidence};
use crate::spf::SpfResult;

/// How many pairs of a domain and a sender are counted.
const PAIRS: usize = 10_000;

/// Who sends for which domain in From.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeenSenders {
    /// How many messages there are.
    pub messages: usize,
    /// How many messages of each sender, by domain in From.
    pub senders: BTreeMap<(String, Sender), usize>,
}

impl SeenSenders {
    /// Counts a message; `None` if it could not be analysed.
    pub fn add(&mut self, verdicts: Option<&Verdicts>) {
        let Some(verdicts) = verdicts else {
            return;
        };
        self.messages += 1;
        let Some(from) = &verdicts.dmarc.author_domain else {
            return;
        };
        let dkim: Vec<_> = verdicts
            .dkim
            .iter()
            .filter_map(|one| {
                let selector = one.selector.as_ref().map_or("", |name| name.as_str());
                let passes = one.result == DkimResult::Pass;
                Some((one.domain.as_ref()?.as_str(), selector, passes))
            })
            .collect();
        let spf = &verdicts.mail_from;
        let passes = spf.result == SpfResult::Pass;
        let spf = spf.domain.as_deref().map(|domain| (domain, passes));
        let sender = Sender::of(&SenderEvidence::new(from.as_str(), &dkim, spf));
        let key = (from.to_string(), sender);
        if self.senders.len() < PAIRS || self.senders.contains_key(&key) {
            *self.senders.entry(key).or_default() += 1;
        }
    }
}
