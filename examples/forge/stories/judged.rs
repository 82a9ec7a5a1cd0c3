//! What the receiver judged differently: by its own rules, another session, another identity, or
//! without an answer from its DNS.

use super::super::keys::{Hash, KeyId};
use super::super::mail::{Field, Mail};
use super::super::plan::{Client, MailFrom, Plan, Relay};
use super::super::receivers::Receiver;
use super::super::sign::Published;
use super::super::verdict::{Cause, DkimSaid, DmarcSaid, Said};
use super::{Story, but};

pub const STORIES: &[Story] = &[
    Story {
        name: "claim-other-client",
        text: "Outlook wrote spf=pass (sender IP is 54.240.8.50), but the Received field names 198.51.100.77, which the record does not permit: SPF was checked for another client than the one judged here.",
        plan: |seed| {
            but(seed, |plan| {
                plan.receiver = Receiver::Outlook;
                plan.zone
                    .txt("mail.example.com", "v=spf1 include:amazonses.com -all");
                plan.delivered(|mail| rewrite_border(mail, "(54.240.8.50)", "(198.51.100.77)"));
            })
        },
    },
    Story {
        name: "claim-other-client-gmail",
        text: "Gmail's comment designates 54.240.8.50, its Received field names 198.51.100.77, which the record does not permit: SPF pass there, fail here, for two clients.",
        plan: |seed| {
            but(seed, |plan| {
                plan.zone
                    .txt("mail.example.com", "v=spf1 include:amazonses.com -all");
                plan.delivered(|mail| rewrite_border(mail, "[54.240.8.50]", "[198.51.100.77]"));
            })
        },
    },
    Story {
        name: "claim-forwarded-other-session",
        text: "A list tagged the subject and sent the mail on through SES under a message id of its own. Gmail wrote of the list's session: spf=pass for the list, dmarc=fail; --hop 3 judges the author's session at the list, where SPF aligns.",
        plan: |seed| {
            let mut plan = on_through_ses(seed);
            plan.session.insert("hop".into(), 3.into());
            plan
        },
    },
    Story {
        name: "claim-forwarded-mail-from-given",
        text: "As claim-forwarded-other-session, judged at Gmail, but the caller gives the author's envelope sender: SPF passes for it, as the list sends through SES too, while Gmail wrote spf=pass for the list and dmarc=fail.",
        plan: |seed| {
            let mut plan = on_through_ses(seed);
            let mail_from = "orders@mail.example.com";
            plan.mail_from = MailFrom::Address(mail_from.into());
            plan.zone
                .txt("mail.example.com", "v=spf1 include:amazonses.com ~all");
            plan.session.insert("mail_from".into(), mail_from.into());
            plan
        },
    },
    Story {
        name: "claim-forwarded-changed-by-list",
        text: "A list checked the mail, wrote dkim=pass and dmarc=pass, then tagged the subject and put a footer under the body, and sent it on to a host that checks nothing. The list's word is of the mail as it was before.",
        plan: |seed| {
            let mut plan = through_list(seed, Receiver::Plain);
            plan.mail_from = MailFrom::Default;
            if let Some(relay) = &mut plan.relay {
                relay.tamper.push(Box::new(|mail: &mut Mail| {
                    let footer = b"_______________________________________________\r\n\
                        announce mailing list\r\nhttps://lists.example.org/announce\r\n";
                    mail.body.extend_from_slice(footer);
                }));
            }
            for signer in &mut plan.signers {
                signer.cause = Cause::BodyAndHeaderChanged;
            }
            plan
        },
    },
    Story {
        name: "claim-forwarded-from-rewritten",
        text: "A list checked the mail, wrote dmarc=pass header.from=example.com, then put its own address into From and passed the mail on to a host that checks nothing. DMARC is judged here for the list's domain, so the two results are of two domains.",
        plan: |seed| {
            let mut plan = through_list(seed, Receiver::Plain);
            plan.also_ask.push("lists.example.org".into());
            if let Some(relay) = &mut plan.relay {
                relay.tamper.push(Box::new(|mail: &mut Mail| {
                    let list = "Larkspur Books via announce <announce@lists.example.org>";
                    *mail.field("From") = Field::new("From", list);
                    mail.prepend(vec![Field::new("X-Original-From", "orders@example.com")]);
                }));
            }
            plan
        },
    },
    Story {
        name: "claim-fewer-signatures",
        text: "Outlook of 2023 lists the customer's signature only, of the two on the mail. That it says nothing of the other means nothing.",
        plan: |seed| {
            outlook(seed, |said| {
                said.dkim.truncate(1);
            })
        },
    },
    Story {
        name: "claim-weak-key-policy",
        text: "Gmail wrote dkim=policy (weak key) for a key of 1024 bits, and dmarc=fail; the signature verifies here, as RFC 8301 allows that length. A rule of the receiver's own.",
        plan: |seed| {
            but(seed, |plan| {
                short_key(plan, Hash::Sha256);
                plan.own().seen = Some(Cause::KeyTooShort);
            })
        },
    },
    Story {
        name: "claim-key-size-ignored",
        text: "Outlook wrote dkim=ignore (ignored public key size) for a key of 1024 bits, and dmarc=fail; the signature verifies here. A rule of the receiver's own.",
        plan: |seed| {
            but(seed, |plan| {
                short_key(plan, Hash::Sha256);
                plan.own().seen = Some(Cause::KeyTooShort);
                plan.receiver = Receiver::Outlook;
            })
        },
    },
    Story {
        name: "claim-sha1-accepted",
        text: "The receiver's Postfix wrote dkim=pass and dmarc=pass for rsa-sha1, which must no longer be accepted (RFC 8301 §3.1): here it is policy, and DMARC fails.",
        plan: |seed| {
            but(seed, |plan| {
                short_key(plan, Hash::Sha1);
                plan.own().cause = Cause::Sha1;
                plan.own().seen = Some(Cause::Verified);
                plan.receiver = Receiver::Postfix;
            })
        },
    },
    Story {
        name: "claim-dmarc-bestguesspass",
        text: "Outlook wrote dmarc=bestguesspass: there is no record, and the mail would have passed. Here it is none.",
        plan: |seed| {
            let mut plan = outlook(seed, |said| dmarc(said, "bestguesspass"));
            plan.dmarc = None;
            plan
        },
    },
    Story {
        name: "claim-dmarc-permerror",
        text: "Outlook wrote dmarc=permerror and compauth=pass reason=111, as it often does for a record that is in order: here DMARC passes.",
        plan: |seed| outlook(seed, |said| dmarc(said, "permerror")),
    },
    Story {
        name: "claim-spf-best-guess",
        text: "Gmail wrote spf=pass by a best guess record: the domain has no SPF record, so that SPF is none here. DKIM carries DMARC.",
        plan: |seed| {
            but(seed, |plan| {
                plan.by_ses = false;
                plan.signers.truncate(1);
                plan.client = Client::new("shop.example.com", "192.0.2.80");
                plan.mail_from = MailFrom::Address("orders@shop.example.com".into());
                plan.delivered(|mail| {
                    let guess = "google.com: best guess record for domain of";
                    for name in ["Received-SPF", "Authentication-Results"] {
                        let field = mail.field(name);
                        field.0 = field.0.replace("google.com: domain of", guess);
                    }
                });
            })
        },
    },
    Story {
        name: "claim-dns-failed-there",
        text: "Outlook's DNS failed: it wrote spf=temperror, dkim=timeout (key query timeout) and dmarc=temperror. With the answers at hand here all pass.",
        plan: |seed| {
            outlook(seed, |said| {
                said.spf = "temperror";
                for dkim in &mut said.dkim {
                    dkim.cause = Cause::Dns;
                }
                dmarc(said, "temperror");
            })
        },
    },
    Story {
        name: "claim-spf-of-helo",
        text: "The receiver wrote spf=none with smtp.helo only, and dmarc=fail: it took SPF of the HELO name, which has no record. For MAIL FROM, of which it says nothing, SPF passes and aligns here.",
        plan: |seed| {
            but(seed, |plan| {
                plan.signers.remove(0);
                plan.receiver = Receiver::Postfix;
                plan.found = Some(|said| dmarc(said, "fail"));
                plan.delivered(|mail| {
                    let mail_from = "spf=pass smtp.mailfrom=mail.example.com";
                    let helo = "spf=none (no SPF record) smtp.helo=a8-50.smtp-out.amazonses.com";
                    for field in &mut mail.fields {
                        field.0 = field.0.replace(mail_from, helo);
                    }
                    mail.fields.retain(|field| !field.is("Received-SPF"));
                });
            })
        },
    },
    Story {
        name: "claim-signature-not-in-file",
        text: "Fastmail lists three signatures, the third of a gateway whose signature is not in the file any more. There is nothing here to compare it with.",
        plan: |seed| {
            but(seed, |plan| {
                plan.receiver = Receiver::Fastmail;
                plan.found = Some(|said| {
                    said.dkim.push(DkimSaid {
                        cause: Cause::Verified,
                        domain: "gateway.example.org".into(),
                        identity: "@gateway.example.org".into(),
                        selector: "gw2026".into(),
                        signature: "k3Jm9dQw".into(),
                        algorithm: "rsa-sha256".into(),
                        bits: 2048,
                    });
                });
            })
        },
    },
    Story {
        name: "claim-spf-limit-not-applied",
        text: "The record of the envelope sender's domain has twelve includes, so that SPF is permerror (RFC 7208 §4.6.4). Gmail wrote spf=pass all the same: a rule of its own. DKIM carries DMARC.",
        plan: |seed| {
            but(seed, |plan| {
                let includes: Vec<String> = (1..=11)
                    .map(|number| format!("include:spf{number}.example.com"))
                    .collect();
                let record = format!("v=spf1 {} include:amazonses.com ~all", includes.join(" "));
                plan.zone.txt("mail.example.com", &record);
                for number in 1..=11 {
                    let domain = format!("spf{number}.example.com");
                    let network = format!("v=spf1 ip4:192.0.2.{number} -all");
                    plan.zone.txt(&domain, &network);
                    plan.also_ask_txt.push(domain);
                }
            })
        },
    },
    Story {
        name: "claim-from-not-signed-accepted",
        text: "The customer's signature does not cover From, which RFC 6376 §5.4 asks for; body and signed header fields are as they were signed. The receiver's Postfix wrote dkim=pass and dmarc=pass: a rule of its own.",
        plan: |seed| {
            but(seed, |plan| {
                plan.mail_from = MailFrom::Default;
                plan.own().names = ["To", "Subject", "Date", "Message-ID"]
                    .map(str::to_owned)
                    .to_vec();
                plan.own().cause = Cause::FromNotSigned;
                plan.own().seen = Some(Cause::Verified);
                plan.receiver = Receiver::Postfix;
            })
        },
    },
    Story {
        name: "claim-dmarc-subdomain-policy",
        text: "From is of a subdomain, for which the record asks nothing (p=reject; sp=none). Gmail wrote p=REJECT sp=NONE: the record is the same as then.",
        plan: |seed| {
            but(seed, |plan| {
                plan.from = vec!["Larkspur News <weekly@news.example.com>".into()];
                plan.author = Some("news.example.com".into());
                plan.dmarc = Some("v=DMARC1; p=reject; sp=none".into());
                plan.found = Some(|said| {
                    said.dmarc = Some(DmarcSaid {
                        result: "pass",
                        policy: "reject".into(),
                        subdomain_policy: "none".into(),
                    });
                });
            })
        },
    },
    Story {
        name: "claim-no-known-cause",
        text: "Gmail wrote spf=fail for this client and this domain, and all that is known says pass: nothing tells why they differ.",
        plan: |seed| but(seed, |plan| plan.spf = "fail"),
    },
];

