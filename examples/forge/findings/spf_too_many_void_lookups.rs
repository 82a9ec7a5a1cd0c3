use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "spf-too-many-void-lookups",
    text: "The SPF record of the MAIL FROM domain names hosts that are gone: three in fires, two \
           in quiet.",
    fires: |seed| gone(seed, 3),
    quiet: |seed| gone(seed, 2),
};

fn gone(seed: &str, count: usize) -> Plan {
    but(seed, |plan| {
        let hosts = (1..=count).map(|number| format!("a:old{number}.example.com "));
        let hosts: String = hosts.collect();
        let record = format!("v=spf1 {hosts}include:amazonses.com ~all");
        plan.zone.txt("mail.example.com", &record);
        if count > 2 {
            plan.spf = "permerror";
        }
    })
}
