//! Whether an identifier is aligned with the Author Domain (RFC 9989 §4.4 and §4.10.2).

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::discover::{Answers, Cut, Obstacle, Rules, Walk, registered};
use super::record::Mode;
use crate::Limits;
use crate::dns::Name;

/// A mechanism whose identifier DMARC compares with the author domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Mechanism {
    /// SPF for MAIL FROM.
    Spf,
    /// The signature of this index, from 0.
    Dkim(usize),
}

impl Mechanism {
    /// The tag of a policy record that sets the alignment mode.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Spf => "aspf",
            Self::Dkim(_) => "adkim",
        }
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spf => f.write_str("SPF"),
            Self::Dkim(index) => write!(f, "DKIM {}", index + 1),
        }
    }
}

/// A domain that a mechanism looked at, and what the mechanism found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifier {
    /// The domain; `None` where it is not known.
    pub domain: Option<Name>,
    /// What was found.
    pub outcome: MechanismOutcome,
    /// What weakens a pass.
    pub reservations: Vec<Reservation>,
}

/// What weakens a DKIM signature that verifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reservation {
    /// The key says `t=y`: the domain only tests DKIM.
    Testing,
    /// The tag `l=` leaves part of the body unsigned.
    UnsignedBody,
}

/// Whether an identifier is an Authenticated Identifier, so that DMARC can pass on it.
///
/// RFC 9989 §4.4.1 only requires that the signature validates. RFC 6376 §8.2 lets verifiers
/// distrust `l=`, and its §3.6.1 says to treat mail under a testing key like unsigned mail only if
/// the signature fails. Receivers accept both, and so does this function, the only place that
/// decides it. The words about such a pass name the reservation.
pub fn carries(outcome: MechanismOutcome, reservations: &[Reservation]) -> bool {
    outcome == MechanismOutcome::Pass
        && reservations.iter().all(|reservation| match reservation {
            Reservation::Testing | Reservation::UnsignedBody => true,
        })
}

/// What a mechanism found about its domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum MechanismOutcome {
    /// It is authenticated.
    Pass,
    /// It is not.
    Fail,
    /// DNS did not answer.
    Temperror,
    /// It could not be judged from the available data.
    NotEvaluated,
}

/// How an identifier and the Author Domain compare.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Alignment {
    /// The domain that the mechanism looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<Name>,
    /// What the mechanism found.
    pub outcome: MechanismOutcome,
    /// Whether the mechanism passed for it.
    pub authenticated: bool,
    /// What weakens the pass.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reservations: Vec<Reservation>,
    /// The alignment mode.
    pub mode: Mode,
    /// Whether the mode is the default because the record has no tag for it.
    pub mode_is_default: bool,
    /// Whether they are aligned in this mode; `None` if that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aligned: Option<bool>,
    /// Whether they are aligned in strict mode: the same domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aligned_strict: Option<bool>,
    /// Whether they are aligned in relaxed mode: the same organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aligned_relaxed: Option<bool>,
    /// The Organizational Domain of the identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organizational_domain: Option<Name>,
    /// The record whose `psd` tag decided that, or decided the author's Organizational Domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,
    /// Why the organizations are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub obstacle: Option<Obstacle>,
}

/// The Author Domain's side of a comparison.
pub(super) struct Author<'a> {
    pub rules: Rules,
    pub domain: &'a Name,
    pub organizational: &'a Result<Name, Obstacle>,
    /// The record whose `psd` tag decided the Organizational Domain, and what the tag says.
    pub cut: Option<Cut>,
    /// Whether the Author Domain itself has a policy record.
    pub has_record: bool,
}

/// Compares one identifier with the Author Domain.
pub(super) fn align(
    identifier: &Identifier,
    author: &Author<'_>,
    mode: Option<Mode>,
    answers: &Answers,
    limits: &Limits,
) -> Alignment {
    let mut alignment = Alignment {
        identifier: identifier.domain.clone(),
        outcome: identifier.outcome,
        authenticated: carries(identifier.outcome, &identifier.reservations),
        reservations: identifier.reservations.clone(),
        mode: mode.unwrap_or(Mode::Relaxed),
        mode_is_default: mode.is_none(),
        aligned: None,
        aligned_strict: None,
        aligned_relaxed: None,
        organizational_domain: None,
        cut: None,
        obstacle: None,
    };
    if let Some(domain) = &identifier.domain {
        compare(domain, author, answers, limits, &mut alignment);
    }
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
        // §4.10.2: no walk is needed if the domains are the same and have a record. Without a
        // record, both walks give the same answer anyway.
        alignment.aligned_relaxed = Some(true);
        alignment.organizational_domain = match author.organizational {
            Ok(name) => Some(name.clone()),
            Err(_) if author.has_record => Some(domain.clone()),
            Err(_) => None,
        };
    } else {
        let organizational = match author.rules {
            Rules::Rfc7489 => Ok(registered(domain)),
            Rules::Rfc9989 => {
                let walk = Walk::new(author.rules, domain, answers, limits);
                alignment.cut = walk.cut().or_else(|| author.cut.clone());
                walk.organizational_domain()
            }
        };
        match (organizational, author.organizational) {
            (Ok(organizational), Ok(authors)) => {
                alignment.aligned_relaxed = Some(organizational == *authors);
                alignment.organizational_domain = Some(organizational);
            }
            // An Organizational Domain is the domain itself or one above it.
            (Err(_), Ok(authors)) if !domain.is_within(authors) => {
                alignment.aligned_relaxed = Some(false);
            }
            (Ok(organizational), Err(_)) if !author.domain.is_within(&organizational) => {
                alignment.aligned_relaxed = Some(false);
                alignment.organizational_domain = Some(organizational);
            }
            (Err(_), Err(_))
                if domain.labels().next_back() != author.domain.labels().next_back() =>
            {
                alignment.aligned_relaxed = Some(false);
            }
            (Err(obstacle), _) => alignment.obstacle = Some(obstacle),
            (_, Err(obstacle)) => alignment.obstacle = Some(*obstacle),
        }
    }
    alignment.aligned = match alignment.mode {
        Mode::Strict => alignment.aligned_strict,
        Mode::Relaxed => alignment.aligned_relaxed,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_under_a_length_or_a_testing_key_carries_and_nothing_but_a_pass_does() {
        let both = [Reservation::Testing, Reservation::UnsignedBody];
        assert!(carries(MechanismOutcome::Pass, &[]));
        assert!(carries(MechanismOutcome::Pass, &both));
        for outcome in [
            MechanismOutcome::Fail,
            MechanismOutcome::Temperror,
            MechanismOutcome::NotEvaluated,
        ] {
            assert!(!carries(outcome, &both));
        }
    }
}
