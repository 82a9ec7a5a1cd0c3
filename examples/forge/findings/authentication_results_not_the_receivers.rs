use super::{Pair, story};

pub const PAIR: Pair = Pair {
    code: "authentication-results-not-the-receivers",
    text: "In fires the sender put results in the name of Gmail into the message, with \
           dmarc=pass, which Gmail did not find. In quiet the receiver alone wrote results.",
    fires: |seed| story(seed, "forged-results-below"),
    quiet: |seed| story(seed, "dmarc-reject-fail"),
};
