//! What administrators meet: lists, gateways and relays that change a signed message, each in its
//! own way.

use std::fmt::Write as _;

use super::super::body::{self, Content};
use super::super::mail::{Field, Mail};
use super::super::plan::{Client, Plan, Relay};
use super::super::receivers::Receiver;
use super::super::sign::Canon;
use super::super::verdict::Cause;
use super::{Story, but, tag_subject};

pub const STORIES: &[Story] = &[
    Story {
        name: "altered-mailman-footer",
        text: "Mailman puts [garden] before the subject and four lines below the text. Without both, the signatures of the author and of SES verify.",
        plan: |seed| {
            list(seed, plain(), |mail| {
                tag_subject(mail, "[garden] ");
                mail.body.extend_from_slice(MAILMAN.as_bytes());
            })
        },
    },
    Story {
        name: "altered-mailman-wrapped",
        text: "The message has text and HTML. Mailman makes it the first part of a new multipart/mixed, with its footer as the second, and puts [garden] before the subject.",
        plan: |seed| {
            list(seed, both(), |mail| {
                tag_subject(mail, "[garden] ");
                wrap(mail);
            })
        },
    },
    Story {
        name: "altered-disclaimer",
        text: "The receiver's Exchange verified both signatures. Then a rule of it adds a disclaimer below the text, and one in the HTML before the end of its body.",
        plan: |seed| {
            behind(seed, both(), Cause::BodyChanged, |mail| {
                let text = "\r\nThis message is for the addressee alone. Whoever got it by mistake deletes it.\r\n";
                before(mail, "\r\n--=_letter\r\nContent-Type: text/html", text);
                let html = format!(
                    "<hr>\r\n<p style=3D\"font-size:8pt\">{}</p>\r\n",
                    text.trim()
                );
                before(mail, "</body>", &html);
            })
        },
    },
    Story {
        name: "altered-banner",
        text: "The receiver verified both signatures. Then its gateway warns of mail from outside: [EXTERNAL] before the subject, and a line above the text.",
        plan: |seed| {
            behind(seed, plain(), Cause::BodyAndHeaderChanged, |mail| {
                tag_subject(mail, "[EXTERNAL] ");
                let banner = "CAUTION: This message comes from outside. Open no link unless you know the sender.\r\n\r\n";
                mail.body.splice(0..0, banner.bytes()).for_each(drop);
            })
        },
    },
    Story {
        name: "altered-safelinks",
        text: "The receiver verified both signatures. Then Microsoft Defender leads the links of the text through safelinks.protection.outlook.com.",
        plan: |seed| {
            behind(seed, plain(), Cause::BodyChanged, |mail| {
                let old = "https://www.example.com/parcel/40217";
                let new = "https://nam12.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.example.com%2Fparcel%2F40217&data=05%7C02%7Creader%40example.net%7C0f3a51c2d4e645b7a8c908de1f3b2a4c%7C7d4c1e9ab2f34c5e8a6d0b9c8e7f6a5d%7C0%7C0%7C638868000000000000%7CUnknown%7C%7C0%7C%7C%7C&sdata=Vq0n2uM8xkR7wYt5cZb1dLfHs3JpGe9aQiKoTyN4EzA%3D&reserved=0";
                mail.edit_body(old, new);
            })
        },
    },
    Story {
        name: "altered-message-id-added",
        text: "The application signs, with Message-ID and Date in h=, before it has written either. SES adds both, so that the application's signature does not verify. That of SES does.",
        plan: |seed| {
            but(seed, |plan| {
                plan.own().cause = Cause::HeaderChanged;
                plan.own().names = ["from", "to", "subject", "message-id", "date"]
                    .map(String::from)
                    .to_vec();
                plan.own().before = Some(|mail| {
                    mail.fields
                        .retain(|field| !field.is("Message-ID") && !field.is("Date"));
                });
            })
        },
    },
    Story {
        name: "altered-8bit-to-quoted-printable",
        text: "The text is sent as 8bit, and a relay that cannot pass it on writes it as quoted-printable and changes Content-Transfer-Encoding.",
        plan: |seed| {
            let text = "Grüezi Ada,\r\n\r\ndie Bücher sind unterwegs:\r\n\r\n1 x Moose und Flechten, 18.40 €\r\n\r\nLarkspur Books\r\n";
            let content = Content {
                encoding: "8bit",
                ..body::plain(text)
            };
            altered(seed, content, Cause::BodyAndHeaderChanged, |mail| {
                *mail.field("Content-Transfer-Encoding") =
                    Field::new("Content-Transfer-Encoding", "quoted-printable");
                mail.body = quoted(&mail.body);
            })
        },
    },
    Story {
        name: "altered-antivirus",
        text: "The virus scanner of a mail server adds three lines below the text.",
        plan: |seed| {
            altered(seed, plain(), Cause::BodyChanged, |mail| {
                let lines = b"\r\n-- \r\nThis mail was checked for viruses by Shield.\r\nhttps://www.shield.example\r\n";
                mail.body.extend_from_slice(lines);
            })
        },
    },
    Story {
        name: "altered-group",
        text: "A group service writes its own address into From, keeps the author's in X-Original-From, and adds a footer. Its list is at example.org.",
        plan: |seed| {
            let mut plan = list(seed, plain(), |mail| {
                let from = mail.field("From").body().trim().to_owned();
                *mail.field("From") = Field::new(
                    "From",
                    "\"'Larkspur Books' via Garden\" <garden@lists.example.org>",
                );
                mail.fields.push(Field::new("X-Original-From", &from));
                mail.fields.push(Field::new("Reply-To", &from));
                mail.body.extend_from_slice(GROUP.as_bytes());
            });
            plan.author = Some("lists.example.org".into());
            plan.also_ask.push("example.com".into());
            plan.dmarc = Some("v=DMARC1; p=none".into());
            plan.zone.txt(
                "_dmarc.example.com",
                "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com",
            );
            plan
        },
    },
    Story {
        name: "altered-recipients-rewritten",
        text: "The author's signature is c=simple for the header, and a server folded To before the further addresses, with four spaces.",
        plan: |seed| {
            but(seed, |plan| {
                plan.own().header = Canon::Simple;
                plan.own().cause = Cause::HeaderChanged;
                plan.to = "Reader <reader@example.net>, \"Reader, Second\" <second@example.net>, third@example.net".into();
                // The second signature does not cover what changes.
                plan.signers[1].names = ["from", "message-id", "date"].map(String::from).to_vec();
                plan.tamper(|mail| {
                    let field = mail.field("To");
                    field.0 = field.0.replace(">, ", ">,\r\n    ");
                });
            })
        },
    },
];

