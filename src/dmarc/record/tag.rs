//! The tags of a DMARC Policy Record one by one: where each stands, what it says, and what holds.

use schemars::JsonSchema;
use serde::Serialize;

use super::problem::RecordProblem;
use crate::suggest::nearest;

/// One tag of a record, or one that it could have had.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct RecordTag {
    /// Its name, in lower case.
    pub name: String,
    /// Where it stands in the record, in octets; `None` where it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<TagSpan>,
    /// What the record says; `None` where it says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Whether what the record says can be used.
    pub state: TagState,
    /// What holds where the tag is absent or invalid; `None` where nothing does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<&'static str>,
    /// The value that holds in the end; `None` where the tag has no effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective: Option<String>,
    /// Where that value comes from.
    pub from: TagOrigin,
    /// What is wrong or odd about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<RecordProblem>,
}

/// From which octet of a record to before which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct TagSpan {
    /// The first octet.
    pub start: usize,
    /// The octet behind the last.
    pub end: usize,
}

/// Whether a tag can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TagState {
    /// It is as it should be.
    Valid,
    /// Its value is none of those allowed.
    Invalid,
    /// The record does not have it.
    Absent,
    /// It stood there before; the first counts.
    Repeated,
    /// RFC 7489 knew it, RFC 9989 removed it.
    Removed,
    /// No RFC knows it.
    Unknown,
    /// There is no `=` in it.
    Malformed,
}

/// Where the value of a tag comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TagOrigin {
    /// The record says so.
    Record,
    /// The RFC says so, for lack of a usable value.
    Default,
    /// The tag `sp`.
    Sp,
    /// The tag `p`.
    P,
    /// The rule for records without a usable policy (RFC 9989 §4.10.1).
    NoValidPolicy,
    /// It has no effect.
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

/// Whether a value is allowed for a known tag. URIs are looked at elsewhere.
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

/// The policy that a misspelt one is near to.
pub(crate) fn meant_policy(value: &str) -> Option<&'static str> {
    nearest(value, &POLICIES, 2).into_iter().next()
}

/// The tags that one that no RFC knows is near to. Of several those are likely for which the value
/// makes sense.
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
