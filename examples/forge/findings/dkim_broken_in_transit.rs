use super::super::mail::{Field, Mail};
use super::super::plan::{Client, Plan, Relay};
use super::super::receivers::Receiver;
use super::super::stories::tag_subject;
use super::super::verdict::Cause;
use super::{Pair, but};

pub const PAIR: Pair = Pair {
    code: "dkim-broken-in-transit",
    text: "A list passes the message on. In fires it puts a tag into the subject, in quiet it \
           changes nothing.",
    fires: |seed| list(seed, true),
    quiet: |seed| list(seed, false),
};

fn list(seed: &str, tag: bool) -> Plan {
    but(seed, |plan| {
        plan.to = "announce@lists.example.org".into();
        let spf = "v=spf1 ip4:203.0.113.9 -all";
        plan.zone.txt("lists.example.org", spf);
        if tag {
            for signer in &mut plan.signers {
                signer.cause = Cause::HeaderChanged;
                signer.broken_by_relay = true;
            }
        }
        plan.relay = Some(Relay {
            client: Client::new("mx.lists.example.org", "203.0.113.9"),
            receiver: Receiver::Postfix,
            recipient: "announce@lists.example.org".into(),
            mail_from: Some("announce-bounces@lists.example.org".into()),
            tamper: vec![Box::new(move |mail: &mut Mail| {
                if tag {
                    tag_subject(mail, "[announce] ");
                }
                let list = Field::new("List-Id", "<announce.lists.example.org>");
                mail.prepend(vec![list]);
            })],
        });
    })
}
