//! Changes after signing that can be undone exactly: what broke the signature is proved.

use super::super::body;
use super::super::mail::{Field, Mail};
use super::super::plan::Plan;
use super::super::sign::Canon;
use super::super::verdict::Cause;
use super::{Story, but};

pub const STORIES: &[Story] = &[
    Story {
        name: "broken-references-at-998",
        text: "A server broke References at octet 998, inside a word. Joined again, the author's signature verifies.",
        plan: |seed| {
            header(seed, Canon::Relaxed, |plan| {
                let ids: Vec<String> = (10..30).map(thread_id).collect();
                plan.extra.push(Field::new("References", &ids.join(" ")));
                plan.own().names = names(&["References"]);
                plan.tamper(|mail| mail.field("References").0.insert_str(998, "\r\n "));
            })
        },
    },
    Story {
        name: "broken-subject-at-998",
        text: "A server broke Subject at octet 998, and what follows begins a line of its own, which is no header field.",
        plan: |seed| {
            header(seed, Canon::Relaxed, |plan| {
                plan.subject = "Some very long title ".repeat(70).trim_end().to_owned();
                plan.own().names = names(&[]);
                plan.tamper(|mail| mail.field("Subject").0.insert_str(998, "\r\n"));
            })
        },
    },
    Story {
        name: "broken-signature-field-refolded",
        text: "The author's signature is c=simple for the header, and a server unfolded the DKIM-Signature field itself.",
        plan: |seed| {
            header(seed, Canon::Simple, |plan| {
                plan.own().names = names(&[]);
                plan.tamper(|mail| {
                    let field = mail.field("DKIM-Signature");
                    field.0 = field.0.replace("\r\n\t", " ").replace("\r\n", "");
                });
            })
        },
    },
    Story {
        name: "broken-recipients-refolded",
        text: "The author's signature is c=simple for the header, and a server folded To after each comma.",
        plan: |seed| {
            header(seed, Canon::Simple, |plan| {
                plan.to = "reader@example.net, second@example.net, third@example.net".into();
                plan.own().names = names(&[]);
                plan.tamper(|mail| {
                    let field = mail.field("To");
                    field.0 = field.0.replace(", ", ",\r\n\t");
                });
            })
        },
    },
    Story {
        name: "broken-bare-cr",
        text: "A line of the body ends in CR alone, which the signers took for a line end.",
        plan: |seed| {
            text(seed, "Hello,\r\n\r\none line\rnext line\r\n", |plan| {
                for signer in &mut plan.signers {
                    signer.before = Some(|mail| mail.edit_body("line\rnext", "line\r\nnext"));
                }
            })
        },
    },
    Story {
        name: "broken-cr-doubled",
        text: "A program wrote CR CR LF for the CR LF of each line of the body.",
        plan: |seed| {
            text(seed, "Hello,\r\n\r\nyour parcel left.\r\n", |plan| {
                plan.tamper(|mail| edit(mail, "\r\n", "\r\r\n"));
            })
        },
    },
    Story {
        name: "broken-long-line",
        text: "A line of the body has 1,200 octets, and a server broke it at octet 998.",
        plan: |seed| {
            text(
                seed,
                &format!("{}\r\n", "abcdefghij ".repeat(110)),
                |plan| {
                    plan.tamper(|mail| {
                        mail.body.splice(998..998, *b"\r\n ").for_each(drop);
                    });
                },
            )
        },
    },
];

/// The header is changed behind the author's signature.
fn header(seed: &str, canon: Canon, change: impl FnOnce(&mut Plan)) -> Plan {
    but(seed, |plan| {
        plan.own().header = canon;
        plan.own().cause = Cause::HeaderChanged;
        // The second signature does not cover what changes.
        plan.signers[1].names = ["from", "message-id", "date"].map(String::from).to_vec();
        change(plan);
    })
}

/// The body is changed behind both signatures.
fn text(seed: &str, body: &str, change: impl FnOnce(&mut Plan)) -> Plan {
    but(seed, |plan| {
        plan.content = body::plain(body);
        let signers = plan.signers.iter_mut();
        signers.for_each(|signer| signer.cause = Cause::BodyChanged);
        change(plan);
    })
}

fn names(more: &[&str]) -> Vec<String> {
    let usual = ["from", "to", "subject", "message-id", "date"];
    usual
        .iter()
        .chain(more)
        .map(|name| (*name).to_owned())
        .collect()
}

fn thread_id(number: usize) -> String {
    format!("<thread.{number}.CAFx7Qk9mNwTz4bLhGd2RvYpEe6sUoXc1aJ@mail.example.com>")
}

fn edit(mail: &mut Mail, old: &str, new: &str) {
    let text = String::from_utf8_lossy(&mail.body).replace(old, new);
    mail.body = text.into_bytes();
}
