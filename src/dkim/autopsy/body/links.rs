//! Text that filters replace: links that lead through them, characters as HTML entities, and
//! addresses that were made unreadable.

use std::ops::Range;

use super::edited::Edit;
use super::{How, Recipe, Scene, Stage, State, Undo};
use crate::dkim::autopsy::Kind;
use crate::message::mime::{self, QUOTED_PRINTABLE};

pub(super) const RECIPES: &[Recipe] = &[
    Recipe {
        kind: Kind::LinksRewritten,
        stage: Stage::Text,
        cost: 1,
        per_cost: 6,
        how: How::Rewrite(links),
    },
    Recipe {
        kind: Kind::Entities,
        stage: Stage::Text,
        cost: 3,
        per_cost: 2,
        how: How::Rewrite(entities),
    },
    Recipe {
        kind: Kind::Redacted,
        stage: Stage::Text,
        cost: 2,
        per_cost: 4,
        how: How::Rewrite(redacted),
    },
];

/// A filter's link: how it begins, up to the part that has the address, and how that is written.
type Form = (&'static [u8], fn(&[u8]) -> Option<Vec<u8>>);

/// What stands in links of filters, in lower case.
const FORMS: &[Form] = &[
    (b".safelinks.protection.outlook.com/", |link| {
        parameter(link, b"url=").map(|value| percent_decoded(&value))
    }),
    (b"urldefense.com/v3/__", |link| proofpoint_3(link)),
    (b"urldefense.us/v3/__", |link| proofpoint_3(link)),
    (b"urldefense.proofpoint.com/v2/url?", |link| {
        let value = parameter(link, b"u=")?;
        let value: Vec<u8> = value
            .iter()
            .map(|byte| match byte {
                b'-' => b'%',
                b'_' => b'/',
                byte => *byte,
            })
            .collect();
        Some(percent_decoded(&value))
    }),
    (b"urldefense.proofpoint.com/v1/url?", |link| {
        parameter(link, b"u=").map(|value| percent_decoded(&value))
    }),
    (b"linkprotect.cudasvc.com/url?", |link| {
        parameter(link, b"a=").map(|value| percent_decoded(&value))
    }),
    (b"secure-web.cisco.com/", |link| {
        let at = link.iter().rposition(|byte| *byte == b'/')?;
        let value = percent_decoded(&link[at + 1..]);
        value.starts_with(b"http").then_some(value)
    }),
];

/// All links of filters replaced by those that they lead to: in plain parts, then in parts that are
/// encoded, in each way to write them.
fn links(state: &State, scene: &Scene<'_, '_>, variant: usize) -> Undo {
    if variant == 0 {
        let edits = all_links(state.bytes());
        return match edits.is_empty() {
            true => Undo::Skip,
            false => Undo::Edits(edits),
        };
    }
    let Some(style) = QUOTED_PRINTABLE.get(variant - 1) else {
        return Undo::End;
    };
    let mut edits = Vec::new();
    for part in state.tree(scene).leaves().filter(|part| part.is_text()) {
        let content = &state.bytes()[part.body.clone()];
        let decoded = mime::decode(&part.entity.encoding, content);
        let inner = all_links(decoded.as_deref().unwrap_or(content));
        if inner.is_empty() {
            continue;
        }
        let text = apply(decoded.as_deref().unwrap_or(content), &inner);
        let mut with = match part.entity.encoding.as_str() {
            "quoted-printable" => mime::quoted_printable(&text, style),
            "base64" => mime::base64(&text, Some(76)),
            _ => text,
        };
        if !content.ends_with(b"\n") && with.ends_with(b"\r\n") {
            with.truncate(with.len() - 2);
        }
        edits.push(Edit::new(part.body.clone(), with));
    }
    match edits.is_empty() {
        true => Undo::End,
        false => Undo::Edits(edits),
    }
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

fn all_links(text: &[u8]) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut from = 0;
    while let Some(at) = memchr::memmem::find(&text[from..], b"http") {
        let start = from + at;
        let length = text[start..].iter().position(ends_link);
        let end = length.map_or(text.len(), |length| start + length);
        from = end.max(start + 4);
        let link = &text[start..end];
        let head = link[..link.len().min(120)].to_ascii_lowercase();
        let form = FORMS
            .iter()
            .find(|(part, _)| memchr::memmem::find(&head, part).is_some());
        if let Some(target) = form.and_then(|(_, undo)| undo(link)) {
            // In HTML, `&` is an entity.
            let is_html = memchr::memmem::find(link, b"&amp;").is_some();
            let target = match is_html {
                true => escaped(&target),
                false => target,
            };
            edits.push(Edit::new(start..start + used(link), target));
        }
    }
    edits
}

fn escaped(text: &[u8]) -> Vec<u8> {
    let pieces: Vec<&[u8]> = text.split(|byte| *byte == b'&').collect();
    pieces.join(&b"&amp;"[..])
}

/// How much of a link is the filter's: Proofpoint ends its own with `$`.
fn used(link: &[u8]) -> usize {
    match memchr::memmem::find(link, b"!!") {
        Some(at) => {
            let end = memchr::memchr(b'$', &link[at..]);
            end.map_or(link.len(), |end| at + end + 1)
        }
        None => link.len(),
    }
}

fn ends_link(byte: &u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'<' | b'>' | b')' | b']')
}

