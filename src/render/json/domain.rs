//! A domain check as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::SCHEMA;
use crate::DomainCheck;
use crate::findings::Finding;

/// A domain check as JSON.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct DomainDocument<'a> {
    /// The name and version of this form; additions do not change it.
    pub schema: &'static str,
    /// What was found.
    #[serde(flatten)]
    pub check: &'a DomainCheck,
    /// The findings, those that cost most points first.
    pub findings: Vec<Finding>,
}

impl<'a> DomainDocument<'a> {
    /// The document for `check`.
    pub fn of(check: &'a DomainCheck) -> Self {
        Self {
            schema: SCHEMA,
            findings: check.findings(),
            check,
        }
    }
}
