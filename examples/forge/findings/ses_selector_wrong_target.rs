use super::super::sign::Published;
use super::super::verdict::Cause;
use super::{Pair, Plan, but, keep_at_ses, usual};

pub const PAIR: Pair = Pair {
    code: "ses-selector-wrong-target",
    text: "In fires the alias leads to the zone of a region with keys of its own, and SES keeps \
           this key in the common zone; in quiet it leads there.",
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
        let target = format!("{token}.dkim.eu-south-1.amazonses.com");
        plan.zone.alias(&owner, &target);
    })
}
