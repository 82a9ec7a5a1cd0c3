use sesauth::dns::Failure;

use super::{Pair, but};

pub const PAIR: Pair = Pair {
    code: "dmarc-dns-failure",
    text: "In fires the question for the DMARC record is not answered, in quiet the answer is \
           that there is none.",
    fires: |seed| {
        but(seed, |plan| {
            plan.zone.fail("_dmarc.example.com", Failure::Timeout);
        })
    },
    quiet: |seed| but(seed, |plan| plan.dmarc = None),
};
