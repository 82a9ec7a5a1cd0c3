use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dmarc-percentage",
    text: "In fires the record says pct=50. In quiet it says pct=100, which is what holds \
           without it.",
    fires: |seed| {
        record(
            seed,
            "v=DMARC1; p=quarantine; pct=50; rua=mailto:dmarc@example.com",
        )
    },
    quiet: |seed| {
        record(
            seed,
            "v=DMARC1; p=quarantine; pct=100; rua=mailto:dmarc@example.com",
        )
    },
};

fn record(seed: &str, record: &str) -> Plan {
    but(seed, |plan| plan.dmarc = Some(record.into()))
}
