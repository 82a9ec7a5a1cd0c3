//! Where RFC 9989 and RFC 7489 give different outcomes for a message.

use schemars::JsonSchema;
use serde::Serialize;

use super::align::Mechanism;
use super::record::Policy;
use super::verdict::{AppliedPolicy, DmarcBy, DmarcResult};
use crate::dns::Name;

/// One difference between the two sets of rules.
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
    /// The Organizational Domain of the author.
    OrganizationalDomain {
        /// By RFC 9989; `None` if it is not known.
        rfc9989: Option<Name>,
        /// By RFC 7489.
        rfc7489: Option<Name>,
    },
    /// The record that applies.
    Record {
        /// Its domain by RFC 9989; `None` if no record applies.
        rfc9989: Option<Name>,
        /// Its domain by RFC 7489.
        rfc7489: Option<Name>,
    },
    /// The policy that is requested, or applied.
    Policy {
        /// By RFC 9989; `None` if there is none.
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
        /// Whether it is aligned by RFC 9989; `None` if that is not known.
        rfc9989: Option<bool>,
        /// Whether it is aligned by RFC 7489.
        rfc7489: Option<bool>,
    },
}

/// The part of a policy that is compared.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct ComparedPolicy {
    /// The tag that gives it; `None` if only the applied policy is compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<&'static str>,
    /// The policy requested; `None` if only the applied policy is compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested: Option<Policy>,
    /// The policy applied; `None` if that differs only because the result does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applied: Option<Policy>,
    /// The percentage of failing messages that it is applied to, if not all.
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

/// All differences that matter; `new` is by RFC 9989, `old` by RFC 7489.
pub(super) fn between(new: DmarcBy<'_>, old: DmarcBy<'_>) -> Vec<RuleDifference> {
    let mut found = Vec::new();
    let same_result = new.result == old.result;
    if !same_result {
        found.push(RuleDifference::Result {
            rfc9989: new.result,
            rfc7489: old.result,
        });
    }
    // Organizations and alignment do not matter if there is no policy.
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
        // If the result differs, so does the applied policy: the result has been reported.
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

/// The percentage, if it leaves out some messages. It does not matter for a message that passes or
/// has no policy.
pub(super) fn counted(percentage: Option<u8>, applied: Policy) -> Option<u8> {
    percentage.filter(|percentage| *percentage < 100 && applied != Policy::None)
}