const MAILMAN: &str = "_______________________________________________\r\n\
    Garden mailing list -- garden@lists.example.org\r\n\
    To leave it, write to garden-leave@lists.example.org\r\n";

const GROUP: &str = "\r\n-- \r\nThis message came to you as a member of the group \"Garden\".\r\n\
    To leave the group, write to garden+unsubscribe@lists.example.org.\r\n";

fn plain() -> Content {
    body::plain(
        "Hello Ada,\r\n\r\nyour parcel left our shop this morning. Follow it here:\r\n\
         https://www.example.com/parcel/40217\r\n\r\nLarkspur Books\r\n",
    )
}

/// Text and HTML.
fn both() -> Content {
    let mut body = String::new();
    for (kind, text) in [
        (
            "plain",
            "Hello Ada,\r\n\r\nyour parcel left our shop this morning.\r\n",
        ),
        (
            "html",
            "<html>\r\n<body>\r\n<p>Hello Ada,</p>\r\n<p>your parcel left our shop this morning.</p>\r\n</body>\r\n</html>\r\n",
        ),
    ] {
        let _ = write!(
            body,
            "--=_letter\r\nContent-Type: text/{kind}; charset=UTF-8\r\n\
             Content-Transfer-Encoding: quoted-printable\r\n\r\n{text}\r\n"
        );
    }
    body += "--=_letter--\r\n";
    Content {
        kind: "multipart/alternative; boundary=\"=_letter\"".to_owned(),
        encoding: "7bit",
        body: body.into_bytes(),
    }
}

