//! Transfer encodings and character sets: content that was decoded and written in another way
//! (RFC 2045 §6).

use std::ops::Range;

use super::choices::{self, Place};
use super::edited::Edit;
use super::inserted::{self, Side};
use super::opened::{self, fitting};
use super::{Bench, Change, Found, How, Recipe, Scene, Stage, State, Undo, recoded};
use crate::dkim::autopsy::{Kind, in_crlf};
use crate::message::Header;
use crate::message::mime::{self, BASE64, Part, QUOTED_PRINTABLE};

pub(super) const RECIPES: &[Recipe] = &[
    Recipe {
        kind: Kind::Reencoded,
        stage: Stage::Opened,
        cost: 1,
        per_cost: 2,
        how: How::Rewrite(decoded),
    },
    Recipe {
        kind: Kind::Footer,
        stage: Stage::Inserted,
        cost: 1,
        per_cost: 8,
        how: How::Rewrite(without_footer),
    },
    Recipe {
        kind: Kind::FooterInPart,
        stage: Stage::Inserted,
        cost: 3,
        per_cost: 6,
        how: How::Rewrite(|state, scene, variant| within(state, scene, variant, Side::End)),
    },
    Recipe {
        kind: Kind::BannerInPart,
        stage: Stage::Inserted,
        cost: 3,
        per_cost: 6,
        how: How::Rewrite(|state, scene, variant| within(state, scene, variant, Side::Start)),
    },
    Recipe {
        kind: Kind::Recoded,
        stage: Stage::Charset,
        cost: 3,
        per_cost: 10,
        how: How::Rewrite(recoded::undo),
    },
    Recipe {
        kind: Kind::Reencoded,
        stage: Stage::Encoding,
        cost: 3,
        per_cost: 6,
        how: How::Rewrite(encoded),
    },
    Recipe {
        kind: Kind::EncodingRewrapped,
        stage: Stage::Encoding,
        cost: 2,
        per_cost: 5,
        how: How::Rewrite(rewrapped),
    },
    Recipe {
        kind: Kind::Reencoded,
        stage: Stage::Encoding,
        cost: 1,
        per_cost: 1,
        how: How::Scan(|state, scene, bench| match is_read(state) {
            true => written_anew(state, scene, bench),
            false => None,
        }),
    },
    Recipe {
        kind: Kind::Reencoded,
        stage: Stage::Encoding,
        cost: 3,
        per_cost: 1,
        how: How::Scan(|state, scene, bench| match is_read(state) {
            false if state.stage <= Stage::Structure => written_anew(state, scene, bench),
            _ => None,
        }),
    },
];

/// How content is written.
#[derive(Clone, Copy)]
enum Encoding {
    Plain,
    QuotedPrintable(usize),
    Base64(usize),
    /// Of text whose lines end in LF.
    Base64OfLf(usize),
}

impl Encoding {
    fn write(self, text: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Plain => Some(text.to_vec()),
            Self::QuotedPrintable(style) => {
                let style = QUOTED_PRINTABLE.get(style)?;
                Some(mime::quoted_printable(text, style))
            }
            Self::Base64(width) => BASE64.get(width).map(|width| mime::base64(text, *width)),
            Self::Base64OfLf(width) => {
                let lines = text.split_inclusive(|byte| *byte == b'\n');
                let lf = lines.flat_map(|line| match line {
                    [line @ .., b'\r', b'\n'] => [line, b"\n"].concat(),
                    line => line.to_vec(),
                });
                let lf: Vec<u8> = lf.collect();
                BASE64.get(width).map(|width| mime::base64(&lf, *width))
            }
        }
    }

    /// The ways in which a part with this encoding may have been written, likeliest first.
    fn all(now: &str) -> Vec<Self> {
        let quoted = (0..QUOTED_PRINTABLE.len()).map(Self::QuotedPrintable);
        let base64 = (0..BASE64.len()).map(Self::Base64);
        match now {
            "quoted-printable" => quoted.collect(),
            "base64" => base64.collect(),
            _ => {
                let of_lf = (0..BASE64.len()).map(Self::Base64OfLf);
                quoted.chain(base64).chain(of_lf).collect()
            }
        }
    }

    fn label(self, text: &[u8]) -> &'static str {
        match self {
            Self::Plain if text.is_ascii() => "7bit",
            Self::Plain => "8bit",
            Self::QuotedPrintable(_) => "quoted-printable",
            Self::Base64(_) | Self::Base64OfLf(_) => "base64",
        }
    }
}