/// The usual mail, with Outlook's results changed by `found`.
fn outlook(seed: &str, found: fn(&mut Said)) -> Plan {
    but(seed, |plan| {
        plan.receiver = Receiver::Outlook;
        plan.found = Some(found);
    })
}

fn dmarc(said: &mut Said, result: &'static str) {
    said.dmarc = Some(DmarcSaid {
        result,
        policy: "quarantine".into(),
        subdomain_policy: "quarantine".into(),
    });
}

/// Signs with a 1024-bit key, on which DMARC depends.
fn short_key(plan: &mut Plan, hash: Hash) {
    let record = format!("v=DKIM1; k=rsa; p={}", KeyId::Customer1024.public());
    plan.mail_from = MailFrom::Default;
    let signer = plan.own();
    signer.selector = "shop2019".into();
    signer.key = KeyId::Customer1024;
    signer.hash = hash;
    signer.published = Published::Txt(vec![record]);
}

/// Replaces `old` in the Received field of the host that received the message from SES.
fn rewrite_border(mail: &mut Mail, old: &str, new: &str) {
    let is_border = |field: &&mut Field| field.is("Received") && field.0.contains("from a8-50.");
    let field = mail.fields.iter_mut().find(is_border).expect("the border");
    field.0 = field.0.replace(old, new);
}

