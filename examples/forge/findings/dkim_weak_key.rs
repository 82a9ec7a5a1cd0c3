use super::super::keys::KeyId;
use super::{Pair, but, usual};

pub const PAIR: Pair = Pair {
    code: "dkim-weak-key",
    text: "In fires the customer's key has 1024 bits, in quiet 2048.",
    fires: |seed| but(seed, |plan| plan.own().key = KeyId::Customer1024),
    quiet: usual,
};
