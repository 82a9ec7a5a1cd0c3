//! Why planned records change what a message gets, in a short sentence.

use super::super::outcome::{Outcome, counts};
use super::super::verdicts::Verdicts;
use super::effect::EffectKind;
use crate::Analysis;
use crate::conclusion::ConclusionResult;
use crate::dmarc::{Alignment, DmarcCause, DmarcResult, Engine, Mode, TagState};
use crate::dns::{Question, Reply};
use crate::explain;

/// Why it cannot be told what happens to a message; `None` where it can.
pub(super) fn why_open(
    (before, was): (&Analysis, &Verdicts),
    (after, is): (&Analysis, &Verdicts),
) -> Option<String> {
    for (analysis, when) in [(before, "today"), (after, "with the plan")] {
        match (analysis.dmarc.result, analysis.dmarc.cause) {
            (DmarcResult::Temperror, _) => return Some("DNS did not answer".into()),
            (_, DmarcCause::NotRecorded) => {
                return Some("the recorded DNS does not hold what decides".into());
            }
            (DmarcResult::Inconclusive, _) => {
                return Some(format!(
                    "whether it passes {when} hangs on what could not be evaluated"
                ));
            }
            _ => (),
        }
    }
    let fates = [was.proved, is.proved];
    if fates.contains(&Outcome::NotJudged) {
        return Some("it passes on SPF alone, and nobody vouches for who sent it".into());
    }
    // Where there is no policy today, and nothing fails with the plan, all is shown.
    let is_unproved = before.conclusion.result == ConclusionResult::Inconclusive;
    if is_unproved && fates.contains(&Outcome::Fail) {
        return Some(
            "its receiver recorded a pass, which the file and DNS do not show any more".into(),
        );
    }
    existence_is_open(after).or_else(|| engine_is_open(was, is))
}

/// Says so where the plan makes it unknown whether SPF or DKIM carries a message that passes, or
/// shows it where it was unknown.
fn engine_is_open(before: &Verdicts, after: &Verdicts) -> Option<String> {
    if (before.proved, after.proved) != (Outcome::Pass, Outcome::Pass) {
        return None;
    }
    for (engine, name) in [(Engine::Spf, "SPF"), (Engine::Dkim, "DKIM")] {
        let (was, is) = (
            before.dmarc.carried_by(engine),
            after.dmarc.carried_by(engine),
        );
        if was.is_some() != is.is_some() {
            let when = if is.is_some() {
                "today"
            } else {
                "with the plan"
            };
            return Some(format!("it is not known whether {name} carries it {when}"));
        }
    }
    None
}

/// Says so where the policy hangs on whether the author domain exists, and that is not known (`np`,
/// RFC 9989 §4.10.1).
fn existence_is_open(after: &Analysis) -> Option<String> {
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
        Reply::NotRecorded | Reply::TempFail(_) => Some(format!(
            "whether {author} exists is not known, on which np= hangs"
        )),
        _ => None,
    }
}

/// Why a message of which everything is known has changes of these kinds.
pub(super) fn because(kinds: &[EffectKind], before: &Analysis, after: &Analysis) -> String {
    let was_failing = Outcome::by_verdict(before) == Outcome::Fail;
    let fails = Outcome::by_verdict(after) == Outcome::Fail;
    let mut parts = match kinds.contains(&EffectKind::NoPolicyAnyMore) {
        true => Vec::new(),
        false => lost(before, after),
    };
    parts.extend(gained(before, after));
    let is_unexplained = was_failing || parts.is_empty();
    if Outcome::by_verdict(before) == Outcome::NoPolicy && kinds.iter().any(|kind| kind.is_change())
    {
        parts.insert(0, "there is no policy today".into());
    }
    if fails && is_unexplained {
        let failing = failing(after);
        match was_failing {
            true => parts.push(format!("it fails today already, as {failing}")),
            false => parts.push(failing),
        }
    }
    if kinds.contains(&EffectKind::NoPolicyAnyMore) {
        parts.push("no policy applies any more".into());
    }
    let policy = after.dmarc.policy.as_ref();
    if let Some(policy) = policy.filter(|_| was_failing && fails) {
        parts.push(format!(
            "{}={} at _dmarc.{} holds",
            policy.tag, policy.requested, policy.domain
        ));
    }
    if parts.is_empty() && kinds.contains(&EffectKind::OneEngine) {
        parts = other_engine(after);
    }
    parts.join("; ")
}

