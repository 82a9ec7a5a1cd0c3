//! From, as it was before a list or a gateway put its own address there.

use super::super::Kind;
use super::addresses::{self, Mailbox};
use super::{Alternatives, Scene};

/// Fields in which lists and gateways keep the author, the surest first.
const KEPT: &[&str] = &[
    "X-Original-From",
    "Original-From",
    "X-MailFrom-Original",
    "Reply-To",
    "X-Original-Sender",
    "X-MailFrom",
    "X-Sender",
    "Cc",
];

/// What lists write behind the name of an author, in lower case.
const VIA: &[&[u8]] = &[b" via ", b" on behalf of ", b" (via ", b" at "];

pub(super) fn undo(scene: &Scene<'_, '_>, out: &mut Alternatives<'_, '_>) {
    if !out.slot.is("from") || out.slot.field.is_none() {
        return;
    }
    let kind = &[Kind::FromRewritten][..];
    let now = addresses::mailboxes(out.slot.text());
    let Some(Mailbox { name, address }) = now.into_iter().next() else {
        return;
    };
    let name = author_name(&name);
    for (number, field) in (0_u32..).zip(KEPT) {
        for kept in scene.message.fields(field).take(1) {
            let text = kept.body.trim_ascii();
            let cost = 1 + number / 4;
            if *field == "X-Original-From" || *field == "Original-From" {
                out.text(cost, kind, text);
            }
            for one in addresses::mailboxes(text).into_iter().rev().take(3) {
                if one.address == address {
                    continue;
                }
                if !one.name.is_empty() {
                    out.text(cost, kind, one.written());
                }
                for form in forms(&name, &one.address) {
                    out.text(cost, kind, form);
                }
                out.text(cost + 1, kind, &one.address);
                for form in forms(&addresses::unquoted(&one.name), &one.address) {
                    out.text(cost + 1, kind, form);
                }
                out.text(cost + 1, kind, [b"<", &one.address[..], b">"].concat());
            }
        }
    }
}

/// The name of the author in a display name such as `Ada via List`.
fn author_name(name: &[u8]) -> Vec<u8> {
    let plain = addresses::unquoted(name);
    let lower = plain.to_ascii_lowercase();
    let end = VIA
        .iter()
        .find_map(|via| memchr::memmem::rfind(&lower, via))
        .unwrap_or(plain.len());
    let name = plain[..end].trim_ascii();
    let name = name.strip_prefix(b"'").unwrap_or(name);
    name.strip_suffix(b"'").unwrap_or(name).to_vec()
}

/// The ways to write a mailbox.
fn forms(name: &[u8], address: &[u8]) -> Vec<Vec<u8>> {
    if name.is_empty() {
        return vec![address.to_vec(), [b"<", address, b">"].concat()];
    }
    vec![
        [name, b" <", address, b">"].concat(),
        [b"\"", name, b"\" <", address, b">"].concat(),
    ]
}
