use super::{Pair, but, story};

pub const PAIR: Pair = Pair {
    code: "dmarc-record-missing",
    text: "In fires there is no DMARC record. In quiet there are two, of which another rule \
           speaks.",
    fires: |seed| but(seed, |plan| plan.dmarc = None),
    quiet: |seed| story(seed, "dmarc-several-records"),
};
