use super::super::keys::KeyId;
use super::super::sign::Published;
use super::super::verdict::Cause;
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dkim-testing-key",
    text: "In fires the key record says t=y, in quiet it does not.",
    fires: |seed| record(seed, Cause::Verified, key().replace("k=rsa", "t=y; k=rsa")),
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
