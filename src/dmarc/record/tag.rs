//! The tags of a DMARC Policy Record one by one: where each one is, its value, and the effective
//! value.

use schemars::JsonSchema;
use serde::Serialize;

use super::problem::RecordProblem;
use crate::suggest::nearest;

/// One tag of a record, or one that the record could have.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct RecordTag {
    /// Its name, in lower case.
    pub name: String,
    /// Where it is in the record, in octets; `None` if the record does not have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<TagSpan>,
    /// Its value in the record; `None` if the record does not have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Whether the tag can be used.
    pub state: TagState,
    /// The value that is used if the tag is absent or invalid; `None` if it has no default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<&'static str>,
    /// The effective value; `None` if the tag has no effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective: Option<String>,
    /// Where the effective value comes from.
    pub from: TagOrigin,
    /// What is wrong or unusual about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<RecordProblem>,
}

/// A range of octets of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct TagSpan {
    /// The first octet.
    pub start: usize,
    /// The octet after the last.
    pub end: usize,
}

/// Whether a tag can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TagState {
    /// It is valid.
    Valid,
    /// Its value is not allowed.
    Invalid,
    /// The record does not have it.
    Absent,
    /// It occurred before; the first one counts.
    Repeated,
    /// RFC 7489 defined it, RFC 9989 removed it.
    Removed,
    /// No RFC defines it.
    Unknown,
    /// It has no `=`.
    Malformed,
}

/// Where the effective value of a tag comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TagOrigin {
    /// The record.
    Record,
    /// The default of the RFC, as there is no usable value.
    Default,
    /// The tag `sp`.
    Sp,
    /// The tag `p`.
    P,
    /// The rule for records without a usable policy (RFC 9989 §4.10.1).
    NoValidPolicy,
    /// The tag has no effect.
    Nowhere,
}

/// The tags that RFC 9989 defines, in the order in which they are shown, and their defaults.
pub(super) const KNOWN: [(&str, Option<&str>); 11] = [
    ("v", None),
    ("p", None),
    ("sp", None),
    ("np", None),
    ("psd", Some("u")),
    ("t", Some("n")),
    ("adkim", Some("r")),
    ("aspf", Some("r")),
    ("rua", None),
    ("ruf", None),
    ("fo", Some("0")),
];

/// The tags that RFC 9989 removed.
pub(super) const REMOVED: [&str; 3] = ["pct", "rf", "ri"];

const POLICIES: [&str; 3] = ["none", "quarantine", "reject"];

/// Whether a value is allowed for a known tag. URIs are checked elsewhere.
pub(super) fn allows(name: &str, value: &str) -> bool {
    let words: &[&str] = match name {
        "p" | "sp" | "np" => &POLICIES,
        "adkim" | "aspf" => &["r", "s"],
        "psd" => &["y", "n", "u"],
        "t" => &["y", "n"],
        "fo" => return is_fo(value),
        _ => return !value.is_empty(),
    };
    words.iter().any(|word| word.eq_ignore_ascii_case(value))
}

/// §4.8: any of 0, 1, d and s, each once, but not both 0 and 1.
fn is_fo(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    let parts: Vec<&str> = value.split(':').map(str::trim_ascii).collect();
    let once = |part: &&str| parts.iter().filter(|other| other == &part).count() == 1;
    parts
        .iter()
        .all(|part| matches!(*part, "0" | "1" | "d" | "s") && once(part))
        && !(parts.contains(&"0") && parts.contains(&"1"))
}

/// The policy that a misspelt value is close to.
pub(crate) fn meant_policy(value: &str) -> Option<&'static str> {
    nearest(value, &POLICIES, 2).into_iter().next()
}

/// The tags that an unknown name is close to. If there are several, those that the value fits are
/// preferred.
pub(crate) fn meant_tags(name: &str, value: &str) -> Vec<&'static str> {
    let names: Vec<&'static str> = KNOWN.iter().map(|(name, _)| *name).collect();
    let near = nearest(name, &names, 1);
    let fits =
        |name: &&&str| allows(name, value) && (!name.starts_with("ru") || value.contains(':'));
    let fitting: Vec<&'static str> = near.iter().filter(fits).copied().collect();
    match fitting.is_empty() {
        true => near,
        false => fitting,
    }
}

/// The names of all tags: those of RFC 9989, then those that it removed.
pub fn tag_names() -> impl Iterator<Item = &'static str> {
    let known = KNOWN.iter().map(|(name, _)| *name);
    known.chain(REMOVED)
}
