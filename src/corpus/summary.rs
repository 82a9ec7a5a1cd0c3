//! Counts over many analyses.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::second_count::SecondCount;
use super::sending_source::SendingSource;
use super::verdicts::Verdicts;
use crate::dkim::DkimResult;
use crate::findings::Severity;

/// How many different values are counted one by one; further ones are counted together, so the
/// memory does not grow with the corpus.
const VALUES: usize = 10_000;

/// Counts over many messages: add the [`Verdicts`] of each, then read the counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// How many messages there were.
    pub messages: usize,
    /// How many of them could not be analysed.
    pub errors: usize,
    /// How many messages have each conclusion.
    pub conclusion: BTreeMap<&'static str, usize>,
    /// How many have each result of SPF for the reverse-path.
    pub spf: BTreeMap<&'static str, usize>,
    /// How many have each result as the best of their signatures.
    pub dkim: BTreeMap<&'static str, usize>,
    /// How many have each result of DMARC.
    pub dmarc: BTreeMap<&'static str, usize>,
    /// How many messages have each finding.
    pub findings: BTreeMap<&'static str, FindingCount>,
    /// How many have each domain in From.
    pub from: BTreeMap<String, usize>,
    /// How many were sent by each region of Amazon SES.
    pub ses_region: BTreeMap<String, usize>,
    /// How many were delivered by hosts of each domain.
    pub sending_host: BTreeMap<String, usize>,
    /// How the results of a second engine compare with ours; absent if none was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second: Option<SecondCount>,
    /// The earliest time of receipt.
    pub first: Option<Timestamp>,
    /// The latest time of receipt.
    pub last: Option<Timestamp>,
}

/// How many messages have a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FindingCount {
    /// How much it matters.
    pub severity: Severity,
    /// The number of messages.
    pub messages: usize,
}

impl Summary {
    /// Counts one message; `None` if it could not be analysed.
    pub fn add(&mut self, verdicts: Option<&Verdicts>) {
        self.messages += 1;
        let Some(verdicts) = verdicts else {
            self.errors += 1;
            return;
        };
        let dkim = verdicts.best_dkim().map_or("none", DkimResult::as_str);
        let spf = verdicts.mail_from.result.as_str();
        *self
            .conclusion
            .entry(verdicts.conclusion.as_str())
            .or_default() += 1;
        *self.spf.entry(spf).or_default() += 1;
        *self.dkim.entry(dkim).or_default() += 1;
        *self
            .dmarc
            .entry(verdicts.dmarc.result.as_str())
            .or_default() += 1;
        count_findings(&mut self.findings, &verdicts.findings);
        if !verdicts.second.is_empty() {
            self.second.get_or_insert_default().add(&verdicts.second);
        }
        let author = verdicts.dmarc.author_domain.as_ref();
        let region = match &verdicts.source {
            SendingSource::SesRegion(region) => Some(region.as_str()),
            _ => None,
        };
        let author = author.map_or("no single domain", |author| author.as_str());
        count(&mut self.from, Some(author));
        count(&mut self.ses_region, region);
        count(&mut self.sending_host, verdicts.sending_host.as_deref());
        if let Some(at) = verdicts.received_at {
            self.first = Some(self.first.map_or(at, |first| first.min(at)));
            self.last = Some(self.last.map_or(at, |last| last.max(at)));
        }
    }
}

/// Counts the findings of one message; each code once.
pub(super) fn count_findings(
    counts: &mut BTreeMap<&'static str, FindingCount>,
    findings: &[(Severity, &'static str)],
) {
    for (index, (severity, code)) in findings.iter().enumerate() {
        if findings[..index].iter().any(|(_, earlier)| earlier == code) {
            continue;
        }
        let found = counts.entry(code).or_insert(FindingCount {
            severity: *severity,
            messages: 0,
        });
        found.messages += 1;
    }
}

fn count(counts: &mut BTreeMap<String, usize>, value: Option<&str>) {
    let Some(value) = value else { return };
    if let Some(count) = counts.get_mut(value) {
        *count += 1;
        return;
    }
    let value = if counts.len() >= VALUES {
        "others"
    } else {
        value
    };
    *counts.entry(value.to_owned()).or_default() += 1;
}
