//! Authentication-Results and similar fields (RFC 8601 §2.2, RFC 8617 §4.1.1): the public types,
//! how they are printed, and the registered result words. `parse.rs` reads a field, `properties.rs`
//! the part after each result.

mod parse;
mod properties;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

pub use parse::parse;

use crate::Limits;
use crate::message::{FieldProblem, Header, HeaderField, lexer};

/// Authentication-Results and the fields that hold copies of it.
const FIELDS: [&str; 5] = [
    "Authentication-Results",
    "ARC-Authentication-Results",
    "X-MS-Exchange-Authentication-Results",
    "X-Original-Authentication-Results",
    "Authentication-Results-Original",
];

/// One Authentication-Results field, or a field of the same form.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[non_exhaustive]
pub struct AuthenticationResults {
    /// The field name as written.
    pub field: String,
    /// The instance `i=` of an ARC set (RFC 8617 §4.1.1).
    pub instance: Option<u32>,
    /// The server that states the results; Microsoft leaves it out.
    pub authserv_id: Option<String>,
    /// The version after the authserv-id.
    pub version: Option<u32>,
    /// The results in the order of the field.
    pub results: Vec<ResInfo>,
    /// Text that could not be understood. No result is read from it.
    pub problems: Vec<FieldProblem>,
    /// Whether the field follows the grammar of RFC 8601 §2.2 exactly.
    pub strict: bool,
    /// Whether a field that was not read as a whole has `dmarc=fail` somewhere in its text.
    #[serde(skip)]
    pub(crate) unread_failure: bool,
    /// The position of the whole field in the file.
    #[serde(skip)]
    pub span: Range<usize>,
}

/// The result of one method (`resinfo` in RFC 8601 §2.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[non_exhaustive]
pub struct ResInfo {
    /// The method, in lower case.
    pub method: String,
    /// The version after the method.
    pub version: Option<u32>,
    /// The result, in lower case; it may not be a registered word.
    pub result: String,
    /// Whether the result is registered for this method.
    pub known: bool,
    /// The value of `reason=`.
    pub reason: Option<String>,
    /// The comments after the result, without their parentheses.
    pub comments: Vec<String>,
    /// The properties in the order of the field.
    pub properties: Vec<Property>,
    /// The position in the file.
    #[serde(skip)]
    pub span: Range<usize>,
    /// The text as written, unfolded.
    pub text: String,
}

/// A property that the check used, such as `header.d=example.com`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[non_exhaustive]
pub struct Property {
    /// `smtp`, `header`, `body`, `policy` or another word, in lower case; empty if the field has a
    /// property without a type, such as `client-ip=`.
    pub ptype: String,
    /// The property, in lower case.
    pub property: String,
    /// The value without its outer quotes.
    pub value: String,
}

impl ResInfo {
    /// The value of the first property with this type and name.
    pub fn property(&self, ptype: &str, property: &str) -> Option<&str> {
        self.properties
            .iter()
            .find(|one| one.ptype == ptype && one.property == property)
            .map(|one| one.value.as_str())
    }

    /// The properties by name, such as `header.d`.
    pub fn properties_by_name(&self) -> BTreeMap<String, String> {
        let named = self.properties.iter().map(|property| {
            let name = match property.ptype.as_str() {
                "" => property.property.clone(),
                ptype => format!("{ptype}.{}", property.property),
            };
            (name, property.value.clone())
        });
        named.collect()
    }

    /// The comments as one text; `None` if there are none.
    pub fn comment(&self) -> Option<String> {
        (!self.comments.is_empty()).then(|| self.comments.join("; "))
    }
}

/// A field body with the same content in canonical form.
impl fmt::Display for AuthenticationResults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        if let Some(instance) = self.instance {
            write!(f, "i={instance}")?;
            separator = "; ";
        }
        if let Some(id) = &self.authserv_id {
            write!(f, "{separator}{}", value(id, is_token_byte))?;
            if let Some(version) = self.version {
                write!(f, " {version}")?;
            }
            separator = "; ";
        }
        if self.results.is_empty() && self.authserv_id.is_some() {
            f.write_str("; none")?;
        }
        for result in &self.results {
            write!(f, "{separator}{result}")?;
            separator = "; ";
        }
        Ok(())
    }
}

