use super::super::plan::{Client, MailFrom};
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "spf-client-not-authorised",
    text: "A server of example.com sends, without SES. In fires the SPF record names another one \
           only, in quiet both.",
    fires: |seed| own_server(seed, "fail", "v=spf1 ip4:192.0.2.25 -all"),
    quiet: |seed| own_server(seed, "pass", "v=spf1 ip4:192.0.2.25 ip4:203.0.113.25 -all"),
};

fn own_server(seed: &str, spf: &'static str, record: &str) -> Plan {
    but(seed, |plan| {
        plan.by_ses = false;
        plan.signers.truncate(1);
        plan.own().selector = "app".into();
        plan.client = Client::new("web01.example.com", "203.0.113.25");
        plan.mail_from = MailFrom::Address("orders@example.com".into());
        plan.spf = spf;
        plan.zone.txt("example.com", record);
    })
}
