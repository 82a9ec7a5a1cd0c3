//! The JSON document of one inspection: data, and words about it if they are asked for.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use super::SCHEMA;
use super::dmarc::DmarcDocument;
use crate::arc::ArcVerdict;
use crate::as_of_now::AsOfNow;
use crate::bulk::BulkRow;
use crate::claims::{ClaimedResult, OnlyOurs};
use crate::conclusion::{Conclusion, ConclusionResult};
use crate::corpus::{PlanNote, Results};
use crate::dkim::{DkimResult, DkimVerdict};
use crate::dmarc::{DmarcResult, Engine, Policy};
use crate::dns::{Lookup, LookupId, LookupLine, Reply};
use crate::evidence_class::EvidenceClass;
use crate::findings::{Anchor, Fix, Hit, Observation, Severity, Values};
use crate::inspect::RuleOutcome;
use crate::message::{FieldProblem, MessageSummary, Source};
use crate::render::planned;
use crate::second::{NoOpinion, OpinionComparison, OpinionRow, Program};
use crate::ses::{Ses, SesIdentity, Sign};
use crate::session::{Junk, Session, Standing, StandingReason};
use crate::spf::{Spf, SpfResult, SpfVerdict};
use crate::{Analysis, Inspection, Note, explain};

/// How much a document says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Data alone.
    Data,
    /// Words too.
    #[default]
    Words,
    /// Words, and what the message does not have: tags that a record lacks, SPF terms that were not
    /// reached, rules that gave no finding.
    Full,
}

impl Detail {
    /// The words, if they are asked for.
    pub(super) fn say<D: fmt::Display>(self, words: impl FnOnce() -> D) -> Option<String> {
        match self {
            Self::Data => None,
            Self::Words | Self::Full => Some(words().to_string()),
        }
    }
}

/// Everything that was found about one message, as JSON: `sesauth/1`.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Document<'a> {
    /// The name and version of this form; additions do not change it.
    pub schema: &'static str,
    /// The file that the message was read from.
    pub source: &'a Source,
    /// What the message says about itself.
    pub message: &'a MessageSummary,
    /// The SMTP session in which it was received.
    pub session: &'a Session,
    /// Its DKIM signatures, topmost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dkim: Vec<Said<'a, DkimVerdict>>,
    /// SPF, for both identities.
    pub spf: SpfDocument<'a>,
    /// DMARC.
    pub dmarc: DmarcDocument<'a>,
    /// ARC, which is information only; absent where there is no ARC set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arc: Option<Said<'a, ArcVerdict>>,
    /// What shows Amazon SES as its sender; absent if nothing does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ses: Option<SesDocument<'a>>,
    /// What SES says of the identity that it uses for the author; absent if it was not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ses_identity: Option<Said<'a, SesIdentity>>,
    /// What its receivers recorded, compared with our results.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<ClaimDocument<'a>>,
    /// Our results that no field of the receiver mentions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub only_ours: Vec<Said<'a, OnlyOurs>>,
    /// What the receiver's junk filters wrote into the message.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub junk: Vec<Said<'a, Junk>>,
    /// The outcome.
    pub conclusion: Said<'a, Conclusion>,
    /// The results that most programs need.
    pub results: Results,
    /// What a person should know and do, most severe first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<FindingDocument<'a>>,
    /// Every rule that gave no finding, and whether it applied; with full detail only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RuleDocument>,
    /// The results as of now, if they differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of_now: Option<&'a AsOfNow>,
    /// The outcome without the planned records, if records were planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without_plan: Option<WithoutPlan<'a>>,
    /// What is to be known of the planned records beside that.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub plan_notes: Vec<PlanNoteDocument<'a>>,
    /// Whether it meets what large receivers ask of bulk senders, if that was asked for.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub bulk: &'a [BulkRow],
    /// What other verifiers said, compared with our results.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub second_opinions: Vec<SecondOpinion<'a>>,
    /// The DNS questions that were asked, with their answers, in order. Questions that only advice
    /// asked and that a recording does not have are left out, except with full detail.
    #[serde(skip_serializing_if = "Lookups::is_empty")]
    pub lookups: Lookups<'a>,
    /// What was left out or assumed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<NoteDocument<'a>>,
}

/// A note.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct NoteDocument<'a> {
    /// The note as data.
    pub note: &'a Note,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
}

/// Data, and the same in words if they are asked for.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
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
#[non_exhaustive]
pub struct SpfDocument<'a> {
    /// For the reverse-path.
    pub mail_from: IdentityDocument<'a>,
    /// For the HELO name.
    pub helo: IdentityDocument<'a>,
}

