use super::super::plan::MailFrom;
use super::super::ses::identity;
use super::{Pair, Plan, but, publish_tokens};

pub const PAIR: Pair = Pair {
    code: "ses-mail-from-not-verified",
    text: "SES uses its own MAIL FROM domain, and the records of a custom one are in DNS. In fires \
           SES says that it is pending, in quiet that it is in use.",
    fires: |seed| plan(seed, "PENDING"),
    quiet: |seed| plan(seed, "SUCCESS"),
};

fn plan(seed: &str, status: &str) -> Plan {
    but(seed, |plan| {
        plan.mail_from = MailFrom::Default;
        plan.zone
            .mx("mail.example.com", &plan.region.feedback_host());
        plan.zone
            .txt("mail.example.com", "v=spf1 include:amazonses.com ~all");
        let mail_from = Some(("mail.example.com", status));
        let said = identity(
            "example.com",
            &plan.own().selector.clone(),
            "SUCCESS",
            mail_from,
        );
        publish_tokens(plan, &said, 1);
        plan.identities.push(said);
    })
}
