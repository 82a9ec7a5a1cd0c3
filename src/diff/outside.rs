//! What differs in two files, whether a signature covers it or not.

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use schemars::JsonSchema;
use serde::Serialize;

use super::{PartDiff, body};
use crate::dkim::{Canonicalization, canonical};
use crate::message::{HeaderField, Message};

/// How many names are listed.
const LISTED: usize = 20;

/// What differs in two files besides line ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Outside {
    /// How many names of header fields are those of fields that differ in more than white space, or
    /// that only one copy has.
    pub count: usize,
    /// The first of these names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// Whether the bodies differ, be it in white space.
    pub body: bool,
}

/// Looks through both messages.
pub(super) fn find(a: &Message<'_>, b: &Message<'_>) -> Outside {
    let in_a = by_name(a);
    let in_b = by_name(b);
    let mut outside = Outside {
        body: matches!(
            body::compare((a, None), (b, None), Canonicalization::Simple),
            PartDiff::Differ(_)
        ),
        ..Outside::default()
    };
    let none = Vec::new();
    let fields = a.header.fields.iter().chain(&b.header.fields);
    let mut seen = HashSet::new();
    for field in fields {
        let name = field.name.to_ascii_lowercase();
        if seen.contains(&name) {
            continue;
        }
        let one = in_a.get(&name).unwrap_or(&none);
        let other = in_b.get(&name).unwrap_or(&none);
        let mut pairs = one.iter().zip(other);
        let is_same = one.len() == other.len()
            && pairs.all(|(one, other)| relaxed(a, one) == relaxed(b, other));
        seen.insert(name);
        if is_same {
            continue;
        }
        outside.count += 1;
        if outside.count <= LISTED {
            let name = String::from_utf8_lossy(field.name).into_owned();
            outside.fields.push(name);
        }
    }
    outside
}

fn by_name<'m, 'a>(message: &'m Message<'a>) -> HashMap<Vec<u8>, Vec<&'m HeaderField<'a>>> {
    let mut names: HashMap<Vec<u8>, Vec<&HeaderField<'a>>> = HashMap::new();
    for field in &message.header.fields {
        let name = field.name.to_ascii_lowercase();
        names.entry(name).or_default().push(field);
    }
    names
}

/// A field in relaxed form.
pub(super) fn relaxed(message: &Message<'_>, field: &HeaderField<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    let bytes = &message.bytes[field.span.clone()];
    canonical::header_field(field, bytes, Canonicalization::Relaxed, &mut out);
    out
}
