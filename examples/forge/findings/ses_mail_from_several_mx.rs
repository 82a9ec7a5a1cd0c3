use super::super::plan::MailFrom;
use super::{Pair, but};

pub const PAIR: Pair = Pair {
    code: "ses-mail-from-several-mx",
    text: "mail.example.com leads to the feedback host of SES, but SES uses its own MAIL FROM \
           domain. In fires there is a second MX at it, in quiet it is alone.",
    fires: |seed| {
        but(seed, |plan| {
            plan.mail_from = MailFrom::Default;
            let host = plan.region.feedback_host();
            plan.zone.mx("mail.example.com", &host);
            plan.zone.mx("mail.example.com", "mx.example.com");
        })
    },
    quiet: |seed| {
        but(seed, |plan| {
            plan.mail_from = MailFrom::Default;
            let host = plan.region.feedback_host();
            plan.zone.mx("mail.example.com", &host);
        })
    },
};
