use super::super::plan::{Client, MailFrom};
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "spf-not-aligned",
    text: "A service sends for example.com. In fires the envelope sender is at the service's domain, \
           in quiet at a subdomain of example.com.",
    fires: |seed| service(seed, "bounces.example.net"),
    quiet: |seed| service(seed, "em.example.com"),
};

fn service(seed: &str, domain: &str) -> Plan {
    but(seed, |plan| {
        plan.by_ses = false;
        plan.signers.truncate(1);
        plan.own().selector = "service".into();
        plan.client = Client::new("out7.example.net", "203.0.113.25");
        plan.mail_from = MailFrom::Address(format!("bounce-4711@{domain}"));
        plan.zone.txt(domain, "v=spf1 ip4:203.0.113.0/24 -all");
    })
}
