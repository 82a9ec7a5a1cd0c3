use super::super::keys::KeyId;
use super::super::sign::Published;
use super::{Pair, Plan, but, keep_at_ses, usual};

pub const PAIR: Pair = Pair {
    code: "ses-selector-copied-key",
    text: "In fires the key of SES was copied to the selector as TXT; in quiet an alias leads to \
           it.",
    fires,
    quiet: usual,
};

fn fires(seed: &str) -> Plan {
    but(seed, |plan| {
        keep_at_ses(plan);
        let record = format!("p={}", KeyId::Customer.public());
        plan.own().published = Published::Txt(vec![record]);
    })
}
