//! Mailboxes: From as lists rewrite it, names, and the order of recipients.

use super::super::mail::{Field, Mail};
use super::super::rng::Rng;
use super::Damage;
use super::opened::{addresses, bare_address, display_name, find, is_signed, set, value};

pub const DAMAGES: &[Damage] = &[
    Damage {
        name: "from-rewritten",
        kinds: &["from-rewritten", "field-added", "address-added"],
        change: |mail, rng| {
            is_signed(mail, "From").then_some(())?;
            let munge = *rng.pick(&[mailman, mailman_cc, google_groups, groups_io, sympa]);
            munge(mail)
        },
    },
    // The name gets quotes, or loses those that it does not need.
    Damage {
        name: "display-name-changed",
        kinds: &["display-name", "refolded"],
        change: |mail, rng| {
            let name = *rng.pick(&["From", "To"]);
            is_signed(mail, name).then_some(())?;
            let list = value(mail, name)?;
            let quoted =
                addresses(&list)
                    .into_iter()
                    .map(|mailbox| match mailbox.rsplit_once(" <") {
                        Some((name, _)) if name.starts_with('"') && !plain(name) => mailbox,
                        Some((name, _)) if name.contains("=?") => mailbox,
                        Some((name, rest)) if name.starts_with('"') => {
                            format!("{} <{rest}", name.trim_matches('"'))
                        }
                        Some((name, rest)) => format!("\"{name}\" <{rest}"),
                        None => mailbox,
                    });
            let list = quoted.collect::<Vec<_>>().join(", ");
            set(mail, name, &list)
        },
    },
    // The name is dropped, or made of the address.
    Damage {
        name: "display-name-of-the-address",
        kinds: &["display-name", "refolded"],
        change: |mail, _| {
            let list = value(mail, "To").filter(|_| is_signed(mail, "To"))?;
            let renamed = addresses(&list)
                .into_iter()
                .map(|mailbox| match mailbox.contains('<') {
                    true => mailbox,
                    false => format!("\"{mailbox}\" <{mailbox}>"),
                });
            let list = renamed.collect::<Vec<_>>().join(", ");
            set(mail, "To", &list)
        },
    },
    // Postfix and Exchange write lists of addresses anew.
    Damage {
        name: "addresses-refolded",
        kinds: &["refolded", "field-white-space"],
        change: |mail, rng| {
            let name = *rng.pick(&["To", "Cc"]);
            let list = value(mail, name).filter(|_| is_signed(mail, name))?;
            let separator = *rng.pick(&[",\r\n\t", ",\r\n ", ",\r\n    ", ",", ",  "]);
            set(mail, name, &addresses(&list).join(separator))
        },
    },
    Damage {
        name: "addresses-reordered",
        kinds: &["addresses-reordered", "refolded"],
        change: |mail, rng| {
            let name = *rng.pick(&["To", "Cc"]);
            let list = value(mail, name).filter(|_| is_signed(mail, name))?;
            let mut list = addresses(&list);
            match rng.chance(1, 2) {
                true => list.sort(),
                false => list.rotate_left(1),
            }
            set(mail, name, &list.join(", "))
        },
    },
    // Mailman takes a member who gets the message directly out of Cc; a delivery field may name him.
    Damage {
        name: "addresses-cut",
        kinds: &["address-removed", "refolded"],
        change: |mail, rng| cut(mail, rng, true),
    },
    // The delivery field has no name, and no other field has it.
    Damage {
        name: "addresses-cut-with-name",
        kinds: &[],
        change: |mail, rng| cut(mail, rng, false),
    },
];

