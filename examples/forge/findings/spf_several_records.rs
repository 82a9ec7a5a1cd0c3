use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "spf-several-records",
    text: "In fires the MAIL FROM domain has two SPF records, in quiet one that says the same.",
    fires: |seed| {
        records(
            seed,
            &[
                "v=spf1 include:amazonses.com ~all",
                "v=spf1 ip4:192.0.2.25 -all",
            ],
        )
    },
    quiet: |seed| records(seed, &["v=spf1 include:amazonses.com ip4:192.0.2.25 -all"]),
};

fn records(seed: &str, records: &[&str]) -> Plan {
    but(seed, |plan| {
        if records.len() > 1 {
            plan.spf = "permerror";
        }
        for record in records {
            plan.zone.txt("mail.example.com", record);
        }
    })
}
