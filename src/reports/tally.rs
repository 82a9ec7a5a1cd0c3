//! The records of many reports, added up by domain and by who sends. The sums do not depend on the
//! order of reports, and a report that is given twice counts once.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::meaning::{Meaning, aligned, meaning};
use super::report::{Disposition, Override, Report, ReportRecord, SeenPolicy};
use super::sender::{Sender, SenderEvidence, network};

/// How many domains are counted one by one.
const DOMAINS: usize = 2_000;

/// How many sources of a domain are counted one by one.
pub(super) const SOURCES: usize = 2_000;

/// How many sources there are of all domains together.
const ALL_SOURCES: usize = 50_000;

/// How many domains in From, reporters and policies of a domain are counted one by one.
const PARTS: usize = 1_000;

/// How many lines of a source name a domain of their own.
const LINES: usize = 50;

/// How many networks of a source are counted.
const NETWORKS: usize = 20;

/// How many names of reports are kept.
const NAMES: usize = 1_000_000;

/// How many messages there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct MailCounts {
    /// All.
    pub messages: u64,
    /// DMARC passes.
    pub pass: u64,
    /// DMARC passes on SPF and on DKIM.
    pub on_both: u64,
    /// DMARC passes on DKIM alone.
    pub on_dkim_alone: u64,
    /// DMARC passes on SPF alone.
    pub on_spf_alone: u64,
    /// DMARC fails.
    pub fail: u64,
    /// Receivers treated it as suspicious.
    pub quarantined: u64,
    /// Receivers did not take it.
    pub rejected: u64,
}

impl AddAssign for MailCounts {
    fn add_assign(&mut self, other: Self) {
        let add = |to: &mut u64, more: u64| *to = to.saturating_add(more);
        add(&mut self.messages, other.messages);
        add(&mut self.pass, other.pass);
        add(&mut self.on_both, other.on_both);
        add(&mut self.on_dkim_alone, other.on_dkim_alone);
        add(&mut self.on_spf_alone, other.on_spf_alone);
        add(&mut self.fail, other.fail);
        add(&mut self.quarantined, other.quarantined);
        add(&mut self.rejected, other.rejected);
    }
}

impl MailCounts {
    fn of(record: &ReportRecord, policy: &SeenPolicy) -> Self {
        let (dkim, spf) = aligned(record, policy);
        let if_so = |is: bool| if is { record.count } else { 0 };
        Self {
            messages: record.count,
            pass: if_so(dkim || spf),
            on_both: if_so(dkim && spf),
            on_dkim_alone: if_so(dkim && !spf),
            on_spf_alone: if_so(spf && !dkim),
            fail: if_so(!dkim && !spf),
            quarantined: if_so(record.disposition == Disposition::Quarantined),
            rejected: if_so(record.disposition == Disposition::Rejected),
        }
    }
}

/// Messages of a source whose results mean the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MailLine {
    /// How many they are.
    pub counts: MailCounts,
    /// For how many of them receivers did not do what the policy asks, and why.
    pub overrides: BTreeMap<Override, u64>,
    /// For how many of them receivers say in this way that they were passed on.
    pub passed_on: u64,
}

/// Mail of a sender with one domain in From.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MailSource {
    /// How many messages.
    pub counts: MailCounts,
    /// What their results mean, and the domain that this is about.
    pub lines: BTreeMap<(Meaning, Option<String>), MailLine>,
    /// The networks that they came from.
    pub networks: BTreeMap<String, u64>,
}

/// What one organization reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Reporter {
    /// How many reports.
    pub reports: usize,
    /// How many messages are in them.
    pub messages: u64,
}

/// When a policy was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicyUse {
    /// In how many reports.
    pub reports: usize,
    /// The end of the first of them.
    pub first: Option<Timestamp>,
    /// The end of the last of them.
    pub last: Option<Timestamp>,
}

/// Reports about one domain that has a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicyDomain {
    /// How many reports.
    pub reports: usize,
    /// The earliest begin.
    pub begin: Option<Timestamp>,
    /// The latest end.
    pub end: Option<Timestamp>,
    /// Who reports; those beyond a bound are together under the empty name.
    pub reporters: BTreeMap<String, Reporter>,
    /// The policies that they saw.
    pub policies: BTreeMap<SeenPolicy, PolicyUse>,
    /// All messages.
    pub counts: MailCounts,
    /// The messages by domain in From; those beyond a bound are together under the empty name.
    pub from: BTreeMap<String, MailCounts>,
    /// The messages by who sends and by domain in From.
    pub sources: BTreeMap<(Sender, String), MailSource>,
    /// Messages of further sources.
    pub other_sources: MailCounts,
}

/// What became of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Added {
    /// It was counted.
    Counted,
    /// It was given before.
    Twice,
}

/// All reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally {
    /// How many were counted.
    pub reports: usize,
    /// How many were given again.
    pub twice: usize,
    /// How many have no name by which one that is given twice could be known.
    pub nameless: usize,
    /// Records without a number of messages: they are in no sum.
    pub without_count: usize,
    /// By domain with a policy.
    pub domains: BTreeMap<String, PolicyDomain>,
    /// Messages of further domains.
    pub other_domains: MailCounts,
    names: BTreeSet<(String, String, String)>,
    sources: usize,
}

/// The key to add to: `key`, or `others` where there is no room for another.
fn room<K: Ord, V>(map: &BTreeMap<K, V>, key: K, most: usize, others: K) -> K {
    match map.len() < most || map.contains_key(&key) {
        true => key,
        false => others,
    }
}

