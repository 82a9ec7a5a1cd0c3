use super::super::mail::Field;
use super::super::ses;
use super::{Pair, but, usual};

pub const PAIR: Pair = Pair {
    code: "ses-region-disagreement",
    text: "Sent from us-east-1. In fires the Feedback-ID says eu-west-1.",
    fires: |seed| {
        but(seed, |plan| {
            plan.tamper(|mail| {
                let other = ses::find("eu-west-1").feedback_id("example.com");
                *mail.field("Feedback-ID") = Field::new("Feedback-ID", &other);
            });
        })
    },
    quiet: usual,
};
