use super::super::keys::KeyId;
use super::super::sign::Published;
use super::super::verdict::Cause;
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dkim-key-mismatch",
    text: "The record at the selector holds another key than the one that signed. In fires the \
           receiver could not verify the signature either, in quiet it could: the key is new.",
    fires: |seed| record(seed, Cause::KeyDoesNotFit),
    quiet: |seed| record(seed, Cause::Verified),
};

fn record(seed: &str, seen: Cause) -> Plan {
    but(seed, |plan| {
        let text = format!("v=DKIM1; k=rsa; p={}", KeyId::CustomerNext.public());
        plan.own().cause = Cause::KeyDoesNotFit;
        plan.own().seen = Some(seen);
        plan.own().selector = "shop2026".into();
        plan.own().published = Published::Txt(vec![text]);
    })
}
