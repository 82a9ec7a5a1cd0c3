//! The JSON document of one inspection: data as it is, with words beside it where they are asked for.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::SCHEMA;
use crate::arc::ArcVerdict;
use crate::as_of_now::AsOfNow;
use crate::claims::{Claim, OnlyOurs};
use crate::conclusion::{Conclusion, ConclusionResult};
use crate::corpus::Results;
use crate::dkim::{DkimResult, DkimVerdict};
use crate::dmarc::{DmarcResult, DmarcVerdict, Engine, Policy};
use crate::dns::Evidence;
use crate::evidence_class::EvidenceClass;
use crate::findings::{Anchor, Fix, Hit, Observation, Severity, Values};
use crate::inspect::RuleOutcome;
use crate::message::{MessageSummary, Source};
use crate::second::PeerComparison;
use crate::ses::Ses;
use crate::session::Session;
use crate::spf::{SpfResult, SpfVerdict};
use crate::{Analysis, Inspection, explain};

/// How much a document says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Data alone.
    Data,
    /// Words too.
    #[default]
    Words,
    /// Words, and what could have been there and is not: tags that a record does not have, SPF terms
    /// that were not reached, rules that did not fire.
    Full,
}

/// All that was found out about one message, as JSON: `sesauth/1`.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Document<'a> {
    /// Name and version of this shape; additions do not change it.
    pub schema: &'static str,
    /// The file that the message was read from.
    pub source: &'a Source,
    /// What the message says about itself.
    pub message: &'a MessageSummary,
    /// The SMTP session in which it came.
    pub session: &'a Session,
    /// Its DKIM signatures, topmost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dkim: Vec<Said<'a, DkimVerdict>>,
    /// SPF, for both identities.
    pub spf: SpfDocument<'a>,
    /// DMARC.
    pub dmarc: &'a DmarcVerdict,
    /// How the identifiers compare with the author domain, in words, in the order of the mechanisms:
    /// SPF, then each signature.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alignment_in_words: Vec<String>,
    /// ARC, which is information only; absent where there is no ARC set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arc: Option<Said<'a, ArcVerdict>>,
    /// What speaks for Amazon SES as its sender; absent where nothing does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ses: Option<&'a Ses>,
    /// What its receivers said, beside ours.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub claims: &'a [Claim],
    /// What was found here and no field of the receiver speaks of.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub only_ours: &'a [OnlyOurs],
    /// The outcome.
    pub conclusion: Said<'a, Conclusion>,
    /// The results that most programs ask for.
    pub results: Results,
    /// What a person should know and do, gravest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<FindingDocument<'a>>,
    /// Every rule that did not fire, and whether it applied; with full detail only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RuleDocument>,
    /// What would come out as of now, where that is not the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of_now: Option<&'a AsOfNow>,
    /// The outcome without the planned records, where some were put over DNS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without_plan: Option<WithoutPlan<'a>>,
    /// What other verifiers said, beside ours.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub second_opinions: &'a [PeerComparison],
    /// Every DNS question that was asked, with its answer, in order.
    #[serde(skip_serializing_if = "is_empty")]
    pub lookups: &'a Evidence,
    /// What was left out or assumed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Data, and the same in words where they are asked for.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Said<'a, T> {
    /// The data.
    #[serde(flatten)]
    pub data: &'a T,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
}

/// SPF for both identities; never merged.
#[derive(Debug, JsonSchema, Serialize)]
pub struct SpfDocument<'a> {
    /// For the reverse-path.
    pub mail_from: Said<'a, SpfVerdict>,
    /// For the HELO name.
    pub helo: Said<'a, SpfVerdict>,
}

/// Something that was found.
#[derive(Debug, JsonSchema, Serialize)]
pub struct FindingDocument<'a> {
    /// The code of its rule.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// On what it rests.
    pub class: EvidenceClass,
    /// Where it was seen first.
    pub at: &'a Anchor,
    /// The values that were seen.
    #[serde(skip_serializing_if = "Values::is_empty")]
    pub values: &'a Values,
    /// In words: what was found, beside what was expected; no capital letter, no full stop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// In words: all that shows it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Observation>,
    /// In words: what to do about it, with the records that do it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
}

/// A rule that did not fire.
#[derive(Debug, JsonSchema, Serialize)]
pub struct RuleDocument {
    /// Its code.
    pub code: &'static str,
    /// Whether it looked at the message, or there was nothing to look at.
    pub outcome: RuleOutcome,
}

