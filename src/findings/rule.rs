//! What a rule is: when it applies, when it fires, and the words for its hits.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::case::{Case, KeyFault, Signature};
use super::finding::Finding;
use super::hit::Hit;
use super::observation::Mark;

/// Something that can be found in a message.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Rule {
    /// Its name: reads well after "this message has a …", names the fault, and never changes.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// Whether it looks at a message. One that does not, looks at what a domain publishes: it serves
    /// `sesauth domain` too.
    pub wants_message: bool,
    /// The RFC sections and pages that it is based on.
    pub cites: &'static [&'static str],
    /// Its explanation.
    #[serde(flatten)]
    pub explanation: Explanation,
    /// Whether the message has anything that the rule could look at. If not, the rule says nothing:
    /// *not applicable* is not *passed*.
    #[serde(skip)]
    pub applies: fn(&Case<'_>) -> bool,
    /// What makes it fire; gives data only, no words.
    #[serde(skip)]
    pub fires: Fires,
    /// The words for one of its hits; `None` only if the hit does not belong to the case.
    #[serde(skip)]
    pub say: fn(&Case<'_>, &Hit) -> Option<Finding>,
    /// Rules that say more about the same thing: if one of them fires, this one is left out.
    #[serde(skip)]
    pub yields_to: &'static [&'static str],
}

/// How a rule looks at a message.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Fires {
    /// Once for each message.
    OnCase(fn(&Case<'_>) -> Vec<Hit>),
    /// For each faulty key; each key has at most one fault.
    OnKeyFault(fn(&Case<'_>, Signature<'_>, &KeyFault) -> Option<Hit>),
}

impl Fires {
    /// The hits in `case`; only called if the rule applies.
    pub(crate) fn at(self, case: &Case<'_>) -> Vec<Hit> {
        match self {
            Self::OnCase(fires) => fires(case),
            Self::OnKeyFault(fires) => {
                let faults = case.key_faults();
                let hits = faults.filter_map(|(signature, fault)| fires(case, signature, fault));
                hits.collect()
            }
        }
    }
}

/// A rule explained, in plain words and short sentences. A line break starts a new paragraph.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The fault in a few words, as they read after "this message has a …".
    pub summary: &'static str,
    /// What it means.
    pub means: &'static str,
    /// Why it matters.
    pub matters: &'static str,
    /// What to do.
    pub todo: &'static str,
    /// Records, fields or commands as an example, shown line by line.
    pub example: &'static str,
}

/// How much a finding matters; the most severe first.
#[derive(
    Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize,
)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Severity {
    /// A MUST is broken, or mail will be refused or fails DMARC.
    Error,
    /// A SHOULD is broken, or it works today and will break.
    Warning,
    /// Worth knowing.
    Notice,
}

impl Rule {
    /// A hit of this rule at `mark`.
    pub(super) fn hit(&self, mark: Mark) -> Hit {
        Hit::new(self.code, self.severity, mark)
    }
}

impl Severity {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
