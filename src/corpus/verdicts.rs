//! The verdicts on one message in short: the part that is counted and compared for many messages.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::outcome::{Outcome, carried_by};
use super::second_count::SecondInShort;
use super::sending_source::SendingSource;
use crate::arc::{ArcCause, ArcResult};
use crate::conclusion::ConclusionResult;
use crate::dkim::{DkimCause, DkimResult};
use crate::dmarc::{AppliedPolicy, DmarcCause, DmarcResult, Engine, Policy, Rules};
use crate::dns::Name;
use crate::findings::{Hit, Severity};
use crate::spf::{SpfCause, SpfResult, SpfVerdict};
use crate::{Analysis, Inspection};

/// The verdicts on one message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdicts {
    /// The conclusion.
    pub conclusion: ConclusionResult,
    /// The outcome of DMARC according to the conclusion.
    pub outcome: Outcome,
    /// The outcome by the verdict alone, whatever the receiver recorded; a pass must be proved.
    pub proved: Outcome,
    /// DMARC.
    pub dmarc: DmarcInShort,
    /// SPF for the reverse-path.
    pub mail_from: SpfInShort,
    /// SPF for the HELO name.
    pub helo: SpfInShort,
    /// Each signature.
    pub dkim: Vec<DkimInShort>,
    /// The ARC chain.
    pub arc: (ArcResult, ArcCause),
    /// What fired, most severe first.
    pub findings: Vec<(Severity, &'static str)>,
    /// What second engines say.
    pub second: Vec<SecondInShort>,
    /// When the message was received, if it says so.
    pub received_at: Option<Timestamp>,
    /// Who sent it.
    pub source: SendingSource,
    /// The organization of the host that delivered it.
    pub sending_host: Option<String>,
}

/// DMARC in short.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DmarcInShort {
    /// The result.
    pub result: DmarcResult,
    /// Why.
    pub cause: DmarcCause,
    /// The single domain in From.
    pub author_domain: Option<Name>,
    /// The domain that has the policy record.
    pub policy_domain: Option<Name>,
    /// The policy that the record requests.
    pub requested: Option<Policy>,
    /// The policy for this message.
    pub applied: Option<Policy>,
    /// What receivers should do with the message: `applied`, or one level less if `pct=0` (RFC 7489
    /// §6.6.4).
    pub handled: Policy,
    /// Whether `pct` leaves it to chance whether that is done, or one level less.
    pub is_sampled: bool,
    /// The mechanisms that pass and are aligned.
    pub engines: Vec<Engine>,
    /// Whether the SPF domain is aligned with the author domain.
    pub spf_aligned: Option<bool>,
    /// Whether the domain of any signature is.
    pub dkim_aligned: Option<bool>,
    /// Whether SPF makes the message pass, or would if there were a policy.
    pub carried_by_spf: Option<bool>,
    /// Whether a signature does.
    pub carried_by_dkim: Option<bool>,
    /// The rules of the verdict.
    pub rules: Rules,
    /// The result by the other rules.
    pub other_result: DmarcResult,
}

/// SPF for one identity in short.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpfInShort {
    /// The result.
    pub result: SpfResult,
    /// Why.
    pub cause: SpfCause,
    /// The domain that was evaluated.
    pub domain: Option<String>,
}

/// A signature in short.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DkimInShort {
    /// `d=`.
    pub domain: Option<Name>,
    /// `s=`.
    pub selector: Option<Name>,
    /// The result.
    pub result: DkimResult,
    /// Why.
    pub cause: DkimCause,
    /// Whether its domain is aligned with the author domain.
    pub aligned: Option<bool>,
}

/// The five results that most programs need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Results {
    /// DMARC.
    pub dmarc: DmarcResult,
    /// SPF for the reverse-path.
    pub spf: SpfResult,
    /// Whether its domain is aligned with the author domain.
    pub spf_aligned: bool,
    /// The best result of a signature; absent if there is no signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dkim: Option<DkimResult>,
    /// Whether a signature that passes is aligned with the author domain.
    pub dkim_aligned: bool,
}

impl Results {
    /// The results of a message.
    pub fn of(analysis: &Analysis) -> Self {
        let alignment = &analysis.dmarc.alignment;
        let signatures = analysis.dkim.iter().zip(&alignment.dkim);
        Self {
            dmarc: analysis.dmarc.result,
            spf: analysis.spf.mail_from.result,
            spf_aligned: alignment.spf.as_ref().and_then(|one| one.aligned) == Some(true),
            dkim: best(analysis.dkim.iter().map(|verdict| verdict.result)),
            dkim_aligned: signatures
                .filter(|(verdict, _)| verdict.result == DkimResult::Pass)
                .any(|(_, alignment)| alignment.aligned == Some(true)),
        }
    }
}

