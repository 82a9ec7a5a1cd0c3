use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dmarc-unusable-report-address",
    text: "In fires the record says rua=mailto: with nothing behind it, as a guide has it. In \
           quiet it has no rua.",
    fires: |seed| record(seed, "v=DMARC1; p=none; rua=mailto:;"),
    quiet: |seed| record(seed, "v=DMARC1; p=none"),
};

fn record(seed: &str, record: &str) -> Plan {
    but(seed, |plan| plan.dmarc = Some(record.into()))
}
