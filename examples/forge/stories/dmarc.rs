//! DMARC records of every kind, and what depends on where they are.

use super::super::keys::KeyId;
use super::super::plan::{MailFrom, Plan};
use super::super::receivers::Receiver;
use super::super::rng::Rng;
use super::super::ses;
use super::super::sign::Signer;
use super::{Story, but};

pub const STORIES: &[Story] = &[
    Story {
        name: "dmarc-record-only-at-subdomain",
        text: "Only news.example.com has a DMARC record, and not example.com, which signed. By the tree walk of RFC 9989 these are two organizations and DMARC fails; by the public suffix list they are one and it passes, as the receiver said.",
        plan: |seed| {
            but(seed, |plan| {
                from_news(plan);
                plan.mail_from = MailFrom::Default;
                plan.dmarc = None;
                plan.zone.txt(
                    "_dmarc.news.example.com",
                    "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com",
                );
            })
        },
    },
    Story {
        name: "dmarc-psd-n-at-mail-from",
        text: "Somebody published a record with psd=n for the custom MAIL FROM domain, which makes it an organization of its own: SPF no longer counts for example.com, and DKIM alone carries DMARC.",
        plan: |seed| {
            but(seed, |plan| {
                plan.zone
                    .txt("_dmarc.mail.example.com", "v=DMARC1; p=reject; psd=n");
            })
        },
    },
    Story {
        name: "dmarc-np-missing-subdomain",
        text: "From is a subdomain that is not in DNS at all, and nothing is aligned. The record of example.com says p=none and np=reject: by RFC 9989 the mail is to be refused, by RFC 7489 nothing is to be done.",
        plan: |seed| {
            but(seed, |plan| {
                plan.from = vec!["Accounts <pay@ghost.example.com>".into()];
                plan.author = Some("ghost.example.com".into());
                plan.signers.remove(0);
                plan.mail_from = MailFrom::Default;
                plan.dmarc =
                    Some("v=DMARC1; p=none; np=reject; rua=mailto:dmarc@example.com".into());
            })
        },
    },
    Story {
        name: "dmarc-test-mode",
        text: "The record says p=reject and t=y: the domain only tests its policy, so that mail that fails is to be treated as under quarantine. Receivers by RFC 7489 do not know t and may refuse it.",
        plan: |seed| {
            but(seed, |plan| {
                plan.signers.remove(0);
                plan.mail_from = MailFrom::Default;
                plan.dmarc = Some("v=DMARC1; p=reject; t=y; rua=mailto:dmarc@example.com".into());
            })
        },
    },
    Story {
        name: "dmarc-siblings",
        text: "From is at news.example.com, the signature is of shop.example.com and the MAIL FROM of mail.example.com: none is above another, but all have the organizational domain example.com, so both count.",
        plan: |seed| {
            but(seed, |plan| {
                from_news(plan);
                let second = plan.sent.as_second();
                let selector = ses::token(&mut Rng::of("shop.example.com"));
                *plan.own() = Signer::new(KeyId::Customer, "shop.example.com", &selector, second);
            })
        },
    },
    Story {
        name: "dmarc-free-mail-from",
        text: "A shop sends through SES with its free-mail address in From. SES can sign only as amazonses.com, and the free-mail provider says p=reject: nothing speaks for the author, and DMARC fails.",
        plan: |seed| {
            but(seed, |plan| {
                plan.from = vec!["Larkspur Books <larkspur.books@freemail.example>".into()];
                plan.author = Some("freemail.example".into());
                plan.signers.remove(0);
                plan.mail_from = MailFrom::Default;
                plan.receiver = Receiver::Outlook;
                plan.dmarc = Some(
                    "v=DMARC1; p=reject; sp=quarantine; rua=mailto:dmarc@freemail.example".into(),
                );
            })
        },
    },
    Story {
        name: "spf-en-dash",
        text: "An en dash stands before all in the SPF record, as an editor put it there: the record cannot be read.",
        plan: |seed| {
            but(seed, |plan| {
                plan.spf = "permerror";
                plan.zone.txt(
                    "mail.example.com",
                    "v=spf1 include:amazonses.com \u{2013}all",
                );
            })
        },
    },
    Story {
        name: "spf-all-glued",
        text: "The space before -all is missing, so that the include names a domain that does not exist.",
        plan: |seed| {
            but(seed, |plan| {
                plan.spf = "permerror";
                plan.zone
                    .txt("mail.example.com", "v=spf1 include:amazonses.com-all");
            })
        },
    },
    Story {
        name: "spf-includes-itself",
        text: "The SPF record includes the domain that it belongs to.",
        plan: |seed| {
            but(seed, |plan| {
                plan.spf = "permerror";
                plan.zone.txt(
                    "mail.example.com",
                    "v=spf1 include:mail.example.com include:amazonses.com ~all",
                );
            })
        },
    },
    Story {
        name: "dmarc-without-semicolons",
        text: "The semicolons of the DMARC record are missing: p=reject was meant, and there is no record.",
        plan: |seed| {
            but(seed, |plan| {
                plan.dmarc = Some("v=DMARC1 p=reject rua=mailto:dmarc@example.com".into());
            })
        },
    },
    Story {
        name: "dmarc-colons",
        text: "The DMARC record has colons for equals signs: it has no policy and is ignored.",
        plan: |seed| {
            but(seed, |plan| {
                plan.dmarc = Some("v=DMARC1; p:reject; rua:mailto:dmarc@example.com".into());
            })
        },
    },
    Story {
        name: "dmarc-misspelt-tag",
        text: "The record says aspr=s, which is no tag: aspf was meant. It is ignored, so that SPF counts in relaxed mode. The size behind the address for reports and pct are of RFC 7489.",
        plan: |seed| {
            but(seed, |plan| {
                plan.dmarc = Some(
                    "v=DMARC1; p=quarantine; aspr=s; pct=50; rua=mailto:dmarc@example.com!10m"
                        .into(),
                );
            })
        },
    },
    Story {
        name: "dmarc-bad-policy-with-rua",
        text: "The policy is misspelt, but the record says where to report to: receivers act as if it said p=none.",
        plan: |seed| {
            but(seed, |plan| {
                plan.signers.remove(0);
                plan.mail_from = MailFrom::Default;
                plan.dmarc = Some("v=DMARC1; p=rejct; rua=mailto:dmarc@example.com".into());
            })
        },
    },
    Story {
        name: "dmarc-bad-policy-without-rua",
        text: "The policy is misspelt, and the address for reports is empty: receivers ignore the record, and there is no DMARC for the message.",
        plan: |seed| {
            but(seed, |plan| {
                plan.receiver = Receiver::Postfix;
                plan.dmarc = Some("v=DMARC1; p=rejct; rua=mailto:;".into());
            })
        },
    },
    Story {
        name: "dmarc-several-records",
        text: "Two DMARC records stand at _dmarc.example.com: both are ignored, and there is no policy.",
        plan: |seed| {
            but(seed, |plan| {
                plan.dmarc = None;
                plan.receiver = Receiver::Postfix;
                plan.zone.txt(
                    "_dmarc.example.com",
                    "v=DMARC1; p=none; rua=mailto:dmarc@example.com",
                );
                plan.zone.txt("_dmarc.example.com", "v=DMARC1; p=reject");
            })
        },
    },
];

fn from_news(plan: &mut Plan) {
    plan.from = vec!["Larkspur News <weekly@news.example.com>".into()];
    plan.author = Some("news.example.com".into());
    plan.zone.a("news.example.com", "192.0.2.80");
}