/// The outcome without planned records.
#[derive(Debug, JsonSchema, Serialize)]
pub struct WithoutPlan<'a> {
    /// The conclusion.
    pub conclusion: ConclusionResult,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
    /// SPF for the reverse-path.
    pub spf: SpfResult,
    /// Each signature.
    pub dkim: Vec<DkimResult>,
    /// DMARC.
    pub dmarc: DmarcResult,
    /// Which mechanisms carry a pass.
    pub mechanisms: &'a [Engine],
    /// The policy that is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested: Option<Policy>,
}

fn is_empty(lookups: &&Evidence) -> bool {
    lookups.0.is_empty()
}

impl<'a> Document<'a> {
    /// What there is to say of `inspection`.
    pub fn of(inspection: &'a Inspection, detail: Detail) -> Self {
        let Inspection {
            analysis,
            hits,
            without_plan,
            second_opinions,
            ..
        } = inspection;
        let say = |words: &dyn Fn() -> String| (detail >= Detail::Words).then(words);
        let dkim = analysis.dkim.iter();
        Self {
            schema: SCHEMA,
            source: &analysis.source,
            message: &analysis.message,
            session: &analysis.session,
            dkim: dkim
                .map(|verdict| Said::new(verdict, detail, explain::dkim::cause(verdict)))
                .collect(),
            spf: SpfDocument {
                mail_from: {
                    let verdict = &analysis.spf.mail_from;
                    Said::new(verdict, detail, explain::spf::cause(verdict))
                },
                helo: {
                    let verdict = &analysis.spf.helo;
                    Said::new(verdict, detail, explain::spf::cause(verdict))
                },
            },
            dmarc: &analysis.dmarc,
            alignment_in_words: match detail {
                Detail::Data => Vec::new(),
                Detail::Words | Detail::Full => alignment(analysis),
            },
            arc: (!analysis.arc.instances.is_empty())
                .then(|| Said::new(&analysis.arc, detail, explain::arc::cause(&analysis.arc))),
            ses: analysis.ses.as_ref(),
            claims: &analysis.claims,
            only_ours: &analysis.only_ours,
            conclusion: Said::new(
                &analysis.conclusion,
                detail,
                explain::conclusion::sentence(analysis),
            ),
            results: Results::of(analysis),
            findings: findings(inspection, hits, detail),
            rules: match detail {
                Detail::Full => rules(inspection),
                Detail::Data | Detail::Words => Vec::new(),
            },
            as_of_now: analysis.as_of_now.as_ref(),
            without_plan: without_plan.as_deref().map(|before| WithoutPlan {
                conclusion: before.conclusion.result,
                sentence: say(&|| explain::conclusion::sentence(before).to_string()),
                spf: before.spf.mail_from.result,
                dkim: before.dkim.iter().map(|verdict| verdict.result).collect(),
                dmarc: before.dmarc.result,
                mechanisms: before.dmarc.engines,
                requested: before.dmarc.policy.as_ref().map(|policy| policy.requested),
            }),
            second_opinions,
            lookups: &analysis.lookups,
            notes: Vec::new(),
        }
    }
}

impl<'a, T> Said<'a, T> {
    fn new(data: &'a T, detail: Detail, words: impl fmt::Display) -> Self {
        Self {
            data,
            sentence: (detail >= Detail::Words).then(|| words.to_string()),
        }
    }
}

/// How each identifier compares with the author domain.
fn alignment(analysis: &Analysis) -> Vec<String> {
    let dmarc = &analysis.dmarc;
    let all = dmarc.alignment.all();
    all.map(|(mechanism, _)| explain::dmarc::alignment(dmarc, mechanism).to_string())
        .collect()
}

fn findings<'a>(
    inspection: &Inspection,
    hits: &'a [Hit],
    detail: Detail,
) -> Vec<FindingDocument<'a>> {
    let mut said = match detail {
        Detail::Data => Vec::new(),
        Detail::Words | Detail::Full => inspection.findings(),
    }
    .into_iter();
    hits.iter()
        .map(|hit| {
            let said = said.next().filter(|said| said.code == hit.code);
            let (message, evidence, fix) = said.map_or((None, Vec::new(), None), |said| {
                (Some(said.message), said.evidence, said.fix)
            });
            FindingDocument {
                code: hit.code,
                severity: hit.severity,
                class: hit.mark.class,
                at: &hit.mark.anchor,
                values: &hit.values,
                message,
                evidence,
                fix,
            }
        })
        .collect()
}

fn rules(inspection: &Inspection) -> Vec<RuleDocument> {
    let rules = inspection.rules().into_iter();
    rules
        .filter(|(_, outcome)| *outcome != RuleOutcome::Fired)
        .map(|(code, outcome)| RuleDocument { code, outcome })
        .collect()
}
