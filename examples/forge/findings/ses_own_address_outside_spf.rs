use super::super::plan::Client;
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "ses-own-address-outside-spf",
    text: "SES sends from an address that the customer brought. In fires the SPF record of the MAIL \
           FROM domain only includes amazonses.com, in quiet it names the network too.",
    fires: |seed| brought(seed, "softfail", "v=spf1 include:amazonses.com ~all"),
    quiet: |seed| {
        let record = "v=spf1 include:amazonses.com ip4:198.51.100.0/24 ~all";
        brought(seed, "pass", record)
    },
};

fn brought(seed: &str, spf: &'static str, record: &str) -> Plan {
    but(seed, |plan| {
        plan.client = Client::new("d100-7.smtp-out.amazonses.com", "198.51.100.7");
        plan.spf = spf;
        plan.zone.txt("mail.example.com", record);
    })
}
