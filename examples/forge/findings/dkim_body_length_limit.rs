use super::super::keys::KeyId;
use super::super::sign::Published;
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dkim-body-length-limit",
    text: "The application signs beside SES. In fires its signature has l=, in quiet it has not.",
    fires: |seed| signed(seed, true),
    quiet: |seed| signed(seed, false),
};

fn signed(seed: &str, length: bool) -> Plan {
    but(seed, |plan| {
        let record = format!("v=DKIM1; k=rsa; p={}", KeyId::Customer.public());
        let own = plan.own();
        own.published = Published::Txt(vec![record]);
        own.selector = "app".into();
        own.length = length;
    })
}
