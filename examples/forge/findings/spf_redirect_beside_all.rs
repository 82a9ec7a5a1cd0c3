use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "spf-redirect-beside-all",
    text: "The SPF record of the MAIL FROM domain ends in ~all; in fires it has a redirect too.",
    fires: |seed| {
        record(
            seed,
            "v=spf1 include:amazonses.com redirect=spf.example.net ~all",
        )
    },
    quiet: |seed| record(seed, "v=spf1 include:amazonses.com ~all"),
};

fn record(seed: &str, record: &str) -> Plan {
    but(seed, |plan| {
        plan.spf = "pass";
        plan.zone
            .txt("spf.example.net", "v=spf1 ip4:192.0.2.25 -all");
        plan.zone.txt("mail.example.com", record);
    })
}
