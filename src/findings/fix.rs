//! What mends a fault: words, the exact records, and the commands that check them.

use schemars::JsonSchema;
use serde::Serialize;

use crate::dns::Question;
use crate::dns::change::{RecordChange, dig};

/// What to do about a finding.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Fix {
    /// What to do, in words; no capital letter, no full stop.
    pub text: String,
    /// The records to publish, replace or remove.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<RecordChange>,
    /// Commands that show whether it was done, safe to paste into a shell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<String>,
    /// Where there is a choice: each way, with its consequence.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
}

/// One of several ways to mend a fault.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Choice {
    /// What to do; no capital letter, no full stop.
    pub text: String,
    /// What follows from it, for better and for worse.
    pub consequence: String,
    /// The records that it takes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<RecordChange>,
}

impl Fix {
    /// A fix in words.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// With this record, and the command that checks it.
    pub fn record(mut self, record: RecordChange) -> Self {
        self = self.check(&record.question());
        self.records.push(record);
        self
    }

    /// With these records, and the commands that check them.
    pub fn records(self, records: impl IntoIterator<Item = RecordChange>) -> Self {
        records.into_iter().fold(self, Self::record)
    }

    /// With the command that asks `question`, where its name can stand in a shell.
    pub fn check(mut self, question: &Question) -> Self {
        let known = dig(question).filter(|command| !self.checks.contains(command));
        self.checks.extend(known);
        self
    }

    /// With one more way to choose from.
    pub fn choice(
        mut self,
        text: impl Into<String>,
        consequence: impl Into<String>,
        records: Vec<RecordChange>,
    ) -> Self {
        for record in &records {
            self = self.check(&record.question());
        }
        self.choices.push(Choice {
            text: text.into(),
            consequence: consequence.into(),
            records,
        });
        self
    }
}