fn is_packed(part: &Part) -> bool {
    matches!(part.entity.encoding.as_str(), "quoted-printable" | "base64")
}

fn content<'s>(state: &'s State, part: &Part) -> &'s [u8] {
    &state.bytes()[part.body.clone()]
}

/// The content of a part as it was before it was encoded, in CRLF.
fn opened(state: &State, part: &Part) -> Vec<u8> {
    let content = content(state, part);
    match mime::decode(&part.entity.encoding, content) {
        Some(text) => in_crlf(&text),
        None => content.to_vec(),
    }
}

/// The edits that give a part another content and its header another encoding.
fn rewritten(state: &State, part: &Part, with: Vec<u8>, label: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    if let Some(at) = value_of(state, part, "Content-Transfer-Encoding") {
        edits.push(Edit::new(at, label));
    }
    edits.push(Edit::new(part.body.clone(), with));
    edits
}

/// Where the value of a field in the header of a part is.
pub(super) fn value_of(state: &State, part: &Part, name: &str) -> Option<Range<usize>> {
    let header = &state.bytes()[part.header.clone()];
    let reading = crate::message::Reading::Saved;
    let parsed = Header::parse(header, 0, MOST_FIELDS, reading);
    let field = parsed.fields.iter().find(|field| field.is(name))?;
    let end = field.span.start + header[field.span.clone()].trim_ascii_end().len();
    let start = field.body_start(header);
    let blank = header[start..end].len() - header[start..end].trim_ascii_start().len();
    Some(part.header.start + start + blank..part.header.start + end)
}

const MOST_FIELDS: usize = 50;

/// Parts that are encoded, as plain text: those that were not in ASCII, then all.
fn decoded(state: &State, scene: &Scene<'_, '_>, variant: usize) -> Undo {
    let packed: Vec<&Part> = state
        .tree(scene)
        .leaves()
        .filter(|part| is_packed(part))
        .collect();
    let texts: Vec<&Part> = packed
        .iter()
        .copied()
        .filter(|part| part.is_text())
        .collect();
    if texts.is_empty() {
        return Undo::End;
    }
    let opened: Vec<(&Part, Vec<u8>)> = texts
        .iter()
        .map(|part| (*part, opened(state, part)))
        .collect();
    let foreign = opened.iter().filter(|(_, text)| !text.is_ascii()).count();
    let (only_foreign, label) = match variant {
        0 if foreign > 0 && foreign < opened.len() => (true, None),
        0 => return Undo::Skip,
        1 => (false, None),
        2 => (false, Some("8bit")),
        3 => (false, Some("7bit")),
        // Each part alone.
        one => {
            return match opened.get(one - 4) {
                Some((part, text)) if opened.len() > 1 => {
                    let label = Encoding::Plain.label(text);
                    Undo::Edits(rewritten(state, part, text.clone(), label))
                }
                _ => Undo::End,
            };
        }
    };
    let mut edits = Vec::new();
    for (part, text) in opened {
        if only_foreign && text.is_ascii() {
            continue;
        }
        let label = label.unwrap_or(Encoding::Plain.label(&text));
        edits.extend(rewritten(state, part, text, label));
    }
    // The header of the message is outside of its body.
    match is_packed(state.tree(scene)) {
        true => Undo::Decoded(edits),
        false => Undo::Edits(edits),
    }
}

