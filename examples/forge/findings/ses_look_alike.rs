use super::super::mail::Field;
use super::super::plan::{Client, MailFrom};
use super::{Pair, but};

pub const PAIR: Pair = Pair {
    code: "ses-look-alike",
    text: "All fields of SES are there. In fires a stranger wrote them and handed the message over, \
           without a signature; in quiet SES did, and only its own signature is there.",
    fires: |seed| {
        but(seed, |plan| {
            plan.signers.clear();
            plan.mail_from = MailFrom::Default;
            plan.client = Client::new("mail.example.test", "203.0.113.66");
            plan.spf = "fail";
            plan.tamper(|mail| {
                let outgoing = Field::new("X-SES-Outgoing", "2026.06.30-54.240.8.50");
                *mail.field("X-SES-Outgoing") = outgoing;
            });
        })
    },
    quiet: |seed| {
        but(seed, |plan| {
            plan.signers.remove(0);
            plan.mail_from = MailFrom::Default;
        })
    },
};
