//! A hit in words.

use schemars::JsonSchema;
use serde::Serialize;

use super::fix::Fix;
use super::observation::Observation;
use super::rule::Severity;

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Finding {
    /// The code of its rule.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What was found, beside what was expected; no capital letter, no full stop.
    pub message: String,
    /// On what it rests; never empty.
    pub evidence: Vec<Observation>,
    /// What to do about it.
    pub fix: Option<Fix>,
}

impl Finding {
    /// With more of what was seen.
    pub fn with_evidence(mut self, evidence: impl IntoIterator<Item = Observation>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    /// With what to do.
    pub fn with_fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }
}
