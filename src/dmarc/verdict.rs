//! The DMARC result of one message, in the words of RFC 9989.

use std::fmt;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::align::{Alignment, Mechanism};
use super::differences::{self, RuleDifference};
use super::discover::Rules;
use super::record::{Policy, RecordProblem, RecordTag};
use super::reports::ReportTarget;
use super::step::Step;
use crate::dns::Name;

/// The results of RFC 9989 §9, and `inconclusive`, which is our own.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DmarcResult {
    /// An aligned identifier was authenticated.
    Pass,
    /// No aligned identifier was authenticated.
    Fail,
    /// No policy applies.
    None,
    /// DNS did not answer a question that the result depends on.
    Temperror,
    /// The message has no single author domain.
    Permerror,
    /// It could not be judged from the available data.
    Inconclusive,
}

impl DmarcResult {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::None => "none",
            Self::Temperror => "temperror",
            Self::Permerror => "permerror",
            Self::Inconclusive => "inconclusive",
        }
    }
}

impl fmt::Display for DmarcResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why a message has its DMARC result.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DmarcCause {
    /// An aligned identifier passed.
    Aligned,
    /// SPF or a signature passed, but for another organization.
    NotAligned,
    /// Neither SPF nor any signature passed.
    NothingPassed,
    /// There is no policy record.
    NoRecord,
    /// The policy record has neither a valid policy nor a report address.
    RecordUnusable,
    /// From names no domain.
    NoAuthorDomain,
    /// From names several domains.
    SeveralAuthorDomains,
    /// There are several From fields.
    SeveralFromFields,
    /// DNS did not answer.
    Dns,
    /// The recording does not have a question that the result depends on.
    NotRecorded,
    /// SPF or DKIM could not be evaluated, and the result depends on it.
    NotEvaluated,
}

/// The DMARC result of one message by the chosen rules, and by the other rules if that differs.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct DmarcVerdict {
    /// The rules that were used.
    pub rules: Rules,
    /// The result.
    pub result: DmarcResult,
    /// Why.
    pub cause: DmarcCause,
    /// The domain in From.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author_domain: Option<Name>,
    /// Its Organizational Domain; `None` if it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organizational_domain: Option<Name>,
    /// The policy that applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<AppliedPolicy>,
    /// All identifiers that were considered.
    pub alignment: Alignments,
    /// The mechanisms that pass and are aligned.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub engines: &'static [Engine],
    /// How the policy was searched for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// What is wrong or unusual about the record that is taken.
    #[serde(skip_serializing_if = "is_empty")]
    pub problems: Arc<Vec<RecordProblem>>,
    /// The outcome by the other rules; `None` if it is the same in all respects.
    #[serde(skip_serializing_if = "OtherRules::is_same")]
    pub other_rules: Option<Box<OtherRules>>,
    /// The differences between the two sets of rules that matter.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<RuleDifference>,
    /// Where reports go and whether they are accepted there, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reports: Option<Vec<ReportTarget>>,
}

/// The outcome by the other set of rules.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct OtherRules {
    /// The result.
    pub result: DmarcResult,
    /// Why.
    pub cause: DmarcCause,
    /// The Organizational Domain of the author; `None` if it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organizational_domain: Option<Name>,
    /// The policy that applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<AppliedPolicy>,
    /// All identifiers that were considered.
    pub alignment: Alignments,
    /// The mechanisms that pass and are aligned.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub engines: &'static [Engine],
    /// How the policy was searched for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// Whether only the search differs from that of the verdict.
    #[serde(skip)]
    pub(super) differs_in_steps_alone: bool,
}

/// The outcome by one set of rules.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct DmarcBy<'v> {
    /// The rules.
    pub rules: Rules,
    /// The result.
    pub result: DmarcResult,
    /// Why.
    pub cause: DmarcCause,
    /// The domain in From.
    pub author_domain: Option<&'v Name>,
    /// Its Organizational Domain; `None` if it is not known.
    pub organizational_domain: Option<&'v Name>,
    /// The policy that applies.
    pub policy: Option<&'v AppliedPolicy>,
    /// All identifiers that were considered.
    pub alignment: &'v Alignments,
    /// The mechanisms that pass and are aligned.
    pub engines: &'static [Engine],
    /// How the policy was searched for.
    pub steps: &'v [Step],
}

impl DmarcVerdict {
    /// The verdict on a message without a single author domain: it is the same by both sets of
    /// rules.
    pub(super) fn without_author(rules: Rules, cause: DmarcCause) -> Self {
        Self {
            rules,
            result: DmarcResult::Permerror,
            cause,
            author_domain: None,
            organizational_domain: None,
            policy: None,
            alignment: Alignments::default(),
            engines: &[],
            steps: Vec::new(),
            problems: Arc::default(),
            other_rules: None,
            differences: Vec::new(),
            reports: None,
        }
    }