/// SPF for one identity.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct IdentityDocument<'a> {
    /// The verdict.
    #[serde(flatten)]
    pub verdict: &'a SpfVerdict,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
    /// Terms of its record that were not reached; with full detail only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_reached: Vec<&'a str>,
}

/// One Authentication-Results field, or a similar one.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct ClaimDocument<'a> {
    /// The name of the field.
    pub field: &'a str,
    /// The instance of the ARC set that it belongs to (RFC 8617 §4.1.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<u32>,
    /// The name of the host that wrote it, according to the field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authserv_id: Option<&'a str>,
    /// Whether it is the receiver's, as far as its name and position show (RFC 8601 §5).
    pub standing: Standing,
    /// The reason for the standing.
    pub standing_reason: &'a StandingReason,
    /// The reason, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing_sentence: Option<String>,
    /// The results it claims; the sentence says why one differs, or cannot be compared.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<Said<'a, ClaimedResult>>,
    /// The parts of it that could not be read.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub problems: &'a [FieldProblem],
}

/// What another verifier said, compared with our results.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct SecondOpinion<'a> {
    /// The program that said it.
    pub program: Program,
    /// Why it says nothing; absent if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_opinion: Option<&'a NoOpinion>,
    /// From, SPF, every signature, DMARC and ARC; the sentence gives the reason for a difference.
    pub rows: Vec<Said<'a, OpinionRow>>,
}

/// Amazon SES as the sender.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct SesDocument<'a> {
    /// What shows it.
    #[serde(flatten)]
    pub ses: &'a Ses,
    /// Every sign; with full detail only.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub signs: &'a [Sign],
}

/// DNS questions with their answers, as lines of a recording.
#[derive(Debug)]
pub struct Lookups<'a>(Vec<&'a Lookup>);

/// One finding.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct FindingDocument<'a> {
    /// The code of its rule.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// The kind of evidence it is based on.
    pub class: EvidenceClass,
    /// Where it was seen first.
    pub at: &'a Anchor,
    /// The values that were seen.
    #[serde(skip_serializing_if = "Values::is_empty")]
    pub values: &'a Values,
    /// In words: what was found and what was expected; no capital letter, no full stop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// In words: everything that shows it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Observation>,
    /// In words: what to do about it, with the records to publish.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
}

/// What is to be known of planned records.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct PlanNoteDocument<'a> {
    /// The note as data.
    pub note: &'a PlanNote,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
}

/// A rule that gave no finding.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct RuleDocument {
    /// Its code.
    pub code: &'static str,
    /// Whether it did not apply, found nothing, or was left out.
    pub outcome: RuleOutcome,
}

/// The outcome without planned records.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
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
    /// The mechanisms that pass and are aligned.
    pub mechanisms: &'a [Engine],
    /// The policy that is requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested: Option<Policy>,
}

impl Lookups<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Lookups<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|lookup| lookup.line()))
    }
}

impl JsonSchema for Lookups<'_> {
    fn schema_name() -> Cow<'static, str> {
        "Lookups".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Vec::<LookupLine>::json_schema(generator)
    }
}

impl<'a> Document<'a> {
    /// The document for `inspection`.
    pub fn of(inspection: &'a Inspection, detail: Detail) -> Self {
        let Inspection {
            analysis,
            hits,
            without_plan,
            second_opinions,
            bulk,
            ..
        } = inspection;
        let dkim = analysis.dkim.iter();
        Self {
            schema: SCHEMA,
            source: &analysis.source,
            message: &analysis.message,
            session: &analysis.session,
            dkim: dkim
                .map(|verdict| Said::new(verdict, detail, explain::dkim::cause(verdict)))
                .collect(),
            spf: SpfDocument::of(&analysis.spf, detail),
            dmarc: DmarcDocument::of(&analysis.dmarc, detail),
            arc: (!analysis.arc.instances.is_empty())
                .then(|| Said::new(&analysis.arc, detail, explain::arc::cause(&analysis.arc))),
            ses: analysis.ses.as_ref().map(|ses| SesDocument {
                ses,
                signs: match detail {
                    Detail::Data | Detail::Words => &[],
                    Detail::Full => &ses.signs,
                },
            }),
            ses_identity: (analysis.ses_identity.as_ref())
                .map(|stated| Said::new(stated, detail, explain::ses::stated(&stated.identity))),
            claims: claims(analysis, detail),
            only_ours: {
                let ours = analysis.only_ours.iter();
                let say = |one| explain::claims::left_out(analysis, one);
                ours.map(|one| Said::new(one, detail, say(one))).collect()
            },
            junk: {
                let junk = analysis.junk.iter();
                junk.map(|one| Said::new(one, detail, explain::junk::sentence(one)))
                    .collect()
            },
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
                sentence: detail.say(|| explain::conclusion::sentence(before)),
                spf: before.spf.mail_from.result,
                dkim: before.dkim.iter().map(|verdict| verdict.result).collect(),
                dmarc: before.dmarc.result,
                mechanisms: before.dmarc.engines,
                requested: before.dmarc.policy.as_ref().map(|policy| policy.requested),
            }),
            plan_notes: Vec::new(),
            bulk,
            second_opinions: opinions(analysis, second_opinions, detail),
            lookups: lookups(analysis, hits, detail),
            notes: notes(analysis, detail),
        }
    }

    /// The document for `inspection` with planned records, of which this is to be known.
    pub fn planned(inspection: &'a Inspection, known: &'a [PlanNote], detail: Detail) -> Self {
        let before = inspection.without_plan.as_deref();
        let before = before.unwrap_or(&inspection.analysis);
        let notes = known.iter().map(|note| PlanNoteDocument {
            note,
            sentence: detail.say(|| planned::note(note, before)),
        });
        Self {
            plan_notes: notes.collect(),
            ..Self::of(inspection, detail)
        }
    }
}