/// Takes an address out of Cc, of which all is kept, or not.
fn cut(mail: &mut Mail, rng: &mut Rng, is_kept: bool) -> Option<()> {
    let list = value(mail, "Cc").filter(|_| is_signed(mail, "Cc"))?;
    let mut list = addresses(&list);
    (list.len() > 1).then_some(())?;
    let lost = list.remove(rng.below(list.len()));
    // The name may be the first part of the address.
    let (local, _) = bare_address(&lost).split_once('@')?;
    let name = display_name(&lost);
    let can_be_made = name == bare_address(&lost) || name.eq_ignore_ascii_case(local);
    (is_kept == can_be_made).then_some(())?;
    set(mail, "Cc", &list.join(", "))?;
    let field = Field::new("Delivered-To", bare_address(&lost));
    mail.prepend(vec![field]);
    Some(())
}

fn plain(name: &str) -> bool {
    let name = name.trim_matches('"');
    name.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b' ')
}

const LIST: &str = "garden@lists.example.org";

fn reply_to(mail: &mut Mail, from: &str) {
    match find(mail, "Reply-To") {
        Some(at) => {
            let other = mail.fields[at].body().trim().to_owned();
            mail.fields[at] = Field::new("Reply-To", &format!("{other}, {from}"));
        }
        None => mail.fields.push(Field::new("Reply-To", from)),
    }
}

/// The author's name; of a bare address Mailman shows the part before the `@`.
fn shown(from: &str) -> String {
    match display_name(from).split_once('@') {
        Some((local, _)) => format!("{local}---"),
        None => display_name(from).to_owned(),
    }
}

/// Mailman with `dmarc_moderation_action` Munge From: the author goes into Reply-To.
fn mailman(mail: &mut Mail) -> Option<()> {
    let from = value(mail, "From")?;
    let name = shown(&from);
    let munged = match name.contains(',') {
        true => format!("\"{name} via Garden\" <{LIST}>"),
        false => format!("{name} via Garden <{LIST}>"),
    };
    set(mail, "From", &munged)?;
    reply_to(mail, &from);
    Some(())
}

/// The same for a list whose answers go to the list: the author goes into Cc. A signed Reply-To is
/// lost with it, so that nothing can be proved (see "field-lost").
fn mailman_cc(mail: &mut Mail) -> Option<()> {
    let from = value(mail, "From")?;
    let reply_to = value(mail, "Reply-To").filter(|_| is_signed(mail, "Reply-To"));
    let is_lost = |text: String| text != bare_address(&from);
    (!reply_to.is_some_and(is_lost)).then_some(())?;
    let munged = format!("{} via Garden <{LIST}>", shown(&from).replace(',', ""));
    set(mail, "From", &munged)?;
    match value(mail, "Cc") {
        Some(list) => set(mail, "Cc", &format!("{list}, {from}"))?,
        None => mail.fields.push(Field::new("Cc", &from)),
    }
    mail.fields.retain(|field| !field.is("Reply-To"));
    mail.fields.push(Field::new("Reply-To", LIST));
    Some(())
}

fn google_groups(mail: &mut Mail) -> Option<()> {
    let from = value(mail, "From")?;
    let munged = format!("\"'{}' via Garden\" <{LIST}>", display_name(&from));
    set(mail, "From", &munged)?;
    mail.fields.push(Field::new("X-Original-From", &from));
    if find(mail, "Reply-To").is_none() {
        mail.fields.push(Field::new("Reply-To", &from));
    }
    Some(())
}

fn groups_io(mail: &mut Mail) -> Option<()> {
    let from = value(mail, "From")?;
    let encoded = bare_address(&from).replace('@', "=");
    let name = display_name(&from);
    let munged = format!("\"{name} via lists.example.org\" <{encoded}@lists.example.org>");
    set(mail, "From", &munged)?;
    reply_to(mail, &from);
    Some(())
}

fn sympa(mail: &mut Mail) -> Option<()> {
    let from = value(mail, "From")?;
    let munged = format!(
        "\"{}\" (via garden Mailing List) <{LIST}>",
        display_name(&from)
    );
    set(mail, "From", &munged)?;
    mail.prepend(vec![Field::new("X-Original-From", &from)]);
    reply_to(mail, &from);
    Some(())
}
