use super::super::sign::Published;
use super::super::verdict::Cause;
use super::{Pair, Plan, but, keep_at_ses, usual};

pub const PAIR: Pair = Pair {
    code: "ses-selector-record-missing",
    text: "In fires there is nothing at the selector of Easy DKIM; in quiet the alias is there.",
    fires,
    quiet: usual,
};

fn fires(seed: &str) -> Plan {
    but(seed, |plan| {
        keep_at_ses(plan);
        plan.own().cause = Cause::KeyGone;
        plan.own().published = Published::Nothing;
    })
}
