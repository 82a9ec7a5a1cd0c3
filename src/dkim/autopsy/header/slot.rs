//! The places that `h=` names, each with the field there and what it may have been.

use std::borrow::Cow;

use foldhash::HashSet;

use super::super::super::DkimSignature;
use super::super::super::canonical::{self, Canonicalization};
use super::super::{Kind, in_crlf};
use super::fold::places;
use crate::message::{HeaderField, Message};

/// One name in `h=`, or the signature field itself, and the field that it selects.
pub(in crate::dkim::autopsy) struct Slot<'a> {
    /// The name in lower case.
    pub name: String,
    /// The index of the field in the header; `None` if there is none (any more).
    pub field: Option<usize>,
    /// The name as written and the colon.
    before: Cow<'a, [u8]>,
    /// The rest, in CRLF, without the last line end and without the value of `b=`.
    pub body: Vec<u8>,
    pub is_signature: bool,
    by: Canonicalization,
    /// Its canonical form; empty if there is no field.
    pub canonical: Vec<u8>,
}

impl<'a> Slot<'a> {
    /// The slots of a signature, in the order in which they are hashed. `selected` has the field
    /// for each name of `h=`.
    pub(in crate::dkim::autopsy) fn all(
        message: &Message<'a>,
        selected: &[Option<usize>],
        signature: &DkimSignature,
        by: Canonicalization,
    ) -> Vec<Self> {
        let names = signature.signed_fields.iter();
        let signed = names
            .zip(selected)
            .map(|(name, field)| match field {
                Some(field) => Self::of_field(message, *field, name, by, false),
                None => Self::absent(name, by),
            })
            .collect::<Vec<_>>();
        let mut own = Self::of_field(message, signature.field, "dkim-signature", by, true);
        own.body = {
            let field = &message.header.fields[signature.field];
            let mut body = field.body.to_vec();
            body.drain(signature.signature_span.clone());
            in_crlf(&body)
        };
        own.canonical = own.canonical_of(&own.body);
        signed.into_iter().chain([own]).collect()
    }

    fn of_field(
        message: &Message<'a>,
        at: usize,
        name: &str,
        by: Canonicalization,
        is_signature: bool,
    ) -> Self {
        let field = &message.header.fields[at];
        let before = &message.bytes[field.span.start..field.body_start(message.bytes)];
        let mut slot = Self {
            name: name.to_ascii_lowercase(),
            field: Some(at),
            before: before.into(),
            body: in_crlf(field.body),
            is_signature,
            by,
            canonical: Vec::new(),
        };
        slot.canonical = slot.canonical_of(&slot.body);
        slot
    }

    fn absent(name: &str, by: Canonicalization) -> Self {
        Self {
            name: name.to_ascii_lowercase(),
            field: None,
            before: format!("{}:", capitalised(name)).into_bytes().into(),
            body: Vec::new(),
            is_signature: false,
            by,
            canonical: Vec::new(),
        }
    }

    /// The canonical form of the field with this body.
    pub(super) fn canonical_of(&self, body: &[u8]) -> Vec<u8> {
        self.canonical_from(&self.before, body)
    }

    /// The field as it is in this canonical form.
    pub(super) fn canonical_by(&self, by: Canonicalization) -> Vec<u8> {
        self.canonical_as(&self.before, &self.body, by)
    }

    fn canonical_from(&self, before: &[u8], body: &[u8]) -> Vec<u8> {
        self.canonical_as(before, body, self.by)
    }

    fn canonical_as(&self, before: &[u8], body: &[u8], by: Canonicalization) -> Vec<u8> {
        let mut out = Vec::with_capacity(before.len() + body.len() + 2);
        canonical::parts_of_field(before, self.name.as_bytes(), body, by, &mut out);
        if !self.is_signature {
            out.extend_from_slice(b"\r\n");
        }
        out
    }

    /// What kind of change of white space leads from `body` to the field as it is.
    pub(super) fn kind_of_form(&self, body: &[u8]) -> Kind {
        let now = &self.body;
        let crs = |text: &[u8]| {
            let crs = text.iter().filter(|byte| **byte == b'\r').count();
            crs - places(text).len()
        };
        match (crs(now) > crs(body), places(now) == places(body)) {
            (true, _) => Kind::FieldCrAdded,
            (false, true) => Kind::FieldWhiteSpace,
            (false, false) => Kind::Refolded,
        }
    }

    /// How many octets stand before the body on the first line.
    pub(super) fn head(&self) -> usize {
        self.before.len()
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.name == name
    }

    /// The body without white space at either end, with its folds.
    pub(super) fn text(&self) -> &[u8] {
        self.body.trim_ascii()
    }
}

/// What a field may have been when it was signed.
#[derive(Clone)]
pub(super) struct Alternative {
    /// The changes that led from it to what is there.
    pub kinds: Vec<Kind>,
    /// How unlikely it is: 1 for the likeliest.
    pub cost: u32,
    pub canonical: Vec<u8>,
    /// Its body; `None` for no field.
    pub body: Option<Vec<u8>>,
    /// Its name and the colon, if those were others.
    pub before: Option<Vec<u8>>,
    /// Whether it is a form that the field, or another alternative, may have had besides.
    pub is_formed: bool,
}

