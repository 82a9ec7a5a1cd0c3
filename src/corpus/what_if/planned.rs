//! What planned records change for many messages, in numbers.

use std::collections::BTreeMap;

use super::super::outcome::Outcome;
use super::super::timeline::Timeline;
use super::effect::{Counts, Effect, EffectKind};
use crate::dmarc::Policy;
use crate::dns::{Name, Question};

/// Different questions, and different records, that are counted apart.
const VALUES: usize = 10_000;

/// A message that shows a kind of change.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// Where it is.
    pub path: String,
    /// What changes, and why.
    pub effect: Effect,
}

/// What planned records change for many messages.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Planned {
    /// How many messages could not be analysed.
    pub errors: usize,
    /// What changes, over time, of all and of groups.
    pub timeline: Timeline<Counts>,
    /// How many have each outcome with the plan: pass, fail, no policy, no author domain.
    pub outcomes: [usize; 4],
    /// How many are refused with the plan and without it.
    pub stay_refused: usize,
    /// How many are put into quarantine with the plan and without it.
    pub stay_quarantined: usize,
    /// How many are put into quarantine with the plan and refused without it.
    pub quarantined_not_refused: usize,
    /// Of how many `pct` leaves it to chance if that is done, or one level less.
    pub sampled: usize,
    /// By how many messages each question was asked that the recorded DNS does not hold.
    pub missing: BTreeMap<Question, usize>,
    /// How many messages asked such a question.
    pub with_missing: usize,
    /// For how many messages each record was planned, by its name and text.
    pub records: BTreeMap<(Name, String), usize>,
    /// How many messages have each kind for their foremost.
    pub foremost: BTreeMap<EffectKind, usize>,
    /// The first messages of each kind; each stands under its foremost kind only.
    pub examples: BTreeMap<EffectKind, Vec<Example>>,
    /// How many of each kind are kept.
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

    /// Counts one message, with the records that were planned for it; `None` where it could not be
    /// analysed.
    pub fn add(&mut self, path: &str, effect: Option<(Effect, Vec<(Name, String)>)>) {
        let Some((effect, records)) = effect else {
            self.errors += 1;
            return;
        };
        for record in &records {
            count(&mut self.records, record);
        }
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

    /// Of all messages that could be analysed.
    pub fn counts(&self) -> Counts {
        let mut series = self.timeline.series();
        series.next().map(|(_, all)| all.whole).unwrap_or_default()
    }

    /// How many messages there were.
    pub fn messages(&self) -> usize {
        self.counts().messages + self.errors
    }

    /// How many could not be judged, for whatever reason.
    pub fn not_judged(&self) -> usize {
        self.counts().with(EffectKind::NotJudged) + self.errors
    }

    /// Whether none of the messages that there are could be judged.
    pub fn is_open(&self) -> bool {
        self.messages() > 0 && self.not_judged() == self.messages()
    }

    /// Whether any message would newly fail, be refused or be put into quarantine.
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
