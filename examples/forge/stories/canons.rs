//! Canonicalisation, line ends and white space, and what else a signature may contain.

use super::super::body::{self, Content};
use super::super::keys::KeyId;
use super::super::mail::Field;
use super::super::plan::Plan;
use super::super::receivers::Receiver;
use super::super::ses;
use super::super::sign::{Canon, Published, Signer};
use super::super::verdict::Cause;
use super::{Story, but};

pub const STORIES: &[Story] = &[
    Story {
        name: "canon-simple-simple",
        text: "The customer's signature is c=simple/simple over folded fields and uneven white space.",
        plan: |seed| canon(seed, Canon::Simple, Canon::Simple),
    },
    Story {
        name: "canon-simple-relaxed",
        text: "The customer's signature is c=simple/relaxed over folded fields and uneven white space.",
        plan: |seed| canon(seed, Canon::Simple, Canon::Relaxed),
    },
    Story {
        name: "canon-relaxed-simple",
        text: "The customer's signature is c=relaxed/simple over folded fields and uneven white space.",
        plan: |seed| canon(seed, Canon::Relaxed, Canon::Simple),
    },
    Story {
        name: "canon-relaxed-relaxed",
        text: "The customer's signature is c=relaxed/relaxed over folded fields and uneven white space; the body's spaces were collapsed on the way, which breaks the second signature (relaxed/simple) and not the first.",
        plan: |seed| {
            let mut plan = canon(seed, Canon::Relaxed, Canon::Relaxed);
            plan.signers[1].cause = Cause::BodyChanged;
            plan.tamper(|mail| mail.edit_body("two  spaces,", "two spaces,"));
            plan
        },
    },
    Story {
        name: "empty-body-simple",
        text: "There is no body; under c=…/simple the hash is that of one CRLF (RFC 6376 §3.4.3).",
        plan: |seed| but(seed, |plan| plan.content = body::plain("")),
    },
    Story {
        name: "empty-body-relaxed",
        text: "There is no body; under c=…/relaxed the customer's hash is that of nothing at all (RFC 6376 §3.4.4).",
        plan: |seed| {
            but(seed, |plan| {
                plan.content = body::plain("");
                plan.own().body = Canon::Relaxed;
            })
        },
    },
    Story {
        name: "whitespace-only-last-lines",
        text: "The last lines of the body hold only spaces and tabs; under c=relaxed/relaxed they are empty lines and fall away.",
        plan: |seed| {
            but(seed, |plan| {
                plan.content = body::plain("Hello,\r\n\r\nthat is all.\r\n  \r\n\t\r\n \t \r\n");
                plan.own().body = Canon::Relaxed;
            })
        },
    },
    Story {
        name: "trailing-spaces-simple",
        text: "Lines of the body end in spaces, which c=relaxed/simple hashes as they are.",
        plan: |seed| {
            but(seed, |plan| {
                plan.content = body::plain(
                    "Format-flowed text ends its soft lines in a space \r\nand goes on here.  \r\n\r\n-- \r\nLarkspur Books\r\n\r\n\r\n",
                );
            })
        },
    },
    Story {
        name: "no-final-line-end",
        text: "The file ends without a line end; both canonicalisations add it.",
        plan: |seed| {
            but(seed, |plan| {
                plan.content = body::plain("Hello,\r\n\r\nno more.")
            })
        },
    },
    Story {
        name: "eight-bit-body",
        text: "The body is UTF-8 in 8bit, as it stands.",
        plan: |seed| {
            but(seed, |plan| {
                plan.content = Content {
                    encoding: "8bit",
                    ..body::plain("Grüße aus Zürich,\r\n\r\nder Tee ist fertig – 3,50 €.\r\n")
                };
            })
        },
    },
    Story {
        name: "folded-and-repeated-headers",
        text: "Subject is folded, Comments occurs three times, and h= names it twice: the two lowest are signed, from the bottom up, and a change to the topmost does no harm.",
        plan: |seed| {
            but(seed, |plan| {
                plan.subject = "A subject that goes on\r\n and on,\r\n\tover three lines".into();
                plan.extra = vec![
                    Field::new("Comments", "topmost, unsigned"),
                    Field::new("Comments", "in the middle,\r\n  folded"),
                    Field::new("Comments", "lowest"),
                ];
                plan.own().names = [
                    "From",
                    "To",
                    "Subject",
                    "Comments",
                    "Date",
                    "Comments",
                    "Message-ID",
                    "MIME-Version",
                    "Content-Type",
                ]
                .map(str::to_owned)
                .to_vec();
                plan.tamper(|mail| {
                    *mail.field("Comments") = Field::new("Comments", "changed on the way")
                });
            })
        },
    },
    Story {
        name: "oversigned-from",
        text: "h= names From and Subject once more than they occur, so that none can be added (RFC 6376 §8.15).",
        plan: |seed| {
            but(seed, |plan| {
                plan.own().names = [
                    "From",
                    "From",
                    "To",
                    "Subject",
                    "Subject",
                    "Date",
                    "Message-ID",
                ]
                .map(str::to_owned)
                .to_vec();
            })
        },
    },
    Story {
        name: "length-tag",
        text: "The customer's signature has l=, and a gateway appended text behind that length: it still verifies, while the signature of amazonses.com does not.",
        plan: |seed| {
            but(seed, |plan| {
                plan.content = body::plain("Hello,\r\n\r\nthe first lines are signed.\r\n");
                plan.own().length = true;
                plan.signers[1].cause = Cause::BodyChanged;
                plan.tamper(|mail| mail.body.extend_from_slice(b"\r\nAnd these are not.\r\n"));
            })
        },
    },
    Story {
        name: "length-tag-body-cut",
        text: "The customer's signature has l=, and the end of the body is gone: fewer octets are there than were signed.",
        plan: |seed| {
            but(seed, |plan| {
                plan.content = body::plain("Hello,\r\n\r\nthe first lines are signed.\r\n");
                plan.own().length = true;
                for signer in &mut plan.signers {
                    signer.cause = Cause::BodyChanged;
                }
                plan.tamper(|mail| mail.body.truncate(8));
            })
        },
    },
    Story {
        name: "ed25519-and-rsa",
        text: "The application signed with Ed25519 (RFC 8463) over what SES leaves alone, and SES signed with RSA; all three signatures pass.",
        plan: |seed| {
            but(seed, |plan| {
                let record = format!("v=DKIM1; k=ed25519; p={}", KeyId::Ed25519.public());
                let signed_at = plan.sent.as_second();
                plan.receiver = Receiver::Fastmail;
                plan.signers.push(Signer {
                    published: Published::Txt(vec![record]),
                    body: Canon::Relaxed,
                    names: ["From", "To", "Subject", "MIME-Version", "Content-Type"]
                        .map(str::to_owned)
                        .to_vec(),
                    ..Signer::new(KeyId::Ed25519, "example.com", "ed2026", signed_at)
                });
            })
        },
    },
    Story {
        name: "several-keys-at-selector",
        text: "Two key records stand at the customer's selector; the signature fits one of them.",
        plan: |seed| {
            but(seed, |plan| {
                let records = [KeyId::CustomerNext, KeyId::Customer];
                let records = records.map(|key| format!("v=DKIM1; k=rsa; p={}", key.public()));
                plan.own().selector = "shop2026".into();
                plan.own().published = Published::Txt(records.to_vec());
            })
        },
    },
    Story {
        name: "key-behind-cname",
        text: "The customer's selector is an alias of an alias; the key stands at the end.",
        plan: |seed| {
            but(seed, |plan| {
                let chain = ["shop2026.keys.example.net", "k1.dkim.example.org"].map(str::to_owned);
                let record = format!("v=DKIM1; k=rsa; p={}", KeyId::Customer.public());
                plan.own().selector = "shop2026".into();
                plan.own().published = Published::Alias(chain.to_vec(), record);
            })
        },
    },
    Story {
        name: "byodkim-1024",
        text: "The customer brings a key of 1024 bits of its own, published as TXT: allowed, and the least allowed.",
        plan: |seed| {
            let mut plan = Plan::new(seed, "example.com", ses::find("us-west-2"));
            let record = format!("v=DKIM1; k=rsa; p={}", KeyId::Customer1024.public());
            plan.own().key = KeyId::Customer1024;
            plan.own().selector = "shop2026".into();
            plan.own().published = Published::Txt(vec![record]);
            plan.receiver = Receiver::Proton;
            plan
        },
    },
];

/// A message with white space of every kind, signed by the customer with this canonicalisation.
fn canon(seed: &str, header: Canon, body: Canon) -> Plan {
    but(seed, |plan| {
        plan.own().header = header;
        plan.own().body = body;
        plan.subject = "Uneven   white space\r\n\tin  a folded\t subject ".into();
        plan.content = body::plain(
            "Here are two  spaces, a\ttab,\r\n and a line that ends in both \t\r\n\r\nbefore two empty lines:\r\n\r\n\r\n",
        );
    })
}