impl Alternative {
    /// The same, as likely as that.
    pub fn at_cost(&self, cost: u32) -> Self {
        Self {
            cost,
            ..self.clone()
        }
    }

    /// Its canonical form with this body instead.
    pub fn canonical_of(&self, slot: &Slot<'_>, body: &[u8]) -> Vec<u8> {
        match &self.before {
            Some(before) => slot.canonical_from(before, body),
            None => slot.canonical_of(body),
        }
    }
}

/// The alternatives of a slot, each canonical form once.
pub(in crate::dkim::autopsy) struct Alternatives<'s, 'a> {
    pub slot: &'s Slot<'a>,
    seen: HashSet<Vec<u8>>,
    pub(super) list: Vec<Alternative>,
    /// Octets that may still be written.
    left: usize,
}

/// Alternatives of one field.
const MOST: usize = 400;

/// Octets of them.
const MOST_OCTETS: usize = 512 << 10;
/// Those of a usual field.
const USUAL_OCTETS: usize = 32 << 10;

impl<'s, 'a> Alternatives<'s, 'a> {
    pub(super) fn new(slot: &'s Slot<'a>) -> Self {
        let seen = std::iter::once(slot.canonical.clone()).collect();
        Self {
            slot,
            seen,
            list: Vec::new(),
            left: MOST_OCTETS,
        }
    }

    /// Whether no more texts are taken.
    fn is_full(&self) -> bool {
        self.list.len() >= MOST || self.left == 0
    }

    /// The work of writing them, beyond that of a usual field.
    pub(super) fn work(&self) -> u64 {
        8 * (MOST_OCTETS - self.left).saturating_sub(USUAL_OCTETS) as u64
    }

    /// Adds the field with this text as its body. A space goes before it.
    pub(super) fn text(&mut self, cost: u32, kinds: &[Kind], text: impl AsRef<[u8]>) {
        if self.is_full() {
            return;
        }
        let lead = self.slot.body.len() - self.slot.body.trim_ascii_start().len();
        let lead = match self.slot.body.get(..lead) {
            None | Some([]) => b" ",
            Some(lead) => lead,
        };
        self.body(cost, kinds, [lead, text.as_ref()].concat());
    }

    /// Adds the field with this body.
    pub(super) fn body(&mut self, cost: u32, kinds: &[Kind], body: Vec<u8>) {
        if self.is_full() {
            return;
        }
        self.left = self.left.saturating_sub(body.len());
        let body = in_crlf(&body);
        // What was written anew, and is the same but for white space, was only folded.
        let is_there = self.slot.field.is_some();
        let is_same = is_there && without_space(&body) == without_space(&self.slot.body);
        let folded = [self.slot.kind_of_form(&body)];
        let kinds = if is_same { &folded } else { kinds };
        let canonical = self.slot.canonical_of(&body);
        self.put(cost, kinds, canonical, Some(body), None);
    }

    /// Adds the field with another name, in letters.
    pub(super) fn named(&mut self, cost: u32, name: &[u8]) {
        let before = [name, b":"].concat();
        let canonical = self.slot.canonical_from(&before, &self.slot.body);
        let body = Some(self.slot.body.clone());
        self.put(cost, &[Kind::FieldNameCase], canonical, body, Some(before));
    }

    /// Adds that there was no field.
    pub(super) fn absent(&mut self, cost: u32) {
        if !self.slot.is_signature {
            self.put(cost, &[Kind::FieldAdded], Vec::new(), None, None);
        }
    }

    fn put(
        &mut self,
        cost: u32,
        kinds: &[Kind],
        canonical: Vec<u8>,
        body: Option<Vec<u8>>,
        before: Option<Vec<u8>>,
    ) {
        if self.list.len() < MOST && self.seen.insert(canonical.clone()) {
            self.list.push(Alternative {
                kinds: kinds.to_vec(),
                cost,
                canonical,
                body,
                before,
                is_formed: false,
            });
        }
    }
}

fn without_space(text: &[u8]) -> Vec<u8> {
    let bytes = text.iter().filter(|byte| !byte.is_ascii_whitespace());
    bytes.copied().collect()
}

/// A field name as most programs write it: `Message-ID`, `MIME-Version`, `In-Reply-To`.
pub(super) fn capitalised(name: &str) -> String {
    match name.to_ascii_lowercase().as_str() {
        "mime-version" => "MIME-Version".to_owned(),
        "message-id" => "Message-ID".to_owned(),
        lower => {
            let words = lower.split('-').map(|word| {
                let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
                first.to_ascii_uppercase() + rest
            });
            words.collect::<Vec<_>>().join("-")
        }
    }
}

/// The field of the header with this name, from the bottom up, whose index is not `except`.
pub(super) fn others<'m, 'a>(
    message: &'m Message<'a>,
    name: &str,
    except: Option<usize>,
) -> impl Iterator<Item = (usize, &'m HeaderField<'a>)> {
    let name = name.to_owned();
    let fields = message.header.fields.iter().enumerate().rev();
    fields.filter(move |(at, field)| Some(*at) != except && field.is(&name))
}
