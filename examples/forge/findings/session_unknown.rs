use super::super::receivers::Receiver;
use super::{Pair, but};

pub const PAIR: Pair = Pair {
    code: "session-unknown",
    text: "The message as it left SES, without any field of a receiver. In fires nobody says more, \
           in quiet session.json gives client, HELO and MAIL FROM.",
    fires: |seed| {
        but(seed, |plan| {
            plan.delivered(|mail| {
                let sent = mail
                    .fields
                    .iter()
                    .position(|field| field.is("DKIM-Signature"));
                mail.fields.drain(..sent.unwrap_or_default());
            });
        })
    },
    quiet: |seed| but(seed, |plan| plan.receiver = Receiver::Nobody),
};
