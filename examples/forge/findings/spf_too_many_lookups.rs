use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "spf-too-many-lookups",
    text: "The SPF record of the MAIL FROM domain includes services beside SES: ten of them before \
           it in fires, nine in quiet.",
    fires: |seed| services(seed, 10),
    quiet: |seed| services(seed, 9),
};

fn services(seed: &str, count: usize) -> Plan {
    but(seed, |plan| {
        let mut record = "v=spf1".to_owned();
        for number in 1..=count {
            let service = format!("spf{number}.example.net");
            plan.zone.txt(&service, "v=spf1 ip4:192.0.2.25 -all");
            record.push_str(&format!(" include:{service}"));
        }
        record.push_str(" include:amazonses.com ~all");
        plan.zone.txt("mail.example.com", &record);
        if count > 9 {
            plan.spf = "permerror";
        }
    })
}
