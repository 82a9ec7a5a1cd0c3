//! What a domain publishes, evaluated without a message.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::differences::{self, ComparedPolicy, RuleDifference};
use super::discover::{Answers, Rules, Walk};
use super::record::{Policy, PolicyRecord, RecordProblem, RecordTag};
use super::step::Step;
use super::verdict::{DmarcCause, DmarcResult};
use super::{policy_record, stopped_by};
use crate::Limits;
use crate::dns::Name;

/// The DMARC policy of a domain, by one set of rules.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Published {
    /// The rules that were used.
    pub rules: Rules,
    /// The Organizational Domain; `None` if it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organizational_domain: Option<Name>,
    /// The policy that applies to mail from the domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<PublishedPolicy>,
    /// Why no policy applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<DmarcCause>,
    /// How the policy was looked for.
    pub steps: Vec<Step>,
    /// What is wrong or odd about the record.
    pub problems: Arc<Vec<RecordProblem>>,
}

/// A policy record and the policies that it gives.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct PublishedPolicy {
    /// The domain that has the record.
    pub domain: Name,
    /// The record.
    pub record: String,
    /// Its tags in their order, then the tags that it does not have.
    pub tags: Arc<Vec<RecordTag>>,
    /// For mail from the domain itself.
    pub for_domain: Effective,
    /// For mail from a subdomain that exists and has no record of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub for_subdomains: Option<Effective>,
    /// For mail from a subdomain that does not exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub for_missing_subdomains: Option<Effective>,
    /// The percentage of failing messages that it applies to, by RFC 7489.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percentage: Option<u8>,
}

/// The policy for one kind of mail.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Effective {
    /// The domain whose record gives it.
    pub domain: Name,
    /// The tag that gives it: `p`, `sp` or `np`.
    pub tag: &'static str,
    /// The policy that the record asks for.
    pub requested: Policy,
    /// The policy for a message that fails: one level lower under `t=y`.
    pub applied: Policy,
}

/// Evaluates what is published for `domain`. `exists` says whether it exists in DNS, if that was
/// asked.
pub fn published(
    rules: Rules,
    domain: &Name,
    exists: Option<bool>,
    answers: &Answers,
    limits: &Limits,
) -> Published {
    let walk = Walk::new(rules, domain, answers, limits);
    let found = policy_record(&walk);
    let mut published = Published {
        rules,
        organizational_domain: walk.organizational_domain().ok(),
        policy: None,
        cause: None,
        steps: Step::all(&walk, found.map(|(at, _)| at), answers, limits),
        problems: Arc::default(),
    };
    let Some((at, record)) = found else {
        published.cause = Some(match walk.obstacle {
            Some(obstacle) => stopped_by(obstacle).1,
            None => DmarcCause::NoRecord,
        });
        return published;
    };
    published.problems = Arc::clone(&record.problems);
    if !record.is_usable(rules) {
        published.cause = Some(DmarcCause::RecordUnusable);
        return published;
    }
    let below = |exists| subdomain(rules, domain, exists, answers, limits);
    published.policy = Some(PublishedPolicy {
        domain: at.clone(),
        record: record.text.clone(),
        tags: Arc::clone(&record.tags),
        for_domain: effective(rules, at, record, at == domain, exists.unwrap_or(true)),
        for_subdomains: below(true),
        for_missing_subdomains: below(false),
        percentage: record.percentage.filter(|_| rules == Rules::Rfc7489),
    });
    published
}

/// What applies to a subdomain without its own record. This can differ from what applies to the
/// domain, as the record may be at the Organizational Domain.
fn subdomain(
    rules: Rules,
    domain: &Name,
    exists: bool,
    answers: &Answers,
    limits: &Limits,
) -> Option<Effective> {
    let name = domain.under("any").ok()?;
    let walk = Walk::new(rules, &name, answers, limits);
    let (at, record) = policy_record(&walk)?;
    let usable = record.is_usable(rules);
    usable.then(|| effective(rules, at, record, false, exists))
}

fn effective(rules: Rules, at: &Name, record: &PolicyRecord, own: bool, exists: bool) -> Effective {
    let (requested, tag) = match own {
        true => (record.for_domain(rules), "p"),
        false => record.for_subdomain(rules, exists),
    };
    let lowered = record.testing && rules == Rules::Rfc9989;
    Effective {
        domain: at.clone(),
        tag,
        requested,
        applied: match lowered {
            true => requested.lowered(),
            false => requested,
        },
    }
}

impl Published {
    /// The result that mail would have, whatever SPF and DKIM give; `None` if a policy applies.
    pub fn result(&self) -> Option<DmarcResult> {
        Some(match self.cause? {
            DmarcCause::Dns => DmarcResult::Temperror,
            DmarcCause::NotRecorded => DmarcResult::Inconclusive,
            _ => DmarcResult::None,
        })
    }
}

/// The differences between what the two sets of rules find published; `new` is by RFC 9989.
pub fn published_differences(new: &Published, old: &Published) -> Vec<RuleDifference> {
    if new.policy.is_none() && old.policy.is_none() {
        return Vec::new();
    }
    let domain = |policy: &PublishedPolicy| policy.domain.clone();
    // No policy has the same effect as a policy that asks for nothing.
    let compared = |policy: Option<&PublishedPolicy>| {
        let applied = policy.map_or(Policy::None, |policy| policy.for_domain.applied);
        let percentage = policy.and_then(|policy| policy.percentage);
        Some(ComparedPolicy {
            tag: None,
            requested: None,
            applied: Some(applied),
            percentage: differences::counted(percentage, applied),
        })
    };
    let (by_new, by_old) = (new.policy.as_ref(), old.policy.as_ref());
    [
        differences::organizations(
            new.organizational_domain.as_ref(),
            old.organizational_domain.as_ref(),
        ),
        differences::records(by_new.map(domain), by_old.map(domain)),
        differences::policies(compared(by_new), compared(by_old)),
    ]
    .into_iter()
    .flatten()
    .collect()
}
