use super::super::plan::MailFrom;
use super::{Pair, but};

pub const PAIR: Pair = Pair {
    code: "ses-own-signature-missing",
    text: "The MAIL FROM is the default one of SES. In fires SES signed for itself alone, in \
           quiet for the customer as well.",
    fires: |seed| {
        but(seed, |plan| {
            plan.mail_from = MailFrom::Default;
            plan.signers.remove(0);
        })
    },
    quiet: |seed| but(seed, |plan| plan.mail_from = MailFrom::Default),
};
