//! One story for each cause in the message: what is wrong with a signature.

use super::super::body;
use super::super::keys::{Hash, KeyId};
use super::super::plan::Plan;
use super::super::receivers::Receiver;
use super::super::sign::Published;
use super::super::verdict::Cause;
use super::sending::tag_subject;
use super::{Story, but};

const DAY: i64 = 86_400;

pub const STORIES: &[Story] = &[
    Story {
        name: "dkim-body-changed",
        text: "A gateway added a line to the body behind the signer; both body hashes differ and the header still verifies.",
        plan: |seed| {
            but(seed, |plan| {
                all_are(plan, Cause::BodyChanged);
                plan.content = body::plain("Hello,\r\n\r\nthe parcel is on its way.\r\n");
                plan.tamper(|mail| {
                    mail.body
                        .extend_from_slice(b"\r\nChecked by the mail gateway of example.net.\r\n")
                });
            })
        },
    },
    Story {
        name: "dkim-header-changed",
        text: "A gateway put a tag before the subject; the body hashes match and the header signatures fail.",
        plan: |seed| {
            but(seed, |plan| {
                all_are(plan, Cause::HeaderChanged);
                plan.tamper(|mail| tag_subject(mail, "[EXTERNAL] "));
            })
        },
    },
    Story {
        name: "dkim-body-and-header-changed",
        text: "A gateway put a tag before the subject and a warning above the body.",
        plan: |seed| {
            but(seed, |plan| {
                all_are(plan, Cause::BodyAndHeaderChanged);
                plan.receiver = Receiver::Postfix;
                plan.content = body::plain("Hello,\r\n\r\nthe parcel is on its way.\r\n");
                plan.tamper(|mail| {
                    tag_subject(mail, "[EXTERNAL] ");
                    mail.edit_body("Hello", "This message comes from outside.\r\n\r\nHello");
                });
            })
        },
    },
    Story {
        name: "dkim-expired",
        text: "The customer's signature has x=, and the message arrived a day after it.",
        plan: |seed| {
            own(seed, Cause::Expired, |plan| {
                let sent = plan.sent.as_second();
                plan.own().signed_at = sent - 3 * DAY;
                plan.own().expires = Some(sent - DAY);
            })
        },
    },
    Story {
        name: "dkim-future",
        text: "The customer's signature says that it was made two days after the message arrived.",
        plan: |seed| {
            own(seed, Cause::Future, |plan| {
                plan.own().signed_at += 2 * DAY;
            })
        },
    },
    Story {
        name: "dkim-missing-tag",
        text: "The customer's signature has no bh=, which is required.",
        plan: |seed| own(seed, Cause::MissingTag, |plan| edit(plan, "bh", None)),
    },
    Story {
        name: "dkim-version",
        text: "The customer's signature says v=2; there is only version 1.",
        plan: |seed| own(seed, Cause::Version, |plan| edit(plan, "v", Some("2"))),
    },
    Story {
        name: "dkim-identity-outside-domain",
        text: "The customer's signature says i=@example.org, which is neither d=example.com nor below it.",
        plan: |seed| {
            own(seed, Cause::IdentityOutsideDomain, |plan| {
                plan.own().identity = Some("@example.org".into());
            })
        },
    },
    Story {
        name: "dkim-from-not-signed",
        text: "The customer's signature does not cover From.",
        plan: |seed| {
            own(seed, Cause::FromNotSigned, |plan| {
                plan.own().names = ["To", "Subject", "Date", "Message-ID"]
                    .map(str::to_owned)
                    .to_vec();
            })
        },
    },
    Story {
        name: "dkim-syntax",
        text: "A tag of the customer's signature has no equals sign, so the field is no tag list.",
        plan: |seed| {
            own(seed, Cause::Syntax, |plan| {
                edit(plan, "c", None);
                edit(plan, "c!", Some("c relaxed/simple"));
            })
        },
    },
    Story {
        name: "dkim-syntax-duplicate-tag",
        text: "The customer's signature has t= twice; with a duplicate the whole tag list is invalid (RFC 6376 §3.2).",
        plan: |seed| {
            own(seed, Cause::Syntax, |plan| {
                edit(plan, "t!", Some("t=1782000000"));
            })
        },
    },
    Story {
        name: "dkim-unknown-algorithm",
        text: "The customer's signature says a=rsa-sha512, which no standard of DKIM knows.",
        plan: |seed| {
            own(seed, Cause::UnknownAlgorithm, |plan| {
                edit(plan, "a", Some("rsa-sha512"))
            })
        },
    },
    Story {
        name: "dkim-unknown-canonicalization",
        text: "The customer's signature says c=relaxed/nofws; nofws was dropped before DKIM became a standard.",
        plan: |seed| {
            own(seed, Cause::UnknownCanonicalization, |plan| {
                edit(plan, "c", Some("relaxed/nofws"))
            })
        },
    },
    Story {
        name: "dkim-sha1",
        text: "The customer's signature is a correct rsa-sha1, which must no longer be accepted (RFC 8301 §3.1).",
        plan: |seed| {
            own(seed, Cause::Sha1, |plan| {
                let record = format!("v=DKIM1; k=rsa; p={}", KeyId::Customer1024.public());
                plan.own().selector = "shop2012".into();
                plan.own().key = KeyId::Customer1024;
                plan.own().hash = Hash::Sha1;
                plan.own().published = Published::Txt(vec![record]);
            })
        },
    },
    Story {
        name: "dkim-headers-only",
        text: "The file ends behind the last header field, without an empty line: there is no body to check.",
        plan: |seed| {
            but(seed, |plan| {
                all_are(plan, Cause::HeadersOnly);
                plan.headers_only = true;
            })
        },
    },
];

/// The usual plan, but the customer's signature has `cause`.
pub fn own(seed: &str, cause: Cause, change: impl FnOnce(&mut Plan)) -> Plan {
    but(seed, |plan| {
        plan.own().cause = cause;
        change(plan);
    })
}

fn all_are(plan: &mut Plan, cause: Cause) {
    plan.signers
        .iter_mut()
        .for_each(|signer| signer.cause = cause);
}

fn edit(plan: &mut Plan, tag: &'static str, value: Option<&str>) {
    plan.own().edits.push((tag, value.map(str::to_owned)));
}
