//! Why two readers of From differ.

use schemars::JsonSchema;
use serde::Serialize;

use super::Case;

/// Why two readers of From differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FromClause {
    /// They take a text without a domain for an address.
    WithoutDomain,
    /// From does not have the form that RFC 5322 gives it.
    Malformed,
    /// There are several From fields.
    SeveralFields,
    /// A local part or a domain has octets beyond ASCII, which they keep or read in another way.
    Unicode,
}

impl FromClause {
    pub(super) fn section(self) -> Option<&'static str> {
        Some(match self {
            Self::WithoutDomain => "RFC 5322 §3.4.1",
            Self::Malformed | Self::SeveralFields => "RFC 5322 §3.6.2",
            Self::Unicode => "RFC 6532 §3.2",
        })
    }
}

/// The first reason that applies.
pub(super) fn behind(case: &Case<'_>) -> Option<FromClause> {
    let message = &case.analysis.message;
    let theirs = case.row.theirs.as_deref().unwrap_or_default();
    let ours = case.row.ours.as_deref().unwrap_or_default();
    let without = |address: &str| !address.is_empty() && !address.contains('@');
    if theirs.split(", ").any(without) {
        return Some(FromClause::WithoutDomain);
    }
    if message.from_fields > 1 {
        return Some(FromClause::SeveralFields);
    }
    if !message.from_problems.is_empty() || message.from_fields == 0 {
        return Some(FromClause::Malformed);
    }
    let is_ascii = theirs.is_ascii() && ours.is_ascii();
    (!is_ascii).then_some(FromClause::Unicode)
}
