use super::{Pair, story};

pub const PAIR: Pair = Pair {
    code: "several-from-fields",
    text: "In fires there are two From fields, in quiet one with two addresses.",
    fires: |seed| story(seed, "several-from-fields"),
    quiet: |seed| story(seed, "several-from-addresses-one-domain"),
};
