use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "quoted-spf-record",
    text: "In fires quotation marks stand in the text of the SPF record, in quiet they do not.",
    fires: |seed| record(seed, "none", "\"v=spf1 include:amazonses.com ~all\""),
    quiet: |seed| record(seed, "pass", "v=spf1 include:amazonses.com ~all"),
};

fn record(seed: &str, spf: &'static str, record: &str) -> Plan {
    but(seed, |plan| {
        plan.spf = spf;
        plan.zone.txt("mail.example.com", record);
    })
}
