//! Who sends for a domain, as messages show it, in the terms of aggregate reports.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::failure::FailureCause;
use super::outcome::Outcome;
use super::verdicts::Verdicts;
use crate::Inspection;
use crate::dkim::DkimResult;
use crate::findings::Severity;
use crate::reports::{Sender, SenderEvidence};
use crate::spf::SpfResult;

/// How many pairs of a domain and a sender are counted.
const PAIRS: usize = 10_000;

/// How many causes of one sender are told apart.
const CAUSES: usize = 20;

/// A message, in the terms of aggregate reports.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeenMessage {
    /// The domain in From and who sent it; `None` if there is no single domain.
    pub sent: Option<(String, Sender)>,
    /// Whether DMARC passes for it; `None` if that is not known.
    pub passes: Option<bool>,
    /// Why it does not, and the most severe error or warning that tells more.
    pub cause: Option<(FailureCause, Option<&'static str>)>,
}

/// The messages of one sender.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeenMail {
    /// How many there are.
    pub messages: usize,
    /// How many pass DMARC.
    pub passes: usize,
    /// How many fail.
    pub fails: usize,
    /// Why they do, in the order in which that was seen.
    pub causes: Vec<SeenCause>,
}

/// Why messages of one sender fail.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeenCause {
    /// Why.
    pub failure: FailureCause,
    /// The most severe error or warning that tells more.
    pub finding: Option<&'static str>,
    /// How many of its messages fail so.
    pub messages: usize,
    /// The name of the first of them.
    pub example: String,
}

/// Who sends for which domain in From.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeenSenders {
    /// How many messages there are.
    pub messages: usize,
    /// The messages of each sender, by domain in From.
    pub senders: BTreeMap<(String, Sender), SeenMail>,
}

impl SeenMessage {
    /// The message of an inspection.
    pub fn of(inspection: &Inspection) -> Self {
        let verdicts = Verdicts::of(inspection);
        let ip = inspection.analysis.session.client_ip.as_ref();
        let from = verdicts.dmarc.author_domain.as_ref();
        let passes = match verdicts.outcome {
            Outcome::Pass => Some(true),
            Outcome::Fail => Some(false),
            _ => None,
        };
        // That it fails is known.
        let is_told = |(severity, code): &&(Severity, &'static str)| {
            matches!(severity, Severity::Error | Severity::Warning) && *code != "dmarc-fail"
        };
        let finding = verdicts
            .findings
            .iter()
            .find(is_told)
            .map(|(_, code)| *code);
        Self {
            sent: from.map(|from| {
                let ip = ip.map(|ip| ip.value);
                (from.to_string(), sender(from.as_str(), ip, &verdicts))
            }),
            passes,
            cause: FailureCause::of(&verdicts)
                .filter(|_| passes == Some(false))
                .map(|failure| (failure, finding)),
        }
    }
}

fn sender(from: &str, ip: Option<IpAddr>, verdicts: &Verdicts) -> Sender {
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
    Sender::of(&SenderEvidence {
        ip,
        ..SenderEvidence::new(from, &dkim, spf)
    })
}

impl SeenSenders {
    /// Counts a message of this name; `None` if it could not be analysed.
    pub fn add(&mut self, name: &str, message: Option<SeenMessage>) {
        let Some(message) = message else {
            return;
        };
        self.messages += 1;
        let Some(key) = message.sent else {
            return;
        };
        if self.senders.len() < PAIRS || self.senders.contains_key(&key) {
            let seen = self.senders.entry(key).or_default();
            seen.messages += 1;
            seen.passes += usize::from(message.passes == Some(true));
            seen.fails += usize::from(message.passes == Some(false));
            if let Some((failure, finding)) = message.cause {
                seen.add_cause(name, failure, finding);
            }
        }
    }
}

impl SeenMail {
    fn add_cause(&mut self, name: &str, failure: FailureCause, finding: Option<&'static str>) {
        let is_full = self.causes.len() >= CAUSES;
        let mut causes = self.causes.iter_mut();
        match causes.find(|one| one.failure == failure && one.finding == finding) {
            Some(cause) => cause.messages += 1,
            None if !is_full => self.causes.push(SeenCause {
                failure,
                finding,
                messages: 1,
                example: name.to_owned(),
            }),
            None => (),
        }
    }
}
