//! What planned records change for one message, and why.

use std::ops::AddAssign;

use serde::{Serialize, Serializer};

use super::super::outcome::Outcome;
use super::super::timeline::MessageGroup;
use super::super::verdicts::Verdicts;
use super::causes::{EffectCause, because, why_open};
use crate::Analysis;
use crate::dmarc::{Engine, Policy};
use crate::dns::Question;

/// What planned records do to a message; one may have several kinds of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum EffectKind {
    /// DMARC fails with a policy of reject, which was not so before.
    NewlyRefused,
    /// DMARC fails with a policy of quarantine, which is stricter than before.
    NewlyQuarantined,
    /// DMARC fails, but did not before.
    NewlyFails,
    /// There was a policy, but there is none any more.
    NoPolicyAnyMore,
    /// It still passes, but on one mechanism less.
    LosesEngine,
    /// DMARC passes, but did not before.
    NewlyPasses,
    /// It was refused before.
    NoLongerRefused,
    /// It was quarantined before, and nothing is done to it now.
    NoLongerQuarantined,
    /// It still passes, on one mechanism more.
    GainsEngine,
    /// It passes, but on only one mechanism.
    OneEngine,
    /// None of these.
    Unchanged,
    /// It is not known what happens to it, now or with the plan.
    NotJudged,
}

impl EffectKind {
    /// All kinds, the most harmful first.
    pub const ALL: [Self; 12] = [
        Self::NewlyRefused,
        Self::NewlyQuarantined,
        Self::NewlyFails,
        Self::NoPolicyAnyMore,
        Self::LosesEngine,
        Self::NewlyPasses,
        Self::NoLongerRefused,
        Self::NoLongerQuarantined,
        Self::GainsEngine,
        Self::OneEngine,
        Self::Unchanged,
        Self::NotJudged,
    ];

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NewlyRefused => "newly-refused",
            Self::NewlyQuarantined => "newly-quarantined",
            Self::NewlyFails => "newly-fails",
            Self::NoPolicyAnyMore => "no-policy-any-more",
            Self::LosesEngine => "loses-engine",
            Self::NewlyPasses => "newly-passes",
            Self::NoLongerRefused => "no-longer-refused",
            Self::NoLongerQuarantined => "no-longer-quarantined",
            Self::GainsEngine => "gains-engine",
            Self::OneEngine => "one-engine",
            Self::Unchanged => "unchanged",
            Self::NotJudged => "not-judged",
        }
    }

    /// Whether it is a change.
    pub fn is_change(self) -> bool {
        self < Self::OneEngine
    }

    /// Whether it is a reason not to publish the records.
    pub fn is_harm(self) -> bool {
        self <= Self::NewlyFails
    }
}

/// How many messages have each kind of change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// All messages.
    pub messages: usize,
    /// How many of them were judged and have a change.
    pub changed: usize,
    #[serde(serialize_with = "by_word")]
    kinds: [usize; EffectKind::ALL.len()],
}

fn by_word<S: Serializer>(kinds: &[usize], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(EffectKind::ALL.iter().map(|kind| kind.as_str()).zip(kinds))
}

impl Counts {
    /// The counts for one message with these kinds.
    fn of(kinds: &[EffectKind]) -> Self {
        let mut counts = Self {
            messages: 1,
            changed: usize::from(kinds.iter().any(|kind| kind.is_change())),
            ..Self::default()
        };
        for kind in kinds {
            counts.kinds[*kind as usize] = 1;
        }
        counts
    }

    /// How many have this kind.
    pub fn with(&self, kind: EffectKind) -> usize {
        self.kinds[kind as usize]
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.messages += other.messages;
        self.changed += other.changed;
        for (count, more) in self.kinds.iter_mut().zip(other.kinds) {
            *count += more;
        }
    }
}

/// What planned records change for one message.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Effect {
    /// Whether the plan changes an answer that the message asks for.
    pub is_touched: bool,
    /// The groups that it is counted in.
    pub group: MessageGroup,
    /// The kinds of changes, the most harmful first.
    pub kinds: Vec<EffectKind>,
    /// The outcome of DMARC with the plan.
    pub outcome: Outcome,
    /// What is done to it without the plan and with it, if DMARC fails with the plan.
    pub handled: Option<(Policy, Policy)>,
    /// Whether `pct` leaves it to chance whether that is done with the plan, or one level less (RFC
    /// 7489 §6.6.4).
    pub is_sampled: bool,
    /// Why, or why that is not known; the most direct cause first.
    pub because: Vec<EffectCause>,
    /// The questions that the recording does not have, if that leaves a verdict open.
    pub missing: Vec<Question>,
}

