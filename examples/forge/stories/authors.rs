//! From fields of every kind.

use super::super::mail::Field;
use super::super::plan::Plan;
use super::super::receivers::Receiver;
use super::super::ses;
use super::super::verdict::Cause;
use super::{Story, but};

pub const STORIES: &[Story] = &[
    Story {
        name: "several-from-addresses-one-domain",
        text: "From holds two addresses of one domain; DMARC has one author domain.",
        plan: |seed| {
            but(seed, |plan| {
                plan.from = vec!["Ada <ada@example.com>, Ben <ben@example.com>".into()];
                plan.extra
                    .push(Field::new("Sender", "Ada <ada@example.com>"));
            })
        },
    },
    Story {
        name: "several-from-domains",
        text: "From holds addresses of two domains: there is no single author domain, and DMARC cannot be applied.",
        plan: |seed| {
            but(seed, |plan| {
                no_author(plan, "Ada <ada@example.com>, Ben <ben@example.org>");
                plan.extra
                    .push(Field::new("Sender", "Ada <ada@example.com>"));
                plan.also_ask = vec!["example.com".into(), "example.org".into()];
                plan.zone.txt("_dmarc.example.org", "v=DMARC1; p=reject");
            })
        },
    },
    Story {
        name: "several-from-fields",
        text: "Somebody put a second From field above the signed one. The signatures do not notice, as h= names From once; with two fields there is no author domain.",
        plan: |seed| {
            but(seed, |plan| {
                plan.author = None;
                plan.receiver = Receiver::Postfix;
                plan.also_ask = vec!["example.com".into(), "example.org".into()];
                plan.zone
                    .txt("_dmarc.example.com", "v=DMARC1; p=quarantine");
                plan.tamper(add_from);
            })
        },
    },
    Story {
        name: "oversigned-from-added",
        text: "A second From field was put above, and the customer's h= names From twice: the addition breaks that signature, though not the one of amazonses.com.",
        plan: |seed| {
            but(seed, |plan| {
                plan.author = None;
                plan.receiver = Receiver::Postfix;
                plan.also_ask = vec!["example.com".into(), "example.org".into()];
                plan.zone
                    .txt("_dmarc.example.com", "v=DMARC1; p=quarantine");
                plan.own().names = ["From", "From", "To", "Subject", "Date", "Message-ID"]
                    .map(str::to_owned)
                    .to_vec();
                plan.own().cause = Cause::HeaderChanged;
                plan.tamper(add_from);
            })
        },
    },
    Story {
        name: "group-from",
        text: "From is a group (RFC 6854) with two members of one domain.",
        plan: |seed| {
            but(seed, |plan| {
                plan.from = vec!["Reading Group: ada@example.com, Ben <ben@example.com>;".into()];
                plan.extra
                    .push(Field::new("Sender", "Ada <ada@example.com>"));
            })
        },
    },
    Story {
        name: "empty-group-from",
        text: "From is a group without members: there is no author domain.",
        plan: |seed| but(seed, |plan| no_author(plan, "Reading Group:;")),
    },
    Story {
        name: "encoded-word-from",
        text: "The display name of From is an encoded word (RFC 2047) that holds an address of another domain; the address that counts is the one in angle brackets.",
        plan: |seed| {
            but(seed, |plan| {
                plan.from = vec![
                    "=?UTF-8?Q?B=C3=BCcherei_=3Chelp=40example=2Eorg=3E?=\r\n <orders@example.com>"
                        .into(),
                ];
            })
        },
    },
    Story {
        name: "display-name-only-from",
        text: "From holds a display name and no address: there is no author domain.",
        plan: |seed| but(seed, |plan| no_author(plan, "Larkspur Books")),
    },
    Story {
        name: "u-label-domain",
        text: "From has an internationalised domain in U-labels (RFC 6532); signature, MAIL FROM and DNS have its A-labels.",
        plan: |seed| {
            let mut plan = Plan::new(seed, "xn--bcher-kva.example", ses::find("eu-central-1"));
            plan.from = vec!["Bücherei am Fluss <post@bücher.example>".into()];
            plan
        },
    },
];

fn no_author(plan: &mut Plan, from: &str) {
    plan.from = vec![from.to_owned()];
    plan.author = None;
    plan.receiver = Receiver::Postfix;
    plan.also_ask = vec!["example.com".into()];
    plan.zone
        .txt("_dmarc.example.com", "v=DMARC1; p=quarantine");
}

fn add_from(mail: &mut super::super::mail::Mail) {
    mail.prepend(vec![Field::new("From", "Accounts <accounts@example.org>")]);
}
