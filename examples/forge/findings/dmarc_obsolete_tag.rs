use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dmarc-obsolete-tag",
    text: "In fires the record has ri and pct=100. In quiet it has pct=50, of which another \
           rule speaks.",
    fires: |seed| {
        record(
            seed,
            "v=DMARC1; p=reject; pct=100; ri=86400; rua=mailto:dmarc@example.com",
        )
    },
    quiet: |seed| {
        record(
            seed,
            "v=DMARC1; p=reject; pct=50; rua=mailto:dmarc@example.com",
        )
    },
};

fn record(seed: &str, record: &str) -> Plan {
    but(seed, |plan| plan.dmarc = Some(record.into()))
}
