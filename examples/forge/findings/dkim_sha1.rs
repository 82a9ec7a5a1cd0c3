use super::super::keys::{Hash, KeyId};
use super::super::plan::MailFrom;
use super::super::sign::Published;
use super::super::verdict::Cause;
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dkim-sha1",
    text: "In fires the author's signature is made with rsa-sha1, in quiet with rsa-sha256. SPF \
           passes for a domain that does not count.",
    fires: |seed| signed(seed, Hash::Sha1, Cause::Sha1),
    quiet: |seed| signed(seed, Hash::Sha256, Cause::Verified),
};

fn signed(seed: &str, hash: Hash, cause: Cause) -> Plan {
    but(seed, |plan| {
        plan.mail_from = MailFrom::Default;
        let record = format!("v=DKIM1; k=rsa; p={}", KeyId::Customer1024.public());
        let own = plan.own();
        own.key = KeyId::Customer1024;
        own.hash = hash;
        own.cause = cause;
        own.selector = "app".into();
        own.published = Published::Txt(vec![record]);
    })
}
