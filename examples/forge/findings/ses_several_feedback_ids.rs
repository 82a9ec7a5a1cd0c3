use super::super::mail::Field;
use super::super::verdict::Cause;
use super::{Pair, but, usual};

pub const PAIR: Pair = Pair {
    code: "ses-several-feedback-ids",
    text: "In fires there is a second Feedback-ID below the one that SES signed; in quiet there \
           is only that one.",
    fires: |seed| {
        but(seed, |plan| {
            plan.signers[1].cause = Cause::HeaderChanged;
            plan.tamper(|mail| {
                let own = Field::new("Feedback-ID", "spring:shop:mail:example");
                mail.fields.push(own);
            });
        })
    },
    quiet: usual,
};
