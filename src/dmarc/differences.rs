//! Where RFC 9989 and RFC 7489 come to different outcomes for a message, and what follows.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Alignment, DmarcVerdict, Policy};

/// One thing that the two sets of rules see differently.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct RuleDifference {
    /// What.
    #[serde(rename = "in")]
    pub what: DifferenceIn,
    /// By RFC 9989.
    pub rfc9989: String,
    /// By RFC 7489.
    pub rfc7489: String,
    /// What follows, in a sentence.
    pub consequence: String,
}

/// What may differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DifferenceIn {
    /// The organizational domain of the author.
    OrganizationalDomain,
    /// The record that applies.
    Record,
    /// The policy that is asked for, or applied.
    Policy,
    /// Whether an identifier is aligned.
    Alignment,
    /// The result.
    Result,
}

impl DifferenceIn {
    /// The word in a sentence.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::OrganizationalDomain => "organizational domain",
            Self::Record => "record",
            Self::Policy => "policy",
            Self::Alignment => "alignment",
            Self::Result => "result",
        }
    }
}

/// All differences; `new` is by RFC 9989, `old` by RFC 7489.
pub(super) fn between(new: &DmarcVerdict, old: &DmarcVerdict) -> Vec<RuleDifference> {
    let mut found = Vec::new();
    let mut add = |what, rfc9989: String, rfc7489: String, consequence: String| {
        if rfc9989 != rfc7489 {
            found.push(RuleDifference {
                what,
                rfc9989,
                rfc7489,
                consequence,
            });
        }
    };
    add(
        DifferenceIn::Result,
        new.result.to_string(),
        old.result.to_string(),
        format!(
            "receivers that walk the DNS tree say dmarc={}, those that use the public suffix list \
             say dmarc={}",
            new.result, old.result
        ),
    );
    // Nothing hangs on organizations and alignment where there is no policy.
    if new.policy.is_none() && old.policy.is_none() {
        return found;
    }
    add(
        DifferenceIn::OrganizationalDomain,
        name(new.organizational_domain.as_ref()),
        name(old.organizational_domain.as_ref()),
        "what is aligned with From in relaxed mode depends on which rules a receiver follows"
            .into(),
    );
    let record = |verdict: &DmarcVerdict| match &verdict.policy {
        Some(policy) => format!("_dmarc.{}", policy.domain),
        None => "none".into(),
    };
    add(
        DifferenceIn::Record,
        record(new),
        record(old),
        "receivers take the policy from different records".into(),
    );
    let policy = |verdict: &DmarcVerdict| match &verdict.policy {
        // What is applied differs with the result, which has been said.
        Some(policy) if new.result != old.result => {
            format!("{}={}", policy.tag, policy.requested)
        }
        Some(policy) => {
            let text = format!(
                "{}={}, applied {}",
                policy.tag, policy.requested, policy.applied
            );
            // It leaves the policy of a message that passes, or has none, as it is.
            match policy.percentage.filter(|_| policy.applied != Policy::None) {
                Some(percentage @ 0..100) => format!(
                    "{text} to {percentage} of 100 messages that fail and {} to the others",
                    policy.applied.lowered()
                ),
                _ => text,
            }
        }
        None => "none".into(),
    };
    add(
        DifferenceIn::Policy,
        policy(new),
        policy(old),
        "receivers treat mail that fails differently".into(),
    );
    let aligned = |verdict: &DmarcVerdict| {
        let dkim = verdict.alignment.dkim.iter().zip(1..);
        let dkim = dkim.map(|(alignment, number)| (format!("DKIM {number}"), alignment.clone()));
        let spf = verdict.alignment.spf.iter();
        spf.map(|alignment| ("SPF".to_owned(), alignment.clone()))
            .chain(dkim)
            .collect::<Vec<(String, Alignment)>>()
    };
    for ((mechanism, new), (_, old)) in aligned(new).into_iter().zip(aligned(old)) {
        let Some(identifier) = &new.identifier else {
            continue;
        };
        let word = |alignment: &Alignment| match alignment.aligned {
            Some(true) => "aligned",
            Some(false) => "not aligned",
            None => "not known",
        };
        add(
            DifferenceIn::Alignment,
            format!("{mechanism} {}", word(&new)),
            format!("{mechanism} {}", word(&old)),
            format!(
                "{identifier} counts for DMARC only at receivers that follow {}",
                match new.aligned {
                    Some(true) => "RFC 9989",
                    _ => "RFC 7489",
                }
            ),
        );
    }
    found
}

fn name(domain: Option<&crate::dns::Name>) -> String {
    domain.map_or("not known".into(), ToString::to_string)
}
