use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dmarc-psd-of-no-suffix",
    text: "In fires the record of example.com says psd=y, as if others could register names below \
           it. In quiet it says psd=u, which is what holds without it.",
    fires: |seed| record(seed, "y"),
    quiet: |seed| record(seed, "u"),
};

fn record(seed: &str, psd: &str) -> Plan {
    but(seed, |plan| {
        plan.dmarc = Some(format!(
            "v=DMARC1; p=quarantine; psd={psd}; rua=mailto:dmarc@example.com"
        ));
    })
}
