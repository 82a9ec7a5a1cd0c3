use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "spf-allows-everyone",
    text: "In fires the SPF record ends in +all, in quiet in ~all.",
    fires: |seed| record(seed, "pass", "v=spf1 +all"),
    quiet: |seed| record(seed, "pass", "v=spf1 include:amazonses.com ~all"),
};

fn record(seed: &str, spf: &'static str, record: &str) -> Plan {
    but(seed, |plan| {
        plan.spf = spf;
        plan.zone.txt("mail.example.com", record);
    })
}
