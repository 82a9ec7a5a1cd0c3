use super::super::keys::KeyId;
use super::super::sign::Published;
use super::super::verdict::Cause;
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dkim-key-unreadable",
    text: "In fires the key was copied from a page that shortens long text, in quiet it is \
           whole.",
    fires: |seed| record(seed, Cause::KeySyntax, format!("{}...", &key()[..200])),
    quiet: |seed| record(seed, Cause::Verified, key()),
};

fn record(seed: &str, cause: Cause, text: String) -> Plan {
    but(seed, |plan| {
        plan.own().cause = cause;
        plan.own().selector = "shop2026".into();
        plan.own().published = Published::Txt(vec![text]);
    })
}

fn key() -> String {
    format!("v=DKIM1; k=rsa; p={}", KeyId::Customer.public())
}