impl Effect {
    /// Compares the outcome of a message without the plan and with it.
    pub fn of(before: &Analysis, after: &Analysis) -> Self {
        let (was, is) = (Verdicts::new(before, &[]), Verdicts::new(after, &[]));
        let open = why_open((before, &was), (after, &is));
        let kinds = match &open {
            Some(_) => vec![EffectKind::NotJudged],
            None => kinds(&was, &is),
        };
        let outcome = match open {
            Some(_) => Outcome::NotJudged,
            None => is.proved,
        };
        let incomplete = [before, after]
            .into_iter()
            .filter(|analysis| open.is_some() || analysis.is_recording_incomplete());
        let missing = incomplete.flat_map(Analysis::missing_lookups);
        let mut missing: Vec<Question> = missing.map(|lookup| lookup.question.clone()).collect();
        missing.sort_unstable();
        missing.dedup();
        let fails = outcome == Outcome::Fail;
        Self {
            is_touched: true,
            group: MessageGroup::of(&was),
            handled: fails.then_some((was.dmarc.handled, is.dmarc.handled)),
            is_sampled: fails && is.dmarc.is_sampled,
            because: match open {
                Some(open) => vec![open],
                None => because(&kinds, before, after),
            },
            kinds,
            outcome,
            missing,
        }
    }

    /// A message for which the plan changes no answer.
    pub fn none(before: &Analysis) -> Self {
        Self {
            is_touched: false,
            ..Self::of(before, before)
        }
    }

    /// A message of which only a row is kept that does not hold what decides.
    #[cfg(feature = "parquet")]
    pub fn needs_message(was: &Verdicts) -> Self {
        Self {
            is_touched: true,
            group: MessageGroup::of(was),
            kinds: vec![EffectKind::NotJudged],
            outcome: Outcome::NotJudged,
            handled: None,
            is_sampled: false,
            because: vec![EffectCause::NeedsMessage],
            missing: Vec::new(),
        }
    }

    /// The kind for which it can be an example.
    pub fn foremost(&self) -> EffectKind {
        self.kinds.first().copied().unwrap_or(EffectKind::Unchanged)
    }

    /// The counts for this message.
    pub fn counts(&self) -> Counts {
        Counts::of(&self.kinds)
    }
}

fn kinds(before: &Verdicts, after: &Verdicts) -> Vec<EffectKind> {
    let (was, is) = (before.proved, after.proved);
    let (done, to_do) = (before.dmarc.handled, after.dmarc.handled);
    let engines = [Engine::Spf, Engine::Dkim].map(|engine| {
        (
            before.dmarc.carried_by(engine),
            after.dmarc.carried_by(engine),
        )
    });
    let stays = was == Outcome::Pass && is == Outcome::Pass;
    let carried = engines.map(|(_, after)| after);
    let alone = [[Some(true), Some(false)], [Some(false), Some(true)]];
    let has_kind = |kind: &EffectKind| match kind {
        EffectKind::NewlyRefused => done < to_do && to_do == Policy::Reject,
        EffectKind::NewlyQuarantined => done < to_do && to_do == Policy::Quarantine,
        EffectKind::NewlyFails => was != Outcome::Fail && is == Outcome::Fail,
        EffectKind::NoPolicyAnyMore => was != Outcome::NoPolicy && is == Outcome::NoPolicy,
        EffectKind::LosesEngine => stays && engines.contains(&(Some(true), Some(false))),
        EffectKind::NewlyPasses => was != Outcome::Pass && is == Outcome::Pass,
        EffectKind::NoLongerRefused => done == Policy::Reject && to_do < done,
        EffectKind::NoLongerQuarantined => done == Policy::Quarantine && to_do < done,
        EffectKind::GainsEngine => stays && engines.contains(&(Some(false), Some(true))),
        EffectKind::OneEngine => is == Outcome::Pass && alone.contains(&carried),
        EffectKind::Unchanged | EffectKind::NotJudged => false,
    };
    let mut kinds: Vec<EffectKind> = EffectKind::ALL.into_iter().filter(has_kind).collect();
    if !kinds.iter().any(|kind| kind.is_change()) {
        kinds.push(EffectKind::Unchanged);
    }
    kinds
}
