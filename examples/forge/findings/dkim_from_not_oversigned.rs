use super::super::keys::KeyId;
use super::super::sign::{Published, Signer};
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dkim-from-not-oversigned",
    text: "The application signs beside SES. In fires its signature names From once, in quiet \
           twice.",
    fires: |seed| signed(seed, &["From", "To", "Subject"]),
    quiet: |seed| signed(seed, &["From", "From", "To", "Subject"]),
};

fn signed(seed: &str, names: &[&str]) -> Plan {
    but(seed, |plan| {
        let second = plan.sent.as_second();
        let record = format!("v=DKIM1; k=rsa; p={}", KeyId::CustomerNext.public());
        plan.signers.push(Signer {
            published: Published::Txt(vec![record]),
            names: names.iter().map(|name| name.to_string()).collect(),
            ..Signer::new(KeyId::CustomerNext, "example.com", "app", second)
        });
    })
}
