//! Words about different outcomes by RFC 9989 and RFC 7489, and their consequences.

use std::fmt::{self, Display, Formatter};

use crate::dmarc::{ComparedPolicy, Mechanism, RuleDifference, Rules};
use crate::dns::Name;

/// What the rules are compared for: a message, or a domain without a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComparedFor {
    /// A message.
    Message,
    /// The records of a domain.
    Domain,
}

/// What differs, in a word or two.
pub fn what(difference: &RuleDifference) -> &'static str {
    match difference {
        RuleDifference::Result { .. } => "result",
        RuleDifference::OrganizationalDomain { .. } => "organizational domain",
        RuleDifference::Record { .. } => "record",
        RuleDifference::Policy { .. } => "policy",
        RuleDifference::Alignment { .. } => "alignment",
    }
}

/// The outcome by `rules`.
pub fn compared(difference: &RuleDifference, rules: Rules) -> impl Display + '_ {
    Value { difference, rules }
}

/// The consequence for the message or the domain; no capital letter, no full stop.
pub fn consequence(difference: &RuleDifference, of: ComparedFor) -> impl Display + '_ {
    Consequence { difference, of }
}

struct Value<'v> {
    difference: &'v RuleDifference,
    rules: Rules,
}

impl Value<'_> {
    fn pick<T>(&self, rfc9989: T, rfc7489: T) -> T {
        match self.rules {
            Rules::Rfc9989 => rfc9989,
            Rules::Rfc7489 => rfc7489,
        }
    }
}

impl Display for Value<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.difference {
            RuleDifference::Result { rfc9989, rfc7489 } => self.pick(rfc9989, rfc7489).fmt(f),
            RuleDifference::OrganizationalDomain { rfc9989, rfc7489 } => {
                let name = self.pick(rfc9989, rfc7489).as_ref();
                f.write_str(name.map_or("not known", Name::as_str))
            }
            RuleDifference::Record { rfc9989, rfc7489 } => match self.pick(rfc9989, rfc7489) {
                Some(domain) => write!(f, "_dmarc.{domain}"),
                None => f.write_str("none"),
            },
            RuleDifference::Policy { rfc9989, rfc7489 } => match self.pick(rfc9989, rfc7489) {
                Some(policy) => write_policy(policy, f),
                None => f.write_str("none"),
            },
            RuleDifference::Alignment {
                mechanism,
                rfc9989,
                rfc7489,
                ..
            } => write_aligned(*mechanism, *self.pick(rfc9989, rfc7489), f),
        }
    }
}

fn write_policy(policy: &ComparedPolicy, f: &mut Formatter<'_>) -> fmt::Result {
    // For a domain, only the applied policy is compared.
    let to = match policy.requested {
        Some(_) => "to",
        None => "for",
    };
    if let (Some(tag), Some(requested)) = (policy.tag, policy.requested) {
        write!(f, "{tag}={requested}")?;
    }
    let Some(applied) = policy.applied else {
        return Ok(());
    };
    if policy.requested.is_some() {
        f.write_str(", applied ")?;
    }
    write!(f, "{applied}")?;
    match policy.percentage {
        Some(percentage) => write!(
            f,
            " {to} {percentage} of 100 messages that fail and {} {to} the others",
            applied.lowered()
        ),
        None => Ok(()),
    }
}

fn write_aligned(
    mechanism: Mechanism,
    aligned: Option<bool>,
    f: &mut Formatter<'_>,
) -> fmt::Result {
    let word = match aligned {
        Some(true) => "aligned",
        Some(false) => "not aligned",
        None => "not known",
    };
    write!(f, "{mechanism} {word}")
}

struct Consequence<'v> {
    difference: &'v RuleDifference,
    of: ComparedFor,
}

impl Display for Consequence<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.difference {
            RuleDifference::Result { rfc9989, rfc7489 } => write!(
                f,
                "receivers that walk the DNS tree say dmarc={rfc9989}, those that use the public \
                 suffix list say dmarc={rfc7489}"
            ),
            RuleDifference::OrganizationalDomain { .. } => {
                let from = match self.of {
                    ComparedFor::Message => "From",
                    ComparedFor::Domain => "the domain",
                };
                write!(
                    f,
                    "what is aligned with {from} in relaxed mode depends on which rules a receiver \
                     follows"
                )
            }
            RuleDifference::Record { .. } => {
                f.write_str("receivers take the policy from different records")
            }
            RuleDifference::Policy { .. } => {
                f.write_str("receivers treat mail that fails differently")
            }
            RuleDifference::Alignment {
                identifier,
                rfc9989,
                ..
            } => {
                let rules = match rfc9989 {
                    Some(true) => Rules::Rfc9989,
                    _ => Rules::Rfc7489,
                };
                write!(
                    f,
                    "{identifier} counts for DMARC only at receivers that follow {}",
                    rules.document()
                )
            }
        }
    }
}
