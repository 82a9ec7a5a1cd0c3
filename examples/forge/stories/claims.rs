//! What changed after the receiver wrote its results: keys, records, the time, the message itself.

use serde_json::Value;

use super::super::body;
use super::super::keys::KeyId;
use super::super::mail::Mail;
use super::super::plan::{MailFrom, Plan};
use super::super::receivers::Receiver;
use super::super::saved;
use super::super::ses;
use super::super::sign::Published;
use super::super::verdict::{Cause, DmarcSaid, Said};
use super::sending::tag_subject;
use super::signatures::own;
use super::{Story, but};

const HOUR: i64 = 3_600;

pub const STORIES: &[Story] = &[
    Story {
        name: "claim-key-gone-since",
        text: "Gmail wrote dkim=pass and dmarc=pass; today there is nothing at the customer's selector. The key went away since, and nothing here proves that the message was wrong.",
        plan: |seed| {
            gone_since(seed, Cause::KeyGone, |plan| {
                plan.own().published = Published::Nothing;
                plan.mail_from = MailFrom::Default;
            })
        },
    },
    Story {
        name: "claim-key-empty-since",
        text: "Outlook wrote dkim=pass and dmarc=pass; today the Easy DKIM selector leads to an empty string, as SES leaves it when it goes on to the next key. The key was rotated since.",
        plan: |seed| {
            gone_since(seed, Cause::KeyEmpty, |plan| {
                let target = ses::dkim_name(&plan.own().selector);
                plan.own().published = Published::Alias(vec![target], String::new());
                plan.mail_from = MailFrom::Default;
                plan.receiver = Receiver::Outlook;
            })
        },
    },
    Story {
        name: "claim-key-revoked-since",
        text: "Gmail wrote dkim=pass for a key of the customer's own; today its record has an empty p=. The key was revoked since; SPF still carries DMARC.",
        plan: |seed| {
            gone_since(seed, Cause::KeyRevoked, |plan| {
                key(plan, "v=DKIM1; k=rsa; p=".into());
            })
        },
    },
    Story {
        name: "claim-amazonses-key-changed",
        text: "Gmail wrote dkim=pass for both signatures. The selector of amazonses.com is the same today, but holds another key: its body hash matches and the signature does not fit. The customer's passes.",
        plan: |seed| {
            but(seed, |plan| {
                plan.signers[1].key = KeyId::Rotated;
                plan.signers[1].cause = Cause::KeyDoesNotFit;
                plan.signers[1].seen = Some(Cause::Verified);
            })
        },
    },
    Story {
        name: "claim-key-published-since",
        text: "Gmail wrote dkim=temperror (no key for signature) and dmarc=fail; today the key is there and the signature verifies. It was published after the message came.",
        plan: |seed| {
            but(seed, |plan| {
                plan.own().seen = Some(Cause::KeyGone);
                plan.mail_from = MailFrom::Default;
            })
        },
    },
    Story {
        name: "claim-signature-expired-since",
        text: "The customer's signature ran out an hour after the message came. As of receipt it passes, as Gmail wrote; judged as of now it would be expired.",
        plan: |seed| expiring(seed, Cause::Verified),
    },
    Story {
        name: "claim-signature-expired-by-at",
        text: "As claim-signature-expired-since, but judged as of a later time that the caller gives: the signature is expired then, where Gmail wrote dkim=pass.",
        plan: |seed| {
            let mut plan = expiring(seed, Cause::Expired);
            let at = Value::from("2026-07-01T11:00:00Z");
            plan.session.insert("at".into(), at);
            plan
        },
    },
    Story {
        name: "claim-altered-outlook-export",
        text: "Outlook wrote dkim=pass and dmarc=pass, without an authserv-id; its export writes the parts anew, in base64 between other boundaries. No signature can fit this file, which proves nothing about the message.",
        plan: |seed| {
            altered(seed, Cause::BodyAndHeaderChanged, |plan| {
                plan.receiver = Receiver::Outlook;
                plan.content = body::both(&mut plan.rng);
                plan.mail_from = MailFrom::Default;
                plan.delivered(saved::exported_by_outlook);
            })
        },
    },
    Story {
        name: "claim-altered-proton-export",
        text: "Proton wrote dkim=pass and dmarc=pass; its export puts the decrypted text into a new message of several parts. No signature can fit this file.",
        plan: |seed| {
            altered(seed, Cause::BodyAndHeaderChanged, |plan| {
                plan.receiver = Receiver::Proton;
                plan.mail_from = MailFrom::Default;
                plan.delivered(saved::exported_by_proton);
            })
        },
    },
    Story {
        name: "claim-altered-gateway-footer",
        text: "The receiver's Postfix wrote dkim=pass, and a gateway behind it put a footer under the body: both body hashes differ, and the headers still verify. Altered after the check.",
        plan: |seed| {
            altered(seed, Cause::BodyChanged, |plan| {
                plan.receiver = Receiver::Postfix;
                plan.mail_from = MailFrom::Default;
                plan.delivered(|mail: &mut Mail| {
                    mail.body
                        .extend_from_slice(b"\r\nChecked by the mail gateway of example.net.\r\n")
                });
            })
        },
    },
    Story {
        name: "claim-altered-subject-tag",
        text: "The receiver's Postfix wrote dkim=pass, and a filter behind it put a tag before the subject: the body hashes match, and both signatures fail. Altered after the check.",
        plan: |seed| {
            altered(seed, Cause::HeaderChanged, |plan| {
                plan.receiver = Receiver::Postfix;
                plan.delivered(|mail: &mut Mail| tag_subject(mail, "[EXTERNAL] "));
            })
        },
    },
    Story {
        name: "claim-spf-record-changed",
        text: "Gmail wrote spf=pass for this client and this domain; today the record of the domain does not include amazonses.com, and SPF softfails. The record was changed since.",
        plan: |seed| {
            but(seed, |plan| {
                plan.zone
                    .txt("mail.example.com", "v=spf1 ip4:192.0.2.25 ~all");
            })
        },
    },
    Story {
        name: "claim-dmarc-policy-changed",
        text: "Gmail wrote dmarc=pass (p=NONE); today the policy is p=reject. The result is the same, the record was changed since.",
        plan: |seed| {
            but(seed, |plan| {
                plan.dmarc = Some("v=DMARC1; p=reject; rua=mailto:dmarc@example.com".into());
                plan.found = Some(|said| policy(said, "pass", "none"));
            })
        },
    },
    Story {
        name: "claim-dmarc-policy-relaxed",
        text: "Yahoo wrote dmarc=fail(p=REJECT); today the policy is p=none. DMARC fails as it did, but nothing would follow from it today.",
        plan: |seed| {
            but(seed, |plan| {
                plan.signers.remove(0);
                plan.mail_from = MailFrom::Default;
                plan.receiver = Receiver::Yahoo;
                plan.dmarc = Some("v=DMARC1; p=none; rua=mailto:dmarc@example.com".into());
                plan.found = Some(|said| policy(said, "fail", "reject"));
            })
        },
    },
    Story {
        name: "claim-dmarc-alignment-changed",
        text: "Gmail wrote dmarc=pass (p=NONE) for mail from news.example.com, signed by example.com; today the record says p=reject and adkim=s, so that the same signature does not align and DMARC fails.",
        plan: |seed| {
            but(seed, |plan| {
                plan.from = vec!["Larkspur News <weekly@news.example.com>".into()];
                plan.author = Some("news.example.com".into());
                plan.own().identity = Some("@news.example.com".into());
                plan.mail_from = MailFrom::Default;
                plan.dmarc =
                    Some("v=DMARC1; p=reject; adkim=s; rua=mailto:dmarc@example.com".into());
                plan.zone.a("news.example.com", "192.0.2.80");
                plan.found = Some(|said| policy(said, "pass", "none"));
            })
        },
    },
    Story {
        name: "claim-dmarc-record-gone",
        text: "Gmail wrote dmarc=pass (p=QUARANTINE); today there is no DMARC record. It was taken away since.",
        plan: |seed| {
            but(seed, |plan| {
                plan.dmarc = None;
                plan.found = Some(|said| policy(said, "pass", "quarantine"));
            })
        },
    },
];

