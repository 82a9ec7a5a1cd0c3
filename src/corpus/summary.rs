//! Counts over many analyses.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::failure::FailureCause;
use super::outcome::Outcome;
use super::second_count::SecondCount;
use super::sending_source::SendingSource;
use super::verdicts::Verdicts;
use crate::dkim::DkimResult;
use crate::findings::Severity;

/// How many different values are counted one by one; further ones are counted together, so the
/// memory does not grow with the corpus.
const VALUES: usize = 10_000;

/// Octets of a name that is kept as an example, so that those of all domains take 10 MB at most.
const EXAMPLE: usize = 1_000;

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
    /// How those with each domain in From do.
    pub from: BTreeMap<String, DomainCount>,
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FindingCount {
    /// How much it matters.
    pub severity: Severity,
    /// The number of messages.
    pub messages: usize,
    /// The name of the first.
    pub example: String,
}

/// How the messages with one domain in From do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DomainCount {
    /// How many there are.
    pub messages: usize,
    /// How many pass DMARC.
    pub pass: usize,
    /// How many could not be judged.
    pub not_judged: usize,
    /// Why the first of them that does not pass does not.
    pub cause: Option<FailureCause>,
    /// Its name, unless that is very long.
    pub example: Option<String>,
}

impl DomainCount {
    fn add(&mut self, name: &str, verdicts: &Verdicts) {
        self.messages += 1;
        self.pass += usize::from(verdicts.outcome == Outcome::Pass);
        self.not_judged += usize::from(verdicts.outcome == Outcome::NotJudged);
        // A failure says more than what is not known.
        let is_first = self.cause.is_none() && verdicts.outcome != Outcome::NotJudged;
        if let Some(cause) = FailureCause::of(verdicts).filter(|_| is_first) {
            self.cause = Some(cause);
            self.example = (name.len() <= EXAMPLE).then(|| name.to_owned());
        }
    }
}

impl Summary {
    /// Counts the message with this name; `None` if it could not be analysed.
    pub fn add(&mut self, name: &str, verdicts: Option<&Verdicts>) {
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
        count_findings(&mut self.findings, &verdicts.findings, name);
        if !verdicts.second.is_empty() {
            self.second.get_or_insert_default().add(&verdicts.second);
        }
        let author = verdicts.dmarc.author_domain.as_ref();
        let region = match &verdicts.source {
            SendingSource::SesRegion(region) => Some(region.as_str()),
            _ => None,
        };
        let author = author.map_or("no single domain", |author| author.as_str());
        of(&mut self.from, author).add(name, verdicts);
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
    name: &str,
) {
    for (index, (severity, code)) in findings.iter().enumerate() {
        if findings[..index].iter().any(|(_, earlier)| earlier == code) {
            continue;
        }
        let found = counts.entry(code).or_insert_with(|| FindingCount {
            severity: *severity,
            messages: 0,
            example: name.to_owned(),
        });
        found.messages += 1;
    }
}

fn count(counts: &mut BTreeMap<String, usize>, value: Option<&str>) {
    if let Some(value) = value {
        *of(counts, value) += 1;
    }
}

/// The count of a value; beyond the bound, of all others together.
fn of<'c, T: Default>(counts: &'c mut BTreeMap<String, T>, value: &str) -> &'c mut T {
    let is_others = counts.len() >= VALUES && !counts.contains_key(value);
    let value = if is_others { "others" } else { value };
    counts.entry(value.to_owned()).or_default()
}
