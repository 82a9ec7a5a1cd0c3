use super::{Pair, story};

pub const PAIR: Pair = Pair {
    code: "from-free-mail",
    text: "A shop sends through SES. In fires From is at a provider of mailboxes, in quiet at \
           a domain that is no such and equally unsigned.",
    fires: |seed| story(seed, "dmarc-free-mail-from"),
    quiet: |seed| story(seed, "dmarc-reject-fail"),
};
