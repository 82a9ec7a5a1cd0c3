//! Fields of addresses: display names, order, and addresses that lists take out or add.

use super::super::Kind;
use super::{Alternatives, Scene};

/// One address of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mailbox {
    /// The display name as written, with its quotation marks.
    pub name: Vec<u8>,
    pub address: Vec<u8>,
}

const NAMES: &[&str] = &["from", "to", "cc", "reply-to", "sender"];

pub(super) fn undo(scene: &Scene<'_, '_>, out: &mut Alternatives<'_, '_>) {
    if !NAMES.contains(&out.slot.name.as_str()) || out.slot.field.is_none() {
        return;
    }
    let all = mailboxes(out.slot.text());
    if all.is_empty() || all.len() > MOST {
        return;
    }
    names(&all, out);
    if out.slot.is("reply-to") && all.len() > 1 {
        // Lists add their own address.
        out.text(1, &[Kind::AddressAdded], joined(&all[..all.len() - 1]));
        out.text(2, &[Kind::AddressAdded], joined(&all[1..]));
    }
    if matches!(out.slot.name.as_str(), "to" | "cc") {
        order(&all, out);
        cut(scene, &all, out);
    }
}

const MOST: usize = 100;

/// Display names in other forms: all of the field, then each alone.
fn names(all: &[Mailbox], out: &mut Alternatives<'_, '_>) {
    let kind = &[Kind::DisplayName][..];
    for form in FORMS {
        let changed: Vec<Mailbox> = all.iter().map(form).collect();
        out.text(2, kind, joined(&changed));
    }
    for at in 0..all.len().min(8) {
        for form in FORMS {
            let mut changed = all.to_vec();
            changed[at] = form(&changed[at]);
            out.text(3, kind, joined(&changed));
        }
    }
    // Only the white space between them.
    out.text(2, &[Kind::FieldWhiteSpace], joined(all));
}

/// Other ways to write a mailbox.
const FORMS: &[fn(&Mailbox) -> Mailbox] = &[
    // A name that was made of the address.
    |one| match unquoted(&one.name) {
        name if name == one.address || name == local(&one.address) => one.named(Vec::new()),
        _ => one.clone(),
    },
    |one| one.named(unquoted(&one.name)),
    |one| one.named(quoted(&one.name)),
    |one| one.named(Vec::new()),
    |one| match one.name.is_empty() {
        true => one.named(quoted(&one.address)),
        false => one.clone(),
    },
    |one| match one.name.is_empty() {
        true => one.named(one.address.clone()),
        false => one.clone(),
    },
    |one| match one.name.is_empty() {
        true => one.named(local(&one.address)),
        false => one.clone(),
    },
    |one| match one.name.is_empty() {
        true => one.named(quoted(&local(&one.address))),
        false => one.clone(),
    },
    // A quotation mark that was not needed is escaped by some.
    |one| one.named(quoted(&[b"'", &unquoted(&one.name)[..], b"'"].concat())),
    // `<address>` without a name.
    |one| match one.name.is_empty() {
        true => Mailbox {
            name: Vec::new(),
            address: [b"<", &one.address[..], b">"].concat(),
        },
        false => one.clone(),
    },
];

fn local(address: &[u8]) -> Vec<u8> {
    let at = address.iter().position(|byte| *byte == b'@');
    address[..at.unwrap_or(address.len())].to_vec()
}

fn capitalised(word: &[u8]) -> Vec<u8> {
    let mut word = word.to_vec();
    if let Some(first) = word.first_mut() {
        first.make_ascii_uppercase();
    }
    word
}

/// The addresses in another order.
fn order(all: &[Mailbox], out: &mut Alternatives<'_, '_>) {
    if all.len() < 2 {
        return;
    }
    let kind = &[Kind::AddressesReordered][..];
    let mut other = all.to_vec();
    other.reverse();
    out.text(3, kind, joined(&other));
    let mut other = all.to_vec();
    other.rotate_left(1);
    out.text(3, kind, joined(&other));
    other.rotate_right(2);
    out.text(3, kind, joined(&other));
    for (name, by) in [(0, false), (1, true)] {
        let mut other = all.to_vec();
        match by {
            false => other.sort_by_key(|one| one.address.to_ascii_lowercase()),
            true => other.sort_by_key(|one| one.name.to_ascii_lowercase()),
        }
        out.text(3 + name, kind, joined(&other));
    }
    for at in 0..all.len().min(12) - 1 {
        let mut other = all.to_vec();
        other.swap(at, at + 1);
        out.text(4, kind, joined(&other));
    }
}

