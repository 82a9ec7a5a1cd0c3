//! What was changed in a message whose signature is broken, where it can be proved: with the change
//! undone, the signature verifies over the header, or the hash of the body is the signed one.
//!
//! Header and body are hashed apart, so each is searched and proved on its own. A proof never
//! changes the verdict. How much is tried is bounded by counted work.
//!
//! A kind of change of a header field is a recipe in `header/`, one of the body is a recipe in
//! `body/`. The forge makes such changes with code of its own, so that the suite of mutations does
//! not test the recipes by themselves.

mod body;
mod budget;
mod clues;
mod header;
mod kind;
mod likely;
mod long_line;
mod parameters;
mod proof;

use aws_lc_rs::digest::digest;
use schemars::JsonSchema;
use serde::Serialize;

use super::DkimSignature;
use super::verify::PublicKey;
use crate::message::Message;

pub(crate) use self::body::SignedBody;
pub(in crate::dkim) use self::body::{Known, of_body};
pub(in crate::dkim) use self::budget::Budget;
pub use self::budget::Effort;
pub use self::clues::{Changer, Clue};
pub(crate) use self::header::Earlier;
pub(in crate::dkim) use self::header::Known as KnownHeaders;
pub use self::kind::Kind;
pub use self::likely::{Likely, LikelyChange};

/// What was found out about a broken signature.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Autopsy {
    /// The signed header fields, if the signature does not verify over them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<Examined>,
    /// The body, if its hash is not the signed one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Examined>,
    /// Programs and services that the header shows and that change mail. They show who may have made
    /// a change, and prove nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clues: Vec<Clue>,
}

/// What the search through one half of a message yielded.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Examined {
    /// The changes that are proved: with all of them undone, the signature verifies over the header,
    /// or the hash of the body is the signed one. Empty if no proof was found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Modification>,
    /// How many reconstructions were compared with what was signed.
    pub tried: u64,
    /// How deep the search was that ended at its bound, before all was tried; `None` if all was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Effort>,
    /// Where nothing is proved: what is likeliest, by what the message shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub likely: Option<Likely>,
}

/// One change, and where it was found.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Modification {
    /// What was done.
    pub kind: Kind,
    /// The name of the header field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The type of the part of the body, if it is not the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// The number of the first line in the file that it was found in, from 1; `None` if what was
    /// signed is not there any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// At how many places it was found.
    pub places: usize,
    /// The length of a line at which it was broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub octets: Option<usize>,
    /// What is there now, at the first place; shortened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<String>,
    /// What was there when it was signed; shortened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
}

impl Autopsy {
    /// Whether anything is proved.
    pub fn is_proof(&self) -> bool {
        let halves = [&self.header, &self.body];
        let halves = halves.into_iter().flatten();
        halves.into_iter().any(Examined::is_proved)
    }

    /// All changes that are proved: those of the header, then those of the body.
    pub fn changes(&self) -> impl Iterator<Item = &Modification> {
        let halves = [&self.header, &self.body];
        halves.into_iter().flatten().flat_map(|half| &half.changes)
    }
}

impl Examined {
    /// Whether it is known what was changed.
    pub fn is_proved(&self) -> bool {
        !self.changes.is_empty()
    }

    fn of(
        changes: Option<Vec<Modification>>,
        budget: &Budget,
        likely: impl FnOnce() -> Option<Likely>,
    ) -> Self {
        Self {
            likely: if changes.is_none() { likely() } else { None },
            changes: changes.unwrap_or_default(),
            tried: budget.tried,
            stopped: budget.stopped(),
        }
    }
}

/// Looks for what changed the header of `signature`, which one of `keys` is thought to have made.
/// `selected` has the field for each name in `h=`.
pub(super) fn of_header<'k>(
    message: &Message<'_>,
    selected: &[Option<usize>],
    signature: &'k DkimSignature,
    keys: impl Iterator<Item = &'k PublicKey>,
    known: &mut KnownHeaders,
    budget: &mut Budget,
) -> Option<Examined> {
    let algorithm = signature.algorithm?;
    let (by, _) = signature.canonicalization?;
    let scene = header::Scene {
        message,
        copies: copies(message, signature),
        signed_at: signature.timestamp,
        domain: signature.domain.as_ref(),
    };
    let mut found = None;
    for key in keys {
        let signed = proof::Signed {
            key,
            algorithm,
            signature: &signature.signature,
        };
        let Some(proof) = proof::Proof::of(signed) else {
            continue;
        };
        let hash = algorithm.hash();
        let search = header::Search::new(&scene, selected, signature, by, hash, &proof, budget);
        found = search.run(known);
        if found.is_some() {
            break;
        }
    }
    Some(Examined::of(found, budget, || {
        likely::of_header(message, signature)
    }))
}

/// The canonical forms of what a signature covers of the header: each name in `h=`, and then the
/// signature field.
pub(super) fn header_parts(
    message: &Message<'_>,
    selected: &[Option<usize>],
    signature: &DkimSignature,
) -> Option<Vec<Vec<u8>>> {
    let (by, _) = signature.canonicalization?;
    let slots = header::Slot::all(message, selected, signature, by);
    Some(slots.into_iter().map(|slot| slot.canonical).collect())
}

