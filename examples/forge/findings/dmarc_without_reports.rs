use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dmarc-without-reports",
    text: "In fires the record has no rua. In quiet it has one that names nobody, of which \
           another rule speaks.",
    fires: |seed| record(seed, "v=DMARC1; p=quarantine"),
    quiet: |seed| record(seed, "v=DMARC1; p=quarantine; rua=mailto:"),
};

fn record(seed: &str, record: &str) -> Plan {
    but(seed, |plan| plan.dmarc = Some(record.into()))
}
