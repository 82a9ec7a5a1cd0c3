//! Whether mail, or a domain, meets what large receivers ask of bulk senders.

mod facts;
mod rules;

pub use facts::{BulkFact, BulkSeen};
pub use rules::{BulkReceiver, BulkRule, BulkSource, RULES, Topic, Weight};

use schemars::JsonSchema;
use serde::Serialize;

use crate::findings::Case;
use crate::spf::HostName;

/// A topic: what was seen, and what each receiver makes of it.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct BulkRow {
    /// What it is about.
    pub topic: Topic,
    /// What was seen.
    #[serde(flatten)]
    pub fact: BulkFact,
    /// The receivers that have a rule about it.
    pub receivers: Vec<BulkMeets>,
}

/// Whether the rule of one receiver is met.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct BulkMeets {
    /// The receiver.
    pub receiver: BulkReceiver,
    /// How much its rule weighs.
    pub weight: Weight,
    /// The codes of errors that a fault earns, if it is not met.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub errors: &'static [&'static str],
    /// Where the rule stands.
    pub source: &'static BulkSource,
}

/// Looks at all topics. `names` are those of the sending host, if they were asked for.
pub(crate) fn rows(case: &Case<'_>, names: Option<&[HostName]>) -> Vec<BulkRow> {
    let mut rows: Vec<BulkRow> = Vec::new();
    for rule in RULES {
        let at = rows.iter().position(|row| row.topic == rule.topic);
        let at = at.unwrap_or_else(|| {
            rows.push(BulkRow {
                topic: rule.topic,
                fact: facts::about(rule.topic, case, names),
                receivers: Vec::new(),
            });
            rows.len() - 1
        });
        let row = &mut rows[at];
        row.receivers.push(BulkMeets {
            receiver: rule.receiver,
            weight: rule.weight,
            errors: match row.fact.meets {
                Some(false) => rule.errors,
                _ => &[],
            },
            source: rule.source,
        });
    }
    rows
}

impl BulkRow {
    /// Whether a receiver that asks it does not get it.
    pub fn is_missed(&self) -> bool {
        self.fact.meets == Some(false)
    }

    /// The rule of this receiver; `None` if it has none.
    pub fn of(&self, receiver: BulkReceiver) -> Option<&BulkMeets> {
        self.receivers.iter().find(|one| one.receiver == receiver)
    }
}
