//! The reason for a difference. Each rule applies if the analysis and the other verifier's output
//! show it; if none applies, no reason is known.

mod arc;
mod dkim;
mod dmarc;
mod from;
mod spf;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

pub use arc::ArcClause;
pub use dkim::DkimClause;
pub use dmarc::{DmarcClause, RowName};
pub use from::FromClause;
pub use spf::{SessionPart, SessionValue, SpfClause};

use super::{Compared, FieldCount, Opinion, OpinionMethod, OpinionResult, OpinionRow, Program};
use crate::Analysis;
use crate::dkim::DkimVerdict;
use crate::dns::{Lookup, Question, Reply};
use crate::message::Form;

/// The reason for a difference.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Clause {
    /// The reason. Data in the verdict and the row is not repeated in it.
    pub reason: ClauseReason,
    /// The section that it follows from; `None` if it follows from the data that was available.
    pub section: Option<&'static str>,
}

/// Why two verifiers differ.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ClauseReason {
    /// The file is not a bare message, and the other verifier may have read all of it as one.
    OtherForm {
        /// The form of the file.
        form: Form,
    },
    /// They see other header fields: they end the header at a line that is no field, for example.
    OtherHeader(FieldCount),
    /// They asked DNS what was not asked here, and nobody could answer them.
    NotAsked {
        /// What they asked, as `TXT name`.
        questions: Vec<String>,
    },
    /// About From.
    From(FromClause),
    /// About SPF.
    Spf(SpfClause),
    /// About a signature.
    Dkim(DkimClause),
    /// About DMARC.
    Dmarc(DmarcClause),
    /// About the ARC chain.
    Arc(ArcClause),
}

impl ClauseReason {
    /// The reason in one word, as in JSON.
    pub fn word(&self) -> String {
        let Ok(value) = serde_json::to_value(self) else {
            return String::new();
        };
        let inner = match (self, &value) {
            (Self::OtherForm { .. } | Self::OtherHeader(_) | Self::NotAsked { .. }, _) => &value,
            (_, Value::Object(methods)) => methods.values().next().unwrap_or(&value),
            _ => &value,
        };
        let word = match inner {
            Value::String(word) => Some(word.clone()),
            Value::Object(fields) => fields.keys().next().cloned(),
            _ => None,
        };
        word.unwrap_or_default()
    }

    /// The section that the reason follows from; `None` if it follows from the data that was
    /// available.
    pub fn section(&self) -> Option<&'static str> {
        match self {
            Self::OtherForm { .. } | Self::NotAsked { .. } => None,
            Self::OtherHeader(_) => Some("RFC 5322 §2.2"),
            Self::From(clause) => clause.section(),
            Self::Spf(clause) => clause.section(),
            Self::Dkim(clause) => clause.section(),
            Self::Dmarc(clause) => clause.section(),
            Self::Arc(clause) => clause.section(),
        }
    }
}

/// Two results, and everything that is known about them.
pub(super) struct Case<'a> {
    pub opinion: &'a Opinion,
    pub analysis: &'a Analysis,
    /// Their result, if they have one.
    pub theirs: Option<&'a OpinionResult>,
    /// Our signature, if the result is about one.
    pub dkim: Option<&'a DkimVerdict>,
    /// The row with both results.
    pub row: &'a OpinionRow,
    /// The rows before it: SPF and the signatures, for a row about DMARC.
    pub rows: &'a [OpinionRow],
}

impl Case<'_> {
    /// Whether `word` is their result.
    fn theirs_is(&self, word: &str) -> bool {
        self.row.theirs.as_deref() == Some(word)
    }

    /// Whether `word` is our result.
    fn ours_is(&self, word: &str) -> bool {
        self.row.ours.as_deref() == Some(word)
    }

    /// The reason if the file is not a bare message, and another program may have read all of it as
    /// one.
    fn other_form(&self) -> Option<ClauseReason> {
        let source = &self.analysis.source;
        match *source.within.first().unwrap_or(&source.form) {
            Form::Rfc5322 | Form::HeadersOnly => None,
            form => Some(ClauseReason::OtherForm { form }),
        }
    }

    /// Whether they run here, and DNS answered all that they asked.
    fn has_all_answers(&self) -> bool {
        let has_failed =
            |lookup: &Lookup| matches!(lookup.reply, Reply::TempFail(_) | Reply::NotRecorded);
        self.opinion.program == Program::MailAuth
            && self.opinion.not_at_hand.is_empty()
            && !self.analysis.lookups.0.iter().any(has_failed)
    }

    /// The reason if they had no answer because nobody here asked.
    fn not_asked(&self) -> Option<ClauseReason> {
        let questions = &self.opinion.not_at_hand;
        let is_it = self.theirs_is("temperror") && !questions.is_empty();
        is_it.then(|| ClauseReason::NotAsked {
            questions: questions
                .iter()
                .take(NAMED)
                .map(Question::to_string)
                .collect(),
        })
    }
}

/// How many questions are named that were not asked here.
const NAMED: usize = 3;

/// The first reason that applies.
pub(super) fn behind(case: &Case<'_>) -> Option<Clause> {
    if case.row.comparison == Compared::Agree && case.row.theirs == case.row.ours {
        return None;
    }
    if let Some(reason) = case.not_asked() {
        return Some(Clause {
            section: reason.section(),
            reason,
        });
    }
    let reason = match case.row.method {
        OpinionMethod::From => from::behind(case).map(ClauseReason::From),
        OpinionMethod::Spf => spf::behind(case).map(ClauseReason::Spf),
        OpinionMethod::Dkim => dkim::behind(case),
        OpinionMethod::Dmarc => dmarc::behind(case),
        OpinionMethod::Arc => arc::behind(case).map(ClauseReason::Arc),
    };
    let reason = reason.or_else(|| case.opinion.header_fields.map(ClauseReason::OtherHeader))?;
    Some(Clause {
        section: reason.section(),
        reason,
    })
}
