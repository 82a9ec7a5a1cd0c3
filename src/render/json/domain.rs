//! A domain check as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::SCHEMA;
use crate::DomainCheck;
use crate::dns::Name;
use crate::domain::{Needed, SetUp};
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

/// The records that a domain needs, as JSON.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct SetUpDocument<'a> {
    /// The name and version of this form; additions do not change it.
    pub schema: &'static str,
    /// The domain.
    pub domain: &'a Name,
    /// The records.
    pub records: &'a [Needed],
}

impl<'a> SetUpDocument<'a> {
    /// The document for `needed`.
    pub fn of(setup: &'a SetUp, needed: &'a [Needed]) -> Self {
        Self {
            schema: SCHEMA,
            domain: &setup.domain,
            records: needed,
        }
    }
}
