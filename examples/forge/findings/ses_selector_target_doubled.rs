use super::super::ses;
use super::super::sign::Published;
use super::super::verdict::Cause;
use super::{Pair, Plan, but, keep_at_ses, usual};

pub const PAIR: Pair = Pair {
    code: "ses-selector-target-doubled",
    text: "In fires the target of the alias has example.com added to it; in quiet it is as SES \
           shows it.",
    fires,
    quiet: usual,
};

fn fires(seed: &str) -> Plan {
    but(seed, |plan| {
        keep_at_ses(plan);
        let token = plan.own().selector.clone();
        plan.own().cause = Cause::KeyGone;
        plan.own().published = Published::Nothing;
        let owner = plan.own().key_name();
        let target = format!("{}.example.com", ses::dkim_name(&token));
        plan.zone.alias(&owner, &target);
    })
}
