use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dmarc-report-host-without-mail",
    text: "Reports go to a subdomain. In fires that has neither MX nor address, in quiet it \
           is the domain that has an MX.",
    fires: |seed| {
        record(
            seed,
            "v=DMARC1; p=quarantine; rua=mailto:in@reports.example.com",
        )
    },
    quiet: |seed| record(seed, "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com"),
};

fn record(seed: &str, record: &str) -> Plan {
    but(seed, |plan| plan.dmarc = Some(record.into()))
}
