//! A message that is not as expected: what changed, and why.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::change::{Change, changes};
use super::expect::{Expectation, FORMAT};
use super::reason::{Baseline, Reason, reasons};
use crate::Analysis;

/// A message of a corpus that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Difference {
    /// Its name within the corpus.
    pub name: String,
    /// The file that it is in; the one of its expectation where it is there no more.
    #[serde(skip)]
    pub file: PathBuf,
    /// What happened to it.
    pub kind: DifferenceKind,
    /// What it was called, where it was renamed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
    /// What is other than expected.
    pub changes: Vec<Change>,
    /// Why, as far as that can be told.
    pub reasons: Vec<Reason>,
}

/// What happened to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DifferenceKind {
    /// It is other than expected.
    Changed,
    /// Nothing is expected of it yet.
    New,
    /// It is there no more.
    Removed,
    /// It is the same under another name.
    Renamed,
    /// What is expected of it cannot be read.
    Unreadable,
}

impl Difference {
    /// One without changes.
    pub fn new(name: String, file: PathBuf, kind: DifferenceKind) -> Self {
        Self {
            name,
            file,
            kind,
            renamed_from: None,
            changes: Vec::new(),
            reasons: Vec::new(),
        }
    }

    /// What is other in `found` than in `expected`, which is the text of an expectation; `None`
    /// where nothing is. Values that only one of them has are not compared: they are of another
    /// version.
    pub fn find(
        expected: &[u8],
        found: &Expectation,
        analysis: Option<&Analysis>,
        baseline: &Baseline,
    ) -> Option<Self> {
        let mut difference = Self::new(String::new(), PathBuf::new(), DifferenceKind::Changed);
        let expected = match read(expected) {
            Ok(expected) => expected,
            Err(problem) => {
                difference.kind = DifferenceKind::Unreadable;
                difference.reasons.push(Reason::Unreadable { problem });
                return Some(difference);
            }
        };
        // It holds strings, numbers and lists alone.
        let found = serde_json::to_value(found).unwrap_or_default();
        difference.changes = changes(&expected, &found, analysis);
        if difference.changes.is_empty() {
            return None;
        }
        difference.reasons = reasons(&difference.changes, analysis, baseline);
        Some(difference)
    }

    /// The same, of the message of this name in this file.
    pub fn of(self, name: String, file: PathBuf) -> Self {
        Self { name, file, ..self }
    }

    /// Whether it makes a check fail: a new name alone does not.
    pub fn is_failure(&self) -> bool {
        self.kind != DifferenceKind::Renamed || !self.changes.is_empty()
    }
}

/// The hash of the message that the text of an expectation is about.
pub fn message_of(expected: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Head {
        sesauth_expected: u32,
        message: Option<String>,
    }
    let head: Head = serde_json::from_slice(expected).ok()?;
    head.message.filter(|_| head.sesauth_expected == FORMAT)
}

/// Whether a text is an expectation, of whatever version.
pub(super) fn is_expectation(text: &[u8]) -> bool {
    let value: Result<Value, _> = serde_json::from_slice(text);
    value.is_ok_and(|value| value.get("sesauth_expected").is_some())
}

fn read(expected: &[u8]) -> Result<Value, String> {
    const HELP: &str = "look at it, or write it anew with `sesauth corpus update`";
    let value: Value = serde_json::from_slice(expected)
        .map_err(|error| format!("it is not JSON ({error}); {HELP}"))?;
    match value["sesauth_expected"].as_u64() {
        Some(format) if format == u64::from(FORMAT) => match lacking(&value) {
            Some(key) => Err(format!("it does not say \"{key}\"; {HELP}")),
            None => Ok(value),
        },
        Some(format) => Err(format!(
            "its format {format} is not known here, only {FORMAT}; check with the version that wrote \
             it, or write it anew with `sesauth corpus update`"
        )),
        None => Err(format!(
            "it does not say \"sesauth_expected\":{FORMAT}; {HELP}"
        )),
    }
}

/// What every expectation says and this one does not: without it nothing would be compared.
fn lacking(expected: &Value) -> Option<&'static str> {
    let is_string = |key: &str| expected[key].is_string();
    let says = [
        ("conclusion", is_string("conclusion")),
        ("dmarc", expected["dmarc"]["result"].is_string()),
        ("spf", expected["spf"]["mail_from"]["result"].is_string()),
        ("dkim", expected["dkim"].is_array()),
        ("findings", expected["findings"].is_array()),
    ];
    let lacking = says.into_iter().find(|(_, is_said)| !is_said);
    lacking.map(|(key, _)| key).filter(|_| !is_string("error"))
}
