//! The values of the tags of a record.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a domain asks receivers to do with mail that fails.
#[derive(
    Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize,
)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Policy {
    /// Nothing.
    None,
    /// Treat it as suspicious.
    Quarantine,
    /// Refuse it.
    Reject,
}

impl Policy {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::None, Self::Quarantine, Self::Reject]
            .into_iter()
            .find(|policy| policy.as_str().eq_ignore_ascii_case(text))
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Quarantine => "quarantine",
            Self::Reject => "reject",
        }
    }

    /// One level lower, as `t=y` requests.
    pub fn lowered(self) -> Self {
        match self {
            Self::None | Self::Quarantine => Self::None,
            Self::Reject => Self::Quarantine,
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How closely two domains must match to be aligned (§3.2.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Mode {
    /// The same organization.
    Relaxed,
    /// The same domain.
    Strict,
}

impl Mode {
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "r" | "R" => Some(Self::Relaxed),
            "s" | "S" => Some(Self::Strict),
            _ => None,
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Relaxed => "relaxed",
            Self::Strict => "strict",
        })
    }
}

/// The `psd` tag: whether the record is at a public suffix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Psd {
    /// It is.
    Yes,
    /// It is not; its domain is the Organizational Domain.
    No,
    /// The record does not say.
    #[default]
    Unknown,
}

impl Psd {
    pub(super) fn parse(text: &str) -> Self {
        match text {
            "y" | "Y" => Self::Yes,
            "n" | "N" => Self::No,
            _ => Self::Unknown,
        }
    }
}
