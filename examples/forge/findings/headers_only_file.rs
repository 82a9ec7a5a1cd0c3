use super::{Pair, but, usual};

pub const PAIR: Pair = Pair {
    code: "headers-only-file",
    text: "In fires the file ends behind the header, in quiet the body is there.",
    fires: |seed| but(seed, |plan| plan.headers_only = true),
    quiet: usual,
};
