use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dmarc-test-mode",
    text: "In fires the record says t=y, in quiet t=n.",
    fires: |seed| {
        record(
            seed,
            "v=DMARC1; p=reject; t=y; rua=mailto:dmarc@example.com",
        )
    },
    quiet: |seed| {
        record(
            seed,
            "v=DMARC1; p=reject; t=n; rua=mailto:dmarc@example.com",
        )
    },
};

fn record(seed: &str, record: &str) -> Plan {
    but(seed, |plan| plan.dmarc = Some(record.into()))
}