/// Mail whose customer signature passed at the receiver and has `cause` today.
fn gone_since(seed: &str, cause: Cause, change: impl FnOnce(&mut Plan)) -> Plan {
    own(seed, cause, |plan| {
        plan.own().seen = Some(Cause::Verified);
        change(plan);
    })
}

/// Mail with a customer signature that expires an hour after the message was received.
fn expiring(seed: &str, cause: Cause) -> Plan {
    gone_since(seed, cause, |plan| {
        let sent = plan.sent.as_second();
        plan.own().expires = Some(sent + HOUR);
        plan.mail_from = MailFrom::Default;
    })
}

/// Mail whose signatures all passed at the receiver, before `change` was applied.
fn altered(seed: &str, cause: Cause, change: impl FnOnce(&mut Plan)) -> Plan {
    but(seed, |plan| {
        for signer in &mut plan.signers {
            signer.cause = cause;
            signer.seen = Some(Cause::Verified);
        }
        change(plan);
    })
}

/// Publishes the customer's key record at a separate selector.
fn key(plan: &mut Plan, record: String) {
    plan.own().selector = "shop2026".into();
    plan.own().published = Published::Txt(vec![record]);
}

fn policy(said: &mut Said, result: &'static str, policy: &str) {
    said.dmarc = Some(DmarcSaid {
        result,
        policy: policy.into(),
        subdomain_policy: policy.into(),
    });
}
