use super::{Pair, but, story};

pub const PAIR: Pair = Pair {
    code: "several-dmarc-records",
    text: "In fires two DMARC records stand at one name. In quiet one stands beside a text \
           that is none.",
    fires: |seed| story(seed, "dmarc-several-records"),
    quiet: |seed| {
        but(seed, |plan| {
            plan.zone
                .txt("_dmarc.example.com", "site-verification=4711");
        })
    },
};
