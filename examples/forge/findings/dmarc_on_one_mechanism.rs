use super::super::plan::MailFrom;
use super::{Pair, but, usual};

pub const PAIR: Pair = Pair {
    code: "dmarc-on-one-mechanism",
    text: "In fires the envelope sender is at another organization, in quiet below the domain \
           in From.",
    fires: |seed| {
        but(seed, |plan| {
            plan.mail_from = MailFrom::Custom("bounces.example.net".into());
        })
    },
    quiet: usual,
};
