//! A hit in words.

use schemars::JsonSchema;
use serde::Serialize;

use super::fix::Fix;
use super::observation::Observation;
use super::rule::Severity;

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The code of its rule.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What was found and what was expected; no capital letter, no full stop.
    pub message: String,
    /// What it is based on; never empty.
    pub evidence: Vec<Observation>,
    /// What to do about it.
    pub fix: Option<Fix>,
}

impl Finding {
    /// Adds evidence.
    pub fn with_evidence(mut self, evidence: impl IntoIterator<Item = Observation>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    /// Sets the fix.
    pub fn with_fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }
}
