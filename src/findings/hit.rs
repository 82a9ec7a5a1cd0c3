//! What fired, as data only. Its rule makes the words when an output needs them.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::finding::Finding;
use super::observation::Mark;
use super::rule::Severity;

/// One thing that a rule found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hit {
    /// The code of the rule.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// Where it was seen first, and how certain that is.
    pub mark: Mark,
    /// The values that were seen.
    pub values: Values,
}

/// Values with their names, in the order in which they were added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values(Vec<(&'static str, Value)>);

/// A value that was seen.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Value {
    /// A number.
    Number(u64),
    /// A name, a record or a field as it was seen, never a sentence of ours.
    Text(String),
    /// Several texts.
    List(Vec<String>),
}

impl Hit {
    pub(super) fn new(code: &'static str, severity: Severity, mark: Mark) -> Self {
        Self {
            code,
            severity,
            mark,
            values: Values::default(),
        }
    }

    /// Adds a value that was seen.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.values.0.push((name, value.into()));
        self
    }

    /// Adds a value that was seen, as text.
    pub(super) fn text(self, name: &'static str, value: impl ToString) -> Self {
        self.with(name, value.to_string())
    }

    /// Adds the number of the signature, from 1.
    pub(super) fn of_signature(self, number: usize) -> Self {
        self.with("signature", number)
    }

    /// The words of a hit: a message without a capital letter or full stop, and what was seen at
    /// its mark.
    pub(super) fn says(&self, message: impl Into<String>, seen: impl Into<String>) -> Finding {
        Finding {
            code: self.code,
            severity: self.severity,
            message: message.into(),
            evidence: vec![self.mark.clone().says(seen)],
            fix: None,
        }
    }
}

impl Values {
    /// The value with this name.
    pub fn value(&self, name: &str) -> Option<&Value> {
        let mut values = self.0.iter();
        values.find(|(is, _)| *is == name).map(|(_, value)| value)
    }

    /// The text with this name.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.value(name)? {
            Value::Text(text) => Some(text),
            Value::Number(_) | Value::List(_) => None,
        }
    }

    /// The number with this name.
    pub fn number(&self, name: &str) -> Option<u64> {
        match self.value(name)? {
            Value::Number(number) => Some(*number),
            Value::Text(_) | Value::List(_) => None,
        }
    }

    /// The list of texts with this name.
    pub fn list(&self, name: &str) -> Option<&[String]> {
        match self.value(name)? {
            Value::List(list) => Some(list),
            Value::Number(_) | Value::Text(_) => None,
        }
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl schemars::JsonSchema for Values {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Values".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        std::collections::BTreeMap::<String, Value>::json_schema(generator)
    }
}

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&Arc<str>> for Value {
    fn from(text: &Arc<str>) -> Self {
        Self::Text((**text).to_owned())
    }
}

impl From<&[Arc<str>]> for Value {
    fn from(list: &[Arc<str>]) -> Self {
        Self::List(list.iter().map(|text| (**text).to_owned()).collect())
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Number(number as u64)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<Vec<String>> for Value {
    fn from(list: Vec<String>) -> Self {
        Self::List(list)
    }
}
