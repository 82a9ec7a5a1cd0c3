use super::super::ses;
use super::super::sign::Published;
use super::super::verdict::Cause;
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "ses-selector-key-withdrawn",
    text: "In fires the alias is right and SES has no key there; in quiet the key is idle, which \
           is an empty text.",
    fires,
    quiet: idle,
};

fn fires(seed: &str) -> Plan {
    but(seed, |plan| {
        let token = plan.own().selector.clone();
        plan.own().cause = Cause::KeyGone;
        plan.own().published = Published::Nothing;
        let owner = plan.own().key_name();
        plan.zone.alias(&owner, &ses::dkim_name(&token));
    })
}

fn idle(seed: &str) -> Plan {
    but(seed, |plan| {
        let token = plan.own().selector.clone();
        plan.own().cause = Cause::KeyEmpty;
        plan.own().published = Published::Alias(vec![ses::dkim_name(&token)], String::new());
    })
}