/// Mail that a list at lists.example.org checks, tags, and sends on with its own address.
fn through_list(seed: &str, receiver: Receiver) -> Plan {
    but(seed, |plan| {
        let id = plan
            .region
            .message_id(plan.sent.as_millisecond() + 700, &mut plan.rng);
        plan.to = "announce@lists.example.org".into();
        plan.receiver = receiver;
        for signer in &mut plan.signers {
            signer.cause = Cause::HeaderChanged;
            signer.broken_by_relay = true;
        }
        plan.zone.txt(
            "mail.lists.example.org",
            "v=spf1 ip4:203.0.113.9 include:amazonses.com ~all",
        );
        plan.relay = Some(Relay {
            client: Client::new("mx.lists.example.org", "203.0.113.9"),
            receiver: Receiver::Postfix,
            recipient: "announce@lists.example.org".into(),
            mail_from: Some(format!("{id}@mail.lists.example.org")),
            tamper: vec![Box::new(|mail: &mut Mail| {
                super::tag_subject(mail, "[announce] ");
                mail.prepend(vec![
                    Field::new("List-Id", "<announce.lists.example.org>"),
                    Field::new("Precedence", "list"),
                ]);
            })],
        });
    })
}

/// The same, sent on through SES to Gmail.
fn on_through_ses(seed: &str) -> Plan {
    let mut plan = through_list(seed, Receiver::Gmail);
    let client = plan.region.client(1);
    if let Some(relay) = &mut plan.relay {
        relay.client = client;
    }
    plan
}
