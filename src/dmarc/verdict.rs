//! The outcome of DMARC for one message, in the words of RFC 9989.

use std::fmt;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::align::{Alignment, Mechanism};
use super::differences::{self, RuleDifference};
use super::discover::Rules;
use super::record::{Policy, RecordProblem, RecordTag};
use super::reports::ReportTarget;
use super::step::Step;
use crate::dns::Name;

/// The results of RFC 9989 §9, and our own `inconclusive`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DmarcResult {
    /// An aligned identifier was authenticated.
    Pass,
    /// None was.
    Fail,
    /// No policy applies.
    None,
    /// DNS did not answer a question that decides.
    Temperror,
    /// The message has no single author domain.
    Permerror,
    /// What is at hand does not allow a judgement.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DmarcCause {
    /// An aligned identifier passed.
    Aligned,
    /// Something passed, but for another organization.
    NotAligned,
    /// Neither SPF nor any signature passed.
    NothingPassed,
    /// There is no policy record.
    NoRecord,
    /// The policy record can neither be applied nor reported on.
    RecordUnusable,
    /// From names no domain.
    NoAuthorDomain,
    /// From names several domains.
    SeveralAuthorDomains,
    /// There are several From fields.
    SeveralFromFields,
    /// DNS did not answer.
    Dns,
    /// The recorded DNS does not hold a question that decides.
    NotRecorded,
    /// SPF or DKIM could not be evaluated, and one of them would decide.
    NotEvaluated,
}

/// The outcome of DMARC for one message, by the rules asked for and beside it by the others.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct DmarcVerdict {
    /// The rules by which this was worked out.
    pub rules: Rules,
    /// The result.
    pub result: DmarcResult,
    /// Why.
    pub cause: DmarcCause,
    /// The domain in From.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author_domain: Option<Name>,
    /// Its organization; `None` where that cannot be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organizational_domain: Option<Name>,
    /// The policy that applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<AppliedPolicy>,
    /// Every identifier that was considered.
    pub alignment: Alignments,
    /// Which mechanisms carried a pass.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub engines: &'static [Engine],
    /// How the policy was looked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// What is wrong or odd about the record that is taken.
    #[serde(skip_serializing_if = "is_empty")]
    pub problems: Arc<Vec<RecordProblem>>,
    /// The outcome by the other rules; `None` where it is the same in all.
    #[serde(skip_serializing_if = "OtherRules::is_same")]
    pub other_rules: Option<Box<OtherRules>>,
    /// Where the two differ, as far as anything hangs on it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<RuleDifference>,
    /// Where reports go and whether they may, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reports: Option<Vec<ReportTarget>>,
}

/// The outcome by one set of rules, as it stands beside that by the others.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct OtherRules {
    /// The result.
    pub result: DmarcResult,
    /// Why.
    pub cause: DmarcCause,
    /// The organization of the author domain; `None` where that cannot be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organizational_domain: Option<Name>,
    /// The policy that applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<AppliedPolicy>,
    /// Every identifier that was considered.
    pub alignment: Alignments,
    /// Which mechanisms carried a pass.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub engines: &'static [Engine],
    /// How the policy was looked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// Whether all but the search is as in the verdict.
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
    /// Its organization; `None` where that cannot be told.
    pub organizational_domain: Option<&'v Name>,
    /// The policy that applies.
    pub policy: Option<&'v AppliedPolicy>,
    /// Every identifier that was considered.
    pub alignment: &'v Alignments,
    /// Which mechanisms carried a pass.
    pub engines: &'static [Engine],
    /// How the policy was looked for.
    pub steps: &'v [Step],
}

impl DmarcVerdict {
    /// That of a message without a single author domain: by either rules there is none.
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

    /// That by `rules`, with what the other rules come to beside it as far as it is not the same.
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

    /// Whether `other` comes to something else, however the policy was looked for.
    fn differs_from(&self, other: &OtherRules) -> bool {
        self.result != other.result
            || self.cause != other.cause
            || self.organizational_domain != other.organizational_domain
            || self.policy != other.policy
            || self.alignment != other.alignment
    }

    /// The outcome by `rules`, whether they make the verdict or not.
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

    /// The outcome by the rules that do not make the verdict.
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

/// A policy, where it comes from, and what it asks for.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct AppliedPolicy {
    /// The domain at which the record stands.
    pub domain: Name,
    /// The record.
    pub record: String,
    /// Its tags in their order, then those that it does not have.
    pub tags: Arc<Vec<RecordTag>>,
    /// The tag that gives the policy: `p`, `sp` or `np`.
    pub tag: &'static str,
    /// The policy that the record asks for.
    pub requested: Policy,
    /// The policy for this message: none when it passes, one level lower under `t=y`.
    pub applied: Policy,
    /// To how many of a hundred messages that fail it applies, by the tag `pct` of RFC 7489; one
    /// level less applies to the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percentage: Option<u8>,
}

/// Alignment of every identifier.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Alignments {
    /// Of the SPF identity MAIL FROM; `None` without an author domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spf: Option<Alignment>,
    /// Of each signature, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dkim: Vec<Alignment>,
}

impl Alignments {
    /// That of the identifier of `mechanism`; `None` where DMARC considered none.
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

/// A mechanism that carries a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Engine {
    /// SPF.
    Spf,
    /// DKIM.
    Dkim,
}
