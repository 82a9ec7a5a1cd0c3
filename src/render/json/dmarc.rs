//! DMARC in the JSON document: every identifier, the policy and the search for it, with words if
//! they are asked for. The text of a record is in the lookup that gave it.

use schemars::JsonSchema;
use serde::Serialize;

use super::Detail;
use crate::dmarc::{
    Alignment, Alignments, AppliedPolicy, Cut, DmarcBy, DmarcCause, DmarcResult, DmarcVerdict,
    Engine, Found, Mechanism, MechanismOutcome, Mode, NotTaken, Obstacle, Policy, RecordProblem,
    RecordTag, ReportTarget, Reservation, RuleDifference, Rules, Step, TagOrigin, TagState,
};
use crate::dns::{LookupId, Name};
use crate::explain::dmarc::{self as explain, ComparedFor};

/// DMARC for one message.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct DmarcDocument<'a> {
    /// The outcome by the chosen rules.
    #[serde(flatten)]
    pub verdict: ByRules<'a>,
    /// The domain in From.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author_domain: Option<&'a Name>,
    /// What is wrong or unusual about the record that is taken.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<ProblemDocument<'a>>,
    /// The outcome by the other rules, if anything differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_rules: Option<ByRules<'a>>,
    /// The differences between the two sets of rules that matter.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<DifferenceDocument<'a>>,
    /// Where reports go and whether they are accepted there, if that was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reports: Vec<ReportDocument<'a>>,
}

/// The outcome by one set of rules.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct ByRules<'a> {
    /// The rules.
    pub rules: Rules,
    /// The result.
    pub result: DmarcResult,
    /// Why.
    pub cause: DmarcCause,
    /// The Organizational Domain of the author; absent if it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organizational_domain: Option<&'a Name>,
    /// The policy that applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyDocument<'a>>,
    /// All identifiers that were considered.
    pub alignment: AlignmentsDocument<'a>,
    /// The mechanisms that pass and are aligned.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub mechanisms: &'static [Engine],
    /// How the policy was searched for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepDocument<'a>>,
}

/// A policy, its source, and what it requests.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct PolicyDocument<'a> {
    /// The domain that has the record.
    pub domain: &'a Name,
    /// The lookup that gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lookup: Option<LookupId>,
    /// The tag that gives the policy: `p`, `sp` or `np`.
    pub tag: &'static str,
    /// The policy that the record requests.
    pub requested: Policy,
    /// The policy for this message: none if it passes, one level lower under `t=y`.
    pub applied: Policy,
    /// The percentage of failing messages that it applies to (`pct` of RFC 7489).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percentage: Option<u8>,
    /// The tags of the record; with full detail also those that it does not have.
    pub tags: Vec<TagDocument<'a>>,
}

/// One tag of a record.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct TagDocument<'a> {
    /// Its name, in lower case.
    pub name: &'a str,
    /// Its value in the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<&'a str>,
    /// Whether it can be used; absent if it can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<TagState>,
    /// The effective value, if that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective: Option<&'a str>,
    /// Where the effective value comes from, if not from the tag itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<TagOrigin>,
    /// What is wrong or unusual about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<ProblemDocument<'a>>,
}

/// Alignment of every identifier.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct AlignmentsDocument<'a> {
    /// Of the SPF identity MAIL FROM; absent without an author domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spf: Option<AlignmentDocument<'a>>,
    /// Of each signature, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dkim: Vec<AlignmentDocument<'a>>,
}

