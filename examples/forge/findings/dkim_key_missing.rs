use super::super::keys::KeyId;
use super::super::sign::Published;
use super::super::verdict::Cause;
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dkim-key-missing",
    text: "The customer brought a key. In fires it is not published, in quiet it is.",
    fires: |seed| record(seed, Cause::KeyGone, Vec::new()),
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
