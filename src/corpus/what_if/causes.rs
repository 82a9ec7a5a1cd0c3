//! Why planned records change the outcome of a message.

use super::super::outcome::{Outcome, counts};
use super::super::verdicts::Verdicts;
use super::effect::EffectKind;
use crate::Analysis;
use crate::conclusion::ConclusionResult;
use crate::dkim::{DkimCause, DkimVerdict};
use crate::dmarc::{Alignment, DmarcCause, DmarcResult, Engine, Mode, Policy, TagState};
use crate::dns::{Name, Question, Reply};
use crate::spf::SpfVerdict;

/// Why planned records change the outcome of a message, or why that is not known.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum EffectCause {
    /// Only a row is kept of the message, and it does not hold what decides.
    NeedsMessage,
    /// DNS did not answer.
    NoAnswer,
    /// The recording does not have a lookup that the result depends on.
    NotRecorded,
    /// Whether the message passes depends on something that could not be evaluated.
    NotEvaluated(When),
    /// It passes on SPF alone, and nothing confirms who sent it.
    SessionUnproved,
    /// Its receiver recorded a pass, which the file and DNS no longer show.
    RecordedPassUnproved,
    /// It is not known whether this mechanism makes it pass.
    EngineUnknown {
        /// The mechanism.
        engine: Engine,
        /// Without or with the plan.
        when: When,
    },
    /// It is not known whether the author domain exists, and `np` depends on that.
    ExistenceUnknown {
        /// The author domain.
        author: Name,
    },
    /// There is no policy today.
    NoPolicyToday,
    /// With the plan, no policy applies.
    NoPolicyAnyMore,
    /// With the plan, this does not make the message pass.
    Lacks(Shortfall),
    /// The message already fails today.
    FailsToday(Shortfall),
    /// This passes today, and is aligned with the plan.
    Counts(Carrier),
    /// This passes with the plan.
    Passes(Carrier),
    /// This policy applies to the message.
    Policy {
        /// The domain that has the record.
        domain: Name,
        /// The tag that gives the policy.
        tag: &'static str,
        /// The policy.
        requested: Policy,
    },
}

/// Without the plan, or with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum When {
    /// With the current records.
    Today,
    /// With the planned records.
    WithPlan,
}

/// An identifier that can make a message pass.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Carrier {
    /// The mechanism that authenticates it.
    pub engine: Engine,
    /// The domain.
    pub domain: Option<Name>,
}

/// Why an identifier does not make a message pass.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Shortfall {
    /// It belongs to the author's organization but is not the author domain, as strict alignment
    /// requires.
    NotEqual {
        /// What passes.
        carrier: Carrier,
        /// The author domain.
        author: Option<Name>,
    },
    /// It belongs to another organization.
    OtherOrganization {
        /// What passes.
        carrier: Carrier,
        /// The author domain.
        author: Option<Name>,
    },
    /// SPF does not pass.
    Spf(Box<SpfVerdict>),
    /// The signature does not verify.
    Signature {
        /// Its domain.
        carrier: Carrier,
        /// Why, if that is known.
        cause: Option<DkimCause>,
        /// The verdict, if it has the details.
        verdict: Option<Box<DkimVerdict>>,
    },
    /// There is no signature.
    NoSignature,
    /// Nothing passes, and nothing is aligned.
    Nothing,
}

/// Why it is not known what happens to a message; `None` if it is known.
pub(super) fn why_open(
    (before, was): (&Analysis, &Verdicts),
    (after, is): (&Analysis, &Verdicts),
) -> Option<EffectCause> {
    for (analysis, when) in [(before, When::Today), (after, When::WithPlan)] {
        match (analysis.dmarc.result, analysis.dmarc.cause) {
            (DmarcResult::Temperror, _) => return Some(EffectCause::NoAnswer),
            (_, DmarcCause::NotRecorded) => return Some(EffectCause::NotRecorded),
            (DmarcResult::Inconclusive, _) => return Some(EffectCause::NotEvaluated(when)),
            _ => (),
        }
    }
    let outcomes = [was.proved, is.proved];
    if outcomes.contains(&Outcome::NotJudged) {
        return Some(EffectCause::SessionUnproved);
    }
    // If there is no policy today, and nothing fails with the plan, nothing is missing.
    let is_unproved = before.conclusion.result == ConclusionResult::Inconclusive;
    if is_unproved && outcomes.contains(&Outcome::Fail) {
        return Some(EffectCause::RecordedPassUnproved);
    }
    existence_is_open(after).or_else(|| engine_is_open(was, is))
}

