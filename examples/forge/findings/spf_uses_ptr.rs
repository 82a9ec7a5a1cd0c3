use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "spf-uses-ptr",
    text: "In fires the SPF record has the mechanism ptr before the include of SES, in quiet it has not.",
    fires: |seed| {
        record(
            seed,
            "pass",
            "v=spf1 ptr:example.com include:amazonses.com ~all",
        )
    },
    quiet: |seed| record(seed, "pass", "v=spf1 include:amazonses.com ~all"),
};

fn record(seed: &str, spf: &'static str, record: &str) -> Plan {
    but(seed, |plan| {
        plan.spf = spf;
        plan.zone.txt("mail.example.com", record);
    })
}
