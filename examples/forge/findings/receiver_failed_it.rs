use super::{Pair, story};

pub const PAIR: Pair = Pair {
    code: "receiver-failed-it",
    text: "In fires Gmail found no key and wrote dmarc=fail, and the key is there now. In \
           quiet it fails as it did then.",
    fires: |seed| story(seed, "claim-key-published-since"),
    quiet: |seed| story(seed, "dmarc-reject-fail"),
};
