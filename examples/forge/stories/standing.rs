//! Authentication-Results written by the sender: each way to make them look like the receiver's.

use serde_json::json;

use super::super::keys::KeyId;
use super::super::mail::{Field, Mail};
use super::super::plan::{Client, MailFrom, Plan, Relay};
use super::super::receivers::{Receiver, date};
use super::{Story, but};

const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub const STORIES: &[Story] = &[
    Story {
        name: "standing-pipeline-on-top",
        text: "Judged within the receiver's pipeline, before that wrote anything; client and envelope sender are given. The sender put a Received field in the name of the receiver on top, with his own address in it, and results with dmarc=pass above: all of it came with the message, and DMARC fails.",
        plan: |seed| pipeline(seed, SENDER),
    },
    Story {
        name: "standing-pipeline-other-client",
        text: "As standing-pipeline-on-top, but the forged Received field names a host of SES as the client, and not the one that is given. The claim is nobody's.",
        plan: |seed| pipeline(seed, SES),
    },
    Story {
        name: "standing-pipeline-trusted",
        text: "As standing-pipeline-on-top, and the caller says --trusted mx.example.net, that this host removes such fields of others: the claim stands, and differs from what is found here.",
        plan: |seed| {
            let mut plan = pipeline(seed, SENDER);
            plan.session.insert("trusted".into(), json!([RECEIVER]));
            plan
        },
    },
    Story {
        name: "standing-pipeline-nameless",
        text: "As standing-pipeline-on-top, the results without an authserv-id as Microsoft writes them, below a Received field of Exchange Online. All of it came with the message.",
        plan: |seed| {
            impostor(seed, |plan| {
                plan.receiver = Receiver::Nobody;
                let host = "CH1PEPF0000A1B2.mail.protection.outlook.com";
                put(plan, vec![nameless(), taken(plan, host, SENDER)]);
            })
        },
    },
    Story {
        name: "standing-pipeline-arc",
        text: "As standing-pipeline-on-top, with an ARC set instead of Authentication-Results, in the name of the receiver and with seals that fit nothing.",
        plan: |seed| {
            impostor(seed, |plan| {
                plan.receiver = Receiver::Nobody;
                let mut fields = arc_set(plan, RECEIVER, "example.net");
                fields.push(taken(plan, RECEIVER, SENDER));
                put(plan, fields);
            })
        },
    },
    Story {
        name: "standing-below-the-border",
        text: "The sender wrote Authentication-Results in the name of the receiver, with dmarc=pass, into mail for a host that checks nothing: it stands below that host's Received field, and is nobody's word. DMARC fails.",
        plan: |seed| below(seed, Receiver::Plain, |_| vec![results(RECEIVER)]),
    },
    Story {
        name: "standing-below-a-checking-host",
        text: "As standing-below-the-border, at a host that writes results itself: its own say dmarc=fail, the forged ones below dmarc=pass.",
        plan: |seed| below(seed, Receiver::Postfix, |_| vec![results(RECEIVER)]),
    },
    Story {
        name: "standing-lookalike-subdomain",
        text: "The sender wrote results in the name of mx.google.com.example.net, which begins as Gmail's does and lies at example.net. Gmail wrote dmarc=fail.",
        plan: |seed| {
            below(seed, Receiver::Gmail, |_| {
                vec![results("mx.google.com.example.net")]
            })
        },
    },
    Story {
        name: "standing-lookalike-of-the-receiver",
        text: "The sender wrote results in the name of mx.google.com.example.net into mail for mx.example.net, which checks nothing: the name is below the receiver's domain, and it came with the message.",
        plan: |seed| {
            below(seed, Receiver::Plain, |_| {
                vec![results("mx.google.com.example.net")]
            })
        },
    },
    Story {
        name: "standing-lookalike-hyphen",
        text: "The sender wrote results in the name of mx-google.com, which is not Google's. Gmail wrote dmarc=fail.",
        plan: |seed| below(seed, Receiver::Gmail, |_| vec![results("mx-google.com")]),
    },
    Story {
        name: "standing-lookalike-comment",
        text: "The sender wrote results in a name of his own, with the receiver's in a comment behind it: a comment names nobody.",
        plan: |seed| {
            below(seed, Receiver::Plain, |_| {
                vec![results("mail.bulk.example.org (mx.example.net)")]
            })
        },
    },
    Story {
        name: "standing-lookalike-capitals",
        text: "The sender wrote results in the receiver's name in capitals, with a comment and a version behind it. They are the same name, and stand where anyone could have put them.",
        plan: |seed| {
            below(seed, Receiver::Postfix, |_| {
                vec![results("MX.Example.NET (checked) 1")]
            })
        },
    },
    Story {
        name: "standing-lookalike-letters",
        text: "The sender wrote results in the name of mx.ex\u{430}mple.net, in which one letter is Cyrillic: another name, and below the border.",
        plan: |seed| {
            below(seed, Receiver::Postfix, |_| {
                vec![results("mx.ex\u{430}mple.net")]
            })
        },
    },
    Story {
        name: "standing-arc-forged",
        text: "The sender put an ARC set in the name of Gmail into the message, with dmarc=pass and seals that fit nothing. The host that took it checks nothing.",
        plan: |seed| {
            below(seed, Receiver::Plain, |plan| {
                arc_set(plan, "mx.google.com", "google.com")
            })
        },
    },
    Story {
        name: "standing-arc-unsealed",
        text: "The sender put ARC-Authentication-Results in the name of the receiver into the message, with dmarc=pass and no seal at all. The receiver's own results say dmarc=fail.",
        plan: |seed| {
            below(seed, Receiver::Postfix, |_| {
                vec![renamed("ARC-Authentication-Results", "i=1; mx.example.net")]
            })
        },
    },
    Story {
        name: "standing-original",
        text: "The sender wrote results with dmarc=pass in the name of Outlook, and the receiver renamed them to Authentication-Results-Original. Its own say dmarc=fail.",
        plan: |seed| {
            below(seed, Receiver::Outlook, |_| {
                let id = "CH1PEPF0000A1B2.mail.protection.outlook.com";
                vec![renamed("Authentication-Results-Original", id)]
            })
        },
    },
    Story {
        name: "standing-received-forged",
        text: "The sender put a second Received field in the name of the receiver into the message, as if it had come from SES, and results with dmarc=pass above it: both lie below the true Received field of a host that checks nothing.",
        plan: |seed| below(seed, Receiver::Plain, forged_session),
    },
    Story {
        name: "standing-received-forged-trust",
        text: "As standing-received-forged, and the caller says --trust mx.example.net: the topmost field of that host is the one to believe, and the results are below it.",
        plan: |seed| {
            let mut plan = below(seed, Receiver::Plain, forged_session);
            plan.session.insert("trust".into(), json!([RECEIVER]));
            plan
        },
    },
    Story {
        name: "standing-received-forged-gmail",
        text: "As standing-received-forged, in the name of Gmail and received by Gmail, whose own results say dmarc=fail.",
        plan: |seed| {
            below(seed, Receiver::Gmail, |plan| {
                vec![results("mx.google.com"), taken(plan, "mx.google.com", SES)]
            })
        },
    },
    Story {
        name: "standing-relay-of-the-sender",
        text: "The mail went through a host of the sender's own, which wrote results with dmarc=pass on it, to a mailbox whose host writes none. The only results are on the sender's word, and DMARC fails.",
        plan: |seed| relayed(seed, MailFrom::Default),
    },
    Story {
        name: "standing-relay-of-the-sender-hop",
        text: "As standing-relay-of-the-sender, and --hop 1 judges the session of the mailbox: what the sender's host wrote stands below it and is nobody's word.",
        plan: |seed| {
            let mut plan = relayed(seed, MailFrom::Default);
            plan.session.insert("hop".into(), 1.into());
            plan
        },
    },
    Story {
        name: "standing-relay-invents-session",
        text: "As standing-relay-of-the-sender, but the sender's host also says that it had the mail from SES under an aligned envelope sender. SPF would pass for that session, on the sender's word alone, so it proves nothing.",
        plan: |seed| relayed(seed, MailFrom::Custom("mail.example.com".into())),
    },
    Story {
        name: "standing-nameless-at-postfix",
        text: "The sender wrote results without an authserv-id, as Microsoft does, into mail received by Postfix, which writes its name. Nameless results are not its own.",
        plan: |seed| below(seed, Receiver::Postfix, |_| vec![nameless()]),
    },
];