impl fmt::Display for ResInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.method)?;
        if let Some(version) = self.version {
            write!(f, "/{version}")?;
        }
        write!(f, "={}", self.result)?;
        if let Some(reason) = &self.reason {
            write!(f, " reason={}", value(reason, is_token_byte))?;
        }
        for comment in &self.comments {
            write!(f, " {}", lexer::commented(comment))?;
        }
        for property in &self.properties {
            write!(f, " {property}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.ptype.is_empty() {
            write!(f, "{}.", self.ptype)?;
        }
        let plain = |byte| is_token_byte(byte) || byte == b'@';
        write!(f, "{}={}", self.property, value(&self.value, plain))
    }
}

/// The text unchanged, or as a quoted string if a byte of it is not plain.
fn value(text: &str, plain: impl Fn(u8) -> bool) -> String {
    match !text.is_empty() && text.bytes().all(plain) {
        true => text.to_owned(),
        false => lexer::quoted(text),
    }
}

/// Whether the byte is allowed in a MIME token (RFC 2045 §5.1).
pub(crate) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(&byte)
}

/// The registered results of each method (RFC 8601 §2.7, RFC 7489 §11.2, RFC 8617 §10.1, RFC 8904
/// §3, RFC 7281 §5, RFC 7293 §11, RFC 6541 §8.3, RFC 5617 §5.4, RFC 6212 §4).
fn is_known(method: &str, result: &str) -> bool {
    let results: &[&str] = match method {
        "auth" | "dmarc" | "dkim-atps" | "vbr" => {
            &["none", "pass", "fail", "temperror", "permerror"]
        }
        "dkim" | "domainkeys" | "smime" => &[
            "none",
            "pass",
            "fail",
            "policy",
            "neutral",
            "temperror",
            "permerror",
        ],
        "spf" | "sender-id" => &[
            "none",
            "pass",
            "fail",
            "softfail",
            "policy",
            "neutral",
            "temperror",
            "permerror",
        ],
        "arc" => &["none", "pass", "fail"],
        "iprev" => &["pass", "fail", "temperror", "permerror"],
        "dnswl" => &["none", "pass", "temperror", "permerror"],
        "rrvs" => &["none", "pass", "fail", "unknown", "temperror", "permerror"],
        "dkim-adsp" => &[
            "none",
            "pass",
            "unknown",
            "fail",
            "discard",
            "nxdomain",
            "temperror",
            "permerror",
        ],
        _ => &[],
    };
    results.contains(&result)
}
/// Reads the fields of `header`, topmost first: all of them, or as many as the limit allows.
pub(super) fn read(header: &Header<'_>, limits: &Limits) -> Vec<Arc<AuthenticationResults>> {
    let fields = looked_at(fields(header).collect(), limits.auth_results);
    fields.map(|field| Arc::new(parse(field, limits))).collect()
}

/// All fields that may hold claims.
pub(crate) fn fields<'h, 'a>(header: &'h Header<'a>) -> impl Iterator<Item = &'h HeaderField<'a>> {
    let is_claim = |field: &&HeaderField<'_>| FIELDS.iter().any(|name| field.is(name));
    header.fields.iter().filter(is_claim)
}

/// At most `limit` of `fields`: half from the top, and half from the bottom, because some receivers
/// add their fields there.
fn looked_at<T>(fields: Vec<T>, limit: usize) -> impl Iterator<Item = T> {
    let from_end = fields.len().saturating_sub(last_looked_at(limit));
    let from_top = limit - last_looked_at(limit);
    let fields = fields.into_iter().enumerate();
    fields
        .filter(move |(at, _)| *at < from_top || *at >= from_end)
        .map(|(_, field)| field)
}

/// How many fields are taken from the bottom if there are more than `limit`.
pub(crate) fn last_looked_at(limit: usize) -> usize {
    limit / 2
}
