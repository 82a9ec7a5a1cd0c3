use super::super::keys::KeyId;
use super::super::plan::MailFrom;
use super::super::sign::Published;
use super::super::verdict::Cause;
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dkim-key-too-short",
    text: "In fires the customer's key has 768 bits, in quiet 2048. SPF passes for a domain that \
           does not count.",
    fires: |seed| signed(seed, KeyId::Short768, Cause::KeyTooShort),
    quiet: |seed| signed(seed, KeyId::Customer, Cause::Verified),
};

fn signed(seed: &str, key: KeyId, cause: Cause) -> Plan {
    but(seed, |plan| {
        plan.mail_from = MailFrom::Default;
        let record = format!("v=DKIM1; k=rsa; p={}", key.public());
        let own = plan.own();
        own.key = key;
        own.cause = cause;
        own.selector = "shop2012".into();
        own.published = Published::Txt(vec![record]);
    })
}