/// Text that was decoded, without a footer. In a text that is not encoded, a scan finds it.
fn without_footer(state: &State, scene: &Scene<'_, '_>, variant: usize) -> Undo {
    if !state
        .changes
        .iter()
        .any(|change| change.kind == Kind::Reencoded)
    {
        return Undo::End;
    }
    let leaves: Vec<&Part> = state.tree(scene).leaves().collect();
    let [part] = leaves[..] else {
        return Undo::End;
    };
    match inserted::tails(state.bytes(), part.body.clone()).get(variant) {
        Some(tail) if variant < 24 => Undo::Edits(vec![Edit::cut(tail.clone())]),
        _ => Undo::End,
    }
}

/// Text that was put into parts in base64 or quoted-printable, which were then encoded again: all
/// text parts without a piece at the same place.
fn within(state: &State, scene: &Scene<'_, '_>, variant: usize, side: Side) -> Undo {
    let (place, style) = opened::choice(state, scene, variant);
    if place >= MOST_PLACES {
        return Undo::End;
    }
    let undo = opened::edit(state, scene, Some(style), |part, text| {
        let is_html = part.entity.kind == "text/html";
        let pieces = match is_packed(part) {
            true => inserted::pieces(text, 0..text.len(), side, is_html),
            // Where lines are those of the text, a scan finds it.
            false => Vec::new(),
        };
        let piece = pieces.into_iter().nth(place);
        piece.map(Edit::cut).into_iter().collect::<Vec<_>>().into()
    });
    match undo {
        Undo::End if style > 0 => Undo::Skip,
        undo => undo,
    }
}

const MOST_PLACES: usize = 24;

/// Text parts that are not encoded, encoded.
fn encoded(state: &State, scene: &Scene<'_, '_>, variant: usize) -> Undo {
    let ways = 1 + QUOTED_PRINTABLE.len() + BASE64.len();
    let way = match variant / 2 {
        0 => Encoding::QuotedPrintable(0),
        1 => Encoding::Base64(0),
        way if way < ways => match way - 1 {
            style if style < QUOTED_PRINTABLE.len() => Encoding::QuotedPrintable(style),
            style => Encoding::Base64(style - QUOTED_PRINTABLE.len()),
        },
        _ => return Undo::End,
    };
    let only_foreign = variant.is_multiple_of(2);
    let plain = state
        .tree(scene)
        .leaves()
        .filter(|part| part.is_text() && !is_packed(part));
    let plain: Vec<&Part> = plain.collect();
    let is_foreign = |part: &&Part| !content(state, part).is_ascii();
    let foreign = plain.iter().filter(|part| is_foreign(part)).count();
    // All parts, if that is something else.
    if plain.is_empty() {
        return Undo::End;
    }
    if only_foreign && foreign == 0 || !only_foreign && foreign == plain.len() {
        return Undo::Skip;
    }
    let mut edits = Vec::new();
    for part in plain {
        let text = content(state, part);
        if only_foreign && text.is_ascii() {
            continue;
        }
        let Some(with) = way.write(&in_crlf(text)) else {
            return Undo::End;
        };
        edits.extend(rewritten(state, part, fitting(with, text), way.label(text)));
    }
    Undo::Edits(edits)
}

/// Escapes of quoted-printable in capitals, where they are.
fn in_capitals(state: &State, scene: &Scene<'_, '_>) -> Undo {
    let leaves = state.tree(scene).leaves();
    let quoted = leaves.filter(|part| part.entity.encoding == "quoted-printable");
    let mut edits = Vec::new();
    for part in quoted {
        let content = content(state, part);
        for at in memchr::memchr_iter(b'=', content) {
            let escape = content.get(at + 1..at + 3).unwrap_or_default();
            let is_small = escape.iter().any(u8::is_ascii_lowercase);
            if is_small && escape.iter().all(u8::is_ascii_hexdigit) {
                let start = part.body.start + at + 1;
                edits.push(Edit::new(start..start + 2, escape.to_ascii_uppercase()));
            }
        }
    }
    match edits.is_empty() {
        true => Undo::Skip,
        false => Undo::Edits(edits),
    }
}