/// Each identifier that makes the message pass without the plan and not with it.
fn lost(before: &Analysis, after: &Analysis) -> Vec<String> {
    let mut parts = Vec::new();
    let both = pairs(before, after);
    for (index, was, is) in both.filter(|(_, was, is)| counts(was) && !counts(is)) {
        let from = from(after);
        parts.push(match is.authenticated {
            true => not_aligned(index, is, &from),
            false => not_authenticated(index, was, after),
        });
    }
    parts
}

/// Each identifier that makes the message pass with the plan and not without it.
fn gained(before: &Analysis, after: &Analysis) -> Vec<String> {
    // Without a policy, nothing counts for anything.
    let had_policy = Outcome::by_verdict(before) != Outcome::NoPolicy;
    let has_policy = Outcome::by_verdict(after) != Outcome::NoPolicy;
    let both = pairs(before, after).filter(|_| has_policy);
    let gained = both.filter(|(_, was, is)| !(had_policy && counts(was)) && counts(is));
    let parts = gained.map(|(index, was, is)| match was.authenticated {
        true => format!("{} counts then", name(index, is)),
        false => format!("{} passes then", name(index, is)),
    });
    parts.collect()
}

/// The identifiers without and with the plan: SPF's, which has no index, and each signature's.
fn pairs<'a>(
    before: &'a Analysis,
    after: &'a Analysis,
) -> impl Iterator<Item = (Option<usize>, &'a Alignment, &'a Alignment)> {
    let (was, is) = (&before.dmarc.alignment, &after.dmarc.alignment);
    let spf = was.spf.iter().zip(&is.spf).map(|(was, is)| (None, was, is));
    let dkim = was.dkim.iter().zip(&is.dkim).enumerate();
    spf.chain(dkim.map(|(index, (was, is))| (Some(index), was, is)))
}

/// Why a message fails: what is nearest to making it pass.
fn failing(after: &Analysis) -> String {
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
        Some((index, one)) if one.authenticated => not_aligned(*index, one, &from(after)),
        Some((index, one)) => not_authenticated(*index, one, after),
        None => "neither SPF nor a signature passes".into(),
    }
}

/// What does not carry a message that passes on one engine only.
fn other_engine(after: &Analysis) -> Vec<String> {
    let alignment = &after.dmarc.alignment;
    let from = from(after);
    match (&alignment.spf, alignment.dkim.as_slice()) {
        (Some(spf), _) if !counts(spf) => vec![match spf.authenticated {
            true => not_aligned(None, spf, &from),
            false => not_authenticated(None, spf, after),
        }],
        (_, dkim) => {
            let near = |one: &Alignment| one.aligned_relaxed == Some(true);
            let index = dkim.iter().position(near).unwrap_or(0);
            vec![match dkim.get(index) {
                None => "there is no signature".into(),
                Some(one) if one.authenticated => not_aligned(Some(index), one, &from),
                Some(one) => not_authenticated(Some(index), one, after),
            }]
        }
    }
}

/// How an identifier that passes and does not count differs from the domain in From.
fn not_aligned(index: Option<usize>, is: &Alignment, from: &str) -> String {
    let tag = if index.is_some() { "adkim" } else { "aspf" };
    let name = name(index, is);
    match (is.mode, is.aligned_relaxed) {
        (Mode::Strict, Some(true)) => {
            format!("{name} is not {from}, and {tag}=s wants them equal")
        }
        _ => format!("{name} is of another organization than {from}"),
    }
}

/// What became of an identifier that passed.
fn not_authenticated(index: Option<usize>, was: &Alignment, after: &Analysis) -> String {
    match index {
        None => {
            let spf = &after.spf.mail_from;
            format!("SPF gives {}: {}", spf.result, explain::spf::cause(spf))
        }
        Some(index) => {
            let verdict = after.dkim.get(index);
            let detail = verdict.map_or(String::new(), |one| explain::dkim::cause(one).to_string());
            format!("{} does not verify: {detail}", name(Some(index), was))
        }
    }
}

fn name(index: Option<usize>, alignment: &Alignment) -> String {
    let domain = alignment.identifier.as_ref();
    let domain = domain.map_or("nobody".into(), ToString::to_string);
    match index {
        Some(_) => format!("d={domain}"),
        None => format!("MAIL FROM {domain}"),
    }
}

fn from(analysis: &Analysis) -> String {
    let author = analysis.dmarc.author_domain.as_ref();
    author.map_or("the author".into(), ToString::to_string)
}