    /// The verdict by `rules`, with the outcome by the other rules as far as it differs.
    pub(super) fn new(rules: Rules, author: Name, made: OtherRules, other: OtherRules) -> Self {
        let record = Step::taken(&made.steps).map(|(_, record)| Arc::clone(&record.problems));
        let mut verdict = Self {
            rules,
            result: made.result,
            cause: made.cause,
            author_domain: Some(author),
            organizational_domain: made.organizational_domain,
            policy: made.policy,
            alignment: made.alignment,
            engines: made.engines,
            steps: made.steps,
            problems: record.unwrap_or_default(),
            other_rules: None,
            differences: Vec::new(),
            reports: None,
        };
        let differs = verdict.differs_from(&other);
        if differs || verdict.steps != other.steps {
            verdict.other_rules = Some(Box::new(OtherRules {
                differs_in_steps_alone: !differs,
                ..other
            }));
        }
        if differs {
            verdict.differences =
                differences::between(verdict.by(Rules::Rfc9989), verdict.by(Rules::Rfc7489));
        }
        verdict
    }

    /// Whether `other` has a different outcome, however the policy was searched for.
    fn differs_from(&self, other: &OtherRules) -> bool {
        self.result != other.result
            || self.cause != other.cause
            || self.organizational_domain != other.organizational_domain
            || self.policy != other.policy
            || self.alignment != other.alignment
    }

    /// The outcome by `rules`.
    pub fn by(&self, rules: Rules) -> DmarcBy<'_> {
        match &self.other_rules {
            Some(other) if rules != self.rules => DmarcBy {
                rules,
                result: other.result,
                cause: other.cause,
                author_domain: self.author_domain.as_ref(),
                organizational_domain: other.organizational_domain.as_ref(),
                policy: other.policy.as_ref(),
                alignment: &other.alignment,
                engines: other.engines,
                steps: &other.steps,
            },
            _ => DmarcBy {
                rules,
                result: self.result,
                cause: self.cause,
                author_domain: self.author_domain.as_ref(),
                organizational_domain: self.organizational_domain.as_ref(),
                policy: self.policy.as_ref(),
                alignment: &self.alignment,
                engines: self.engines,
                steps: &self.steps,
            },
        }
    }

    /// The outcome by the rules that the verdict does not use.
    pub fn by_other_rules(&self) -> DmarcBy<'_> {
        self.by(self.rules.other())
    }
}

impl OtherRules {
    fn is_same(other: &Option<Box<Self>>) -> bool {
        other
            .as_ref()
            .is_none_or(|other| other.differs_in_steps_alone)
    }
}

fn is_empty(problems: &Arc<Vec<RecordProblem>>) -> bool {
    problems.is_empty()
}

/// A policy, its source, and what it requests.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct AppliedPolicy {
    /// The domain that has the record.
    pub domain: Name,
    /// The record.
    pub record: String,
    /// Its tags in their order, then the tags that it does not have.
    pub tags: Arc<Vec<RecordTag>>,
    /// The tag that gives the policy: `p`, `sp` or `np`.
    pub tag: &'static str,
    /// The policy that the record requests.
    pub requested: Policy,
    /// The policy for this message: none if it passes, one level lower under `t=y`.
    pub applied: Policy,
    /// The percentage of failing messages that it applies to, by the tag `pct` of RFC 7489; for the
    /// others, the policy is one level lower.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percentage: Option<u8>,
}

/// Alignment of every identifier.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Alignments {
    /// That of the SPF identity MAIL FROM; `None` without an author domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spf: Option<Alignment>,
    /// That of each signature, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dkim: Vec<Alignment>,
}

impl Alignments {
    /// The alignment of `mechanism`; `None` if DMARC did not consider it.
    pub fn of(&self, mechanism: Mechanism) -> Option<&Alignment> {
        match mechanism {
            Mechanism::Spf => self.spf.as_ref(),
            Mechanism::Dkim(index) => self.dkim.get(index),
        }
    }

    /// All, with their mechanisms.
    pub fn all(&self) -> impl Iterator<Item = (Mechanism, &Alignment)> {
        let dkim = self.dkim.iter().enumerate();
        let dkim = dkim.map(|(index, alignment)| (Mechanism::Dkim(index), alignment));
        let spf = self.spf.iter();
        spf.map(|alignment| (Mechanism::Spf, alignment)).chain(dkim)
    }
}

/// A mechanism that DMARC passes on.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Engine {
    /// SPF.
    Spf,
    /// DKIM.
    Dkim,
}