impl<'a> SpfDocument<'a> {
    pub(super) fn of(spf: &'a Spf, detail: Detail) -> Self {
        Self {
            mail_from: IdentityDocument::of(&spf.mail_from, detail),
            helo: IdentityDocument::of(&spf.helo, detail),
        }
    }
}

impl<'a> IdentityDocument<'a> {
    fn of(verdict: &'a SpfVerdict, detail: Detail) -> Self {
        let unreached = verdict.trace.iter().filter(|step| !step.is_reached());
        Self {
            verdict,
            sentence: detail.say(|| explain::spf::cause(verdict)),
            not_reached: match detail {
                Detail::Full => unreached.map(|step| &*step.term).collect(),
                Detail::Data | Detail::Words => Vec::new(),
            },
        }
    }
}

/// The lookups. With data only, those that verdicts are based on and that findings refer to.
/// Questions that only advice asked are left out if they got no answer.
fn lookups<'a>(analysis: &'a Analysis, hits: &[Hit], detail: Detail) -> Lookups<'a> {
    let points = |id: LookupId| {
        let is_at =
            |hit: &Hit| matches!(&hit.mark.anchor, Anchor::Lookup { id: at, .. } if *at == id);
        hits.iter().any(is_at)
    };
    let is_shown = |(index, lookup): &(usize, &Lookup)| match detail {
        _ if *index < analysis.for_verdicts => true,
        Detail::Data => points(lookup.id),
        Detail::Words => lookup.reply != Reply::NotRecorded,
        Detail::Full => true,
    };
    let lookups = analysis.lookups.0.iter().enumerate();
    Lookups(lookups.filter(is_shown).map(|(_, lookup)| lookup).collect())
}

fn notes(analysis: &Analysis, detail: Detail) -> Vec<NoteDocument<'_>> {
    let notes = analysis.notes.iter();
    notes
        .map(|note| NoteDocument {
            note,
            sentence: detail.say(|| note),
        })
        .collect()
}

impl<'a, T> Said<'a, T> {
    fn new(data: &'a T, detail: Detail, words: impl fmt::Display) -> Self {
        Self {
            data,
            sentence: detail.say(|| words),
        }
    }
}

fn claims(analysis: &Analysis, detail: Detail) -> Vec<ClaimDocument<'_>> {
    let claims = analysis.claims.iter();
    claims
        .map(|claim| ClaimDocument {
            field: &claim.field,
            instance: claim.instance,
            authserv_id: claim.authserv_id.as_deref(),
            standing: claim.standing,
            standing_reason: &claim.standing_reason,
            standing_sentence: detail.say(|| &claim.standing_reason),
            results: {
                let results = claim.results.iter();
                results
                    .map(|result| Said {
                        data: result,
                        sentence: (detail >= Detail::Words)
                            .then(|| explain::claims::why(analysis, claim, result))
                            .flatten()
                            .map(|why| why.to_string()),
                    })
                    .collect()
            },
            problems: &claim.problems,
        })
        .collect()
}

fn opinions<'a>(
    analysis: &'a Analysis,
    comparisons: &'a [OpinionComparison],
    detail: Detail,
) -> Vec<SecondOpinion<'a>> {
    let opinion = |comparison: &'a OpinionComparison| {
        let program = comparison.program;
        let row = |row: &'a OpinionRow| Said {
            data: row,
            sentence: (detail >= Detail::Words)
                .then(|| explain::second::clause(analysis, program, row))
                .flatten()
                .map(|clause| clause.to_string()),
        };
        SecondOpinion {
            program,
            no_opinion: comparison.no_opinion.as_ref(),
            rows: comparison.rows.iter().map(row).collect(),
        }
    };
    comparisons.iter().map(opinion).collect()
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
