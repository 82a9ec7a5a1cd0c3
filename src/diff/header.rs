//! The header fields that a signature covers, in two copies.

use schemars::JsonSchema;
use serde::Serialize;

use super::PartDiff;
use super::place::{Octets, Place, Spot, Text, text_alone};
use crate::dkim::select::FieldIndex;
use crate::dkim::{Canonicalization, DkimSignature, canonical};
use crate::message::Message;

/// How many fields are listed.
const LISTED: usize = 20;

/// How many octets of a field body are kept.
const VALUE: usize = 200;

/// Signed fields that differ.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct HeaderDiff {
    /// How many there are.
    pub count: usize,
    /// The first of them, in the order of `h=`; the signature field comes last.
    pub fields: Vec<FieldDiff>,
}

/// A signed field that differs.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct FieldDiff {
    /// The name, as `h=` has it.
    pub name: String,
    /// The field in the first copy; `None` if it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub a: Option<FieldThere>,
    /// The field in the second copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub b: Option<FieldThere>,
    /// The first octet that differs, if both are there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<Spot>,
    /// Whether both are there and differ in white space and line breaks alone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub only_white_space: bool,
    /// How many fields of this name each copy has, where that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counts: Option<(usize, usize)>,
}

/// A field in one copy.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct FieldThere {
    /// The line on which it begins, from 1.
    pub line: usize,
    /// The start of its body.
    pub value: Octets,
}

/// A copy: the message, the signature in it, and its fields by name.
type In<'c, 'a> = (&'c Message<'a>, &'c DkimSignature, &'c FieldIndex<'a>);

/// Compares the fields that `h=` of the first copy names, each with the one that it selects in the
/// other, and the signature field.
pub(super) fn compare(a: In<'_, '_>, b: In<'_, '_>) -> PartDiff<HeaderDiff> {
    let Some((by, _)) = a.1.canonicalization else {
        return PartDiff::NotCompared;
    };
    let names = &a.1.signed_fields;
    let places =
        a.2.select_each(names)
            .into_iter()
            .zip(b.2.select_each(names));
    let places = names.iter().map(String::as_str).zip(places);
    let mut header = HeaderDiff {
        count: 0,
        fields: Vec::new(),
    };
    let covered = |of: In<'_, '_>, at: Option<usize>| at.map(|at| Covered::field(of.0, at, by));
    for (name, (in_a, in_b)) in places {
        header.add(name, (a.0, covered(a, in_a)), (b.0, covered(b, in_b)), by);
    }
    let of_a = Covered::signature(a.0, a.1, by);
    let of_b = Covered::signature(b.0, b.1, by);
    header.add("DKIM-Signature", (a.0, Some(of_a)), (b.0, Some(of_b)), by);
    match header.count {
        0 => PartDiff::Same,
        _ => PartDiff::Differ(header),
    }
}

/// A field, and its canonical form.
struct Covered {
    at: usize,
    /// Octets of its body that are left out: the value of `b=`.
    without: std::ops::Range<usize>,
    canonical: Vec<u8>,
}

impl Covered {
    fn field(message: &Message<'_>, at: usize, by: Canonicalization) -> Self {
        let field = &message.header.fields[at];
        let mut canonical = Vec::new();
        let bytes = &message.bytes[field.span.clone()];
        canonical::header_field(field, bytes, by, &mut canonical);
        Self {
            at,
            without: 0..0,
            canonical,
        }
    }

    fn signature(message: &Message<'_>, signature: &DkimSignature, by: Canonicalization) -> Self {
        let field = &message.header.fields[signature.field];
        let mut canonical = Vec::new();
        let bytes = &message.bytes[field.span.clone()];
        let value = signature.signature_span.clone();
        canonical::signature_field(field, bytes, value.clone(), by, &mut canonical);
        let start = field.body_start(message.bytes);
        Self {
            at: signature.field,
            without: start + value.start..start + value.end,
            canonical,
        }
    }

    fn text<'a>(&'a self, message: &Message<'a>, by: Canonicalization) -> Text<'a> {
        Text {
            file: message.bytes,
            span: message.header.fields[self.at].span.clone(),
            without: self.without.clone(),
            canonical: &self.canonical,
            by,
        }
    }

    fn there(&self, message: &Message<'_>) -> FieldThere {
        let field = &message.header.fields[self.at];
        let value = &field.body[..field.body.len().min(VALUE)];
        FieldThere {
            line: Place::at(message.bytes, field.span.start, super::Next::LineEnd).line,
            value: Octets(value.to_vec()),
        }
    }
}

impl HeaderDiff {
    /// Notes a field if it differs.
    fn add(
        &mut self,
        name: &str,
        (a, in_a): (&Message<'_>, Option<Covered>),
        (b, in_b): (&Message<'_>, Option<Covered>),
        by: Canonicalization,
    ) {
        let octets_in_a = in_a.as_ref().map(|one| &one.canonical);
        if octets_in_a == in_b.as_ref().map(|one| &one.canonical) {
            return;
        }
        self.count += 1;
        if self.count > LISTED {
            return;
        }
        let only_white_space = match (&in_a, &in_b) {
            (Some(one), Some(other)) => text_alone(&one.canonical).eq(text_alone(&other.canonical)),
            _ => false,
        };
        let first = in_a.as_ref().zip(in_b.as_ref()).map(|(one, other)| {
            let pairs = one.canonical.iter().zip(&other.canonical);
            let common = pairs.take_while(|(one, other)| one == other).count();
            Spot {
                octet: common as u64 + 1,
                a: one.text(a, by).place(common),
                b: other.text(b, by).place(common),
            }
        });
        let counts = (a.fields(name).count(), b.fields(name).count());
        self.fields.push(FieldDiff {
            name: name.to_owned(),
            a: in_a.map(|one| one.there(a)),
            b: in_b.map(|one| one.there(b)),
            first,
            only_white_space,
            counts: (counts.0 != counts.1).then_some(counts),
        });
    }
}
