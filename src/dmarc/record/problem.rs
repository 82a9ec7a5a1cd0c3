//! What is wrong or unusual about a DMARC Policy Record.

use schemars::JsonSchema;
use serde::Serialize;

use super::uri::UriFault;

/// What is wrong or unusual about a record, or about one of its tags.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RecordProblem {
    /// A tag has no `=`.
    NotATag {
        /// The text in its place.
        text: String,
    },
    /// A tag is repeated; the first one counts.
    Repeated {
        /// The tag.
        tag: String,
    },
    /// The name of a tag has capitals, which makes some receivers ignore it.
    Capitals {
        /// The tag as written.
        written: String,
    },
    /// A tag that RFC 9989 removed.
    Removed {
        /// The tag.
        tag: String,
        /// Its value.
        value: String,
    },
    /// A tag that no RFC defines.
    Unknown {
        /// The tag.
        tag: String,
        /// Its value.
        value: String,
    },
    /// The value of a tag is not allowed.
    Invalid {
        /// The tag.
        tag: String,
        /// Its value, which may be empty.
        value: String,
        /// The default that is used instead.
        #[serde(skip_serializing_if = "Option::is_none")]
        default: Option<&'static str>,
    },
    /// Something is wrong with the URIs for reports.
    Uris {
        /// The tag: `rua` or `ruf`.
        tag: String,
        /// The problems.
        problems: Vec<UriProblem>,
        /// Whether no usable URI is left for this kind of reports.
        none_left: bool,
    },
    /// `fo` has no effect without a valid `ruf`.
    NoRuf,
    /// `p` is missing.
    NoPolicy,
    /// `t=y`: the domain only tests its policy.
    Testing,
    /// Not all policies are valid. As there is a report address, the record counts as `p=none` (RFC
    /// 9989 §4.10.1).
    CountsAsNone,
    /// Not all policies are valid, and there is no report address: the record is ignored (RFC 9989
    /// §4.10.1).
    Ignored,
}

/// What is wrong or unusual about one URI of `rua` or `ruf`.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum UriProblem {
    /// There is nothing between two commas.
    Empty,
    /// It ends with a size, which RFC 9989 removed.
    Size {
        /// The URI.
        uri: String,
        /// The size.
        size: String,
    },
    /// It cannot be used.
    Unusable(UriFault),
}