/// The alignment of one identifier.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct AlignmentDocument<'a> {
    /// The domain that the mechanism looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<&'a Name>,
    /// Whether the mechanism passed for it.
    pub authenticated: bool,
    /// What the mechanism found, if that is neither a pass nor a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<MechanismOutcome>,
    /// What weakens the pass.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub reservations: &'a [Reservation],
    /// The alignment mode.
    pub mode: Mode,
    /// Whether the record sets the mode; if not, it is the default.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub mode_is_set: bool,
    /// Whether it is aligned; absent if that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aligned: Option<bool>,
    /// Whether it would be aligned in the other mode, if that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aligned_by_other_mode: Option<bool>,
    /// The Organizational Domain of the identifier, if that is another domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organizational_domain: Option<&'a Name>,
    /// The record whose `psd` tag decided that, or decided the author's Organizational Domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut: Option<&'a Cut>,
    /// Why the organizations are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub obstacle: Option<Obstacle>,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
}

/// One step of the search for a policy.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct StepDocument<'a> {
    /// The domain whose record was looked up.
    pub domain: &'a Name,
    /// The lookup of `_dmarc.` plus the domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lookup: Option<LookupId>,
    /// What was found.
    pub found: Found,
    /// Whether the policy is taken from here.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub taken: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'a NotTaken>,
    /// A record at the domain itself, where receivers do not look.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub misplaced: Option<&'a str>,
    /// Why not, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
}

/// What is wrong or unusual about a record.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct ProblemDocument<'a> {
    /// The problem.
    pub problem: &'a RecordProblem,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
}

/// One difference between the two sets of rules.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct DifferenceDocument<'a> {
    /// What differs, and the outcome by each.
    #[serde(flatten)]
    pub difference: &'a RuleDifference,
    /// The consequence, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
}

/// Where reports go, and whether they are accepted there.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct ReportDocument<'a> {
    /// The target.
    #[serde(flatten)]
    pub target: &'a ReportTarget,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
}

impl<'a> DmarcDocument<'a> {
    pub(super) fn of(verdict: &'a DmarcVerdict, detail: Detail) -> Self {
        let rules = verdict.rules;
        let say = |mechanism| match detail {
            Detail::Data => None,
            Detail::Words | Detail::Full => {
                Some(explain::alignment(verdict, mechanism).to_string())
            }
        };
        let differs = !verdict.differences.is_empty();
        let differences = verdict.differences.iter();
        let reports = verdict.reports.iter().flatten();
        let at = verdict.policy.as_ref().map(|policy| &policy.domain);
        Self {
            verdict: ByRules::of(verdict.by(rules), detail, &say),
            author_domain: verdict.author_domain.as_ref(),
            problems: problems(&verdict.problems, detail),
            other_rules: differs.then(|| ByRules::of(verdict.by_other_rules(), detail, &|_| None)),
            differences: differences
                .map(|one| DifferenceDocument::of(one, ComparedFor::Message, detail))
                .collect(),
            reports: reports
                .map(|target| ReportDocument::of(target, at, detail))
                .collect(),
        }
    }
}

impl<'a> DifferenceDocument<'a> {
    pub(super) fn of(difference: &'a RuleDifference, of: ComparedFor, detail: Detail) -> Self {
        Self {
            difference,
            sentence: detail.say(|| explain::consequence(difference, of)),
        }
    }
}

impl<'a> ReportDocument<'a> {
    /// The document for a target in the record at `domain`.
    pub(super) fn of(target: &'a ReportTarget, domain: Option<&Name>, detail: Detail) -> Self {
        Self {
            target,
            sentence: domain.and_then(|at| detail.say(|| explain::report(target, at))),
        }
    }
}

impl<'a> ByRules<'a> {
    fn of(by: DmarcBy<'a>, detail: Detail, say: &dyn Fn(Mechanism) -> Option<String>) -> Self {
        Self {
            rules: by.rules,
            result: by.result,
            cause: by.cause,
            organizational_domain: by.organizational_domain,
            policy: by
                .policy
                .map(|policy| PolicyDocument::of(policy, by.steps, detail)),
            alignment: AlignmentsDocument::of(by.alignment, say),
            mechanisms: by.engines,
            steps: by
                .steps
                .iter()
                .map(|step| StepDocument::of(step, detail))
                .collect(),
        }
    }
}

