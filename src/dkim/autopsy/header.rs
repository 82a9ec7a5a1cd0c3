//! A signed header with one or several fields as they may have been before, hashed.

use aws_lc_rs::digest::{Context, Digest};
use foldhash::HashSet;

use super::super::canonical::{self, Canonicalization};
use super::super::{Algorithm, DkimSignature};
use super::fold::places;
use super::forms::{self, Form};
use super::{Budget, DamagedField, HeaderChange, HeaderDamage, line_at, long_line};
use crate::message::{HeaderField, Message};

/// The signed fields of a broken signature, in the order in which they are hashed.
pub(super) struct Trial<'t, 'a> {
    message: &'t Message<'a>,
    by: Canonicalization,
    parts: Vec<Part<'t, 'a>>,
    budget: &'t mut Budget,
    /// The hash of all before each part.
    starts: Vec<Context>,
    /// Octets of the canonical header.
    length: usize,
}

/// One signed field as it was received.
struct Part<'t, 'a> {
    field: &'t HeaderField<'a>,
    /// Its bytes up to the colon, and the colon.
    before: &'a [u8],
    /// The rest, in CRLF, without the last line end and without the value of `b=`.
    body: Vec<u8>,
    is_signature: bool,
    /// Its canonical form, and the other ones that were tried.
    canonical: Vec<u8>,
    tried: HashSet<Vec<u8>>,
}

/// A field in another form.
struct Replaced {
    /// Its place among the parts.
    at: usize,
    canonical: Vec<u8>,
}

impl Part<'_, '_> {
    /// The canonical form of the field with `body`.
    fn canonical(&self, body: &[u8], by: Canonicalization) -> Vec<u8> {
        let mut out = Vec::new();
        canonical::parts_of_field(self.before, self.field.name, body, by, &mut out);
        if !self.is_signature {
            out.extend_from_slice(b"\r\n");
        }
        out
    }

    fn apply(&self, form: Form) -> Option<Vec<u8>> {
        let head = self.before.len();
        form.apply(&self.body, head, self.is_signature)
    }
}

impl<'t, 'a> Trial<'t, 'a> {
    pub(super) fn new(
        message: &'t Message<'a>,
        selected: &[usize],
        signature: &DkimSignature,
        by: Canonicalization,
        budget: &'t mut Budget,
    ) -> Self {
        let fields = &message.header.fields;
        let part = |at: usize, is_signature: bool| {
            let field = &fields[at];
            let mut body = field.body.to_vec();
            if is_signature {
                body.drain(signature.signature_span.clone());
            }
            let mut part = Part {
                field,
                before: &message.bytes[field.span.start..field.body_start(message.bytes)],
                body: in_crlf(&body),
                is_signature,
                canonical: Vec::new(),
                tried: HashSet::default(),
            };
            part.canonical = part.canonical(&part.body, by);
            part.tried.insert(part.canonical.clone());
            part
        };
        let signed = selected.iter().map(|at| part(*at, false));
        let parts: Vec<_> = signed
            .chain(std::iter::once_with(|| part(signature.field, true)))
            .collect();
        Self {
            message,
            by,
            length: parts.iter().map(|part| part.canonical.len()).sum(),
            parts,
            starts: Vec::new(),
            budget,
        }
    }

    /// Tries the changes, likeliest first, until `fits` takes the hash of a header. Each try counts
    /// as so many `tries`.
    pub(super) fn search(
        &mut self,
        algorithm: Algorithm,
        tries: usize,
        fits: impl Fn(&Digest) -> bool,
    ) -> Option<HeaderDamage> {
        let hash = |trial: &mut Self, replaced: &[Replaced]| {
            if !trial.budget.take(tries, trial.length) {
                return false;
            }
            fits(&trial.hash(algorithm, replaced))
        };
        for at in 0..self.parts.len() - 1 {
            for joint in long_line::JOINTS {
                let Some((body, octets)) = self.joined(at, *joint) else {
                    continue;
                };
                let Some(canonical) = self.is_new(at, &body) else {
                    continue;
                };
                if hash(self, &[Replaced { at, canonical }]) {
                    return Some(self.damage(HeaderChange::LineBroken { octets }, &[at]));
                }
            }
        }
        if let Some(found) = self.one_by_one(forms::usual(self.by), &hash) {
            return Some(found);
        }
        for form in forms::usual(self.by) {
            for with_signature in [true, false] {
                if self.budget.is_spent() {
                    return None;
                }
                let ends = self.parts.len() - usize::from(!with_signature);
                let mut bodies = Vec::new();
                for at in 0..ends {
                    if let Some(body) = self.form(at, form) {
                        let canonical = self.parts[at].canonical(&body, self.by);
                        if canonical != self.parts[at].canonical {
                            bodies.push((at, canonical, body));
                        }
                    }
                }
                let Some((first, _, body)) = bodies.first().filter(|_| bodies.len() > 1) else {
                    continue;
                };
                let change = self.change(*first, body);
                let replaced = bodies.into_iter();
                let replaced = replaced.map(|(at, canonical, _)| Replaced { at, canonical });
                let replaced: Vec<_> = replaced.collect();
                if hash(self, &replaced) {
                    let places: Vec<usize> = replaced.iter().map(|other| other.at).collect();
                    return Some(self.damage(change, &places));
                }
            }
        }
        self.one_by_one(forms::lists(self.by), &hash)
    }

