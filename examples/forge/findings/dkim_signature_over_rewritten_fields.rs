use super::super::keys::KeyId;
use super::super::mail::Field;
use super::super::sign::{Published, Signer};
use super::super::verdict::Cause;
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dkim-signature-over-rewritten-fields",
    text: "The application signs before SES. In fires it signs Message-ID, which SES replaces, \
           in quiet From, To and Subject alone.",
    fires: |seed| {
        signed(
            seed,
            &["From", "To", "Subject", "Message-ID"],
            Cause::HeaderChanged,
        )
    },
    quiet: |seed| signed(seed, &["From", "To", "Subject"], Cause::Verified),
};

fn signed(seed: &str, names: &[&str], cause: Cause) -> Plan {
    but(seed, |plan| {
        let second = plan.sent.as_second();
        let record = format!("v=DKIM1; k=rsa; p={}", KeyId::CustomerNext.public());
        plan.signers.push(Signer {
            published: Published::Txt(vec![record]),
            names: names.iter().map(|name| name.to_string()).collect(),
            cause,
            before: Some(|mail| {
                let own = Field::new("Message-ID", "<4711.app@web01.example.com>");
                *mail.field("Message-ID") = own;
            }),
            ..Signer::new(KeyId::CustomerNext, "example.com", "app", second)
        });
    })
}