/// Looks for what leads from the header of another copy of the message to this one, field by field.
/// `there` are the parts of the header there. Also gives the numbers of the parts that nothing leads
/// to.
pub(super) fn of_header_since(
    message: &Message<'_>,
    selected: &[Option<usize>],
    signature: &DkimSignature,
    there: &[Vec<u8>],
    budget: &mut Budget,
) -> Option<(Examined, Vec<usize>)> {
    let algorithm = signature.algorithm?.hash();
    let (by, _) = signature.canonicalization?;
    let here = header_parts(message, selected, signature)?;
    let own = here.last().filter(|_| here.len() == there.len())?;
    let scene = header::Scene {
        message,
        copies: copies(message, signature),
        signed_at: signature.timestamp,
        domain: signature.domain.as_ref(),
    };
    let pairs = || here.iter().zip(there).enumerate();
    let differ: Vec<usize> = pairs()
        .filter(|(_, (here, there))| here != there)
        .map(|(at, _)| at)
        .collect();
    let mut all = Examined::default();
    let mut unknown = Vec::new();
    for (done, at) in differ.iter().enumerate() {
        let mut alone = signature.clone();
        let name = signature.signed_fields.get(*at).cloned();
        let field = selected.get(*at).copied();
        // The signature field is hashed with each of the others.
        let signed = match &name {
            Some(_) => [&there[*at][..], own].concat(),
            None => there[*at].clone(),
        };
        alone.signed_fields = name.into_iter().collect();
        let selected: Vec<_> = field.into_iter().collect();
        let hash = digest(algorithm, &signed).as_ref().to_vec();
        let proof = proof::Proof::Hash { hash, by: None };
        let mut share = budget.share((differ.len() - done) as u64);
        let search =
            header::Search::new(&scene, &selected, &alone, by, algorithm, &proof, &mut share);
        let found = Examined::of(search.run(&mut KnownHeaders::default()), &share, || None);
        budget.give_back(share);
        if !found.is_proved() {
            unknown.push(*at);
        }
        all.changes.extend(found.changes);
        all.tried += found.tried;
        all.stopped = all.stopped.or(found.stopped);
    }
    Some((all, unknown))
}

/// The programs and services that the header shows. A field that `signature` covers was there before
/// it, and so shows nobody who changed the message after it: senders of newsletters write List-Id
/// themselves.
pub(super) fn clues(message: &Message<'_>, signature: &DkimSignature) -> Vec<Clue> {
    let is_signed = |clue: &Clue| {
        let mut names = signature.signed_fields.iter();
        names.any(|name| name.eq_ignore_ascii_case(&clue.field))
    };
    let mut clues = clues::find(message);
    clues.retain(|clue| !is_signed(clue));
    clues
}

/// The fields that `z=` copies (RFC 6376 §3.5), by name in lower case.
fn copies(message: &Message<'_>, signature: &DkimSignature) -> Vec<(String, Vec<u8>)> {
    let field = message.header.fields[signature.field].body;
    let tags = field.split(|byte| *byte == b';');
    let copied = tags.filter_map(|tag| tag.trim_ascii().strip_prefix(b"z"));
    let copied = copied.filter_map(|tag| tag.trim_ascii_start().strip_prefix(b"="));
    let copies = copied
        .take(1)
        .flat_map(|list| list.split(|byte| *byte == b'|'));
    let copies = copies.filter_map(|copy| {
        let text: Vec<u8> = copy
            .iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect();
        let at = text.iter().position(|byte| *byte == b':')?;
        let name = String::from_utf8_lossy(&text[..at]).to_ascii_lowercase();
        let value = dkim_quoted_printable(&text[at + 1..]);
        Some((name, value.trim_ascii().to_vec()))
    });
    copies.take(MOST_COPIES).collect()
}

const MOST_COPIES: usize = 100;

/// Decodes the quoted-printable of DKIM (RFC 6376 §2.11).
fn dkim_quoted_printable(text: &[u8]) -> Vec<u8> {
    let hex = |digit: &u8| {
        char::from(*digit)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after) {
            (b'=', [high, low, after @ ..]) if hex(high).is_some() && hex(low).is_some() => {
                out.push(hex(high).unwrap_or(0) << 4 | hex(low).unwrap_or(0));
                rest = after;
            }
            _ => out.push(*byte),
        }
    }
    out
}

/// The text with CRLF at the end of each line.
fn in_crlf(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 32);
    for byte in text {
        if *byte == b'\n' && out.last() != Some(&b'\r') {
            out.push(b'\r');
        }
        out.push(*byte);
    }
    out
}

/// The number of the line at `start` in `bytes`, from 1.
fn line_at(bytes: &[u8], start: usize) -> usize {
    memchr::memchr_iter(b'\n', &bytes[..start.min(bytes.len())]).count() + 1
}

/// The start of a text, to be shown.
fn excerpt(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(&text[..text.len().min(4 * EXCERPT)]);
    let mut chars = text.chars();
    let mut out: String = chars.by_ref().take(EXCERPT).collect();
    if chars.next().is_some() {
        out.push('…');
    }
    out
}

/// Characters of a text that is shown.
const EXCERPT: usize = 240;
