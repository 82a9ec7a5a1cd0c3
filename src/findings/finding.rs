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

    /// Adds that the same was found at another name, `name`, and what mends it there.
    pub(crate) fn join(&mut self, other: &Self, name: &str) {
        const MORE: &str = "; the same at ";
        let start = if self.message.contains(MORE) {
            ", "
        } else {
            MORE
        };
        self.message.push_str(start);
        self.message.push_str(name);
        self.evidence.extend(other.evidence.iter().cloned());
        if let (Some(fix), Some(other)) = (&mut self.fix, &other.fix) {
            fix.records.extend(other.records.iter().cloned());
            fix.checks.extend(other.checks.iter().cloned());
        }
    }

    /// Sets the fix.
    pub fn with_fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }
}
