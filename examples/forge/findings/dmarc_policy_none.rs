use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dmarc-policy-none",
    text: "In fires the policy is none, in quiet quarantine.",
    fires: |seed| record(seed, "v=DMARC1; p=none; rua=mailto:dmarc@example.com"),
    quiet: |seed| record(seed, "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com"),
};

fn record(seed: &str, record: &str) -> Plan {
    but(seed, |plan| plan.dmarc = Some(record.into()))
}
