//! One story for each cause in DNS: what is wrong with the key of a signature.

use sesauth::dns::{ErrorCode, ExtendedError, Failure};

use super::super::keys::KeyId;
use super::super::plan::Plan;
use super::super::receivers::Receiver;
use super::super::ses;
use super::super::sign::Published;
use super::super::verdict::Cause;
use super::Story;
use super::signatures::own;

pub const STORIES: &[Story] = &[
    Story {
        name: "dkim-key-does-not-fit",
        text: "The record at the customer's own selector holds another key than the one that signed.",
        plan: |seed| {
            own(seed, Cause::KeyDoesNotFit, |plan| {
                record(
                    plan,
                    &format!("v=DKIM1; k=rsa; p={}", KeyId::CustomerNext.public()),
                );
            })
        },
    },
    Story {
        name: "dkim-key-gone",
        text: "There is nothing at the customer's selector, neither alias nor key.",
        plan: |seed| {
            own(seed, Cause::KeyGone, |plan| {
                plan.own().published = Published::Nothing;
                plan.receiver = Receiver::Outlook;
            })
        },
    },
    Story {
        name: "dkim-key-empty",
        text: "The alias of the Easy DKIM selector leads to an empty string, as SES publishes for a key that is not in use: it was rotated away after the message was received.",
        plan: |seed| {
            own(seed, Cause::KeyEmpty, |plan| {
                let target = ses::dkim_name(&plan.own().selector);
                plan.own().published = Published::Alias(vec![target], String::new());
                plan.own().seen = Some(Cause::Verified);
            })
        },
    },
    Story {
        name: "dkim-key-revoked",
        text: "The record at the customer's selector has an empty p=, which revokes the key (RFC 6376 §3.6.1).",
        plan: |seed| {
            own(seed, Cause::KeyRevoked, |plan| {
                record(plan, "v=DKIM1; k=rsa; p=");
                plan.receiver = Receiver::Postfix;
            })
        },
    },
    Story {
        name: "dkim-key-not-a-key",
        text: "Somebody entered the target of the Easy DKIM alias as a TXT record instead of a CNAME.",
        plan: |seed| {
            own(seed, Cause::KeyNotAKey, |plan| {
                let target = ses::dkim_name(&plan.own().selector);
                plan.own().published = Published::Txt(vec![target]);
            })
        },
    },
    Story {
        name: "dkim-key-syntax",
        text: "The key in p= was copied from a page that shortens long text: it ends in three dots and is no base64.",
        plan: |seed| {
            own(seed, Cause::KeySyntax, |plan| {
                let key = KeyId::Customer.public();
                record(plan, &format!("v=DKIM1; k=rsa; p={}...", &key[..200]));
            })
        },
    },
    Story {
        name: "dkim-key-type",
        text: "The record says k=ed25519 and the signature is rsa-sha256.",
        plan: |seed| {
            own(seed, Cause::KeyType, |plan| {
                record(
                    plan,
                    &format!("v=DKIM1; k=ed25519; p={}", KeyId::Ed25519.public()),
                );
            })
        },
    },
    Story {
        name: "dkim-key-hash-not-allowed",
        text: "The record allows h=sha1 only, and the signature is rsa-sha256.",
        plan: |seed| {
            own(seed, Cause::KeyHashNotAllowed, |plan| {
                record(
                    plan,
                    &format!("v=DKIM1; h=sha1; k=rsa; p={}", KeyId::Customer.public()),
                );
            })
        },
    },
    Story {
        name: "dkim-key-service",
        text: "The record says s=tlsrpt: the key is not for mail.",
        plan: |seed| {
            own(seed, Cause::KeyService, |plan| {
                record(
                    plan,
                    &format!("v=DKIM1; s=tlsrpt; k=rsa; p={}", KeyId::Customer.public()),
                );
            })
        },
    },
    Story {
        name: "dkim-key-strict-identity",
        text: "The record says t=s, so i= must be of d= itself; the signature has i=@news.example.com under d=example.com.",
        plan: |seed| {
            own(seed, Cause::KeyStrictIdentity, |plan| {
                record(
                    plan,
                    &format!("v=DKIM1; t=s; k=rsa; p={}", KeyId::Customer.public()),
                );
                plan.own().identity = Some("@news.example.com".into());
                plan.from = vec!["Larkspur News <weekly@news.example.com>".into()];
                plan.author = Some("news.example.com".into());
                plan.zone.a("news.example.com", "192.0.2.80");
            })
        },
    },
    Story {
        name: "dkim-key-testing",
        text: "The record says t=y: the signature verifies, and the domain says that it is only testing.",
        plan: |seed| {
            own(seed, Cause::Verified, |plan| {
                record(
                    plan,
                    &format!("v=DKIM1; t=y; k=rsa; p={}", KeyId::Customer.public()),
                );
            })
        },
    },
    Story {
        name: "dkim-key-too-short",
        text: "The customer's key has 768 bits; fewer than 1024 must not be accepted (RFC 8301 §3.2).",
        plan: |seed| {
            own(seed, Cause::KeyTooShort, |plan| {
                short(plan, KeyId::Short768)
            })
        },
    },
    Story {
        name: "dkim-key-too-short-512",
        text: "The customer's key has 512 bits, which anybody can factor.",
        plan: |seed| {
            own(seed, Cause::KeyTooShort, |plan| {
                short(plan, KeyId::Short512);
                plan.receiver = Receiver::Postfix;
            })
        },
    },
    Story {
        name: "dkim-dns",
        text: "The question for the customer's key fails with SERVFAIL, as DNSSEC does not validate; when the message came, it did not.",
        plan: |seed| {
            own(seed, Cause::Dns, |plan| {
                let key = plan.own().key_name();
                let bogus = ExtendedError::new(6, "no SEP matching the DS found for example.com.");
                let code = ErrorCode::new("SERVFAIL", [bogus, ExtendedError::new(22, "")]);
                plan.zone.fail(&key, Failure::Rcode(Box::new(code)));
                plan.own().seen = Some(Cause::Verified);
            })
        },
    },
    Story {
        name: "dkim-not-recorded",
        text: "The snapshot does not hold the question for the customer's key, so that signature is not evaluated.",
        plan: |seed| {
            own(seed, Cause::NotRecorded, |plan| {
                let key = plan.own().key_name();
                plan.zone.forget(&key);
                plan.own().seen = Some(Cause::Verified);
            })
        },
    },
];

/// Publishes the customer's key record at a separate selector.
fn record(plan: &mut Plan, text: &str) {
    plan.own().selector = "shop2026".into();
    plan.own().published = Published::Txt(vec![text.to_owned()]);
}

fn short(plan: &mut Plan, key: KeyId) {
    record(plan, &format!("v=DKIM1; k=rsa; p={}", key.public()));
    plan.own().key = key;
}
