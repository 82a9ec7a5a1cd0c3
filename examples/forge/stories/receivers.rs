//! The receivers, and which fields are the receiver's own.

use super::super::mail::Field;
use super::super::plan::{Client, MailFrom, Plan, Relay};
use super::super::receivers::Receiver;
use super::{Story, but};

pub const STORIES: &[Story] = &[
    Story {
        name: "received-by-fastmail",
        text: "All is set up well, received by Fastmail: a hop within Fastmail stands above the one that took the message.",
        plan: |seed| by(seed, Receiver::Fastmail),
    },
    Story {
        name: "received-by-proton",
        text: "All is set up well, received by Proton: one Authentication-Results field for each method, below the Received field, under another name of the same organization.",
        plan: |seed| by(seed, Receiver::Proton),
    },
    Story {
        name: "received-by-zoho",
        text: "All is set up well, received by Zoho, whose Authentication-Results name no signature.",
        plan: |seed| by(seed, Receiver::Zoho),
    },
    Story {
        name: "received-by-mail-ru",
        text: "All is set up well, received by mail.ru, which puts Authentication-Results at the end of the header, where the sender could have put it too.",
        plan: |seed| by(seed, Receiver::MailRu),
    },
    Story {
        name: "received-by-exchange-on-premises",
        text: "All is set up well, received by Exchange on the receiver's own hosts, which says nothing of SPF, DKIM and DMARC.",
        plan: |seed| by(seed, Receiver::Exchange),
    },
    Story {
        name: "received-through-mimecast",
        text: "Mimecast takes the message and hands it to Gmail, where SPF softfails for Mimecast's address; --trust mimecast.com judges the session before.",
        plan: |seed| {
            through(
                seed,
                Receiver::Mimecast,
                Client::new("us-smtp-delivery-151.mimecast.com", "203.0.113.151"),
                Receiver::Gmail,
            )
        },
    },
    Story {
        name: "received-through-proofpoint",
        text: "Proofpoint takes the message and hands it to Exchange Online, where SPF softfails for Proofpoint's address.",
        plan: |seed| {
            through(
                seed,
                Receiver::Proofpoint,
                Client::new("mx0a-00123401.pphosted.com", "203.0.113.12"),
                Receiver::Outlook,
            )
        },
    },
    Story {
        name: "forged-results-below",
        text: "The sender put Authentication-Results in the name of Gmail into the message, with dmarc=pass: it stands below what Gmail wrote, and DMARC fails.",
        plan: |seed| but(seed, |plan| forge(plan, "mx.google.com")),
    },
    Story {
        name: "forged-results-by-postfix",
        text: "The sender put Authentication-Results into the message in the name of a host that has nothing to do with it, with dmarc=pass. Received by Postfix; DMARC fails.",
        plan: |seed| {
            but(seed, |plan| {
                plan.receiver = Receiver::Postfix;
                forge(plan, "gateway.example.org");
            })
        },
    },
    Story {
        name: "list-checks-mailbox-does-not",
        text: "A mailing list at example.org checks the message and passes it on unchanged under its own reverse-path to a mailbox whose host checks nothing: the session judged is the one at the list.",
        plan: |seed| {
            let list = Client::new("mx.lists.example.org", "203.0.113.9");
            let mut plan = through(seed, Receiver::Postfix, list, Receiver::Plain);
            if let Some(relay) = &mut plan.relay {
                relay.mail_from = Some("announce-bounces@lists.example.org".into());
                relay.recipient = "announce@lists.example.org".into();
            }
            plan.zone
                .txt("lists.example.org", "v=spf1 ip4:203.0.113.9 -all");
            plan
        },
    },
    Story {
        name: "clock-runs-backwards",
        text: "A forwarder's clock is hours ahead, so that the receiver seems to have had the message before it.",
        plan: |seed| {
            let forwarder = Client::new("mx.example.org", "203.0.113.25");
            let mut plan = through(seed, Receiver::Postfix, forwarder, Receiver::Postfix);
            if let Some(relay) = &mut plan.relay {
                relay.recipient = "ada@example.org".into();
                relay.tamper.push(Box::new(|mail| {
                    let field = mail.field("Received");
                    let body = field.body().trim_start().to_owned();
                    let clauses = body.rsplit_once(';').map_or("", |(clauses, _)| clauses);
                    let late = format!("{clauses}; Wed, 1 Jul 2026 03:14:15 +0200 (CEST)");
                    *field = Field::new("Received", &late);
                }));
            }
            plan
        },
    },
    Story {
        name: "all-trace-fields-gone",
        text: "The fields of all receivers were cut off: MAIL FROM and the time are not known, the client only from the unsigned X-SES-Outgoing.",
        plan: |seed| by(seed, Receiver::Cut),
    },
];

fn by(seed: &str, receiver: Receiver) -> Plan {
    but(seed, |plan| plan.receiver = receiver)
}

/// Mail that `gateway` receives and hands on to `receiver`, to which it is `client`.
fn through(seed: &str, gateway: Receiver, client: Client, receiver: Receiver) -> Plan {
    but(seed, |plan| {
        plan.spf = "softfail";
        plan.receiver = receiver;
        plan.relay = Some(Relay {
            client,
            receiver: gateway,
            recipient: plan.recipient.clone(),
            mail_from: None,
            tamper: Vec::new(),
        });
    })
}

/// Leaves the message without any aligned identifier, and adds a field in the name of `id` that
/// says everything passed.
fn forge(plan: &mut Plan, id: &str) {
    plan.signers.remove(0);
    plan.mail_from = MailFrom::Default;
    let text = format!(
        "{id};\r\n\tspf=pass smtp.mailfrom=example.com;\r\n\tdkim=pass header.d=example.com;\r\n\tdmarc=pass header.from=example.com"
    );
    plan.tamper(move |mail| mail.prepend(vec![Field::new("Authentication-Results", &text)]));
}
