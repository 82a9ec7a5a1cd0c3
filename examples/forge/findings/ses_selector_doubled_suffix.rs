use super::super::ses;
use super::super::sign::Published;
use super::super::verdict::Cause;
use super::{Pair, Plan, but, keep_at_ses, usual};

pub const PAIR: Pair = Pair {
    code: "ses-selector-doubled-suffix",
    text: "In fires the alias of Easy DKIM stands at a name with the domain twice, in quiet at \
           the right one.",
    fires,
    quiet: usual,
};

fn fires(seed: &str) -> Plan {
    but(seed, |plan| {
        keep_at_ses(plan);
        let token = plan.own().selector.clone();
        plan.own().cause = Cause::KeyGone;
        plan.own().published = Published::Nothing;
        let owner = format!("{token}._domainkey.example.com.example.com");
        plan.zone.alias(&owner, &ses::dkim_name(&token));
    })
}
