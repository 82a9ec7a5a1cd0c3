//! How sure a statement about a message is.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// On what a statement rests, surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceClass {
    /// A signature that verifies covers it.
    ProvedBySignature,
    /// DNS says so.
    ProvedByDns,
    /// A header field says so, and anybody could have written it.
    ClaimedByHeader,
    /// It follows from other things, and could be otherwise.
    Inferred,
}

impl EvidenceClass {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ProvedBySignature => "proved by signature",
            Self::ProvedByDns => "proved by DNS",
            Self::ClaimedByHeader => "claimed by a header",
            Self::Inferred => "inferred",
        }
    }
}

impl fmt::Display for EvidenceClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
