//! What senders publish for SPF and DMARC, and mail that was not sent by SES.

use super::super::body;
use super::super::keys::KeyId;
use super::super::plan::{Client, MailFrom};
use super::super::receivers::Receiver;
use super::super::rng::Rng;
use super::super::ses;
use super::super::sign::Signer;
use super::{Story, but};

pub const STORIES: &[Story] = &[
    Story {
        name: "no-authentication-at-all",
        text: "A web server sends for a domain that publishes nothing: no SPF record, no signature, no DMARC policy.",
        plan: |seed| {
            but(seed, |plan| {
                plan.by_ses = false;
                plan.signers.clear();
                plan.from = vec!["Garden Club <contact@example.org>".into()];
                plan.author = Some("example.org".into());
                plan.client = Client::new("web01.example.org", "198.51.100.77");
                plan.mail_from = MailFrom::Address("www-data@web01.example.org".into());
                plan.spf = "none";
                plan.dmarc = None;
                plan.zone.a("example.org", "198.51.100.77");
            })
        },
    },
    Story {
        name: "no-dmarc-record",
        text: "SPF and DKIM both pass aligned, but nothing is published at _dmarc.example.com or above: DMARC is not applied.",
        plan: |seed| but(seed, |plan| plan.dmarc = None),
    },
    Story {
        name: "dmarc-reject-fail",
        text: "Only amazonses.com signed, the MAIL FROM is the default, and the policy is p=reject: DMARC fails. Outlook kept the message and says oreject.",
        plan: |seed| {
            but(seed, |plan| {
                plan.signers.remove(0);
                plan.mail_from = MailFrom::Default;
                plan.receiver = Receiver::Outlook;
                plan.dmarc = Some("v=DMARC1; p=reject; rua=mailto:dmarc@example.com".into());
            })
        },
    },
    Story {
        name: "dmarc-none-fail",
        text: "The SES identity is example.net while From is example.com: signature and SPF pass for the wrong organization. The policy is p=none, so nothing follows.",
        plan: |seed| {
            but(seed, |plan| {
                let second = plan.sent.as_second();
                let selector = ses::token(&mut Rng::of("example.net"));
                *plan.own() = Signer::new(KeyId::Customer, "example.net", &selector, second);
                plan.mail_from = MailFrom::Custom("mail.example.net".into());
                plan.dmarc = Some("v=DMARC1; p=none; rua=mailto:dmarc@example.com".into());
            })
        },
    },
    Story {
        name: "spf-softfail",
        text: "The record of the custom MAIL FROM domain includes another provider and not amazonses.com: SPF softfails, DKIM carries DMARC.",
        plan: |seed| {
            but(seed, |plan| {
                plan.spf = "softfail";
                plan.zone
                    .txt("mail.example.com", "v=spf1 include:_spf.example.net ~all");
                plan.zone
                    .txt("_spf.example.net", "v=spf1 ip4:203.0.113.0/24 -all");
            })
        },
    },
    Story {
        name: "spf-fail",
        text: "The record of the custom MAIL FROM domain lists one address and ends in -all, without amazonses.com: SPF fails, DKIM carries DMARC.",
        plan: |seed| {
            but(seed, |plan| {
                plan.spf = "fail";
                plan.receiver = Receiver::Postfix;
                plan.zone
                    .txt("mail.example.com", "v=spf1 ip4:192.0.2.25 -all");
            })
        },
    },
    Story {
        name: "spf-permerror-two-records",
        text: "Two SPF records stand at the custom MAIL FROM domain: SPF is permerror, whatever they say. DKIM carries DMARC.",
        plan: |seed| {
            but(seed, |plan| {
                plan.spf = "permerror";
                plan.zone
                    .txt("mail.example.com", "v=spf1 include:amazonses.com ~all");
                plan.zone
                    .txt("mail.example.com", "v=spf1 ip4:192.0.2.0/24 ~all");
            })
        },
    },
    Story {
        name: "null-return-path",
        text: "A delivery notice from the domain's own mail server, unsigned and with a null reverse-path: SPF judges postmaster at the HELO name, which passes and aligns.",
        plan: |seed| {
            but(seed, |plan| {
                plan.by_ses = false;
                plan.signers.clear();
                plan.from = vec!["Mail Delivery System <mailer-daemon@example.com>".into()];
                plan.subject = "Undelivered Mail Returned to Sender".into();
                plan.content = body::plain(
                    "Your message to nobody@example.com could not be delivered:\r\n\r\n    550 5.1.1 no such mailbox\r\n",
                );
                plan.client = Client::new("mailhub.example.com", "192.0.2.25");
                plan.mail_from = MailFrom::Null;
                plan.zone.txt("mailhub.example.com", "v=spf1 a -all");
            })
        },
    },
    Story {
        name: "missing-return-path",
        text: "The file has no Return-Path; the reverse-path must be read from Received-SPF or Authentication-Results.",
        plan: |seed| but(seed, |plan| plan.return_path = false),
    },
    Story {
        name: "subdomain-policy",
        text: "From is a subdomain without a record of its own; the policy of the organization says p=none and sp=reject. The message is unaligned, so sp=reject applies.",
        plan: |seed| {
            but(seed, |plan| {
                plan.from = vec!["Larkspur News <weekly@news.example.com>".into()];
                plan.author = Some("news.example.com".into());
                plan.signers.remove(0);
                plan.mail_from = MailFrom::Default;
                plan.dmarc =
                    Some("v=DMARC1; p=none; sp=reject; rua=mailto:dmarc@example.com".into());
                plan.zone.a("news.example.com", "192.0.2.80");
            })
        },
    },
];
