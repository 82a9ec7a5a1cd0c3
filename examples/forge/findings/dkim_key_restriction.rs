use super::super::keys::KeyId;
use super::super::sign::Published;
use super::super::verdict::Cause;
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dkim-key-restriction",
    text: "In fires the record says s=tlsrpt, so the key is not for mail; in quiet it says \
           s=email.",
    fires: |seed| record(seed, Cause::KeyService, key("tlsrpt")),
    quiet: |seed| record(seed, Cause::Verified, key("email")),
};

fn record(seed: &str, cause: Cause, text: String) -> Plan {
    but(seed, |plan| {
        plan.own().cause = cause;
        plan.own().selector = "shop2026".into();
        plan.own().published = Published::Txt(vec![text]);
    })
}

fn key(service: &str) -> String {
    format!(
        "v=DKIM1; k=rsa; s={service}; p={}",
        KeyId::Customer.public()
    )
}
