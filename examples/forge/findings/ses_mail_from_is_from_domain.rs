use super::super::plan::MailFrom;
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "ses-mail-from-is-from-domain",
    text: "From is at news.example.com. In fires that is the custom MAIL FROM domain too, in quiet \
           that is mail.example.com.",
    fires: |seed| news(seed, "news.example.com"),
    quiet: |seed| news(seed, "mail.example.com"),
};

fn news(seed: &str, mail_from: &str) -> Plan {
    but(seed, |plan| {
        plan.from = vec!["Larkspur News <weekly@news.example.com>".into()];
        plan.author = Some("news.example.com".into());
        plan.own().identity = Some("@news.example.com".into());
        plan.mail_from = MailFrom::Custom(mail_from.into());
        plan.zone.a("news.example.com", "192.0.2.80");
    })
}
