use super::super::keys::KeyId;
use super::super::sign::Published;
use super::super::verdict::Cause;
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dkim-several-keys-at-selector",
    text: "In fires a second TXT record stands beside the key, in quiet the key stands alone.",
    fires: |seed| {
        let texts = vec![key(), "v=spf1 include:amazonses.com ~all".into()];
        record(seed, Cause::Verified, texts)
    },
    quiet: |seed| record(seed, Cause::Verified, vec![key()]),
};

fn record(seed: &str, cause: Cause, texts: Vec<String>) -> Plan {
    but(seed, |plan| {
        plan.own().cause = cause;
        plan.own().selector = "shop2026".into();
        plan.own().published = Published::Txt(texts);
    })
}

fn key() -> String {
    format!("v=DKIM1; k=rsa; p={}", KeyId::Customer.public())
}
