use super::super::ses;
use super::super::sign::Published;
use super::super::verdict::Cause;
use super::{Pair, but, usual};

pub const PAIR: Pair = Pair {
    code: "ses-key-rotated",
    text: "In fires SES has an empty text where the key was, in quiet the key is still in use.",
    fires: |seed| {
        but(seed, |plan| {
            let target = ses::dkim_name(&plan.own().selector);
            plan.own().published = Published::Alias(vec![target], String::new());
            plan.own().cause = Cause::KeyEmpty;
            plan.own().seen = Some(Cause::Verified);
        })
    },
    quiet: usual,
};
