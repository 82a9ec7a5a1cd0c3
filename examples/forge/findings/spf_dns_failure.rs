use sesauth::dns::Failure;

use super::{Pair, but, usual};

pub const PAIR: Pair = Pair {
    code: "spf-dns-failure",
    text: "In fires the name servers answer the question for the SPF record with SERVFAIL.",
    fires: |seed| {
        but(seed, |plan| {
            plan.spf = "temperror";
            let failure = Failure::Rcode("SERVFAIL".into());
            plan.zone.fail("mail.example.com", failure);
        })
    },
    quiet: usual,
};
