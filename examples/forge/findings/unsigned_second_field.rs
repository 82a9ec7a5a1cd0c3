use super::super::mail::Field;
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "unsigned-second-field",
    text: "A field was put on top of a genuine message before it was received. In fires it is a \
           second Content-Type, which the signature does not cover, in quiet a field of a name \
           that is not there otherwise.",
    fires: |seed| topped(seed, "Content-Type", "text/html; charset=UTF-8"),
    quiet: |seed| topped(seed, "X-Campaign", "summer"),
};

fn topped(seed: &str, name: &'static str, body: &'static str) -> Plan {
    but(seed, |plan| {
        plan.tamper(move |mail| mail.fields.insert(0, Field::new(name, body)))
    })
}
