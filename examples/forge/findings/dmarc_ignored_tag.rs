use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dmarc-ignored-tag",
    text: "In fires the record says aspr=r, which is no tag, in quiet aspf=r.",
    fires: |seed| {
        record(
            seed,
            "v=DMARC1; p=quarantine; aspr=r; rua=mailto:dmarc@example.com",
        )
    },
    quiet: |seed| {
        record(
            seed,
            "v=DMARC1; p=quarantine; aspf=r; rua=mailto:dmarc@example.com",
        )
    },
};

fn record(seed: &str, record: &str) -> Plan {
    but(seed, |plan| plan.dmarc = Some(record.into()))
}
