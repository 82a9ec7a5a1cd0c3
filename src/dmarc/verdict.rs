//! The outcome of DMARC for one message, in the words of RFC 9989.

use std::fmt;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::align::Alignment;
use super::differences::RuleDifference;
use super::discover::Rules;
use super::record::{Policy, RecordTag};
use super::reports::ReportTarget;
use super::step::Step;
use crate::dns::Name;

/// The results of RFC 9989 §9, and our own `inconclusive`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
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

/// The author domain, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthorDomain {
    /// The domain of all addresses in From.
    One(Name),
    /// There is none, or no single one.
    Not(DmarcCause),
}

/// The outcome of DMARC for one message.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct DmarcVerdict {
    /// The rules by which this was worked out.
    pub rules: Rules,
    /// The result.
    pub result: DmarcResult,
    /// Why.
    pub cause: DmarcCause,
    /// The domain in From.
    pub author_domain: Option<Name>,
    /// Its organization; `None` where that cannot be told.
    pub organizational_domain: Option<Name>,
    /// The policy that applies.
    pub policy: Option<AppliedPolicy>,
    /// Every identifier that was considered.
    pub alignment: Alignments,
    /// Which mechanisms carried a pass.
    pub engines: Vec<Engine>,
    /// How the policy was looked for.
    pub steps: Vec<Step>,
    /// What is wrong or odd about the record.
    pub notes: Vec<String>,
    /// The outcome by RFC 7489, where this is the one by RFC 9989.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rfc7489: Option<Box<DmarcVerdict>>,
    /// The outcome by RFC 9989, where this is the one by RFC 7489.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rfc9989: Option<Box<DmarcVerdict>>,
    /// Where the two differ; absent from the outcome beside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub differences: Option<Vec<RuleDifference>>,
    /// Where reports go and whether they may, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reports: Option<Vec<ReportTarget>>,
}

/// A policy, where it comes from, and what it asks for.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
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
pub struct Alignments {
    /// Of the SPF identity MAIL FROM; `None` without an author domain.
    pub spf: Option<Alignment>,
    /// Of each signature, in their order.
    pub dkim: Vec<Alignment>,
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
