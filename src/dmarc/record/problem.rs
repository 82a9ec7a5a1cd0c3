//! What is wrong or odd about a DMARC Policy Record.

use schemars::JsonSchema;
use serde::Serialize;

use super::uri::UriFault;

/// What is wrong or odd about a record, or about one of its tags.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RecordProblem {
    /// There is no `=` in what should be a tag.
    NotATag {
        /// What stands there.
        text: String,
    },
    /// A tag stands there again; the first counts.
    Repeated {
        /// The tag.
        tag: String,
    },
    /// A tag is written in capitals, which some receivers ignore.
    Capitals {
        /// The tag as it is written.
        written: String,
    },
    /// RFC 9989 removed a tag.
    Removed {
        /// The tag.
        tag: String,
        /// Its value.
        value: String,
    },
    /// No RFC knows a tag.
    Unknown {
        /// The tag.
        tag: String,
        /// Its value.
        value: String,
    },
    /// A tag has a value that is not allowed.
    Invalid {
        /// The tag.
        tag: String,
        /// Its value, which may be empty.
        value: String,
        /// The default that holds in its place.
        #[serde(skip_serializing_if = "Option::is_none")]
        default: Option<&'static str>,
    },
    /// Something is wrong with the URIs for reports.
    Uris {
        /// The tag: `rua` or `ruf`.
        tag: String,
        /// What.
        problems: Vec<UriProblem>,
        /// Whether no URI is left to which reports of this kind could be sent.
        none_left: bool,
    },
    /// `fo` has no effect without a valid `ruf`.
    NoRuf,
    /// `p` is missing.
    NoPolicy,
    /// `t=y`: the domain only tests its policy.
    Testing,
    /// The policies are not all valid; as there is an address for reports, the record counts as
    /// `p=none` (RFC 9989 §4.10.1).
    CountsAsNone,
    /// The policies are not all valid, and there is no address for reports; the record is ignored
    /// (RFC 9989 §4.10.1).
    Ignored,
}

/// What is wrong or odd about one URI of `rua` or `ruf`.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum UriProblem {
    /// There is nothing between two commas.
    Empty,
    /// A size stands behind it, which RFC 9989 removed.
    Size {
        /// The URI.
        uri: String,
        /// The size.
        size: String,
    },
    /// It cannot be used.
    Unusable(UriFault),
}
