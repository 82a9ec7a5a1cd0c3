use super::super::sign::Published;
use super::super::verdict::Cause;
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dkim-key-in-several-records",
    text: "In fires the two strings of the key record were entered as two records, beside a text that \
           verifies the domain, in quiet as one.",
    fires: |seed| {
        record(seed, Cause::KeySyntax, |key| {
            let other = "site-verification=4711".to_owned();
            vec![key[255..].to_owned(), other, key[..255].to_owned()]
        })
    },
    quiet: |seed| record(seed, Cause::Verified, |key| vec![key.to_owned()]),
};

fn record(seed: &str, cause: Cause, store: fn(&str) -> Vec<String>) -> Plan {
    but(seed, |plan| {
        let own = plan.own();
        own.cause = cause;
        own.selector = "shop2026".into();
        let key = format!("v=DKIM1; k=rsa; p={}", own.key.public());
        own.published = Published::Txt(store(&key));
    })
}
