use super::super::plan::{Client, Relay};
use super::super::receivers::Receiver;
use super::{Pair, but, usual};

pub const PAIR: Pair = Pair {
    code: "spf-failure-by-forwarding",
    text: "In fires a mailbox at example.org sends the message on under the envelope sender of SES, \
           in quiet it goes straight to the reader.",
    fires: |seed| {
        but(seed, |plan| {
            plan.to = "ada@example.org".into();
            plan.spf = "softfail";
            plan.relay = Some(Relay {
                client: Client::new("mx.example.org", "203.0.113.25"),
                receiver: Receiver::Postfix,
                recipient: "ada@example.org".into(),
                mail_from: None,
                tamper: Vec::new(),
            });
        })
    },
    quiet: usual,
};
