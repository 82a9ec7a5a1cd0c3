use super::{Pair, story};

pub const PAIR: Pair = Pair {
    code: "message-passed-on",
    text: "In fires a mailbox forwards the message to another, so that SPF fails. In quiet it \
           came straight, and SPF fails for another reason.",
    fires: |seed| story(seed, "forwarded-spf-fails"),
    quiet: |seed| story(seed, "spf-softfail"),
};
