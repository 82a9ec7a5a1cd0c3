use super::{Pair, story};

pub const PAIR: Pair = Pair {
    code: "broken-arc-chain",
    text: "In fires the seal of a list does not verify, in quiet it does.",
    fires: |seed| story(seed, "arc-seal-broken"),
    quiet: |seed| story(seed, "arc-one-hop-pass"),
};
