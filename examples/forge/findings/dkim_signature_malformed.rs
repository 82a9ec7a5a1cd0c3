use super::super::plan::MailFrom;
use super::super::verdict::Cause;
use super::{Pair, but};

pub const PAIR: Pair = Pair {
    code: "dkim-signature-malformed",
    text: "SPF passes for a domain that does not count. In fires the author's signature does not \
           cover From, in quiet it does.",
    fires: |seed| {
        but(seed, |plan| {
            plan.mail_from = MailFrom::Default;
            plan.own().cause = Cause::FromNotSigned;
            plan.own().names = ["To", "Subject", "Date"].map(str::to_owned).to_vec();
        })
    },
    quiet: |seed| but(seed, |plan| plan.mail_from = MailFrom::Default),
};
