//! Character sets: text that was converted from another one.

use std::ops::Range;

use super::edited::Edit;
use super::opened::{self, Edits};
use super::reencoded::value_of;
use super::{Scene, State, Undo};
use crate::message::mime;

/// Character sets that programs recode from.
const CHARSETS: [&str; 5] = [
    "utf-8",
    "iso-8859-1",
    "windows-1252",
    "iso-8859-15",
    "iso-8859-2",
];

/// Text parts in another character set, named in small letters or in capitals, with quotation marks
/// or without.
pub(super) fn undo(state: &State, scene: &Scene<'_, '_>, variant: usize) -> Undo {
    let (choice, style) = opened::choice(state, scene, variant);
    let Some(choice) = choice.checked_sub(1) else {
        return mistaken(state, scene, style);
    };
    let Some(to) = CHARSETS.get(choice / 4) else {
        return Undo::End;
    };
    let label = match choice.is_multiple_of(2) {
        true => (*to).to_owned(),
        false => to.to_ascii_uppercase(),
    };
    let is_quoted = choice % 4 > 1;
    let undo = opened::edit(state, scene, Some(style), |part, raw| {
        let from = part.entity.charset.as_deref().unwrap_or("utf-8");
        let text = (from != *to && !raw.is_ascii()).then(|| mime::to_utf8(raw, from));
        let with = text.flatten().and_then(|text| mime::from_utf8(&text, to));
        let Some(with) = with else {
            return Vec::new().into();
        };
        let at = value_of(state, part, "Content-Type");
        let charset = at.and_then(|at| {
            let value = &state.bytes()[at.clone()];
            let inner = charset_in(value)?;
            let is_in_quotes = value.get(inner.end) == Some(&b'"');
            let label = match is_quoted && !is_in_quotes {
                true => format!("\"{label}\""),
                false => label.clone(),
            };
            Some(Edit::new(
                at.start + inner.start..at.start + inner.end,
                label,
            ))
        });
        Edits {
            text: vec![Edit::new(0..raw.len(), with)],
            header: charset.into_iter().collect(),
        }
    });
    match undo {
        Undo::End => Undo::Skip,
        undo => undo,
    }
}

/// Text whose UTF-8 was taken for windows-1252 and written as UTF-8 again.
fn mistaken(state: &State, scene: &Scene<'_, '_>, style: usize) -> Undo {
    let undo = opened::edit(state, scene, Some(style), |_, raw| {
        let text = std::str::from_utf8(raw).ok().filter(|_| !raw.is_ascii());
        let octets = text.and_then(|text| mime::from_utf8(text, "windows-1252"));
        let octets = octets.filter(|octets| std::str::from_utf8(octets).is_ok());
        let edit = octets.map(|octets| Edit::new(0..raw.len(), octets));
        Vec::from_iter(edit).into()
    });
    match undo {
        Undo::End => Undo::Skip,
        undo => undo,
    }
}

/// Where the name of the character set is, without quotation marks.
fn charset_in(value: &[u8]) -> Option<Range<usize>> {
    let lower = value.to_ascii_lowercase();
    let start = memchr::memmem::find(&lower, b"charset=")? + b"charset=".len();
    let start = start + usize::from(value.get(start) == Some(&b'"'));
    let ends = |byte: &u8| matches!(byte, b'"' | b';') || byte.is_ascii_whitespace();
    let length = value[start..].iter().position(ends);
    Some(start..length.map_or(value.len(), |length| start + length))
}
