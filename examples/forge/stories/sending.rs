//! How SES sends, and what happens between SES and the reader.

use sesauth::dns::RecordType;

use super::super::body;
use super::super::keys::KeyId;
use super::super::mail::{Field, Mail};
use super::super::plan::{Client, MailFrom, Plan, Relay};
use super::super::receivers::Receiver;
use super::super::ses;
use super::super::sign::{Published, Signer};
use super::super::verdict::Cause;
use super::{Story, but, usual};

pub const STORIES: &[Story] = &[
    Story {
        name: "ses-custom-mail-from",
        text: "All is set up well: Easy DKIM and a custom MAIL FROM, so that DKIM and SPF both pass aligned with From. Received by Gmail.",
        plan: |seed| but(seed, |plan| plan.content = body::both(&mut plan.rng)),
    },
    Story {
        name: "ses-default-mail-from",
        text: "Easy DKIM passes aligned; the reverse-path is the default one at amazonses.com (us-east-1), so SPF passes for a domain that does not align.",
        plan: |seed| but(seed, |plan| plan.mail_from = MailFrom::Default),
    },
    Story {
        name: "ses-default-mail-from-eu",
        text: "As ses-default-mail-from, sent from eu-west-1: reverse-path and Message-ID are at eu-west-1.amazonses.com. Received by Postfix with OpenDKIM and OpenDMARC.",
        plan: |seed| {
            let mut plan = Plan::new(seed, "example.com", ses::find("eu-west-1"));
            plan.mail_from = MailFrom::Default;
            plan.receiver = Receiver::Postfix;
            plan
        },
    },
    Story {
        name: "ses-only-amazonses-signature",
        text: "Easy DKIM is off and the MAIL FROM is the default: SPF and DKIM pass, both for amazonses.com, and DMARC fails because neither aligns.",
        plan: |seed| {
            but(seed, |plan| {
                plan.signers.remove(0);
                plan.mail_from = MailFrom::Default;
                plan.receiver = Receiver::Outlook;
                plan.dmarc = Some("v=DMARC1; p=none; rua=mailto:dmarc@example.com".into());
            })
        },
    },
    Story {
        name: "ses-records-missing",
        text: "SES signs with Easy DKIM and sends under the custom MAIL FROM mail.example.com, and none of their records is in DNS any more: the CNAME, the MX and the TXT. So SPF has no record, the signature no key, and DMARC fails. Below the name that the CNAME should lead to, SES has the key.",
        plan: |seed| {
            but(seed, |plan| {
                plan.spf = "none";
                plan.zone.none("mail.example.com", RecordType::Mx);
                plan.zone.none("mail.example.com", RecordType::Txt);
                let target = ses::dkim_name(&plan.own().selector);
                let key = format!("p={}", plan.own().key.public());
                plan.zone.txt(&target, &key);
                // The CNAME, MX and TXT records to publish need these.
                plan.also_ask_txt = vec![target, "amazonses.com".into()];
                plan.own().published = Published::Nothing;
                plan.own().cause = Cause::KeyGone;
            })
        },
    },
    Story {
        name: "two-signatures-one-broken",
        text: "A gateway cleared the value of Feedback-ID, which only the signature of amazonses.com covers: that one fails, the customer's still passes, and DMARC passes.",
        plan: |seed| {
            but(seed, |plan| {
                plan.signers[1].cause = Cause::HeaderChanged;
                plan.receiver = Receiver::Fastmail;
                plan.tamper(|mail| {
                    *mail.field("Feedback-ID") = Field::new("Feedback-ID", "removed")
                });
            })
        },
    },
    Story {
        name: "application-signs-too",
        text: "The application signed Message-ID and Date before SES replaced both, so its signature fails beside two that pass.",
        plan: |seed| {
            but(seed, |plan| {
                let second = plan.sent.as_second();
                let record = format!("v=DKIM1; k=rsa; p={}", KeyId::Customer1024.public());
                plan.signers.push(Signer {
                    published: Published::Txt(vec![record]),
                    names: ["From", "To", "Subject", "Date", "Message-ID"]
                        .map(str::to_owned)
                        .to_vec(),
                    cause: Cause::HeaderChanged,
                    before: Some(|mail| {
                        let own = Field::new("Message-ID", "<4711.app@web01.example.com>");
                        *mail.field("Message-ID") = own;
                    }),
                    ..Signer::new(KeyId::Customer1024, "example.com", "app", second)
                });
            })
        },
    },
    Story {
        name: "ses-aspf-strict",
        text: "The policy says aspf=s: SPF passes for mail.example.com, which is not example.com itself, and only DKIM carries DMARC.",
        plan: |seed| {
            but(seed, |plan| {
                plan.dmarc =
                    Some("v=DMARC1; p=quarantine; aspf=s; rua=mailto:dmarc@example.com".into());
            })
        },
    },
    Story {
        name: "ses-adkim-strict-subdomain-from",
        text: "From is news.example.com, the SES identity is example.com, and the policy says adkim=s: the signature passes and does not align, nor does the default MAIL FROM. DMARC fails.",
        plan: |seed| {
            but(seed, |plan| {
                plan.from = vec!["Larkspur News <weekly@news.example.com>".into()];
                plan.author = Some("news.example.com".into());
                plan.own().identity = Some("@news.example.com".into());
                plan.mail_from = MailFrom::Default;
                plan.dmarc =
                    Some("v=DMARC1; p=quarantine; adkim=s; rua=mailto:dmarc@example.com".into());
                plan.zone.a("news.example.com", "192.0.2.80");
            })
        },
    },
    Story {
        name: "ses-outlook-received",
        text: "As ses-custom-mail-from, received by Exchange Online: no authserv-id in Authentication-Results, Return-Path below the header of the sender.",
        plan: |seed| {
            but(seed, |plan| {
                plan.receiver = Receiver::Outlook;
                plan.content = body::both(&mut plan.rng);
            })
        },
    },
    Story {
        name: "ses-lf-file",
        text: "A message as of ses-custom-mail-from in a file whose lines end in LF alone; the signatures pass once every LF counts as a line end.",
        plan: |seed| but(seed, |plan| plan.bare_lf = true),
    },
    Story {
        name: "list-footer",
        text: "A mailing list put a tag into the subject and a footer under the body, and sends under its own reverse-path. Both signatures fail, SPF passes for the list, and the author's p=reject is not met.",
        plan: |seed| {
            but(seed, |plan| {
                plan.to = "announce@lists.example.org".into();
                plan.dmarc = Some("v=DMARC1; p=reject; rua=mailto:dmarc@example.com".into());
                plan.zone
                    .txt("lists.example.org", "v=spf1 ip4:203.0.113.9 -all");
                for signer in &mut plan.signers {
                    signer.cause = Cause::BodyAndHeaderChanged;
                    signer.broken_by_relay = true;
                }
                plan.relay = Some(Relay {
                    client: Client::new("mx.lists.example.org", "203.0.113.9"),
                    receiver: Receiver::Postfix,
                    recipient: "announce@lists.example.org".into(),
                    mail_from: Some("announce-bounces@lists.example.org".into()),
                    tamper: vec![Box::new(|mail: &mut Mail| {
                        tag_subject(mail, "[announce] ");
                        let footer = b"_______________________________________________\r\n\
                        announce mailing list\r\nhttps://lists.example.org/announce\r\n";
                        mail.body.extend_from_slice(footer);
                        mail.prepend(vec![
                            Field::new("List-Id", "<announce.lists.example.org>"),
                            Field::new("Precedence", "list"),
                        ]);
                    })],
                });
            })
        },
    },
    Story {
        name: "forwarded-spf-fails",
        text: "A mailbox at example.org forwards unchanged under the reverse-path of SES: SPF softfails for the forwarder's address, the signatures survive, and DMARC passes by DKIM alone.",
        plan: |seed| {
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
    },
    Story {
        name: "ses-inbound-received",
        text: "All is set up well, and SES itself receives: Authentication-Results of amazonses.com with its own properties.",
        plan: |seed| {
            let mut plan = usual(seed);
            plan.receiver = Receiver::Ses;
            plan
        },
    },
    Story {
        name: "ses-not-yet-received",
        text: "The message as it left SES, without any field of a receiver: client address, HELO and MAIL FROM come from session.json.",
        plan: |seed| but(seed, |plan| plan.receiver = Receiver::Nobody),
    },
    Story {
        name: "ses-yahoo-received",
        text: "All is set up well, received by Yahoo: the client's address stands in X-Originating-Ip and in the EHLO line.",
        plan: |seed| but(seed, |plan| plan.receiver = Receiver::Yahoo),
    },
    Story {
        name: "ses-icloud-received",
        text: "All is set up well, received by iCloud: one Authentication-Results field for each method, each with an authserv-id of its own.",
        plan: |seed| but(seed, |plan| plan.receiver = Receiver::ICloud),
    },
];

/// Puts `tag` before the subject.
pub fn tag_subject(mail: &mut Mail, tag: &str) {
    let field = mail.field("Subject");
    *field = Field::new("Subject", &format!("{tag}{}", field.body().trim_start()));
}
