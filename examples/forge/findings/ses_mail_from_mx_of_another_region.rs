use super::{Pair, but, usual};

pub const PAIR: Pair = Pair {
    code: "ses-mail-from-mx-of-another-region",
    text: "SES sent from us-east-1. In fires the MX of the MAIL FROM domain leads to eu-west-1, in \
           quiet to us-east-1.",
    fires: |seed| {
        but(seed, |plan| {
            let host = "feedback-smtp.eu-west-1.amazonses.com";
            plan.zone.mx("mail.example.com", host);
        })
    },
    quiet: usual,
};
