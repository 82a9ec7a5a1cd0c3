use super::{Pair, but};

pub const PAIR: Pair = Pair {
    code: "snapshot-incomplete",
    text: "In fires the recording does not hold the key of the author's signature. In quiet it does \
           not hold the MX of the MAIL FROM domain, on which only advice rests.",
    fires: |seed| {
        but(seed, |plan| {
            let key = plan.own().key_name();
            plan.zone.forget(&key);
        })
    },
    quiet: |seed| but(seed, |plan| plan.zone.forget_mx("mail.example.com")),
};
