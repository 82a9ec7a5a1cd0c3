use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "ses-spf-include-missing",
    text: "In fires the SPF record of the MAIL FROM domain has the include of SES behind -all, in \
           quiet before it.",
    fires: |seed| {
        record(
            seed,
            "fail",
            "v=spf1 ip4:192.0.2.25 -all include:amazonses.com",
        )
    },
    quiet: |seed| {
        record(
            seed,
            "pass",
            "v=spf1 ip4:192.0.2.25 include:amazonses.com -all",
        )
    },
};

fn record(seed: &str, spf: &'static str, record: &str) -> Plan {
    but(seed, |plan| {
        plan.spf = spf;
        plan.zone.txt("mail.example.com", record);
    })
}
