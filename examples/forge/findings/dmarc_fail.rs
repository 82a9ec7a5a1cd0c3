use super::super::plan::MailFrom;
use super::{Pair, but};

pub const PAIR: Pair = Pair {
    code: "dmarc-fail",
    text: "The MAIL FROM is the default one of SES. In fires there is no signature of the author's \
           either, in quiet there is, and that is enough.",
    fires: |seed| {
        but(seed, |plan| {
            plan.mail_from = MailFrom::Default;
            plan.signers.remove(0);
        })
    },
    quiet: |seed| but(seed, |plan| plan.mail_from = MailFrom::Default),
};
