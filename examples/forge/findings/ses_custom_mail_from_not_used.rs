use super::super::plan::MailFrom;
use super::{Pair, but};

pub const PAIR: Pair = Pair {
    code: "ses-custom-mail-from-not-used",
    text: "SES uses its own MAIL FROM domain. In fires the records of a custom one are published, \
           in quiet there are none.",
    fires: |seed| {
        but(seed, |plan| {
            plan.mail_from = MailFrom::Default;
            let host = plan.region.feedback_host();
            plan.zone.mx("mail.example.com", &host);
            plan.zone
                .txt("mail.example.com", "v=spf1 include:amazonses.com ~all");
        })
    },
    quiet: |seed| but(seed, |plan| plan.mail_from = MailFrom::Default),
};