/// The cause, if it is known only without or only with the plan whether SPF or DKIM makes the
/// message pass.
fn engine_is_open(before: &Verdicts, after: &Verdicts) -> Option<EffectCause> {
    if (before.proved, after.proved) != (Outcome::Pass, Outcome::Pass) {
        return None;
    }
    for engine in [Engine::Spf, Engine::Dkim] {
        let (was, is) = (
            before.dmarc.carried_by(engine),
            after.dmarc.carried_by(engine),
        );
        if was.is_some() != is.is_some() {
            let when = match is {
                Some(_) => When::Today,
                None => When::WithPlan,
            };
            return Some(EffectCause::EngineUnknown { engine, when });
        }
    }
    None
}

/// The cause, if the policy depends on whether the author domain exists (`np`, RFC 9989 §4.10.1)
/// and that is not known.
fn existence_is_open(after: &Analysis) -> Option<EffectCause> {
    let dmarc = &after.dmarc;
    let (policy, author) = (dmarc.policy.as_ref()?, dmarc.author_domain.as_ref()?);
    if dmarc.result != DmarcResult::Fail || policy.domain == *author {
        return None;
    }
    let mut tags = policy.tags.iter();
    tags.find(|tag| tag.name == "np" && tag.state == TagState::Valid)?;
    let question = Question::txt(author.clone());
    let mut lookups = after.lookups.0.iter();
    let lookup = lookups.find(|lookup| lookup.question == question)?;
    match lookup.reply {
        Reply::NotRecorded | Reply::TempFail(_) => Some(EffectCause::ExistenceUnknown {
            author: author.clone(),
        }),
        _ => None,
    }
}

/// Why a message that could be judged has changes of these kinds.
pub(super) fn because(
    kinds: &[EffectKind],
    before: &Analysis,
    after: &Analysis,
) -> Vec<EffectCause> {
    let was_failing = Outcome::by_verdict(before) == Outcome::Fail;
    let fails = Outcome::by_verdict(after) == Outcome::Fail;
    let mut causes = match kinds.contains(&EffectKind::NoPolicyAnyMore) {
        true => Vec::new(),
        false => lost(before, after),
    };
    causes.extend(gained(before, after));
    let is_unexplained = was_failing || causes.is_empty();
    if Outcome::by_verdict(before) == Outcome::NoPolicy && kinds.iter().any(|kind| kind.is_change())
    {
        causes.insert(0, EffectCause::NoPolicyToday);
    }
    if fails && is_unexplained {
        let failing = failing(after);
        causes.push(match was_failing {
            true => EffectCause::FailsToday(failing),
            false => EffectCause::Lacks(failing),
        });
    }
    if kinds.contains(&EffectKind::NoPolicyAnyMore) {
        causes.push(EffectCause::NoPolicyAnyMore);
    }
    let policy = after.dmarc.policy.as_ref();
    if let Some(policy) = policy.filter(|_| was_failing && fails) {
        causes.push(EffectCause::Policy {
            domain: policy.domain.clone(),
            tag: policy.tag,
            requested: policy.requested,
        });
    }
    if causes.is_empty() && kinds.contains(&EffectKind::OneEngine) {
        causes.push(EffectCause::Lacks(other_engine(after)));
    }
    causes
}

/// Each identifier that makes the message pass without the plan but not with it.
fn lost(before: &Analysis, after: &Analysis) -> Vec<EffectCause> {
    let both = pairs(before, after).filter(|(_, was, is)| counts(was) && !counts(is));
    both.map(|(index, _, is)| EffectCause::Lacks(shortfall(index, is, after)))
        .collect()
}

