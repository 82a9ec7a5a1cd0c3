use super::super::sign::Published;
use super::super::verdict::Cause;
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dkim-key-gone-since-delivery",
    text: "There is no key at the selector. In fires the receiver found one, in quiet it did \
           not.",
    fires: |seed| gone(seed, Cause::Verified),
    quiet: |seed| gone(seed, Cause::KeyGone),
};

fn gone(seed: &str, seen: Cause) -> Plan {
    but(seed, |plan| {
        plan.own().selector = "shop2025".into();
        plan.own().published = Published::Nothing;
        plan.own().cause = Cause::KeyGone;
        plan.own().seen = Some(seen);
    })
}
