//! How certain a statement about a message is.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// What a statement rests on, most certain first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EvidenceClass {
    /// It is covered by a signature that verifies.
    ProvedBySignature,
    /// DNS says so.
    ProvedByDns,
    /// Amazon SES says so of an identity, in the output of its API.
    StatedBySes,
    /// A header field says so, which anybody could have written.
    ClaimedByHeader,
    /// It follows from other facts, but could be wrong.
    Inferred,
}

impl EvidenceClass {
    /// The class in words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ProvedBySignature => "proved by signature",
            Self::ProvedByDns => "proved by DNS",
            Self::StatedBySes => "stated by Amazon SES",
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
