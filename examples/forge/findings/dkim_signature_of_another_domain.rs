use super::super::keys::KeyId;
use super::super::plan::{Client, MailFrom};
use super::super::sign::Published;
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dkim-signature-of-another-domain",
    text: "A service at example.net sends, and not SES. In fires it signs for itself, in quiet \
           for the author.",
    fires: |seed| service(seed, "example.net"),
    quiet: |seed| service(seed, "example.com"),
};

fn service(seed: &str, domain: &str) -> Plan {
    but(seed, |plan| {
        plan.by_ses = false;
        plan.client = Client::new("out.example.net", "203.0.113.40");
        plan.mail_from = MailFrom::Address("bounces@out.example.net".into());
        plan.zone
            .txt("out.example.net", "v=spf1 ip4:203.0.113.40 -all");
        plan.signers.truncate(1);
        let own = plan.own();
        own.domain = domain.to_owned();
        own.selector = "k1".into();
        let record = format!("v=DKIM1; k=rsa; p={}", KeyId::Customer.public());
        own.published = Published::Txt(vec![record]);
    })
}
