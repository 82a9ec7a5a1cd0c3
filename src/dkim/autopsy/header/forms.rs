//! The forms that a header field may have had before white space in it was changed.

use super::fold::{Fold, is_blank};
use crate::dkim::canonical::Canonicalization;

/// A form of a field: its white space, then its folds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Form {
    base: Base,
    fold: Fold,
}

/// What white space a field has, apart from folds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Base {
    AsIs,
    /// Without the line ends of folds.
    Unfolded,
    /// With a space for each fold.
    FoldsAsSpaces,
    /// Without folds.
    FoldsRemoved,
    /// With one space for each run of white space.
    OneSpace,
    /// The same, without folds inside `bh=`.
    HashClosed,
    /// The same, without white space inside `h=` and `bh=`.
    ListsClosed,
    /// The same, with a space at either side of the colons in `h=`.
    ListsSpaced,
    /// A tag list with a space after each `;` and no other.
    TagsSpaced,
    /// A tag list without white space.
    TagsClosed,
    /// With a space after each comma.
    CommasSpaced,
    /// Without white space after commas.
    CommasClosed,
    /// With this white space after the colon.
    Lead(&'static [u8]),
    /// With this white space at the end.
    Trail(&'static [u8]),
    /// Without carriage returns that end no line.
    WithoutCr,
}

const BASES: [Base; 19] = [
    Base::Unfolded,
    Base::FoldsAsSpaces,
    Base::FoldsRemoved,
    Base::OneSpace,
    Base::HashClosed,
    Base::ListsClosed,
    Base::ListsSpaced,
    Base::TagsSpaced,
    Base::TagsClosed,
    Base::CommasSpaced,
    Base::CommasClosed,
    Base::Lead(b" "),
    Base::Lead(b""),
    Base::Lead(b"\t"),
    Base::Lead(b"  "),
    Base::Trail(b""),
    Base::Trail(b" "),
    Base::WithoutCr,
    Base::AsIs,
];

/// The forms whose folds are then changed.
const FOLDED: [Base; 4] = [
    Base::OneSpace,
    Base::ListsClosed,
    Base::TagsSpaced,
    Base::CommasSpaced,
];

/// Widths at which header fields are folded.
const WIDTHS: std::ops::RangeInclusive<usize> = 60..=80;

/// Spaces of one field that are tried as its only fold.
const SPACES: usize = 40;

/// Folds of which all choices are taken away.
const UNFOLDED: u16 = 6;

/// Places in lists of which all choices are tried.
const LISTED: u16 = 10;

/// The usual forms apart from folds, likeliest first.
pub(super) fn bases() -> impl Iterator<Item = Form> {
    BASES.into_iter().map(|base| Form {
        base,
        fold: Fold::AsIs,
    })
}

/// The forms of a list that is folded after any of its items.
pub(super) fn lists(by: Canonicalization) -> impl Iterator<Item = Form> {
    let bases = [
        Base::OneSpace,
        Base::HashClosed,
        Base::ListsSpaced,
        Base::TagsSpaced,
    ];
    let folded = move || {
        bases.into_iter().flat_map(|base| {
            [b'\t', b' '].into_iter().flat_map(move |space| {
                (1..1 << LISTED).map(move |mask| Form {
                    base,
                    fold: Fold::AfterSome(mask, space),
                })
            })
        })
    };
    let is_seen = by == Canonicalization::Simple;
    is_seen.then(folded).into_iter().flatten()
}

/// The usual ways to fold, likeliest first.
pub(super) fn folded() -> impl Iterator<Item = Form> {
    let spaces: [&[u8]; 4] = [b"\t", b" ", b"        ", b"    "];
    let as_is = spaces.into_iter().map(Fold::With);
    let as_is = as_is.map(|fold| Form {
        base: Base::AsIs,
        fold,
    });
    let tabs = Form {
        base: Base::Unfolded,
        fold: Fold::AtTabs,
    };
    let again = FOLDED
        .into_iter()
        .flat_map(|base| again().map(move |fold| Form { base, fold }));
    let without = (1..1 << UNFOLDED).map(|mask| Form {
        base: Base::AsIs,
        fold: Fold::WithoutSome(mask),
    });
    as_is.chain([tabs]).chain(without).chain(again)
}

/// Forms that many fields have, likeliest first.
pub(super) fn likely(by: Canonicalization) -> impl Iterator<Item = Form> {
    let plain = [
        Base::OneSpace,
        Base::Unfolded,
        Base::FoldsRemoved,
        Base::ListsClosed,
        Base::TagsSpaced,
        Base::CommasSpaced,
    ];
    let as_is = |base| Form {
        base,
        fold: Fold::AsIs,
    };
    let marks = [(b',', b'\t'), (b',', b' '), (b';', b'\t'), (b';', b' ')];
    let after = marks
        .into_iter()
        .map(|(mark, space)| Fold::After(mark, space));
    let usual = [78, 76, 72, 75, 74, 80, 70]
        .into_iter()
        .chain([79, 77, 73, 71]);
    let greedy = usual.flat_map(|width| {
        [b' ', b'\t'].into_iter().flat_map(move |space| {
            [false, true].map(|at_lists| Fold::Greedy {
                width,
                at_lists,
                counts_signature: false,
                space,
            })
        })
    });
    let single =
        (0..SPACES).flat_map(|number| [b' ', b'\t'].map(|space| Fold::AtSpace(number, space)));
    let with: [&[u8]; 4] = [b" ", b"\t", b"        ", b"    "];
    let with = with.into_iter().map(|space| Form {
        base: Base::AsIs,
        fold: Fold::With(space),
    });
    let again = after
        .chain(greedy)
        .flat_map(|fold| FOLDED.map(|base| Form { base, fold }));
    let single = single.map(|fold| Form {
        base: Base::OneSpace,
        fold,
    });
    let without = (1..1 << UNFOLDED).map(|mask| Form {
        base: Base::AsIs,
        fold: Fold::WithoutSome(mask),
    });
    // Relaxed canonicalization does not see folds.
    let is_seen = by == Canonicalization::Simple;
    let folded = with.chain(again).chain(without).chain(single);
    let rest = BASES.into_iter().filter(move |base| !plain.contains(base));
    let folded = is_seen.then_some(folded).into_iter().flatten();
    plain
        .into_iter()
        .map(as_is)
        .chain(folded)
        .chain(rest.map(as_is))
}

/// The ways to fold a field that has only spaces.
fn again() -> impl Iterator<Item = Fold> {
    let marks = [(b';', b'\t'), (b';', b' '), (b',', b'\t'), (b',', b' ')];
    let after = marks
        .into_iter()
        .map(|(mark, space)| Fold::After(mark, space));
    let greedy = WIDTHS.rev().flat_map(|width| {
        (0..8_u8).map(move |bits| Fold::Greedy {
            width,
            at_lists: bits & 1 != 0,
            counts_signature: bits & 2 != 0,
            space: if bits & 4 == 0 { b'\t' } else { b' ' },
        })
    });
    let single = (0..SPACES).flat_map(|number| {
        [b'\t', b' ']
            .into_iter()
            .map(move |space| Fold::AtSpace(number, space))
    });
    after.chain(greedy).chain(single)
}

impl Form {
    /// `text`, which follows `head` octets on its line, in this form; `None` if it cannot have it.
    pub(super) fn apply(self, text: &[u8], head: usize, is_tag_list: bool) -> Option<Vec<u8>> {
        let based = self.base.apply(text, is_tag_list)?;
        match self.fold {
            Fold::AsIs => Some(based),
            fold => fold.apply(&based, head),
        }
    }
}

impl Base {
    fn apply(self, text: &[u8], is_tag_list: bool) -> Option<Vec<u8>> {
        Some(match self {
            Self::AsIs => text.to_vec(),
            Self::Unfolded => without_line_ends(text),
            Self::FoldsAsSpaces => folds_as(text, b" "),
            Self::FoldsRemoved => folds_as(text, b""),
            Self::OneSpace => one_space(text),
            Self::HashClosed if is_tag_list => tags(text, |name| name == b"bh", None),
            Self::ListsClosed if is_tag_list => {
                tags(text, |name| matches!(name, b"bh" | b"h"), None)
            }
            Self::ListsSpaced if is_tag_list => {
                let closed = tags(text, |name| matches!(name, b"bh" | b"h"), None);
                let pieces: Vec<&[u8]> = closed.split(|byte| *byte == b':').collect();
                pieces.join(&b" : "[..])
            }
            Self::TagsSpaced if is_tag_list => tags(text, |_| true, Some(b" ")),
            Self::TagsClosed if is_tag_list => tags(text, |_| true, Some(b"")),
            Self::CommasSpaced if !is_tag_list => after_commas(text, b" "),
            Self::CommasClosed if !is_tag_list => after_commas(text, b""),
            Self::Lead(lead) => [lead, trim_start(text)].concat(),
            Self::Trail(end) => [text.trim_ascii_end(), end].concat(),
            Self::WithoutCr => {
                let bytes = text.iter().enumerate();
                let bytes =
                    bytes.filter(|(at, byte)| **byte != b'\r' || text.get(at + 1) == Some(&b'\n'));
                bytes.map(|(_, byte)| *byte).collect()
            }
            _ => return None,
        })
    }
}

fn trim_start(text: &[u8]) -> &[u8] {
    let blank = text.iter().take_while(|byte| is_blank(**byte)).count();
    &text[blank..]
}

fn without_line_ends(text: &[u8]) -> Vec<u8> {
    let lines = text.split(|byte| *byte == b'\n');
    let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.collect::<Vec<_>>().concat()
}

/// The text with `by` for each line end and the white space around it.
fn folds_as(text: &[u8], by: &[u8]) -> Vec<u8> {
    let mut lines = text.split(|byte| *byte == b'\n');
    let mut out = lines.next().unwrap_or_default().to_vec();
    for line in lines {
        out.truncate(out.trim_ascii_end().len());
        // A fold right after the colon is white space there.
        out.extend_from_slice(by);
        out.extend_from_slice(trim_start(line));
    }
    out
}

fn one_space(text: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            b'\r' | b'\n' | b'\t' | b' ' if out.last() == Some(&b' ') => (),
            b'\r' | b'\n' | b'\t' | b' ' => out.push(b' '),
            byte => out.push(*byte),
        }
    }
    out.truncate(out.trim_ascii_end().len());
    out
}