/// Parts that are encoded, in the same encoding with other line breaks and escapes: those in base64,
/// then those in quoted-printable.
fn rewrapped(state: &State, scene: &Scene<'_, '_>, variant: usize) -> Undo {
    let Some(variant) = variant.checked_sub(1) else {
        return in_capitals(state, scene);
    };
    let (encoding, way) = match variant.checked_sub(BASE64.len()) {
        None => ("base64", Encoding::Base64(variant)),
        Some(style) if style < QUOTED_PRINTABLE.len() => {
            ("quoted-printable", Encoding::QuotedPrintable(style))
        }
        Some(_) => return Undo::End,
    };
    let mut edits = Vec::new();
    for part in state.tree(scene).leaves() {
        if part.entity.encoding != encoding {
            continue;
        }
        let content = content(state, part);
        let text = mime::decode(encoding, content);
        if let Some(with) = text.and_then(|text| way.write(&text)) {
            edits.push(Edit::new(part.body.clone(), fitting(with, content)));
        }
    }
    match edits.is_empty() {
        true => Undo::Skip,
        false => Undo::Edits(edits),
    }
}

/// Whether something was undone that software does to the text itself, without its encoding.
fn is_read(state: &State) -> bool {
    state.changes.iter().any(|change| {
        matches!(
            change.kind,
            Kind::Reencoded
                | Kind::LinksRewritten
                | Kind::Redacted
                | Kind::Recoded
                | Kind::ByteOrderMarkAdded
                | Kind::ByteOrderMarkLost
                | Kind::FooterInPart
                | Kind::BannerInPart
        )
    })
}

/// Text parts in all ways in which programs write their encodings, each part in its own. Where the
/// text of one was edited or decoded, the encoding that it had is nowhere to be seen.
fn written_anew(state: &State, scene: &Scene<'_, '_>, bench: &mut Bench<'_>) -> Option<Found> {
    if state.stage >= Stage::Encoding {
        return None;
    }
    let leaves = state.tree(scene).leaves().filter(|part| part.is_text());
    let leaves: Vec<&Part> = leaves.take(MOST_PARTS + 1).collect();
    if leaves.len() > MOST_PARTS {
        return None;
    }
    let mut places = Vec::new();
    for part in leaves {
        let content = content(state, part);
        if part.body.len() > LARGEST {
            return None;
        }
        let text = in_crlf(&opened(state, part));
        let mut ways = vec![Vec::new()];
        for way in Encoding::all(&part.entity.encoding) {
            bench.pay(2 * text.len())?;
            let with = fitting(way.write(&text)?, content);
            let is_same = way.label(&text) == part.entity.encoding;
            let edits = match is_same {
                true => vec![Edit::new(part.body.clone(), with)],
                false => rewritten(state, part, with, way.label(&text)),
            };
            if !(ways.contains(&edits) || is_same && edits[0].with == content) {
                ways.push(edits);
            }
        }
        let label = value_of(state, part, "Content-Transfer-Encoding");
        let start = label.map_or(part.body.start, |label| label.start);
        places.push(Place {
            at: start..part.body.end,
            ways,
        });
    }
    let found = choices::search(state.bytes(), &places, 2, bench)?;
    let found = found
        .into_iter()
        .zip(&places)
        .map(|(way, place)| place.ways[way].clone());
    // What gives a part another label says so in its first edit.
    let root = state.tree(scene);
    let is_plain = root.multipart.is_none() && !is_packed(root);
    let (labelled, other): (Vec<_>, Vec<_>) = found
        .filter(|edits| !edits.is_empty())
        .partition(|edits| edits.len() > 1 || is_plain);
    let kinds = [
        (Kind::Reencoded, labelled.concat()),
        (Kind::EncodingRewrapped, other.concat()),
    ];
    let changes = kinds.into_iter().filter(|(_, edits)| !edits.is_empty());
    let changes = changes.map(|(kind, edits)| Change {
        kind,
        part: None,
        edits,
    });
    Some(Found(changes.collect()))
}

/// Octets of a text that is written anew at most: all ways are held at once.
const LARGEST: usize = 256 << 10;

/// Text parts that are written anew at most.
const MOST_PARTS: usize = 3;