/// The host that receives mail for example.net.
const RECEIVER: &str = "mx.example.net";

/// The sender's own host, and one of SES, as named in a Received field.
const SENDER: &str = "mail.bulk.example.org (mail.bulk.example.org [198.51.100.66])";
const SES: &str = "a8-50.smtp-out.amazonses.com (a8-50.smtp-out.amazonses.com [54.240.8.50])";

/// Mail in the name of example.com that an impostor sends from a host of their own.
fn impostor(seed: &str, change: impl FnOnce(&mut Plan)) -> Plan {
    but(seed, |plan| {
        plan.by_ses = false;
        plan.signers.clear();
        plan.client = Client::new("mail.bulk.example.org", "198.51.100.66");
        plan.mail_from = MailFrom::Address("win@bulk.example.org".into());
        plan.dmarc = Some("v=DMARC1; p=reject; rua=mailto:dmarc@example.com".into());
        // Part of the sessions that the sender invents.
        plan.also_ask = vec![
            "mail.example.com".into(),
            "a8-50.smtp-out.amazonses.com".into(),
        ];
        plan.zone
            .txt("bulk.example.org", "v=spf1 ip4:198.51.100.66 -all");
        plan.zone.mx("bulk.example.org", "mail.bulk.example.org");
        change(plan);
    })
}

