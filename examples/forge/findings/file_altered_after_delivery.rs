use super::{Pair, story};

pub const PAIR: Pair = Pair {
    code: "file-altered-after-delivery",
    text: "Outlook wrote dkim=pass. In fires its export wrote the parts anew, in quiet the \
           key is gone.",
    fires: |seed| story(seed, "claim-altered-outlook-export"),
    quiet: |seed| story(seed, "claim-key-empty-since"),
};