/// Each identifier that makes the message pass with the plan but not without it.
fn gained(before: &Analysis, after: &Analysis) -> Vec<EffectCause> {
    // Without a policy, no identifier counts.
    let had_policy = Outcome::by_verdict(before) != Outcome::NoPolicy;
    let has_policy = Outcome::by_verdict(after) != Outcome::NoPolicy;
    let both = pairs(before, after).filter(|_| has_policy);
    let gained = both.filter(|(_, was, is)| !(had_policy && counts(was)) && counts(is));
    let causes = gained.map(|(index, was, is)| match was.authenticated {
        true => EffectCause::Counts(carrier(index, is)),
        false => EffectCause::Passes(carrier(index, is)),
    });
    causes.collect()
}

/// The identifiers without and with the plan: that of SPF, which has no index, and those of the
/// signatures.
fn pairs<'a>(
    before: &'a Analysis,
    after: &'a Analysis,
) -> impl Iterator<Item = (Option<usize>, &'a Alignment, &'a Alignment)> {
    let (was, is) = (&before.dmarc.alignment, &after.dmarc.alignment);
    let spf = was.spf.iter().zip(&is.spf).map(|(was, is)| (None, was, is));
    let dkim = was.dkim.iter().zip(&is.dkim).enumerate();
    spf.chain(dkim.map(|(index, (was, is))| (Some(index), was, is)))
}

/// Why a message fails: the identifier that is closest to making it pass.
fn failing(after: &Analysis) -> Shortfall {
    let alignment = &after.dmarc.alignment;
    let dkim = alignment.dkim.iter().enumerate();
    let dkim = dkim.map(|(index, dkim)| (Some(index), dkim));
    let all: Vec<_> = dkim
        .chain(alignment.spf.iter().map(|spf| (None, spf)))
        .collect();
    let first = |is_meant: fn(&Alignment) -> bool| all.iter().find(|(_, one)| is_meant(one));
    let near = |one: &Alignment| one.authenticated && one.aligned_relaxed == Some(true);
    let broken = |one: &Alignment| !one.authenticated && one.aligned == Some(true);
    let found = first(near)
        .or_else(|| first(broken))
        .or_else(|| first(|one| one.authenticated));
    match found {
        Some((index, one)) => shortfall(*index, one, after),
        None => Shortfall::Nothing,
    }
}

/// The identifier that does not make a message pass that passes on only one mechanism.
fn other_engine(after: &Analysis) -> Shortfall {
    let alignment = &after.dmarc.alignment;
    match (&alignment.spf, alignment.dkim.as_slice()) {
        (Some(spf), _) if !counts(spf) => shortfall(None, spf, after),
        (_, dkim) => {
            let near = |one: &Alignment| one.aligned_relaxed == Some(true);
            let index = dkim.iter().position(near).unwrap_or(0);
            match dkim.get(index) {
                None => Shortfall::NoSignature,
                Some(one) => shortfall(Some(index), one, after),
            }
        }
    }
}

/// Why an identifier does not count: it does not pass, or it is not aligned.
fn shortfall(index: Option<usize>, is: &Alignment, after: &Analysis) -> Shortfall {
    let carrier = || carrier(index, is);
    if is.authenticated {
        let author = after.dmarc.author_domain.clone();
        let carrier = carrier();
        return match (is.mode, is.aligned_relaxed) {
            (Mode::Strict, Some(true)) => Shortfall::NotEqual { carrier, author },
            _ => Shortfall::OtherOrganization { carrier, author },
        };
    }
    match index {
        None => Shortfall::Spf(Box::new(after.spf.mail_from.clone())),
        Some(index) => {
            let verdict = after.dkim.get(index);
            Shortfall::Signature {
                carrier: carrier(),
                cause: verdict.map(|verdict| verdict.cause),
                verdict: verdict
                    .filter(|verdict| verdict.fault.is_some())
                    .cloned()
                    .map(Box::new),
            }
        }
    }
}

fn carrier(index: Option<usize>, alignment: &Alignment) -> Carrier {
    Carrier {
        engine: match index {
            Some(_) => Engine::Dkim,
            None => Engine::Spf,
        },
        domain: alignment.identifier.clone(),
    }
}
