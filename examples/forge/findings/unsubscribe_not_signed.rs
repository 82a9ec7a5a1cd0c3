use super::super::mail::Field;
use super::{Pair, but};

pub const PAIR: Pair = Pair {
    code: "unsubscribe-not-signed",
    text: "A newsletter with one-click unsubscribe. In fires both fields were added behind \
           the signer, in quiet before.",
    fires: |seed| {
        but(seed, |plan| {
            plan.tamper(|mail| mail.fields.extend(fields()))
        })
    },
    quiet: |seed| but(seed, |plan| plan.extra.extend(fields())),
};

fn fields() -> [Field; 2] {
    [
        Field::new("List-Unsubscribe", "<https://www.example.com/u/7f3a>"),
        Field::new("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ]
}
