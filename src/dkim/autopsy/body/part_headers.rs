//! The header fields of parts, which programs that read and write a message fold and quote anew.

use super::edited::Edit;
use super::{How, Recipe, Scene, Stage, State, Undo};
use crate::dkim::autopsy::{Kind, parameters};
use crate::message::mime::Part;
use crate::message::{Header, HeaderField};

pub(super) const RECIPES: &[Recipe] = &[Recipe {
    kind: Kind::PartHeaders,
    stage: Stage::Parts,
    cost: 1,
    per_cost: 3,
    how: How::Rewrite(written),
}];

/// How parameters are written: what stands before each, and how values are quoted.
#[derive(Clone, Copy)]
struct Way {
    between: &'static str,
    quotes: Quotes,
}

#[derive(Clone, Copy, PartialEq)]
enum Quotes {
    AsIs,
    None,
    All,
}

const WAYS: &[Way] = &[
    Way {
        between: ";\r\n\t",
        quotes: Quotes::AsIs,
    },
    Way {
        between: ";\r\n ",
        quotes: Quotes::AsIs,
    },
    Way {
        between: "; ",
        quotes: Quotes::AsIs,
    },
    Way {
        between: "; ",
        quotes: Quotes::None,
    },
    Way {
        between: ";\r\n\t",
        quotes: Quotes::None,
    },
    Way {
        between: ";\r\n ",
        quotes: Quotes::None,
    },
    Way {
        between: "; ",
        quotes: Quotes::All,
    },
    Way {
        between: ";\r\n\t",
        quotes: Quotes::All,
    },
    Way {
        between: ";\r\n ",
        quotes: Quotes::All,
    },
    Way {
        between: ";",
        quotes: Quotes::AsIs,
    },
    Way {
        between: ";\r\n        ",
        quotes: Quotes::AsIs,
    },
    Way {
        between: ";\r\n    ",
        quotes: Quotes::AsIs,
    },
];

/// All fields with parameters in the same way; then only those that have two parameters or more,
/// which some programs fold.
fn written(state: &State, scene: &Scene<'_, '_>, variant: usize) -> Undo {
    let Some(way) = WAYS.get(variant / 2) else {
        return Undo::End;
    };
    let least = if variant.is_multiple_of(2) { 1 } else { 2 };
    let mut edits = Vec::new();
    let mut parts = Vec::new();
    inner_parts(state.tree(scene), &mut parts);
    for part in parts {
        let header = &state.bytes()[part.header.clone()];
        let reading = crate::message::Reading::Saved;
        let parsed = Header::parse(header, 0, MOST_FIELDS, reading);
        for field in &parsed.fields {
            if let Some(edit) = rewritten(header, field, *way, least) {
                let at = part.header.start + edit.at.start..part.header.start + edit.at.end;
                edits.push(Edit::new(at, edit.with));
            }
        }
    }
    match edits.is_empty() {
        true => Undo::Skip,
        false => Undo::Edits(edits),
    }
}

const MOST_FIELDS: usize = 50;

/// All parts below the root, in order; a part comes before those within it.
fn inner_parts<'p>(part: &'p Part, out: &mut Vec<&'p Part>) {
    for inner in part.multipart.iter().flat_map(|multipart| &multipart.parts) {
        out.push(inner);
        inner_parts(inner, out);
    }
}

fn rewritten(header: &[u8], field: &HeaderField<'_>, way: Way, least: usize) -> Option<Edit> {
    let start = field.body_start(header);
    let end = field.span.start + header[field.span.clone()].trim_ascii_end().len();
    let value = header.get(start..end)?;
    let pieces = parameters::pieces(value);
    if pieces.len() <= least {
        return None;
    }
    let pieces: Vec<Vec<u8>> = pieces
        .iter()
        .enumerate()
        .map(|(number, piece)| {
            let piece = piece.trim_ascii();
            let at = piece.iter().position(|byte| *byte == b'=');
            match at.filter(|_| number > 0 && way.quotes != Quotes::AsIs) {
                Some(at) => [&piece[..=at], &quoted(&piece[at + 1..], way.quotes)].concat(),
                None => piece.to_vec(),
            }
        })
        .collect();
    let lead = value.len() - value.trim_ascii_start().len();
    let with = [&value[..lead], &pieces.join(way.between.as_bytes())].concat();
    (with != value).then(|| Edit::new(start..end, with))
}

fn quoted(value: &[u8], quotes: Quotes) -> Vec<u8> {
    let inner = value
        .strip_prefix(b"\"")
        .and_then(|value| value.strip_suffix(b"\""));
    match (quotes, inner) {
        (Quotes::None, Some(inner)) => inner.to_vec(),
        (Quotes::All, None) => [b"\"", value, b"\""].concat(),
        _ => value.to_vec(),
    }
}
