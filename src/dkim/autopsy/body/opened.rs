//! Edits of the text of parts whatever their encoding: the text is decoded, edited, and encoded
//! again in the same way.

use super::edited::Edit;
use super::{Scene, State, Undo};
use crate::dkim::autopsy::in_crlf;
use crate::message::mime::{self, BASE64, Part, QUOTED_PRINTABLE};

/// Edits of a part besides those of its text: those of its header.
pub(super) struct Edits {
    pub text: Vec<Edit>,
    pub header: Vec<Edit>,
}

impl From<Vec<Edit>> for Edits {
    fn from(text: Vec<Edit>) -> Self {
        Self {
            text,
            header: Vec::new(),
        }
    }
}

/// Edits the text of each text part. `style` is the number of the way in which quoted-printable is
/// written: the one that it has comes first. There are no more styles if no such part is edited.
/// Without a number, quoted-printable is edited as it is, without being decoded.
pub(super) fn edit(
    state: &State,
    scene: &Scene<'_, '_>,
    style: Option<usize>,
    edits: impl Fn(&Part, &[u8]) -> Edits,
) -> Undo {
    let mut all = Vec::new();
    let mut has_styles = false;
    for part in state.tree(scene).leaves().filter(|part| part.is_text()) {
        let content = &state.bytes()[part.body.clone()];
        let is_as_written = style.is_none() && part.entity.encoding == "quoted-printable";
        let opened = match is_as_written {
            true => None,
            false => mime::decode(&part.entity.encoding, content),
        };
        let text = opened.as_deref().unwrap_or(content);
        let Edits {
            text: inner,
            header,
        } = edits(part, text);
        if inner.is_empty() {
            continue;
        }
        all.extend(header);
        if opened.is_none() {
            all.extend(inner.into_iter().map(|edit| {
                let at = part.body.start + edit.at.start..part.body.start + edit.at.end;
                Edit::new(at, edit.with)
            }));
            continue;
        }
        let edited = apply(text, &inner);
        let with = match part.entity.encoding.as_str() {
            "base64" => mime::base64(&edited, width(content)),
            _ => {
                has_styles = true;
                let own = own_style(state, part, text);
                let Some(style) = styles(own).nth(style.unwrap_or(0)) else {
                    return Undo::End;
                };
                mime::quoted_printable(&edited, style)
            }
        };
        all.push(Edit::new(part.body.clone(), fitting(with, content)));
    }
    let is_other = style.is_some_and(|style| style > 0);
    match is_other && !has_styles || all.is_empty() {
        true => Undo::End,
        false => Undo::Edits(all),
    }
}

/// The choice and the style that a variant stands for, where each choice is tried in each style.
pub(super) fn choice(state: &State, scene: &Scene<'_, '_>, variant: usize) -> (usize, usize) {
    let mut texts = state.tree(scene).leaves().filter(|part| part.is_text());
    match texts.any(|part| part.entity.encoding == "quoted-printable") {
        true => (variant / FEW_STYLES, variant % FEW_STYLES),
        false => (variant, 0),
    }
}

/// How many styles there are for a text.
const STYLES: usize = QUOTED_PRINTABLE.len();

/// How many of them are tried for each choice. All are once the text is edited, for each part by
/// itself (`reencoded`).
const FEW_STYLES: usize = 2;

/// The decoded text of each text part, in small letters.
pub(super) fn in_small_letters(state: &State, scene: &Scene<'_, '_>) -> Vec<Vec<u8>> {
    let texts = state.tree(scene).leaves().filter(|part| part.is_text());
    let opened = texts.map(|part| {
        let content = &state.bytes()[part.body.clone()];
        let opened = mime::decode(&part.entity.encoding, content);
        opened.as_deref().unwrap_or(content).to_ascii_lowercase()
    });
    opened.collect()
}

/// The number of the style in which the text of a part gives its content.
fn own_style(state: &State, part: &Part, text: &[u8]) -> Option<usize> {
    let mut styles = state.styles.borrow_mut();
    *styles.entry(part.body.start).or_insert_with(|| {
        let content = &state.bytes()[part.body.clone()];
        let expected = in_crlf(content);
        let start = &text[..text.len().min(START)];
        QUOTED_PRINTABLE.iter().position(|style| {
            // How the last line goes on does not show in a part of the text.
            let written = mime::quoted_printable(start, style);
            let sure = &written[..written.len().saturating_sub(LINE)];
            expected.starts_with(sure)
                && fitting(mime::quoted_printable(text, style), content) == expected
        })
    })
}

/// Octets of a text that show most styles that it does not have.
const START: usize = 2 << 10;

/// More than a line has, with its escapes.
const LINE: usize = 200;

/// The styles, beginning with a part's own.
fn styles(own: Option<usize>) -> impl Iterator<Item = &'static mime::QuotedPrintable> {
    let others = (0..STYLES).filter(move |style| Some(*style) != own);
    let styles = own.into_iter().chain(others);
    styles.filter_map(|style| QUOTED_PRINTABLE.get(style))
}

/// Which of the usual widths the lines of a base64 text have.
pub(super) fn width(text: &[u8]) -> Option<usize> {
    let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let length = Some(first.trim_ascii_end().len());
    match BASE64.contains(&length) {
        true => length,
        false => Some(76),
    }
}

/// What was encoded, without a line end at its end where the content had none, as the one before a
/// boundary is not part of it.
pub(super) fn fitting(mut with: Vec<u8>, content: &[u8]) -> Vec<u8> {
    if !content.ends_with(b"\n") && with.ends_with(b"\r\n") {
        with.truncate(with.len() - 2);
    }
    with
}

fn apply(text: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut from = 0;
    for edit in edits {
        out.extend_from_slice(&text[from..edit.at.start]);
        out.extend_from_slice(&edit.with);
        from = edit.at.end;
    }
    out.extend_from_slice(&text[from..]);
    out
}
