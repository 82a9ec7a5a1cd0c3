use super::super::sign::Published;
use super::super::verdict::Cause;
use super::{Pair, Plan, but, keep_at_ses};

pub const PAIR: Pair = Pair {
    code: "ses-selector-flattened",
    text: "At the selector of Easy DKIM is no alias but an address. In fires it is there alone; \
           in quiet every name below example.com has one, so that it tells nothing.",
    fires: |seed| address(seed, false),
    quiet: |seed| address(seed, true),
};

fn address(seed: &str, everywhere: bool) -> Plan {
    but(seed, |plan| {
        keep_at_ses(plan);
        plan.own().cause = Cause::KeyGone;
        plan.own().published = Published::Nothing;
        let owner = plan.own().key_name();
        plan.zone.a(&owner, "192.0.2.7");
        if everywhere {
            plan.zone.a(&format!("{owner}.example.com"), "192.0.2.7");
        }
    })
}
