use super::{Pair, story};

pub const PAIR: Pair = Pair {
    code: "several-author-domains",
    text: "From holds two addresses. In fires they are of two domains, in quiet of one.",
    fires: |seed| story(seed, "several-from-domains"),
    quiet: |seed| story(seed, "several-from-addresses-one-domain"),
};
