use sesauth::dns::Failure;

use super::super::verdict::Cause;
use super::{Pair, but, usual};

pub const PAIR: Pair = Pair {
    code: "dkim-key-dns-failure",
    text: "In fires the question for the key fails with SERVFAIL, in quiet it is answered.",
    fires: |seed| {
        but(seed, |plan| {
            let key = plan.own().key_name();
            plan.zone.fail(&key, Failure::Rcode("SERVFAIL".into()));
            plan.own().cause = Cause::Dns;
        })
    },
    quiet: usual,
};