/// Addresses that were taken out or added.
fn cut(scene: &Scene<'_, '_>, all: &[Mailbox], out: &mut Alternatives<'_, '_>) {
    if all.len() > 1 {
        // Lists put the author into Cc.
        out.text(2, &[Kind::AddressAdded], joined(&all[..all.len() - 1]));
    }
    for at in 0..all.len().min(12) {
        if all.len() > 1 {
            let mut other = all.to_vec();
            other.remove(at);
            out.text(4, &[Kind::AddressAdded], joined(&other));
        }
    }
    for known in known(scene) {
        if all.iter().any(|one| one.address == known.address) {
            continue;
        }
        let bare = known.named(Vec::new());
        let of_address = match known.name.is_empty() {
            true => known.named(capitalised(&local(&known.address))),
            false => bare.clone(),
        };
        let forms = [known, of_address, bare];
        for one in &forms {
            let middle = 1..all.len().min(MOST_PLACES);
            for at in [all.len(), 0].into_iter().chain(middle) {
                let mut other = all.to_vec();
                other.insert(at, one.clone());
                out.text(4, &[Kind::AddressRemoved], joined(&other));
            }
        }
    }
}

/// Places within a field at which an address may have been.
const MOST_PLACES: usize = 6;

/// Addresses that the rest of the message names.
fn known(scene: &Scene<'_, '_>) -> Vec<Mailbox> {
    let mut known: Vec<Mailbox> = Vec::new();
    for name in [
        "Delivered-To",
        "X-Original-To",
        "Envelope-To",
        "X-MailFrom",
        "List-Post",
        "Cc",
        "To",
        "Reply-To",
        "From",
    ] {
        for field in scene.message.fields(name).take(2) {
            let text = field.body.trim_ascii();
            let text = text.strip_prefix(b"<mailto:").unwrap_or(text);
            for one in mailboxes(text).into_iter().take(10) {
                let address = one.address.strip_suffix(b">").unwrap_or(&one.address);
                let one = Mailbox {
                    name: one.name,
                    address: address.to_vec(),
                };
                let is_address = one.address.contains(&b'@');
                if is_address && known.iter().all(|other| other.address != one.address) {
                    known.push(one);
                }
            }
        }
    }
    known.truncate(12);
    known
}

impl Mailbox {
    pub(super) fn written(&self) -> Vec<u8> {
        match self.name.is_empty() {
            true => self.address.clone(),
            false => [&self.name[..], b" <", &self.address, b">"].concat(),
        }
    }

    fn named(&self, name: Vec<u8>) -> Self {
        Self {
            name,
            address: self.address.clone(),
        }
    }
}

fn joined(all: &[Mailbox]) -> Vec<u8> {
    let all: Vec<Vec<u8>> = all.iter().map(Mailbox::written).collect();
    all.join(&b", "[..])
}

/// A display name without quotation marks.
pub(super) fn unquoted(name: &[u8]) -> Vec<u8> {
    let inner = name
        .strip_prefix(b"\"")
        .and_then(|name| name.strip_suffix(b"\""));
    let inner = inner.unwrap_or(name);
    let mut out = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => out.extend(bytes.next()),
            byte => out.push(*byte),
        }
    }
    out
}

fn quoted(name: &[u8]) -> Vec<u8> {
    match name.is_empty() || name.starts_with(b"\"") || name.starts_with(b"=?") {
        true => name.to_vec(),
        false => [b"\"", name, b"\""].concat(),
    }
}

/// The addresses of a field, as written; groups and routes are not read.
pub(super) fn mailboxes(text: &[u8]) -> Vec<Mailbox> {
    let mut all = Vec::new();
    for piece in pieces(text) {
        let piece = unfolded(piece);
        let piece = piece.trim_ascii();
        let open = piece.iter().rposition(|byte| *byte == b'<');
        let mailbox = match open {
            Some(open) => {
                let inner = &piece[open + 1..];
                let end = inner.iter().position(|byte| *byte == b'>');
                Mailbox {
                    name: piece[..open].trim_ascii().to_vec(),
                    address: inner[..end.unwrap_or(inner.len())].to_vec(),
                }
            }
            None => Mailbox {
                name: Vec::new(),
                address: piece.to_vec(),
            },
        };
        if !mailbox.address.is_empty() {
            all.push(mailbox);
        }
        if all.len() > MOST {
            break;
        }
    }
    all
}

fn unfolded(text: &[u8]) -> Vec<u8> {
    let lines = text.split(|byte| *byte == b'\n');
    let mut out = Vec::with_capacity(text.len());
    for (number, line) in lines.enumerate() {
        if number > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(line.trim_ascii());
    }
    out
}

/// The text between commas that are not within quotation marks, angle brackets or comments.
fn pieces(text: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let (mut start, mut quoted, mut depth) = (0, false, 0_usize);
    let mut escaped = false;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            b'(' | b'<' if !quoted => depth += 1,
            b')' | b'>' if !quoted => depth = depth.saturating_sub(1),
            b',' if !quoted && depth == 0 => {
                pieces.push(&text[start..at]);
                start = at + 1;
            }
            _ => (),
        }
    }
    pieces.push(&text[start..]);
    pieces
}
