use super::{Pair, story};

pub const PAIR: Pair = Pair {
    code: "from-without-address",
    text: "In fires From holds a name alone, in quiet a group with two addresses.",
    fires: |seed| story(seed, "display-name-only-from"),
    quiet: |seed| story(seed, "group-from"),
};
