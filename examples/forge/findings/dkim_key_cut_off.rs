use super::super::sign::Published;
use super::super::verdict::Cause;
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dkim-key-cut-off",
    text: "In fires the DNS form kept only the first 255 octets of the key record; in quiet the \
           record has two strings.",
    fires: |seed| record(seed, Cause::KeySyntax, |key| key[..255].to_owned()),
    quiet: |seed| record(seed, Cause::Verified, str::to_owned),
};

fn record(seed: &str, cause: Cause, store: fn(&str) -> String) -> Plan {
    but(seed, |plan| {
        let own = plan.own();
        own.cause = cause;
        own.selector = "shop2026".into();
        let key = format!("v=DKIM1; k=rsa; p={}", own.key.public());
        own.published = Published::Txt(vec![store(&key)]);
    })
}
