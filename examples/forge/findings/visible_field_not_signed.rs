use super::super::mail::Field;
use super::{Pair, but};

pub const PAIR: Pair = Pair {
    code: "visible-field-not-signed",
    text: "A message with an address for replies. In fires it was added behind the signer, in \
           quiet before.",
    fires: |seed| {
        but(seed, |plan| {
            plan.tamper(|mail| mail.fields.push(reply_to()))
        })
    },
    quiet: |seed| but(seed, |plan| plan.extra.push(reply_to())),
};

fn reply_to() -> Field {
    Field::new("Reply-To", "help@example.com")
}
