use super::super::plan::MailFrom;
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "mx-preference-in-host-name",
    text: "The custom MAIL FROM domain is not in use. In fires the preference stands in the host \
           name of its MX too, in quiet only where it belongs.",
    fires: |seed| exchange(seed, "10 feedback-smtp.us-east-1.amazonses.com"),
    quiet: |seed| exchange(seed, "feedback-smtp.us-east-1.amazonses.com"),
};

fn exchange(seed: &str, host: &str) -> Plan {
    but(seed, |plan| {
        plan.mail_from = MailFrom::Default;
        plan.zone.mx("mail.example.com", host);
    })
}
