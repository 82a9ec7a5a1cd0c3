use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "spf-syntax-error",
    text: "In fires the SPF record of the MAIL FROM domain has ipv4 for ip4, in quiet it has ip4.",
    fires: |seed| {
        record(
            seed,
            "permerror",
            "v=spf1 ipv4:192.0.2.25 include:amazonses.com ~all",
        )
    },
    quiet: |seed| {
        record(
            seed,
            "pass",
            "v=spf1 ip4:192.0.2.25 include:amazonses.com ~all",
        )
    },
};

fn record(seed: &str, spf: &'static str, record: &str) -> Plan {
    but(seed, |plan| {
        plan.spf = spf;
        plan.zone.txt("mail.example.com", record);
    })
}
