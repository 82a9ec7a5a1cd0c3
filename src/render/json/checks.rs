//! SPF and DMARC without a message, in JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::SCHEMA;
use super::dmarc::{DifferenceDocument, ReportDocument};
use super::document::{Detail, SpfDocument};
use crate::dmarc::{Published, RuleDifference};
use crate::dns::{Evidence, Name};
use crate::explain::dmarc::{self as explain, ComparedFor};
use crate::{DmarcCheck, SpfCheck};

/// SPF without a message, as JSON.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct SpfCheckDocument<'a> {
    /// The name and version of this form; additions do not change it.
    pub schema: &'static str,
    /// SPF, for both identities.
    pub spf: SpfDocument<'a>,
    /// Every DNS question that was asked, with its answer, in order.
    pub lookups: &'a Evidence,
}

/// DMARC without a message, as JSON.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct DmarcCheckDocument<'a> {
    /// The name and version of this form; additions do not change it.
    pub schema: &'static str,
    /// The domain.
    pub domain: &'a Name,
    /// Whether it exists in DNS; absent if nothing depends on that, or it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exists: Option<bool>,
    /// What is published, by the rules that were chosen.
    pub dmarc: &'a Published,
    /// What is unusual about it, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What is published, by the other rules.
    pub beside: &'a Published,
    /// Where the two differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<DifferenceDocument<'a>>,
    /// Where reports go and whether they are accepted there, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reports: Option<Vec<ReportDocument<'a>>>,
    /// Every DNS question that was asked, with its answer, in order.
    pub lookups: &'a Evidence,
}

impl<'a> SpfCheckDocument<'a> {
    /// The document for `check`.
    pub fn of(check: &'a SpfCheck) -> Self {
        Self {
            schema: SCHEMA,
            spf: SpfDocument::of(&check.spf, Detail::Full),
            lookups: &check.lookups,
        }
    }
}

impl<'a> DmarcCheckDocument<'a> {
    /// The document for `check`.
    pub fn of(check: &'a DmarcCheck) -> Self {
        let difference = |difference: &'a RuleDifference| {
            DifferenceDocument::of(difference, ComparedFor::Domain, Detail::Words)
        };
        let at = check.dmarc.policy.as_ref().map(|policy| &policy.domain);
        let reports = check.reports.as_ref();
        let notes = explain::notes(&check.dmarc.steps, &check.dmarc.problems);
        Self {
            schema: SCHEMA,
            domain: &check.domain,
            exists: check.exists,
            dmarc: &check.dmarc,
            notes: notes.into_iter().map(|note| note.to_string()).collect(),
            beside: &check.beside,
            differences: check.differences.iter().map(difference).collect(),
            reports: reports.map(|targets| {
                let targets = targets.iter();
                targets
                    .map(|target| ReportDocument::of(target, at, Detail::Words))
                    .collect()
            }),
            lookups: &check.lookups,
        }
    }
}