impl<'a> PolicyDocument<'a> {
    fn of(policy: &'a AppliedPolicy, steps: &[Step], detail: Detail) -> Self {
        let is_shown = |tag: &&RecordTag| match tag.state {
            TagState::Absent => detail == Detail::Full,
            TagState::Valid => tag.name != "v",
            _ => true,
        };
        Self {
            domain: &policy.domain,
            lookup: steps
                .iter()
                .find(|step| step.taken)
                .and_then(|step| step.lookup),
            tag: policy.tag,
            requested: policy.requested,
            applied: policy.applied,
            percentage: policy.percentage,
            tags: policy
                .tags
                .iter()
                .filter(is_shown)
                .map(|tag| TagDocument::of(tag, detail))
                .collect(),
        }
    }
}

impl<'a> TagDocument<'a> {
    fn of(tag: &'a RecordTag, detail: Detail) -> Self {
        let value = tag.value.as_deref();
        Self {
            name: &tag.name,
            value,
            state: Some(tag.state).filter(|state| *state != TagState::Valid),
            effective: tag.effective.as_deref().filter(|one| Some(*one) != value),
            from: Some(tag.from).filter(|from| *from != TagOrigin::Record),
            note: tag
                .note
                .as_ref()
                .map(|note| ProblemDocument::of(note, detail)),
        }
    }
}

impl<'a> AlignmentsDocument<'a> {
    fn of(alignments: &'a Alignments, say: &dyn Fn(Mechanism) -> Option<String>) -> Self {
        let spf = alignments.spf.as_ref();
        let dkim = alignments.dkim.iter().enumerate();
        Self {
            spf: spf.map(|one| AlignmentDocument::of(one, say(Mechanism::Spf))),
            dkim: dkim
                .map(|(index, one)| AlignmentDocument::of(one, say(Mechanism::Dkim(index))))
                .collect(),
        }
    }
}

impl<'a> AlignmentDocument<'a> {
    fn of(alignment: &'a Alignment, sentence: Option<String>) -> Self {
        let identifier = alignment.identifier.as_ref();
        let organization = alignment.organizational_domain.as_ref();
        let other = match alignment.mode {
            Mode::Strict => alignment.aligned_relaxed,
            Mode::Relaxed => alignment.aligned_strict,
        };
        let is_open = !matches!(
            alignment.outcome,
            MechanismOutcome::Pass | MechanismOutcome::Fail
        );
        Self {
            identifier,
            authenticated: alignment.authenticated,
            outcome: is_open.then_some(alignment.outcome),
            reservations: &alignment.reservations,
            mode: alignment.mode,
            mode_is_set: !alignment.mode_is_default,
            aligned: alignment.aligned,
            aligned_by_other_mode: other.filter(|other| Some(*other) != alignment.aligned),
            organizational_domain: organization.filter(|one| Some(*one) != identifier),
            cut: alignment.cut.as_ref(),
            obstacle: alignment.obstacle,
            sentence,
        }
    }
}

impl<'a> StepDocument<'a> {
    fn of(step: &'a Step, detail: Detail) -> Self {
        Self {
            domain: &step.domain,
            lookup: step.lookup,
            found: step.found,
            taken: step.taken,
            reason: step.reason.as_ref(),
            misplaced: step.misplaced.as_deref(),
            sentence: match detail {
                Detail::Data => None,
                Detail::Words | Detail::Full => {
                    explain::reason(step).map(|reason| reason.to_string())
                }
            },
        }
    }
}

impl<'a> ProblemDocument<'a> {
    fn of(problem: &'a RecordProblem, detail: Detail) -> Self {
        Self {
            problem,
            sentence: detail.say(|| explain::problem(problem)),
        }
    }
}

fn problems(problems: &[RecordProblem], detail: Detail) -> Vec<ProblemDocument<'_>> {
    let problems = problems.iter();
    problems
        .map(|problem| ProblemDocument::of(problem, detail))
        .collect()
}
