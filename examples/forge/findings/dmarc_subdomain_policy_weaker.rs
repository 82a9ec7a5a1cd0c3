use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dmarc-subdomain-policy-weaker",
    text: "In fires sp is none under p=reject. In quiet sp is reject under p=quarantine.",
    fires: |seed| {
        record(
            seed,
            "v=DMARC1; p=reject; sp=none; rua=mailto:dmarc@example.com",
        )
    },
    quiet: |seed| {
        record(
            seed,
            "v=DMARC1; p=quarantine; sp=reject; rua=mailto:dmarc@example.com",
        )
    },
};

fn record(seed: &str, record: &str) -> Plan {
    but(seed, |plan| plan.dmarc = Some(record.into()))
}
