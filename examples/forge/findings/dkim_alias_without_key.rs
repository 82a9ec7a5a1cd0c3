use super::super::keys::KeyId;
use super::super::sign::Published;
use super::super::verdict::Cause;
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dkim-alias-without-key",
    text: "The selector is an alias of a name of the service that signs. In fires that name has no \
           TXT record, in quiet it has the key.",
    fires: |seed| alias(seed, Cause::KeyGone, false),
    quiet: |seed| alias(seed, Cause::Verified, true),
};

fn alias(seed: &str, cause: Cause, has_key: bool) -> Plan {
    but(seed, |plan| {
        let target = "k1.vendor.example";
        plan.own().cause = cause;
        plan.own().selector = "shop2026".into();
        plan.own().published = Published::Nothing;
        let owner = plan.own().key_name();
        plan.zone.alias(&owner, target);
        plan.zone.a(target, "192.0.2.80");
        if has_key {
            let key = format!("v=DKIM1; k=rsa; p={}", KeyId::Customer.public());
            plan.zone.txt(target, &key);
        }
    })
}
