//! Where RFC 9989 and RFC 7489 come to different outcomes for a message.

use schemars::JsonSchema;
use serde::Serialize;

use super::align::Mechanism;
use super::record::Policy;
use super::verdict::{AppliedPolicy, DmarcBy, DmarcResult};
use crate::dns::Name;

/// One thing that the two sets of rules see differently.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(tag = "in", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RuleDifference {
    /// The result.
    Result {
        /// By RFC 9989.
        rfc9989: DmarcResult,
        /// By RFC 7489.
        rfc7489: DmarcResult,
    },
    /// The organizational domain of the author.
    OrganizationalDomain {
        /// By RFC 9989; `None` where it is not known.
        rfc9989: Option<Name>,
        /// By RFC 7489.
        rfc7489: Option<Name>,
    },
    /// The record that applies.
    Record {
        /// Its domain by RFC 9989; `None` where none applies.
        rfc9989: Option<Name>,
        /// Its domain by RFC 7489.
        rfc7489: Option<Name>,
    },
    /// The policy that is asked for, or applied.
    Policy {
        /// By RFC 9989; `None` where there is none.
        rfc9989: Option<ComparedPolicy>,
        /// By RFC 7489.
        rfc7489: Option<ComparedPolicy>,
    },
    /// Whether an identifier is aligned.
    Alignment {
        /// The mechanism.
        mechanism: Mechanism,
        /// The domain that it looked at.
        identifier: Name,
        /// Whether it is aligned by RFC 9989; `None` where that is not known.
        rfc9989: Option<bool>,
        /// Whether it is aligned by RFC 7489.
        rfc7489: Option<bool>,
    },
}

/// As much of a policy as is compared.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct ComparedPolicy {
    /// The tag that gives it; `None` where only what is applied counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<&'static str>,
    /// What it asks for; `None` where only what is applied counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested: Option<Policy>,
    /// What is applied; `None` where that differs with the result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applied: Option<Policy>,
    /// To how many of a hundred messages that fail it is applied, where not to all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percentage: Option<u8>,
}

impl RuleDifference {
    /// What differs, in a word.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Result { .. } => "result",
            Self::OrganizationalDomain { .. } => "organizational-domain",
            Self::Record { .. } => "record",
            Self::Policy { .. } => "policy",
            Self::Alignment { .. } => "alignment",
        }
    }
}

/// All differences on which anything hangs; `new` is by RFC 9989, `old` by RFC 7489.
pub(super) fn between(new: DmarcBy<'_>, old: DmarcBy<'_>) -> Vec<RuleDifference> {
    let mut found = Vec::new();
    let same_result = new.result == old.result;
    if !same_result {
        found.push(RuleDifference::Result {
            rfc9989: new.result,
            rfc7489: old.result,
        });
    }
    // Nothing hangs on organizations and alignment where there is no policy.
    if new.policy.is_none() && old.policy.is_none() {
        return found;
    }
    found.extend(organizations(
        new.organizational_domain,
        old.organizational_domain,
    ));
    let domain = |policy: &'_ AppliedPolicy| policy.domain.clone();
    found.extend(records(new.policy.map(domain), old.policy.map(domain)));
    let compared = |policy: &AppliedPolicy| ComparedPolicy {
        tag: Some(policy.tag),
        requested: Some(policy.requested),
        // What is applied differs with the result, which has been said.
        applied: same_result.then_some(policy.applied),
        percentage: counted(policy.percentage, policy.applied).filter(|_| same_result),
    };
    found.extend(policies(new.policy.map(compared), old.policy.map(compared)));
    let both = new.alignment.all().zip(old.alignment.all());
    let alignment = both.filter_map(|((mechanism, new), (_, old))| {
        (new.aligned != old.aligned).then_some(RuleDifference::Alignment {
            mechanism,
            identifier: new.identifier.clone()?,
            rfc9989: new.aligned,
            rfc7489: old.aligned,
        })
    });
    found.extend(alignment);
    found
}

pub(super) fn organizations(new: Option<&Name>, old: Option<&Name>) -> Option<RuleDifference> {
    (new != old).then(|| RuleDifference::OrganizationalDomain {
        rfc9989: new.cloned(),
        rfc7489: old.cloned(),
    })
}

pub(super) fn records(new: Option<Name>, old: Option<Name>) -> Option<RuleDifference> {
    (new != old).then_some(RuleDifference::Record {
        rfc9989: new,
        rfc7489: old,
    })
}

pub(super) fn policies(
    new: Option<ComparedPolicy>,
    old: Option<ComparedPolicy>,
) -> Option<RuleDifference> {
    (new != old).then_some(RuleDifference::Policy {
        rfc9989: new,
        rfc7489: old,
    })
}

/// The percentage, where it leaves some of the messages out: the policy of a message that passes, or
/// has none, it leaves as it is.
pub(super) fn counted(percentage: Option<u8>, applied: Policy) -> Option<u8> {
    percentage.filter(|percentage| *percentage < 100 && applied != Policy::None)
}
