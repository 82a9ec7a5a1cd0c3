//! Whether an identifier is aligned with the Author Domain (RFC 9989 §4.4 and §4.10.2).

use schemars::JsonSchema;
use serde::Serialize;

use super::discover::{Answers, Obstacle, Rules, Walk};
use super::record::Mode;
use crate::Limits;
use crate::dns::Name;

/// A domain that a mechanism looked at, and what the mechanism found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifier {
    /// What the mechanism is called in a sentence: `SPF`, `DKIM 1`.
    pub mechanism: String,
    /// The domain; `None` where it is not known.
    pub domain: Option<Name>,
    /// What was found.
    pub outcome: Outcome,
}

/// What a mechanism found out about its domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is authenticated.
    Pass,
    /// It is not.
    Fail,
    /// DNS did not answer.
    Temperror,
    /// What is at hand does not allow a judgement.
    NotEvaluated,
}

/// How an identifier and the Author Domain compare.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Alignment {
    /// The domain that the mechanism looked at.
    pub identifier: Option<Name>,
    /// Whether the mechanism passed for it.
    pub authenticated: bool,
    /// How alike the domains must be.
    pub mode: Mode,
    /// Whether the mode is the default, for lack of a tag.
    pub mode_is_default: bool,
    /// Whether they are alike enough; `None` where that cannot be told.
    pub aligned: Option<bool>,
    /// Whether they are the same.
    pub aligned_strict: Option<bool>,
    /// Whether they are of the same organization.
    pub aligned_relaxed: Option<bool>,
    /// The organization of the identifier.
    pub organizational_domain: Option<Name>,
    /// All this in a sentence.
    pub sentence: String,
    #[serde(skip)]
    pub(super) outcome: Outcome,
    #[serde(skip)]
    pub(super) obstacle: Option<Obstacle>,
}

/// The Author Domain's side of a comparison.
pub(super) struct Author<'a> {
    pub rules: Rules,
    pub domain: &'a Name,
    pub organizational: &'a Result<Name, Obstacle>,
    /// Whether a usable policy record stands at the Author Domain itself.
    pub has_record: bool,
}

/// Compares one identifier with the author.
pub(super) fn align(
    identifier: &Identifier,
    author: &Author<'_>,
    mode: Option<Mode>,
    answers: &Answers,
    limits: &Limits,
) -> Alignment {
    let mut alignment = Alignment {
        identifier: identifier.domain.clone(),
        authenticated: identifier.outcome == Outcome::Pass,
        mode: mode.unwrap_or(Mode::Relaxed),
        mode_is_default: mode.is_none(),
        aligned: None,
        aligned_strict: None,
        aligned_relaxed: None,
        organizational_domain: None,
        sentence: String::new(),
        outcome: identifier.outcome,
        obstacle: None,
    };
    if let Some(domain) = &identifier.domain {
        compare(domain, author, answers, limits, &mut alignment);
    }
    alignment.sentence = sentence(identifier, author, &alignment);
    alignment
}

fn compare(
    domain: &Name,
    author: &Author<'_>,
    answers: &Answers,
    limits: &Limits,
    alignment: &mut Alignment,
) {
    let same = domain == author.domain;
    alignment.aligned_strict = Some(same);
    if same {
        // §4.10.2: no walk is needed for a domain that is the same and has a record; without one
        // both walks give the same answer anyway.
        alignment.aligned_relaxed = Some(true);
        alignment.organizational_domain = match author.organizational {
            Ok(name) => Some(name.clone()),
            Err(_) if author.has_record => Some(domain.clone()),
            Err(_) => None,
        };
    } else {
        let walk = Walk::new(author.rules, domain, answers, limits);
        match (&walk.organizational_domain(), author.organizational) {
            (Ok(organizational), Ok(authors)) => {
                alignment.aligned_relaxed = Some(organizational == authors);
                alignment.organizational_domain = Some(organizational.clone());
            }
            (Err(obstacle), _) | (_, Err(obstacle)) => alignment.obstacle = Some(*obstacle),
        }
    }
    alignment.aligned = match alignment.mode {
        Mode::Strict => alignment.aligned_strict,
        Mode::Relaxed => alignment.aligned_relaxed,
    };
}

fn sentence(identifier: &Identifier, author: &Author<'_>, alignment: &Alignment) -> String {
    let mechanism = &identifier.mechanism;
    let from = author.domain;
    let Some(domain) = &identifier.domain else {
        return match identifier.outcome {
            Outcome::NotEvaluated => format!(
                "{mechanism} could not be evaluated, so it is not known whether it speaks for \
                 {from} in From."
            ),
            _ => format!("{mechanism} names no domain, so it cannot speak for {from} in From."),
        };
    };
    let state = match identifier.outcome {
        Outcome::Pass => "passed",
        Outcome::Fail => "did not pass",
        Outcome::Temperror => "got no answer from DNS",
        Outcome::NotEvaluated => "could not be evaluated",
    };
    let relation = match (alignment.aligned_strict, alignment.aligned_relaxed) {
        (Some(true), _) => "the domain in From".into(),
        (_, Some(true)) => format!(
            "which is of the same organization ({}) as {from} in From",
            alignment.organizational_domain.as_ref().unwrap_or(from)
        ),
        (_, Some(false)) if domain.is_within(from) || from.is_within(domain) => {
            format!("which DMARC counts as another organization than {from} in From")
        }
        (_, Some(false)) => format!("which is another organization than {from} in From"),
        (_, None) => format!(
            "and whether that is the same organization as {from} in From could not be found out"
        ),
    };
    let mode = match (alignment.mode, alignment.mode_is_default) {
        (mode, true) => format!("alignment is {mode}, the default"),
        (mode, false) => format!("alignment is {mode}, as the record asks"),
    };
    let counts = match (alignment.aligned, identifier.outcome) {
        (None, _) => return format!("{mechanism} {state} for {domain}, {relation} ({mode})."),
        (Some(true), Outcome::Pass) => "so it counts for DMARC",
        (Some(true), Outcome::Fail) => "so it would count for DMARC if it had passed",
        (Some(true), _) => "so it would count for DMARC if it passed",
        (Some(false), Outcome::Pass) => "so the pass does not count for DMARC",
        (Some(false), _) => "so it would not count for DMARC even if it passed",
    };
    let near_miss = match (alignment.aligned, alignment.aligned_relaxed) {
        (Some(false), Some(true)) => ", but not the same domain",
        _ => "",
    };
    format!("{mechanism} {state} for {domain}, {relation}{near_miss}, {counts} ({mode}).")
}