fn earliest(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

impl MailSource {
    fn add(&mut self, other: Self) {
        self.counts += other.counts;
        for (key, line) in other.lines {
            let plain = (key.0, None);
            let key = room(&self.lines, key, LINES, plain);
            let own = self.lines.entry(key).or_default();
            own.counts += line.counts;
            own.passed_on = own.passed_on.saturating_add(line.passed_on);
            for (kind, count) in line.overrides {
                *own.overrides.entry(kind).or_default() += count;
            }
        }
        for (network, count) in other.networks {
            if self.networks.len() < NETWORKS || self.networks.contains_key(&network) {
                *self.networks.entry(network).or_default() += count;
            }
        }
    }
}

impl PolicyDomain {
    /// Counts a record under this policy.
    pub(super) fn count(&mut self, record: &ReportRecord, policy: &SeenPolicy) {
        let dkim: Vec<_> = record
            .dkim
            .iter()
            .map(|one| (one.domain.as_str(), one.selector.as_str(), one.passes))
            .collect();
        let spf = record.spf.iter().find(|one| !one.is_helo);
        let sender = Sender::of(&SenderEvidence {
            from: &record.from,
            ip: record.ip,
            dkim: &dkim,
            spf: spf.map(|one| (one.domain.as_str(), one.passes)),
        });
        let counts = MailCounts::of(record, policy);
        let overrides: BTreeSet<Override> = record.overrides.iter().copied().collect();
        let is_passed_on = overrides.iter().any(|one| one.is_passed_on());
        let each = overrides.into_iter().map(|one| (one, record.count));
        let line = MailLine {
            counts,
            overrides: each.collect(),
            passed_on: if is_passed_on { record.count } else { 0 },
        };
        let source = MailSource {
            counts,
            lines: BTreeMap::from([(meaning(record, policy), line)]),
            networks: record
                .ip
                .map(|ip| (network(ip), record.count))
                .into_iter()
                .collect(),
        };
        self.counts += counts;
        self.add_from(record.from.clone(), counts);
        self.add_source((sender, record.from.clone()), source, true);
    }

    fn add_from(&mut self, from: String, counts: MailCounts) {
        let from = room(&self.from, from, PARTS, String::new());
        *self.from.entry(from).or_default() += counts;
    }

    /// Adds to a source, or to the others if `has_room` is false and it is a new one. Says whether it
    /// is a new one.
    fn add_source(&mut self, key: (Sender, String), source: MailSource, has_room: bool) -> bool {
        let is_new = !self.sources.contains_key(&key);
        if is_new && (!has_room || self.sources.len() >= SOURCES) {
            self.other_sources += source.counts;
            return false;
        }
        self.sources.entry(key).or_default().add(source);
        is_new
    }

    /// Adds another; `room` is for how many new sources there is room.
    fn add(&mut self, other: Self, room_left: usize) -> usize {
        self.reports += other.reports;
        self.begin = earliest(self.begin, other.begin);
        self.end = self.end.max(other.end);
        for (name, reporter) in other.reporters {
            let name = room(&self.reporters, name, PARTS, String::new());
            let own = self.reporters.entry(name).or_default();
            own.reports += reporter.reports;
            own.messages = own.messages.saturating_add(reporter.messages);
        }
        for (policy, seen) in other.policies {
            if self.policies.len() < PARTS || self.policies.contains_key(&policy) {
                let own = self.policies.entry(policy).or_default();
                own.reports += seen.reports;
                own.first = earliest(own.first, seen.first);
                own.last = own.last.max(seen.last);
            }
        }
        self.counts += other.counts;
        for (from, counts) in other.from {
            self.add_from(from, counts);
        }
        let mut new = 0;
        for (key, source) in other.sources {
            new += usize::from(self.add_source(key, source, new < room_left));
        }
        self.other_sources += other.other_sources;
        new
    }

    /// The policy that was seen last.
    pub fn policy(&self) -> Option<&SeenPolicy> {
        let seen = self.policies.iter();
        let last = seen.max_by_key(|(policy, seen)| (seen.last, seen.reports, *policy));
        last.map(|(policy, _)| policy)
    }
}

impl Tally {
    /// Adds a report, unless one with its name was added before. A name is that of the organization
    /// and of the report, for a domain (RFC 7489 §7.2.1.1 has them unique for each domain).
    pub fn add(&mut self, report: Report) -> Added {
        let policy = report.mail.policies.keys().next();
        let domain = policy.map_or(String::new(), |policy| policy.domain.clone());
        let head = report.head;
        if head.report_id.is_empty() {
            self.nameless += 1;
        } else {
            let name = (head.org_name, head.report_id, domain.clone());
            if self.names.contains(&name) {
                self.twice += 1;
                return Added::Twice;
            }
            if self.names.len() < NAMES {
                self.names.insert(name);
            }
        }
        self.reports += 1;
        self.without_count += report.without_count;
        if self.domains.len() >= DOMAINS && !self.domains.contains_key(&domain) {
            self.other_domains += report.mail.counts;
            return Added::Counted;
        }
        let left = ALL_SOURCES.saturating_sub(self.sources);
        self.sources += self
            .domains
            .entry(domain)
            .or_default()
            .add(report.mail, left);
        Added::Counted
    }

    /// All messages.
    pub fn counts(&self) -> MailCounts {
        let mut counts = self.other_domains;
        self.domains.values().for_each(|one| counts += one.counts);
        counts
    }
}
