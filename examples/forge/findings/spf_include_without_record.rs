use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "spf-include-without-record",
    text: "In fires the SPF record includes amazonses.net, which has no record, in quiet amazonses.com.",
    fires: |seed| record(seed, "permerror", "v=spf1 include:amazonses.net ~all"),
    quiet: |seed| record(seed, "pass", "v=spf1 include:amazonses.com ~all"),
};

fn record(seed: &str, spf: &'static str, record: &str) -> Plan {
    but(seed, |plan| {
        plan.spf = spf;
        plan.zone.txt("mail.example.com", record);
    })
}
