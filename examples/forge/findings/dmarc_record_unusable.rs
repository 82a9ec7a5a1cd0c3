use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dmarc-record-unusable",
    text: "In fires v=DMARC1 is not the first tag, in quiet it is.",
    fires: |seed| record(seed, "p=none; v=DMARC1; rua=mailto:dmarc@example.com"),
    quiet: |seed| record(seed, "v=DMARC1; p=none; rua=mailto:dmarc@example.com"),
};

fn record(seed: &str, record: &str) -> Plan {
    but(seed, |plan| plan.dmarc = Some(record.into()))
}
