//! Results over time.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use serde::Serialize;

use super::FindingCount;
use super::failure::FailureCause;
use super::outcome::Outcome;
use super::summary::count_findings;
use super::timeline::{MessageGroup, Timeline};
use super::verdicts::Verdicts;

/// How many messages there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Rates {
    /// All.
    pub messages: usize,
    /// DMARC passes.
    pub pass: usize,
    /// DMARC fails.
    pub fail: usize,
    /// There is no policy.
    pub no_policy: usize,
    /// There is no single author domain.
    pub no_author: usize,
    /// It is not known whether DMARC passes.
    pub not_judged: usize,
    /// SPF passes for a domain that is aligned with the one in From.
    pub spf_aligned: usize,
    /// A signature verifies whose domain is aligned with the one in From.
    pub dkim_aligned: usize,
    /// DMARC passes on SPF and on DKIM.
    pub on_both: usize,
    /// DMARC passes on SPF alone.
    pub on_spf_alone: usize,
    /// DMARC passes on DKIM alone.
    pub on_dkim_alone: usize,
}

impl AddAssign for Rates {
    fn add_assign(&mut self, other: Self) {
        self.messages += other.messages;
        self.pass += other.pass;
        self.fail += other.fail;
        self.no_policy += other.no_policy;
        self.no_author += other.no_author;
        self.not_judged += other.not_judged;
        self.spf_aligned += other.spf_aligned;
        self.dkim_aligned += other.dkim_aligned;
        self.on_both += other.on_both;
        self.on_spf_alone += other.on_spf_alone;
        self.on_dkim_alone += other.on_dkim_alone;
    }
}

impl Rates {
    /// The rates of one message.
    fn of(verdicts: &Verdicts) -> Self {
        let outcome = verdicts.outcome;
        let is = |which: Outcome| usize::from(outcome == which);
        let spf = verdicts.dmarc.carried_by_spf == Some(true);
        let dkim = verdicts.dmarc.carried_by_dkim == Some(true);
        let passes_on = |is: bool| usize::from(outcome == Outcome::Pass && is);
        Self {
            messages: 1,
            pass: is(Outcome::Pass),
            fail: is(Outcome::Fail),
            no_policy: is(Outcome::NoPolicy),
            no_author: is(Outcome::NoAuthor),
            not_judged: is(Outcome::NotJudged),
            spf_aligned: usize::from(spf),
            dkim_aligned: usize::from(dkim),
            on_both: passes_on(spf && dkim),
            on_spf_alone: passes_on(spf && !dkim),
            on_dkim_alone: passes_on(dkim && !spf),
        }
    }
}

/// How many failing messages are named.
const NAMED: usize = 20;

/// A message that fails DMARC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Failing {
    /// Its name within the corpus.
    pub name: String,
    /// The domain in From, if there is a single one.
    pub from: Option<String>,
    /// Why it fails.
    pub cause: FailureCause,
}

/// Rates over many messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trend {
    /// How many messages could not be analysed; they are not in any rate.
    pub errors: usize,
    /// The rates over time, for all messages and for groups.
    pub timeline: Timeline<Rates>,
    /// How many messages have each finding.
    pub findings: BTreeMap<&'static str, FindingCount>,
    /// The first messages that fail; `timeline` has the count of all.
    pub failing: Vec<Failing>,
}

impl Trend {
    /// Counts the message with this name; `None` if it could not be analysed.
    pub fn add(&mut self, name: &str, verdicts: Option<&Verdicts>) {
        let Some(verdicts) = verdicts else {
            self.errors += 1;
            return;
        };
        self.timeline
            .add(&MessageGroup::of(verdicts), Rates::of(verdicts));
        count_findings(&mut self.findings, &verdicts.findings, name);
        let is_failure = matches!(verdicts.outcome, Outcome::Fail | Outcome::NoAuthor);
        if let Some(cause) = FailureCause::of(verdicts)
            && is_failure
            && self.failing.len() < NAMED
        {
            let author = verdicts.dmarc.author_domain.as_ref();
            self.failing.push(Failing {
                name: name.to_owned(),
                from: author.map(ToString::to_string),
                cause,
            });
        }
    }
}
