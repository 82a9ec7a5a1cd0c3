//! The reason for a difference: the message, DNS, or the program.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer_change::AnswerChange;
use super::change::{Change, Changed};
use crate::Analysis;
use crate::dns::{Lookup, Name, Question, RecordType, Reply, Snapshot, in_words, is_same};

/// How many changed DNS answers are given as reasons.
const REASONS: usize = 10;

/// The reason for a difference.
#[derive(Clone, Debug, PartialEq, Eq, Hash, JsonSchema, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reason {
    /// The octets of the message have changed.
    Message,
    /// They have changed in line ends alone.
    LineEnds,
    /// A DNS answer has changed since the corpus was recorded.
    Dns {
        /// The name that was asked about.
        name: Name,
        /// The type that was asked for.
        #[serde(rename = "type")]
        record_type: RecordType,
        /// The recorded answer; `None` if none was recorded and there is none now.
        was: Option<String>,
        /// The current answer.
        is: String,
        /// What of it changed.
        #[serde(skip)]
        how: AnswerChange,
    },
    /// There are more changed answers.
    MoreDns {
        /// How many.
        count: usize,
    },
    /// Another version of the program recorded the corpus.
    Version {
        /// That version.
        was: String,
        /// This version.
        is: String,
    },
    /// None of these is known: perhaps the expectation was changed.
    Expectation,
    /// The expectation cannot be read.
    Unreadable {
        /// Why, and what to do.
        problem: String,
    },
}

/// What differences are explained with.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// The answers of the corpus.
    pub snapshot: Snapshot,
    /// When they were recorded, according to the settings.
    pub captured: Option<Timestamp>,
    /// The program and version that recorded the corpus.
    pub written_by: String,
    /// The program and version that checks it.
    pub checked_by: String,
}

/// The reasons for these changes; `is_line_ends` if that is all that changed in the message.
pub(super) fn reasons(
    changes: &[Change],
    is_line_ends: bool,
    analysis: Option<&Analysis>,
    baseline: &Baseline,
) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let is_of = |parts: &[Changed]| changes.iter().all(|change| parts.contains(&change.part));
    if changes.iter().any(|change| change.part == Changed::Message) {
        reasons.push(match is_line_ends {
            true => Reason::LineEnds,
            false => Reason::Message,
        });
    }
    let is_advice_alone = is_of(&[Changed::Finding]);
    let lookups = analysis.map_or(&[][..], |analysis| {
        let asked = match is_advice_alone {
            true => analysis.lookups.0.len(),
            false => analysis.for_verdicts,
        };
        &analysis.lookups.0[..asked]
    });
    let mut changed: Vec<Reason> = lookups
        .iter()
        .filter_map(|lookup| baseline.changed(lookup))
        .collect();
    // An answer that advice lacks was not recorded before either, unless another answer led to it.
    let is_another = |reason: &Reason| matches!(reason, Reason::Dns { was: Some(_), .. });
    if is_advice_alone && changed.iter().any(is_another) {
        changed.retain(is_another);
    }
    let more = changed.len().saturating_sub(REASONS);
    changed.truncate(REASONS);
    reasons.extend(changed);
    if more > 0 {
        reasons.push(Reason::MoreDns { count: more });
    }
    if reasons.is_empty() {
        reasons.push(match baseline.written_by == baseline.checked_by {
            true => Reason::Expectation,
            false => Reason::Version {
                was: baseline.written_by.clone(),
                is: baseline.checked_by.clone(),
            },
        });
    }
    reasons
}

impl Baseline {
    /// The change of the answer of `lookup`.
    fn changed(&self, lookup: &Lookup) -> Option<Reason> {
        let Question { name, kind } = &lookup.question;
        let was = self.snapshot.answer_at(&lookup.question, self.captured);
        match was {
            Some(was) if is_same(was, &lookup.reply) => return None,
            // It was not recorded, so its former answer is not known.
            None if lookup.reply != Reply::NotRecorded => return None,
            _ => (),
        }
        Some(Reason::Dns {
            name: name.clone(),
            record_type: *kind,
            was: was.map(|reply| in_words(reply).join(", ")),
            is: in_words(&lookup.reply).join(", "),
            how: AnswerChange::between(was, &lookup.reply),
        })
    }
}