impl Verdicts {
    /// The verdicts of an inspection.
    pub fn of(inspection: &Inspection) -> Self {
        Self {
            second: SecondInShort::of(&inspection.second_opinions),
            ..Self::new(&inspection.analysis, &inspection.hits)
        }
    }

    /// The verdicts of an analysis, with what fired.
    pub fn new(analysis: &Analysis, hits: &[Hit]) -> Self {
        let alignment = &analysis.dmarc.alignment;
        let dkim = analysis.dkim.iter().enumerate();
        let dkim = dkim.map(|(index, verdict)| DkimInShort {
            domain: verdict.domain.clone(),
            selector: verdict.selector.clone(),
            result: verdict.result,
            cause: verdict.cause,
            aligned: alignment.dkim.get(index).and_then(|one| one.aligned),
        });
        Self {
            conclusion: analysis.conclusion.result,
            outcome: Outcome::of(analysis),
            proved: Outcome::by_verdict(analysis),
            dmarc: DmarcInShort::of(analysis),
            mail_from: SpfInShort::of(&analysis.spf.mail_from),
            helo: SpfInShort::of(&analysis.spf.helo),
            dkim: dkim.collect(),
            arc: (analysis.arc.result, analysis.arc.cause),
            findings: hits.iter().map(|hit| (hit.severity, hit.code)).collect(),
            second: Vec::new(),
            received_at: analysis.session.received_at.as_ref().map(|at| at.value),
            source: SendingSource::of(analysis),
            sending_host: analysis.session.sending_host(),
        }
    }

    /// The best result of a signature; `None` if there is no signature.
    pub fn best_dkim(&self) -> Option<DkimResult> {
        best(self.dkim.iter().map(|dkim| dkim.result))
    }
}

/// The best of some results.
fn best(results: impl Iterator<Item = DkimResult>) -> Option<DkimResult> {
    results.min_by_key(|result| match result {
        DkimResult::Pass => 0,
        DkimResult::Temperror => 1,
        DkimResult::NotEvaluated => 2,
        DkimResult::Fail => 3,
        DkimResult::Permerror => 4,
        DkimResult::Policy => 5,
        DkimResult::Neutral => 6,
    })
}

impl DmarcInShort {
    fn of(analysis: &Analysis) -> Self {
        let verdict = &analysis.dmarc;
        let policy = verdict.policy.as_ref();
        let dkim = verdict.alignment.dkim.iter().map(|one| one.aligned);
        Self {
            result: verdict.result,
            cause: verdict.cause,
            author_domain: verdict.author_domain.clone(),
            policy_domain: policy.map(|policy| policy.domain.clone()),
            requested: policy.map(|policy| policy.requested),
            applied: policy.map(|policy| policy.applied),
            handled: policy.map_or(Policy::None, handled),
            is_sampled: policy.is_some_and(is_sampled),
            engines: verdict.engines.to_vec(),
            spf_aligned: verdict.alignment.spf.as_ref().and_then(|spf| spf.aligned),
            dkim_aligned: Self::any_aligned(dkim),
            carried_by_spf: carried_by(analysis, Engine::Spf),
            carried_by_dkim: carried_by(analysis, Engine::Dkim),
            rules: verdict.rules,
            other_result: verdict.by_other_rules().result,
        }
    }

    /// Whether any signature is aligned: an aligned one decides, else one for which that is not
    /// known.
    pub(crate) fn any_aligned(signatures: impl Iterator<Item = Option<bool>>) -> Option<bool> {
        signatures
            .max_by_key(|aligned| match aligned {
                Some(true) => 2,
                None => 1,
                Some(false) => 0,
            })
            .flatten()
    }

    /// Whether `engine` makes the message pass, or would if there were a policy.
    pub fn carried_by(&self, engine: Engine) -> Option<bool> {
        match engine {
            Engine::Spf => self.carried_by_spf,
            Engine::Dkim => self.carried_by_dkim,
        }
    }
}

/// What the policy asks receivers to do with the message.
fn handled(policy: &AppliedPolicy) -> Policy {
    match policy.percentage {
        Some(0) => policy.applied.lowered(),
        _ => policy.applied,
    }
}

fn is_sampled(policy: &AppliedPolicy) -> bool {
    policy.applied != Policy::None && matches!(policy.percentage, Some(1..100))
}

impl SpfInShort {
    fn of(verdict: &SpfVerdict) -> Self {
        Self {
            result: verdict.result,
            cause: verdict.cause,
            domain: verdict.domain.clone(),
        }
    }
}
