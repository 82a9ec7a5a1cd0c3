//! What is behind a difference: the message, DNS, or the program.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::change::{Change, Changed};
use crate::Analysis;
use crate::dns::{Lookup, Name, Question, RecordType, Reply, Snapshot, in_words, is_same};

/// How many changed answers are named as reasons.
const REASONS: usize = 10;

/// What is behind a difference.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Reason {
    /// The octets of the message are others.
    Message,
    /// DNS answers otherwise than when the corpus was recorded.
    Dns {
        /// The name that was asked about.
        name: Name,
        /// The type that was asked for.
        #[serde(rename = "type")]
        record_type: RecordType,
        /// The answer then; `None` where none was recorded, as there is none now.
        was: Option<String>,
        /// The answer now.
        is: String,
    },
    /// There are more such answers.
    MoreDns {
        /// How many.
        count: usize,
    },
    /// Another version of the program judged.
    Version {
        /// The one that recorded.
        was: String,
        /// This one.
        is: String,
    },
    /// None of these is known: perhaps what is expected was changed.
    Expectation,
    /// What is expected cannot be read.
    Unreadable {
        /// Why, and what to do.
        problem: String,
    },
}

/// Against what differences are explained.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// The answers of the corpus.
    pub snapshot: Snapshot,
    /// When they were recorded, as the settings say.
    pub captured: Option<Timestamp>,
    /// What recorded the corpus.
    pub written_by: String,
    /// What checks it.
    pub checked_by: String,
}

/// What is behind these changes.
pub(super) fn reasons(
    changes: &[Change],
    analysis: Option<&Analysis>,
    baseline: &Baseline,
) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let is_of = |parts: &[Changed]| changes.iter().all(|change| parts.contains(&change.part));
    if changes.iter().any(|change| change.part == Changed::Message) {
        reasons.push(Reason::Message);
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
    // What advice does not know it did not know before either, unless another answer led there.
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
    /// What is other in the answer of `lookup`.
    fn changed(&self, lookup: &Lookup) -> Option<Reason> {
        let Question { name, kind } = &lookup.question;
        let was = self.snapshot.answer_at(&lookup.question, self.captured);
        match was {
            Some(was) if is_same(was, &lookup.reply) => return None,
            // It was asked since, and what it was then is not known.
            None if lookup.reply != Reply::NotRecorded => return None,
            _ => (),
        }
        Some(Reason::Dns {
            name: name.clone(),
            record_type: *kind,
            was: was.map(|reply| in_words(reply).join(", ")),
            is: in_words(&lookup.reply).join(", "),
        })
    }
}