/// Changed behind both signatures, and delivered by SES itself.
fn altered(seed: &str, content: Content, cause: Cause, change: fn(&mut Mail)) -> Plan {
    but(seed, |plan| {
        plan.content = content;
        plan.signers
            .iter_mut()
            .for_each(|signer| signer.cause = cause);
        plan.tamper(change);
    })
}

/// Verified by the receiver, and changed by it before it reached the mailbox.
fn behind(seed: &str, content: Content, cause: Cause, change: fn(&mut Mail)) -> Plan {
    but(seed, |plan| {
        plan.content = content;
        plan.receiver = Receiver::Outlook;
        for signer in &mut plan.signers {
            signer.cause = cause;
            signer.seen = Some(Cause::Verified);
        }
        plan.delivered(change);
    })
}

/// Changed by a list that got it intact.
fn list(seed: &str, content: Content, change: fn(&mut Mail)) -> Plan {
    but(seed, |plan| {
        plan.content = content;
        plan.to = "garden@lists.example.org".into();
        for signer in &mut plan.signers {
            signer.cause = Cause::BodyAndHeaderChanged;
            signer.broken_by_relay = true;
        }
        plan.zone
            .txt("lists.example.org", "v=spf1 ip4:203.0.113.9 -all");
        plan.relay = Some(Relay {
            client: Client::new("mx.lists.example.org", "203.0.113.9"),
            receiver: Receiver::Postfix,
            recipient: "garden@lists.example.org".into(),
            mail_from: Some("garden-bounces@lists.example.org".into()),
            tamper: vec![
                Box::new(change),
                Box::new(|mail: &mut Mail| {
                    mail.prepend(vec![
                        Field::new("List-Id", "<garden.lists.example.org>"),
                        Field::new("Precedence", "list"),
                    ]);
                }),
            ],
        });
    })
}

/// Puts `text` before the first `end` in the body.
fn before(mail: &mut Mail, end: &str, text: &str) {
    mail.edit_body(end, &format!("{text}{end}"));
}

/// As Mailman does: the fields of content go with the message.
fn wrap(mail: &mut Mail) {
    let is_content = |field: &&Field| field.name().starts_with("Content-");
    let inner: String = mail
        .fields
        .iter()
        .filter(is_content)
        .map(|field| format!("{}\r\n", field.0))
        .collect();
    mail.fields.retain(|field| !is_content(&field));
    let boundary = "===============4711081523420815==";
    mail.fields.push(Field::new(
        "Content-Type",
        &format!("multipart/mixed; boundary=\"{boundary}\""),
    ));
    let above = format!("--{boundary}\r\n{inner}\r\n");
    let below = format!(
        "\r\n--{boundary}\r\nContent-Type: text/plain; charset=\"us-ascii\"\r\nMIME-Version: 1.0\r\n\
         Content-Transfer-Encoding: 7bit\r\nContent-Disposition: inline\r\n\r\n{MAILMAN}\r\n--{boundary}--\r\n"
    );
    mail.body = [above.as_bytes(), &mail.body, below.as_bytes()].concat();
}

/// Quoted-printable, for lines that need no break.
fn quoted(body: &[u8]) -> Vec<u8> {
    let octet = |byte: &u8| match byte {
        0x80.. | b'=' => format!("={byte:02X}").into_bytes(),
        _ => vec![*byte],
    };
    body.iter().flat_map(octet).collect()
}
