//! The tags of a DMARC Policy Record one by one: where each stands, what it says, and what holds.

use schemars::JsonSchema;
use serde::Serialize;

use crate::suggest::nearest;

/// One tag of a record, or one that it could have had.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct RecordTag {
    /// Its name, in lower case.
    pub name: String,
    /// Where it stands in the record, in octets; `None` where it does not.
    pub span: Option<TagSpan>,
    /// What the record says; `None` where it says nothing.
    pub value: Option<String>,
    /// Whether what the record says can be used.
    pub state: TagState,
    /// What holds where the tag is absent or invalid; `None` where nothing does.
    pub default: Option<&'static str>,
    /// The value that holds in the end; `None` where the tag has no effect.
    pub effective: Option<String>,
    /// Where that value comes from.
    pub from: TagOrigin,
    /// What is wrong or odd about it.
    pub note: Option<String>,
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

/// What is wrong with the value of a known tag: the value, what is allowed, what was meant.
pub(super) fn wrong_value(name: &str, value: &str) -> String {
    let allowed = match name {
        "p" | "sp" | "np" => "none, quarantine or reject",
        "adkim" | "aspf" => "r (relaxed) or s (strict)",
        "psd" => "y, n or u",
        "t" => "y or n",
        "fo" => "0, 1, d and s, separated by colons, and not both 0 and 1",
        _ => "a list of URIs such as mailto:reports@example.com",
    };
    let meant = match name {
        "p" | "sp" | "np" => nearest(value, &POLICIES, 2),
        _ => Vec::new(),
    };
    let meant = match meant.first() {
        Some(meant) => format!("; did you mean {meant}?"),
        None => String::new(),
    };
    match value {
        "" => format!("{name}= is empty; allowed is {allowed}"),
        value => format!("{name}={value} is not valid; allowed is {allowed}{meant}"),
    }
}

/// What is said of a tag that no RFC knows.
pub(super) fn unknown(name: &str, value: &str) -> String {
    let names: Vec<&str> = KNOWN.iter().map(|(name, _)| *name).collect();
    let near = nearest(name, &names, 1);
    // Of several near names those are likely for which the value makes sense.
    let fits =
        |name: &&&str| allows(name, value) && (!name.starts_with("ru") || value.contains(':'));
    let fitting: Vec<&str> = near.iter().filter(fits).copied().collect();
    let near = if fitting.is_empty() { near } else { fitting };
    match near.as_slice() {
        [] => format!("{name}={value}: {name} is not a tag of DMARC, so it is ignored"),
        near => format!(
            "{name}={value}: {name} is not a tag of DMARC, so it is ignored; did you mean {}?",
            near.join(" or ")
        ),
    }
}

/// What is said of a tag that RFC 9989 removed.
pub(super) fn removed(name: &str, value: &str) -> String {
    let instead = match name {
        "pct" => {
            "; receivers that still follow RFC 7489 apply the policy to that percentage of mail. \
             To only test a policy, use t=y"
        }
        "rf" => "; there is only one format of failure reports",
        _ => "; aggregate reports come about daily",
    };
    format!("{name}={value}: RFC 9989 removed {name}, so it is ignored{instead}")
}
