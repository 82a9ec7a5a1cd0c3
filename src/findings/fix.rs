//! How to correct a fault: words, the exact records, and commands that check them.

use schemars::JsonSchema;
use serde::Serialize;

use crate::dns::change::{RecordChange, dig};
use crate::dns::{Name, Question};

/// What to do about a finding.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Fix {
    /// What to do, in words; no capital letter, no full stop.
    pub text: String,
    /// The records to publish, replace or remove.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<RecordChange>,
    /// Commands that check whether it was done, safe to paste into a shell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<String>,
    /// The alternatives, if there is a choice: each with its consequence.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// The name whose owner can do it.
    #[serde(skip)]
    #[schemars(skip)]
    pub(super) owner: Option<Name>,
    /// The text in place of `text` if its records do not pass the gate.
    #[serde(skip)]
    #[schemars(skip)]
    pub(super) otherwise: Option<String>,
    /// The terms of an SPF record that the rule takes out on purpose.
    #[serde(skip)]
    #[schemars(skip)]
    pub(super) taken_out: Vec<String>,
}

/// One of several ways to correct a fault.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Choice {
    /// What to do; no capital letter, no full stop.
    pub text: String,
    /// Its consequence, good or bad.
    pub consequence: String,
    /// The records that it needs.
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

    /// The same, as one that the owner of `name` can do.
    pub(super) fn of(mut self, name: &Name) -> Self {
        self.owner.get_or_insert_with(|| name.clone());
        self
    }

    /// Adds this record, and the command that checks it.
    pub fn record(mut self, record: RecordChange) -> Self {
        self = self.of(&record.name).check(&record.question());
        self.records.push(record);
        self
    }

    /// Adds these records, and the commands that check them.
    pub fn records(self, records: impl IntoIterator<Item = RecordChange>) -> Self {
        records.into_iter().fold(self, Self::record)
    }

    /// Sets the text for the case that no record can be shown.
    pub(super) fn otherwise(mut self, text: impl Into<String>) -> Self {
        self.otherwise = Some(text.into());
        self
    }

    /// Says that these terms are missing from the new SPF record on purpose.
    pub(super) fn taking_out<T: ToString>(mut self, terms: impl IntoIterator<Item = T>) -> Self {
        self.taken_out
            .extend(terms.into_iter().map(|term| term.to_string()));
        self
    }

    /// Adds the command that asks `question`, if its name is safe in a shell.
    pub fn check(mut self, question: &Question) -> Self {
        let known = dig(question).filter(|command| !self.checks.contains(command));
        self.checks.extend(known);
        self
    }

    /// Adds one more alternative.
    pub fn choice(
        mut self,
        text: impl Into<String>,
        consequence: impl Into<String>,
        records: Vec<RecordChange>,
    ) -> Self {
        for record in &records {
            self = self.of(&record.name).check(&record.question());
        }
        self.choices.push(Choice {
            text: text.into(),
            consequence: consequence.into(),
            records,
        });
        self
    }
}
