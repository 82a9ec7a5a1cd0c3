use super::super::plan::MailFrom;
use super::{Pair, but, usual};

pub const PAIR: Pair = Pair {
    code: "ses-default-mail-from",
    text: "In fires SES uses its own MAIL FROM domain, in quiet the one that the customer set up.",
    fires: |seed| but(seed, |plan| plan.mail_from = MailFrom::Default),
    quiet: usual,
};