/// The value of a parameter of a link, up to the next one.
fn parameter(link: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let query = memchr::memchr(b'?', link)? + 1;
    let query = &link[query..];
    let at = query
        .windows(name.len())
        .enumerate()
        .position(|(at, window)| {
            window == name && (at == 0 || matches!(query[at - 1], b'&' | b';'))
        })?;
    let value = &query[at + name.len()..];
    let end = memchr::memchr(b'&', value).unwrap_or(value.len());
    Some(value[..end].to_vec())
}

fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let hex = |digit: u8| {
        char::from(digit)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let digits = text.get(at + 1).zip(text.get(at + 2));
        let octet = digits.and_then(|(high, low)| Some(hex(*high)? << 4 | hex(*low)?));
        match (text[at], octet) {
            (b'%', Some(octet)) => {
                out.push(octet);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

/// Version 3 of Proofpoint's links: `https://urldefense.com/v3/__LINK__;REPLACED!!TOKEN$`. Characters
/// that were replaced by `*` follow in base64.
fn proofpoint_3(link: &[u8]) -> Option<Vec<u8>> {
    use base64::Engine;
    let start = memchr::memmem::find(link, b"/v3/__")? + b"/v3/__".len();
    let end = start + memchr::memmem::rfind(&link[start..], b"__;")?;
    let rest = &link[end + 3..];
    let replaced = &rest[..memchr::memmem::find(rest, b"!!")?];
    let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let replaced: Vec<u8> = replaced
        .iter()
        .copied()
        .filter(|byte| *byte != b'=')
        .collect();
    let replaced = engine.decode(replaced).ok()?;
    let mut replaced = replaced.into_iter();
    let mut out = Vec::new();
    let mut text = link[start..end].iter().peekable();
    while let Some(byte) = text.next() {
        match byte {
            b'*' if text.peek() == Some(&&b'*') => {
                text.next();
                let count = run_length(*text.next()?)?;
                out.extend(replaced.by_ref().take(count));
            }
            b'*' => out.extend(replaced.next()),
            byte => out.push(*byte),
        }
    }
    Some(out)
}

/// How many characters `**` and this letter stand for: `A` for two, `B` for three, and so on.
fn run_length(letter: u8) -> Option<usize> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    LETTERS
        .iter()
        .position(|one| *one == letter)
        .map(|at| at + 2)
}

const ENTITIES: &[(&[u8], &[u8])] = &[
    (b"&lt;", b"<"),
    (b"&gt;", b">"),
    (b"&quot;", b"\""),
    (b"&#39;", b"'"),
    (b"&apos;", b"'"),
    (b"&nbsp;", b" "),
    (b"&amp;", b"&"),
];

/// Entities as the characters that they stand for: all of them, then without the quotation marks.
fn entities(state: &State, _: &Scene<'_, '_>, variant: usize) -> Undo {
    let known: &[(&[u8], &[u8])] = match variant {
        0 => ENTITIES,
        1 => &[ENTITIES[0], ENTITIES[1], ENTITIES[6]],
        2 => &ENTITIES[6..],
        _ => return Undo::End,
    };
    let bytes = state.bytes();
    let found = memchr::memchr_iter(b'&', bytes);
    let edits = found.filter_map(|at| {
        let (entity, char) = known
            .iter()
            .find(|(entity, _)| bytes[at..].starts_with(entity))?;
        Some(Edit::new(at..at + entity.len(), *char))
    });
    Undo::Edits(edits.collect())
}

/// What stands for an address that was made unreadable, in lower case.
const PLACEHOLDERS: &[&[u8]] = &[
    b"[redacted]",
    b"<redacted>",
    b"(redacted)",
    b"redacted@redacted.invalid",
    b"redacted",
    b"[address removed]",
    b"[email protected]",
    b"xxxxx",
    b"[removed]",
    b"[recipient]",
    b"***",
    b"xxxxx@xxxxx.xxx",
    b"user@redacted.invalid",
    b"<email>",
    b"[email]",
    b"<address>",
];

/// Placeholders as one of the addresses of the recipient.
fn redacted(state: &State, scene: &Scene<'_, '_>, variant: usize) -> Undo {
    let lower = state.bytes().to_ascii_lowercase();
    let is_there = |text: &&&[u8]| memchr::memmem::find(&lower, text).is_some();
    let there: Vec<&[u8]> = PLACEHOLDERS.iter().filter(is_there).copied().collect();
    let addresses = recipients(scene);
    let ways = addresses.len() * 2;
    if variant >= ways * there.len() {
        return Undo::End;
    }
    let placeholder = there[variant / ways];
    let address = &addresses[variant % ways / 2];
    let local = address.split('@').next().unwrap_or(address);
    let with = if variant.is_multiple_of(2) {
        address
    } else {
        local
    };
    let found = memchr::memmem::find_iter(&lower, placeholder);
    let edits = found.map(|at| Edit::new(range(at, placeholder), with));
    Undo::Edits(edits.collect())
}

fn range(at: usize, text: &[u8]) -> Range<usize> {
    at..at + text.len()
}

fn recipients(scene: &Scene<'_, '_>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for name in ["To", "Delivered-To", "X-Original-To", "Envelope-To"] {
        for field in scene.message.fields(name).take(1) {
            let text = field.unfolded();
            let words = text.split(|char: char| char.is_whitespace() || "<>,;\"".contains(char));
            for word in words.filter(|word| word.contains('@')).take(3) {
                if !found.iter().any(|known| known == word) {
                    found.push(word.to_owned());
                }
            }
        }
    }
    found
}
