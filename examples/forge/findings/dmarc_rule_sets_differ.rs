use super::super::plan::MailFrom;
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dmarc-rule-sets-differ",
    text: "The only record stands between the domain in From and the one that was registered. \
           In fires only RFC 9989 finds it, in quiet it stands at the domain in From.",
    fires: |seed| between(seed, "_dmarc.news.example.com"),
    quiet: |seed| between(seed, "_dmarc.pay.news.example.com"),
};

fn between(seed: &str, owner: &str) -> Plan {
    but(seed, |plan| {
        plan.from = vec!["Larkspur Books <bills@pay.news.example.com>".into()];
        plan.author = Some("pay.news.example.com".into());
        plan.dmarc = None;
        plan.own().domain = "pay.news.example.com".into();
        plan.mail_from = MailFrom::Custom("mail.pay.news.example.com".into());
        let record = "v=DMARC1; p=reject; rua=mailto:dmarc@example.com";
        plan.zone.txt(owner, record);
    })
}
