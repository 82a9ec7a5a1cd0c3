//! Parts removed, text around the parts, and messages cut off.

use super::super::mail::{Field, Mail};
use super::super::rng::Rng;
use super::Damage;
use super::opened::{boundary, each_leaf, media, open, parts, position, set, value};

pub const DAMAGES: &[Damage] = &[
    // Mailman's content filter: of a multipart/alternative the text remains. The HTML is nowhere else.
    Damage {
        name: "part-removed",
        kinds: &[],
        change: |mail, _| {
            (media(mail) == "multipart/alternative").then_some(())?;
            let (parts, _) = parts(&mail.body, &boundary(mail)?);
            let first = open(&mail.body[parts.first()?.clone()]);
            set(mail, "Content-Type", &value(&first, "Content-Type")?)?;
            let encoding = Field::new(
                "Content-Transfer-Encoding",
                &value(&first, "Content-Transfer-Encoding")?,
            );
            mail.fields
                .retain(|field| !field.is("Content-Transfer-Encoding"));
            mail.fields.push(encoding);
            mail.body = first.body;
            Some(())
        },
    },
    // Gateways that take out an attachment leave a note. What was attached is nowhere else.
    Damage {
        name: "attachment-removed",
        kinds: &[],
        change: |mail, _| {
            boundary(mail)?;
            each_leaf(mail, &mut |leaf| {
                if media(leaf) == "application/pdf" {
                    leaf.fields = vec![Field::new("Content-Type", "text/plain; charset=us-ascii")];
                    leaf.body = b"The attachment catalogue.pdf was removed.\r\n".to_vec();
                }
            });
            Some(())
        },
    },
    Damage {
        name: "preamble-added",
        kinds: &["preamble", "empty-lines-added"],
        change: |mail, rng| {
            let boundary = boundary(mail)?;
            mail.body
                .starts_with(format!("--{boundary}").as_bytes())
                .then_some(())?;
            let preamble = *rng.pick(&[
                "This is a multi-part message in MIME format.\r\n\r\n",
                "This is a multi-part message in MIME format.\r\n",
                "This is a MIME-formatted message.  Old programs show it as plain text.\r\n\r\n",
                "\r\n",
            ]);
            mail.body.splice(0..0, preamble.bytes()).for_each(drop);
            Some(())
        },
    },
    // Programs write one of a few sentences there: it can be guessed.
    Damage {
        name: "preamble-removed",
        kinds: &["preamble", "empty-lines-lost"],
        change: |mail, _| {
            let delimiter = format!("--{}", boundary(mail)?);
            let at = position(&mail.body, delimiter.as_bytes())?;
            mail.body.drain(..at).for_each(drop);
            Some(())
        },
    },
    // In place of the empty lines there. A text there would be lost, as in `epilogue-removed`.
    Damage {
        name: "epilogue-added",
        kinds: &["epilogue-added", "footer", "empty-lines-added"],
        change: |mail, rng| {
            let (_, end) = parts(&mail.body, &boundary(mail)?);
            mail.body[end..].trim_ascii().is_empty().then_some(())?;
            let more = *rng.pick(&["\r\n.\r\n", "\r\nEnd of the message\r\n", " \r\n"]);
            mail.body.splice(end.., more.bytes()).for_each(drop);
            Some(())
        },
    },
    // An epilogue is any text, and this one is nowhere else. One of empty lines breaks nothing.
    Damage {
        name: "epilogue-removed",
        kinds: &[],
        change: |mail, _| {
            let (_, end) = parts(&mail.body, &boundary(mail)?);
            mail.body.truncate(end);
            Some(())
        },
    },
    // The second half is nowhere else.
    Damage {
        name: "truncated",
        kinds: &[],
        change: |mail, rng| {
            let half = mail.body.len() / 2;
            let at = half + rng.below((half / 2).max(1));
            mail.body.truncate(at);
            mail.body.extend_from_slice(b"\r\n");
            Some(())
        },
    },
    // The boundary itself is known from Content-Type. With text behind it, that would be lost too, as
    // in `epilogue-removed`.
    Damage {
        name: "closing-boundary-lost",
        kinds: &["closing-boundary-lost", "truncated"],
        change: |mail, _| {
            let closing = format!("--{}--", boundary(mail)?);
            let at = position(&mail.body, closing.as_bytes())?;
            let behind = &mail.body[at + closing.len()..];
            behind.trim_ascii().is_empty().then_some(())?;
            mail.body.truncate(at);
            Some(())
        },
    },
    // Python's email, and others, give each multipart a new boundary when they write it. The old one
    // has 49 random bits or more, and is nowhere else.
    Damage {
        name: "boundary-replaced",
        kinds: &[],
        change: |mail, rng| new_boundary(mail, rng),
    },
];

fn new_boundary(mail: &mut Mail, rng: &mut Rng) -> Option<()> {
    let old = boundary(mail)?;
    let new = format!("_000_{}example_", rng.hex(32).to_uppercase());
    let kind = value(mail, "Content-Type")?.replace(&old, &new);
    set(mail, "Content-Type", &kind)?;
    mail.body = super::lines::replaced(&mail.body, old.as_bytes(), new.as_bytes());
    Some(())
}
