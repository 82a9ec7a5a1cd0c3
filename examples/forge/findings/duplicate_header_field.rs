use super::super::mail::Field;
use super::super::receivers::Receiver;
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "duplicate-header-field",
    text: "The receiver checks nothing. In fires there are two Subject fields, in quiet two \
           Comments fields.",
    fires: |seed| twice(seed, "Subject"),
    quiet: |seed| twice(seed, "Comments"),
};

fn twice(seed: &str, name: &'static str) -> Plan {
    but(seed, |plan| {
        plan.receiver = Receiver::Plain;
        plan.extra.push(Field::new(name, "Your order"));
        plan.extra.push(Field::new(name, "Your order, again"));
    })
}