/// A tag list without white space in the values of tags that `is_closed` names. `between`: what
/// stands before each tag; `None` for what is there.
fn tags(text: &[u8], is_closed: impl Fn(&[u8]) -> bool, between: Option<&[u8]>) -> Vec<u8> {
    let text = one_space(text);
    let mut tags = Vec::new();
    for tag in text.split(|byte| *byte == b';') {
        let lead = &tag[..tag.len() - trim_start(tag).len()];
        let inner = tag.trim_ascii();
        let name = inner.split(|byte| *byte == b'=').next().unwrap_or_default();
        let inner: Vec<u8> = match is_closed(name.trim_ascii()) {
            true => inner.iter().copied().filter(|byte| *byte != b' ').collect(),
            false => inner.to_vec(),
        };
        tags.push(match (between, inner.is_empty()) {
            (Some(_), true) => Vec::new(),
            (between, _) => [between.unwrap_or(lead), &inner].concat(),
        });
    }
    let list = tags.join(&b";"[..]);
    // The field itself begins with a space in nearly all mail.
    match between {
        Some(b"") => [b" ", &list[..]].concat(),
        _ => list,
    }
}

/// The text with `by` for the white space after each comma, or for none.
fn after_commas(text: &[u8], by: &[u8]) -> Vec<u8> {
    let text = one_space(text);
    let mut pieces = text.split(|byte| *byte == b',');
    let mut out = pieces.next().unwrap_or_default().to_vec();
    for piece in pieces {
        out.push(b',');
        out.extend_from_slice(by);
        out.extend_from_slice(trim_start(piece));
    }
    out
}
