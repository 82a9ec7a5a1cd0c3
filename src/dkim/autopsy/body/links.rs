//! Text that filters replace: links that lead through them, characters as HTML entities, and
//! addresses that were made unreadable.

use super::edited::Edit;
use super::{How, Recipe, Scene, Stage, State, Undo, opened};
use crate::dkim::autopsy::Kind;

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
        cost: 2,
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

/// All links of filters replaced by those that they lead to.
fn links(state: &State, scene: &Scene<'_, '_>, variant: usize) -> Undo {
    opened::edit(state, scene, Some(variant), |part, text| {
        all_links(text, part.entity.kind == "text/html").into()
    })
}

fn all_links(text: &[u8], is_html: bool) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut from = 0;
    while let Some(at) = memchr::memmem::find(&text[from..], b"http") {
        let start = from + at;
        let length = text[start..].iter().position(ends_link);
        let mut end = length.map_or(text.len(), |length| start + length);
        from = end.max(start + 4);
        // What ends a sentence is not of the link.
        while matches!(
            text[start..end].last(),
            Some(b'.' | b',' | b';' | b':' | b'!')
        ) {
            end -= 1;
        }
        let link = &text[start..end];
        let head = link[..link.len().min(120)].to_ascii_lowercase();
        let form = FORMS
            .iter()
            .find(|(part, _)| memchr::memmem::find(&head, part).is_some());
        if let Some(target) = form.and_then(|(_, undo)| undo(link)) {
            // In HTML, `&` is an entity.
            let is_escaped = memchr::memmem::find(&target, b"&amp;").is_some();
            let target = match is_html && !is_escaped {
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

/// Entities as the characters that they stand for: all of them, or without the quotation marks, or
/// `&` alone; wherever they are, as a program that knows no MIME writes them.
fn entities(state: &State, _: &Scene<'_, '_>, variant: usize) -> Undo {
    let known: &[(&[u8], &[u8])] = match variant {
        0 => ENTITIES,
        1 => &[ENTITIES[0], ENTITIES[1], ENTITIES[6]],
        2 => &[ENTITIES[0], ENTITIES[1]],
        3 => &ENTITIES[6..],
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

/// Placeholders as one of the addresses of the recipient, or the part before its `@`.
fn redacted(state: &State, scene: &Scene<'_, '_>, variant: usize) -> Undo {
    let (choice, style) = opened::choice(state, scene, variant);
    let texts = opened::in_small_letters(state, scene);
    let is_there = |part: &[u8]| {
        texts
            .iter()
            .any(|text| memchr::memmem::find(text, part).is_some())
    };
    let mut choices = Vec::new();
    for address in recipients(scene) {
        let (local, domain) = address.split_once('@').unwrap_or((&address, ""));
        let forms = [format!("redacted@{domain}"), format!("{local} at {domain}")];
        let forms = forms
            .into_iter()
            .map(|form| form.to_ascii_lowercase().into_bytes());
        for placeholder in forms.chain(PLACEHOLDERS.iter().map(|text| text.to_vec())) {
            if !is_there(&placeholder) {
                continue;
            }
            choices.push((placeholder.clone(), address.clone()));
            choices.push((placeholder, local.to_owned()));
        }
    }
    let Some((placeholder, with)) = choices.get(choice) else {
        return Undo::End;
    };
    // Who puts a placeholder into a saved file does not write the lines anew.
    let style = style.checked_sub(1);
    let undo = opened::edit(state, scene, style, |_, text| {
        let lower = text.to_ascii_lowercase();
        let found = memchr::memmem::find_iter(&lower, placeholder);
        let edits = found.map(|at| Edit::new(at..at + placeholder.len(), with.as_bytes()));
        edits.collect::<Vec<_>>().into()
    });
    match undo {
        // Another choice may apply.
        Undo::End => Undo::Skip,
        undo => undo,
    }
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
