//! Many analyses in numbers.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::Analysis;
use crate::dkim::DkimResult;
use crate::findings::Severity;

/// Different values that are counted apart; more are counted together, so that the memory this takes
/// does not grow with the corpus.
const VALUES: usize = 10_000;

/// What of one analysis is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    conclusion: &'static str,
    spf: &'static str,
    dkim: &'static str,
    dmarc: &'static str,
    findings: Vec<(&'static str, Severity)>,
    from: String,
    region: Option<String>,
    host: Option<String>,
    at: Option<Timestamp>,
}

impl Digest {
    /// Takes it out of `analysis`.
    pub fn of(analysis: &Analysis) -> Self {
        let findings = analysis.findings.iter();
        let author = analysis.dmarc.author_domain.as_ref();
        let region = analysis.ses.as_ref().and_then(|ses| ses.region.as_ref());
        Self {
            conclusion: analysis.conclusion.result.as_str(),
            spf: analysis.spf.mail_from.result.as_str(),
            dkim: best(analysis),
            dmarc: analysis.dmarc.result.as_str(),
            findings: findings
                .map(|finding| (finding.code, finding.severity))
                .collect(),
            from: author.map_or("no single domain".into(), |name| name.to_string()),
            region: region.map(ToString::to_string),
            host: analysis.session.sending_host(),
            at: analysis.session.received_at.as_ref().map(|at| at.value),
        }
    }
}

/// The best result of all signatures; none where there is no signature.
fn best(analysis: &Analysis) -> &'static str {
    let results = analysis.dkim.iter().map(|verdict| verdict.result);
    let rank = |result: &DkimResult| match result {
        DkimResult::Pass => 0,
        DkimResult::Temperror => 1,
        DkimResult::NotEvaluated => 2,
        DkimResult::Fail => 3,
        DkimResult::Permerror => 4,
        DkimResult::Policy => 5,
        DkimResult::Neutral => 6,
    };
    results.min_by_key(rank).map_or("none", DkimResult::as_str)
}

/// Counts over many messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// How many messages there were.
    pub messages: usize,
    /// How many of them could not be analysed.
    pub errors: usize,
    /// By conclusion.
    pub conclusion: BTreeMap<&'static str, usize>,
    /// By result of SPF for the reverse-path.
    pub spf: BTreeMap<&'static str, usize>,
    /// By the best result of a signature.
    pub dkim: BTreeMap<&'static str, usize>,
    /// By result of DMARC.
    pub dmarc: BTreeMap<&'static str, usize>,
    /// How many messages have each finding.
    pub findings: BTreeMap<&'static str, Found>,
    /// By the domain in From.
    pub from: BTreeMap<String, usize>,
    /// By region of Amazon SES.
    pub ses_region: BTreeMap<String, usize>,
    /// By the domain of the host that delivered.
    pub sending_host: BTreeMap<String, usize>,
    /// The earliest time of receipt.
    pub first: Option<Timestamp>,
    /// The latest time of receipt.
    pub last: Option<Timestamp>,
}

/// How often a finding was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// How much it matters.
    pub severity: Severity,
    /// In how many messages.
    pub messages: usize,
}

impl Summary {
    /// Counts one message; `None` where it could not be analysed.
    pub fn add(&mut self, digest: Option<Digest>) {
        self.messages += 1;
        let Some(digest) = digest else {
            self.errors += 1;
            return;
        };
        *self.conclusion.entry(digest.conclusion).or_default() += 1;
        *self.spf.entry(digest.spf).or_default() += 1;
        *self.dkim.entry(digest.dkim).or_default() += 1;
        *self.dmarc.entry(digest.dmarc).or_default() += 1;
        let mut codes = digest.findings;
        codes.sort_unstable();
        codes.dedup();
        for (code, severity) in codes {
            let found = self.findings.entry(code).or_insert(Found {
                severity,
                messages: 0,
            });
            found.messages += 1;
        }
        count(&mut self.from, Some(digest.from));
        count(&mut self.ses_region, digest.region);
        count(&mut self.sending_host, digest.host);
        if let Some(at) = digest.at {
            self.first = Some(self.first.map_or(at, |first| first.min(at)));
            self.last = Some(self.last.map_or(at, |last| last.max(at)));
        }
    }
}

fn count(counts: &mut BTreeMap<String, usize>, value: Option<String>) {
    let Some(value) = value else { return };
    let is_full = counts.len() >= VALUES && !counts.contains_key(&value);
    let value = if is_full { "others".into() } else { value };
    *counts.entry(value).or_default() += 1;
}