/// An impostor's mail for `receiver`, with `forged` at the top when it arrives.
fn below(seed: &str, receiver: Receiver, forged: impl Fn(&mut Plan) -> Vec<Field>) -> Plan {
    impostor(seed, |plan| {
        plan.receiver = receiver;
        let fields = forged(plan);
        put(plan, fields);
    })
}

/// An impostor's mail before the receiver adds anything, with forged results in its name at the
/// top.
fn pipeline(seed: &str, client: &str) -> Plan {
    impostor(seed, |plan| {
        plan.receiver = Receiver::Nobody;
        let fields = vec![results(RECEIVER), taken(plan, RECEIVER, client)];
        put(plan, fields);
    })
}

/// An impostor's mail through a host of their own, which says that everything passed.
fn relayed(seed: &str, mail_from: MailFrom) -> Plan {
    impostor(seed, |plan| {
        let client = plan.region.client(0);
        plan.relay = Some(Relay {
            client: std::mem::replace(&mut plan.client, client),
            receiver: Receiver::Postfix,
            recipient: "win@bulk.example.org".into(),
            mail_from: Some("win@bulk.example.org".into()),
            tamper: vec![Box::new(|mail: &mut Mail| {
                for field in &mut mail.fields {
                    field.0 = field.0.replace("dmarc=fail", "dmarc=pass");
                }
            })],
        });
        plan.mail_from = mail_from;
        plan.receiver = Receiver::Plain;
    })
}

fn put(plan: &mut Plan, fields: Vec<Field>) {
    plan.tamper(move |mail| mail.prepend(fields.clone()));
}

/// Results and their session, both in the name of the receiver.
fn forged_session(plan: &mut Plan) -> Vec<Field> {
    vec![results(RECEIVER), taken(plan, RECEIVER, SES)]
}

fn results(id: &str) -> Field {
    renamed("Authentication-Results", id)
}

fn renamed(name: &str, id: &str) -> Field {
    Field(format!(
        "{name}: {id};\r\n\tdkim=pass (2048-bit key) header.d=example.com;\r\n\t\
         spf=pass smtp.mailfrom=mail.example.com;\r\n\t\
         dmarc=pass (p=reject dis=none) header.from=example.com"
    ))
}

/// Results as Microsoft writes them.
fn nameless() -> Field {
    Field(
        "Authentication-Results: spf=pass (sender IP is 198.51.100.66)\r\n \
         smtp.mailfrom=mail.example.com; dkim=pass (signature was verified)\r\n \
         header.d=example.com;dmarc=pass action=none\r\n header.from=example.com;compauth=pass \
         reason=100"
            .to_owned(),
    )
}

/// A Received field that says `by` received the message from `client`.
fn taken(plan: &Plan, by: &str, client: &str) -> Field {
    Field(format!(
        "Received: from {client}\r\n\tby {by} (Postfix) with ESMTPS id 4bVtQz1kXyz9rw\r\n\t\
         for <{}>; {} (CEST)",
        plan.recipient,
        date(plan.sent, 2)
    ))
}

/// An ARC set with results in the name of `id`; the seals of `domain` are random bytes.
fn arc_set(plan: &mut Plan, id: &str, domain: &str) -> Vec<Field> {
    let key = format!("arc-20240605._domainkey.{domain}");
    let record = format!("v=DKIM1; k=rsa; p={}", KeyId::Rotated.public());
    plan.zone.txt(&key, &record);
    plan.also_ask_txt.push(key);
    let mut noise = |count| plan.rng.text(BASE64, count);
    let (seal, signature, hash) = (noise(170) + "A=", noise(170) + "A=", noise(42) + "A=");
    let at = plan.sent.as_second();
    vec![
        Field(format!(
            "ARC-Seal: i=1; a=rsa-sha256; t={at}; cv=none; d={domain}; s=arc-20240605;\r\n\tb={seal}"
        )),
        Field(format!(
            "ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed; d={domain};\r\n\t\
             s=arc-20240605; t={at}; h=from:to:subject:date:message-id;\r\n\tbh={hash};\r\n\tb={signature}"
        )),
        renamed("ARC-Authentication-Results", &format!("i=1; {id}")),
    ]
}
