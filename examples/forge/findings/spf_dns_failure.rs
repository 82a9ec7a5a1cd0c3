use sesauth::dns::{ErrorCode, ExtendedError, Failure};

use super::{Pair, but, usual};

pub const PAIR: Pair = Pair {
    code: "spf-dns-failure",
    text: "In fires the name servers answer the question for the SPF record with SERVFAIL, and say why.",
    fires: |seed| {
        but(seed, |plan| {
            plan.spf = "temperror";
            let expired = ExtendedError::new(7, "2026-09-30T00:00:00Z");
            let code = ErrorCode::new("SERVFAIL", [expired]);
            let failure = Failure::Rcode(Box::new(code));
            plan.zone.fail("mail.example.com", failure);
        })
    },
    quiet: usual,
};