    /// Tries the forms for each field alone.
    fn one_by_one(
        &mut self,
        forms: impl Iterator<Item = Form>,
        fits: &dyn Fn(&mut Self, &[Replaced]) -> bool,
    ) -> Option<HeaderDamage> {
        let signature = self.parts.len() - 1;
        for form in forms {
            // The signature field first: no server has a reason to leave it as it is.
            for at in (0..=signature).rev() {
                if self.budget.is_spent() {
                    return None;
                }
                let Some(body) = self.form(at, form) else {
                    continue;
                };
                let Some(canonical) = self.is_new(at, &body) else {
                    continue;
                };
                if fits(self, &[Replaced { at, canonical }]) {
                    return Some(self.damage(self.change(at, &body), &[at]));
                }
            }
        }
        None
    }

    fn hash(&mut self, algorithm: Algorithm, replaced: &[Replaced]) -> Digest {
        let first = replaced.first().map_or(0, |other| other.at);
        if self.starts.is_empty() {
            let mut context = Context::new(algorithm.hash());
            for part in &self.parts {
                self.starts.push(context.clone());
                context.update(&part.canonical);
            }
        }
        let mut context = self.starts[first].clone();
        for (index, part) in self.parts.iter().enumerate().skip(first) {
            let other = replaced.iter().find(|other| other.at == index);
            context.update(other.map_or(&part.canonical, |other| &other.canonical));
        }
        context.finish()
    }

    /// The field in this form; `None` if it cannot be in it, or the octets are used up.
    fn form(&mut self, at: usize, form: Form) -> Option<Vec<u8>> {
        let part = &self.parts[at];
        match self.budget.take(0, part.body.len()) {
            true => part.apply(form),
            false => None,
        }
    }

    /// The canonical form of the field with this body, if it was not tried before.
    fn is_new(&mut self, at: usize, body: &[u8]) -> Option<Vec<u8>> {
        let canonical = self.parts[at].canonical(body, self.by);
        let is_new = self.parts[at].tried.insert(canonical.clone());
        is_new.then_some(canonical)
    }

    /// The field with its long lines joined, and the length of the first of them. A line that is no
    /// continuation is taken to be the rest of the long line above it.
    fn joined(&mut self, at: usize, joint: long_line::Joint) -> Option<(Vec<u8>, usize)> {
        let part = &self.parts[at];
        if part.field.span.len() < long_line::SHORTEST {
            return None;
        }
        let end = match self.message.header.body {
            Some(body) => body,
            None => self.message.bytes.len(),
        };
        let whole = &self.message.bytes[part.field.span.start..end];
        // What follows is looked at only while lines are long.
        let mut length = part.field.span.len();
        loop {
            if !self.budget.take(0, length) {
                return None;
            }
            match long_line::follows(&whole[..length], &whole[length..]) {
                Some(more) => length += more,
                None => break,
            }
        }
        let text = in_crlf(&whole[..length]);
        let joined = long_line::joined(&text, joint)?;
        let body = joined.text.get(self.parts[at].before.len()..)?;
        let body = body.strip_suffix(b"\r\n").unwrap_or(body);
        Some((body.to_vec(), joined.octets))
    }

    fn change(&self, at: usize, body: &[u8]) -> HeaderChange {
        let part = &self.parts[at];
        let is_cr = |text: &[u8]| {
            let crs = text.iter().filter(|byte| **byte == b'\r').count();
            crs - places(text).len()
        };
        match (
            is_cr(&part.body) > is_cr(body),
            places(&part.body) == places(body),
        ) {
            (true, _) => HeaderChange::BareCrAdded,
            (false, true) => HeaderChange::WhiteSpace,
            (false, false) => HeaderChange::Refolded,
        }
    }

    fn damage(&self, change: HeaderChange, places: &[usize]) -> HeaderDamage {
        let places = places.iter().map(|at| self.parts[*at].field);
        let mut fields: Vec<_> = places
            .map(|field| DamagedField {
                line: line_at(self.message.bytes, field.span.start),
                name: String::from_utf8_lossy(field.name).into_owned(),
            })
            .collect();
        fields.sort();
        HeaderDamage { change, fields }
    }
}

/// The text with CRLF at the end of each line.
fn in_crlf(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        if *byte == b'\n' && out.last() != Some(&b'\r') {
            out.push(b'\r');
        }
        out.push(*byte);
    }
    out
}
