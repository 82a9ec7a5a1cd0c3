//! What planned records change for many messages, in numbers.

use std::collections::BTreeMap;

use super::super::outcome::Outcome;
use super::super::timeline::Timeline;
use super::effect::{Counts, Effect, EffectKind};
use crate::dmarc::Policy;
use crate::dns::{Name, Question};

/// How many different questions, and different records, are counted one by one.
const VALUES: usize = 10_000;

/// A message as an example of a kind of change.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Example {
    /// Its path.
    pub path: String,
    /// What changes, and why.
    pub effect: Effect,
}

/// What planned records change for many messages.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Planned {
    /// How many messages could not be analysed.
    pub errors: usize,
    /// The changes over time, for all messages and for groups.
    pub timeline: Timeline<Counts>,
    /// For how many the plan changes an answer that they ask for.
    pub touched: usize,
    /// How many have each outcome with the plan: pass, fail, no policy, no author domain.
    pub outcomes: [usize; 4],
    /// How many are refused both with and without the plan.
    pub stay_refused: usize,
    /// How many are quarantined both with and without the plan.
    pub stay_quarantined: usize,
    /// How many are quarantined with the plan but refused without it.
    pub quarantined_not_refused: usize,
    /// For how many `pct` leaves it to chance whether that is done, or one level less.
    pub sampled: usize,
    /// How many messages asked each question that the recording does not have.
    pub missing: BTreeMap<Question, usize>,
    /// How many messages asked such a question.
    pub with_missing: usize,
    /// How many messages each record was planned for, by its name and text.
    pub records: BTreeMap<(Name, String), usize>,
    /// How many messages have each kind as the most important one.
    pub foremost: BTreeMap<EffectKind, usize>,
    /// The first messages of each kind, under their most important kind only.
    pub examples: BTreeMap<EffectKind, Vec<Example>>,
    /// How many examples of each kind are kept.
    most: usize,
}

impl Planned {
    /// Keeps `most` examples of each kind.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            ..Self::default()
        }
    }

    /// Counts one message, with the records that were planned for it; `None` if it could not be
    /// analysed.
    pub fn add(&mut self, path: &str, effect: Option<(Effect, Vec<(Name, String)>)>) {
        let Some((effect, records)) = effect else {
            self.errors += 1;
            return;
        };
        for record in &records {
            count(&mut self.records, record);
        }
        self.touched += usize::from(effect.is_touched);
        self.timeline.add(&effect.group, effect.counts());
        match effect.outcome {
            Outcome::Pass => self.outcomes[0] += 1,
            Outcome::Fail => self.outcomes[1] += 1,
            Outcome::NoPolicy => self.outcomes[2] += 1,
            Outcome::NoAuthor => self.outcomes[3] += 1,
            Outcome::NotJudged => (),
        }
        match effect.handled {
            Some((Policy::Reject, Policy::Reject)) => self.stay_refused += 1,
            Some((Policy::Quarantine, Policy::Quarantine)) => self.stay_quarantined += 1,
            Some((Policy::Reject, Policy::Quarantine)) => self.quarantined_not_refused += 1,
            _ => (),
        }
        self.sampled += usize::from(effect.is_sampled);
        self.with_missing += usize::from(!effect.missing.is_empty());
        for question in &effect.missing {
            count(&mut self.missing, question);
        }
        let kind = effect.foremost();
        let foremost = self.foremost.entry(kind).or_default();
        *foremost += 1;
        if kind != EffectKind::Unchanged && *foremost <= self.most {
            self.examples.entry(kind).or_default().push(Example {
                path: path.to_owned(),
                effect,
            });
        }
    }

    /// The counts for all messages that could be analysed.
    pub fn counts(&self) -> Counts {
        let mut series = self.timeline.series();
        series.next().map(|(_, all)| all.whole).unwrap_or_default()
    }

    /// How many messages there were.
    pub fn messages(&self) -> usize {
        self.counts().messages + self.errors
    }

    /// How many messages could not be judged, for any reason.
    pub fn not_judged(&self) -> usize {
        self.counts().with(EffectKind::NotJudged) + self.errors
    }

    /// Whether there are messages but none could be judged.
    pub fn is_open(&self) -> bool {
        self.messages() > 0 && self.not_judged() == self.messages()
    }

    /// Whether any message would newly fail, be refused or be quarantined.
    pub fn is_harmful(&self) -> bool {
        let counts = self.counts();
        let mut harms = EffectKind::ALL.into_iter().filter(|kind| kind.is_harm());
        harms.any(|kind| counts.with(kind) > 0)
    }
}

fn count<T: Clone + Ord>(counts: &mut BTreeMap<T, usize>, value: &T) {
    let is_full = counts.len() >= VALUES;
    if !is_full || counts.contains_key(value) {
        *counts.entry(value.clone()).or_default() += 1;
    }
}
