use super::super::ses;
use super::super::sign::Published;
use super::super::verdict::Cause;
use super::{Pair, Plan, but, keep_at_ses, usual};

pub const PAIR: Pair = Pair {
    code: "dkim-host-name-as-key",
    text: "In fires somebody entered the target of the alias as TXT, in quiet as CNAME.",
    fires,
    quiet: usual,
};

fn fires(seed: &str) -> Plan {
    but(seed, |plan| {
        keep_at_ses(plan);
        let token = plan.own().selector.clone();
        plan.own().cause = Cause::KeyNotAKey;
        plan.own().published = Published::Txt(vec![ses::dkim_name(&token)]);
    })
}
