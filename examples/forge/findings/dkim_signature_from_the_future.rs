use super::super::verdict::Cause;
use super::{Pair, but, usual};

pub const PAIR: Pair = Pair {
    code: "dkim-signature-from-the-future",
    text: "In fires the author's signature says that it was made two days after the message \
           arrived, in quiet a second before.",
    fires: |seed| {
        but(seed, |plan| {
            plan.own().signed_at += 2 * 86_400;
            plan.own().cause = Cause::Future;
        })
    },
    quiet: usual,
};
