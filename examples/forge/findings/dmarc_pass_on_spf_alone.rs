use super::{Pair, story, usual};

pub const PAIR: Pair = Pair {
    code: "dmarc-pass-on-spf-alone",
    text: "In fires the domain's own mail server sends without a signature. In quiet SES signs for \
           the domain.",
    fires: |seed| story(seed, "null-return-path"),
    quiet: usual,
};
