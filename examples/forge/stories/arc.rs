//! Mail that passed several hosts, each of which sealed what it had found.

use jiff::ToSpan as _;

use super::super::arc::{Sealer, is_of_set};
use super::super::body;
use super::super::keys::KeyId;
use super::super::mail::{Field, Mail};
use super::super::plan::{Client, Plan, Relay};
use super::super::receivers::{Receiver, date};
use super::super::verdict::Cause;
use super::sending::tag_subject;
use super::{Story, but};

pub const STORIES: &[Story] = &[
    Story {
        name: "arc-one-hop-pass",
        text: "A mailing list at example.org checks the message, puts a tag before the subject and a footer below the body, and seals what it had found. DKIM no longer verifies and DMARC fails; the chain shows that DMARC had passed at the list.",
        plan: |seed| through_list(seed, Vec::new()),
    },
    Story {
        name: "arc-two-hops-pass",
        text: "A mailbox at school.example forwards the message unchanged and seals it, a mailing list at example.org changes and seals it again: the chain verifies, the first message signature does not, and what the first host had found is recovered.",
        plan: |seed| {
            two_hops(seed, |mail, second| {
                LIST.seal(mail, 2, "pass", second);
            })
        },
    },
    Story {
        name: "arc-seal-broken",
        text: "As arc-one-hop-pass, but somebody changed what the list had recorded of SPF: the seal no longer verifies.",
        plan: |seed| {
            through_list(
                seed,
                vec![|mail| {
                    let field = mail.field("ARC-Authentication-Results");
                    field.0 = field.0.replace("spf=pass", "spf=fail");
                }],
            )
        },
    },
    Story {
        name: "arc-message-changed-after-last-seal",
        text: "As arc-one-hop-pass, but a gateway added a line to the body after the list had sealed it: the seal verifies, the message signature does not.",
        plan: |seed| {
            through_list(
                seed,
                vec![|mail| {
                    let line = b"Checked by the mail gateway of example.net.\r\n";
                    mail.body.extend_from_slice(line);
                }],
            )
        },
    },
    Story {
        name: "arc-instance-missing",
        text: "As arc-two-hops-pass, but the first set was taken out of the message: the chain begins with i=2.",
        plan: |seed| {
            two_hops(seed, |mail, second| {
                LIST.seal(mail, 2, "pass", second);
                mail.fields.retain(|field| !is_of_set(field, 1));
            })
        },
    },
    Story {
        name: "arc-cv-fail",
        text: "As arc-two-hops-pass, but the list found the first seal broken and says so with cv=fail, under which it seals its own set alone.",
        plan: |seed| {
            two_hops(seed, |mail, second| {
                let field = mail.field("ARC-Authentication-Results");
                field.0 = field.0.replace("spf=pass", "spf=fail");
                LIST.seal(mail, 2, "fail", second);
            })
        },
    },
    Story {
        name: "arc-key-not-recorded",
        text: "As arc-one-hop-pass, but the recorded DNS does not hold the list's key: the chain is not evaluated, and nothing else hangs on it.",
        plan: |seed| {
            let mut plan = through_list(seed, Vec::new());
            plan.zone.forget(&LIST.key_name());
            plan
        },
    },
    Story {
        name: "dkim2-fields-present",
        text: "The sender put fields of DKIM2, still a draft, into the message beside its DKIM signatures: they are noted and not evaluated.",
        plan: |seed| {
            but(seed, |plan| {
                plan.tamper(|mail| {
                    let hash = "sha256:3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
                    mail.prepend(vec![
                        Field::new(
                            "DKIM2-Signature",
                            "i=1; m=2; t=1782833965; d=example.com;\r\n\ts1=rsa2048:rsa-sha256:AAAA",
                        ),
                        Field::new("Message-Instance", &format!("m=2; h={hash}")),
                        Field::new("Message-Instance", &format!("m=1; h={hash}")),
                    ]);
                });
            })
        },
    },
];

const FORWARDER: Sealer = Sealer {
    host: "mx.school.example",
    domain: "school.example",
    selector: "arc2026",
    key: KeyId::Customer1024,
};

const LIST: Sealer = Sealer {
    host: "mx.lists.example.org",
    domain: "lists.example.org",
    selector: "arc",
    key: KeyId::CustomerNext,
};

/// Mail that a list changes, seals and sends on; `afterwards` then changes it again.
fn through_list(seed: &str, afterwards: Vec<fn(&mut Mail)>) -> Plan {
    relayed(
        seed,
        &LIST,
        "announce@lists.example.org",
        move |mail, second| {
            list_changes(mail);
            LIST.seal(mail, 1, "none", second);
            afterwards.iter().for_each(|change| change(mail));
        },
    )
}

/// Mail that a mailbox forwards unchanged, with a seal, to a list; the list changes it and treats
/// the seal as `seal` says.
fn two_hops(seed: &str, seal: fn(&mut Mail, i64)) -> Plan {
    let mut plan = relayed(
        seed,
        &FORWARDER,
        "ada@school.example",
        move |mail, second| {
            FORWARDER.seal(mail, 1, "none", second);
            at_list(mail, second);
            list_changes(mail);
            seal(mail, second + 1);
        },
    );
    LIST.publish(&mut plan);
    plan
}

/// Mail that `sealer` receives for `recipient` and that the list sends on, after `change`.
fn relayed(
    seed: &str,
    sealer: &Sealer,
    recipient: &str,
    change: impl Fn(&mut Mail, i64) + Send + Sync + 'static,
) -> Plan {
    but(seed, |plan| {
        plan.content = body::plain("Hello,\r\n\r\nthe parcel is on its way.\r\n");
        plan.to = recipient.to_owned();
        plan.receiver = Receiver::Postfix;
        plan.zone
            .txt("lists.example.org", "v=spf1 ip4:203.0.113.9 -all");
        for signer in &mut plan.signers {
            signer.cause = Cause::BodyAndHeaderChanged;
            signer.broken_by_relay = true;
        }
        sealer.publish(plan);
        let second = plan.sent.as_second() + 1;
        plan.relay = Some(Relay {
            client: Client::new("mx.lists.example.org", "203.0.113.9"),
            receiver: Receiver::Postfix,
            recipient: recipient.to_owned(),
            mail_from: Some("announce-bounces@lists.example.org".into()),
            tamper: vec![Box::new(move |mail: &mut Mail| change(mail, second))],
        });
    })
}

fn list_changes(mail: &mut Mail) {
    tag_subject(mail, "[announce] ");
    let footer = b"_______________________________________________\r\n\
        announce mailing list\r\nhttps://lists.example.org/announce\r\n";
    mail.body.extend_from_slice(footer);
}

/// What the list writes when it receives the message from the mailbox that forwards it.
fn at_list(mail: &mut Mail, second: i64) {
    let at = jiff::Timestamp::from_second(second).expect("a time") + 1.second();
    mail.prepend(vec![
        Field::new(
            "Authentication-Results",
            "mx.lists.example.org;\r\n\tspf=softfail smtp.mailfrom=mail.example.com;\r\n\t\
             dkim=pass header.d=example.com;\r\n\tdmarc=pass header.from=example.com",
        ),
        Field(format!(
            "Received: from mx.school.example (mx.school.example [203.0.113.25])\r\n\t\
             by mx.lists.example.org (Postfix) with ESMTPS id 4fQzWk2xY7z9rRt\r\n\t\
             for <announce@lists.example.org>; {}",
            date(at, 2)
        )),
    ]);
}
