//! The corpus of testdata/corpus: half a year of mail of six senders, for the regression tests.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use jiff::ToSpan as _;
use serde_json::Map;
use sesauth::dns::Question;

use super::corpus::selector;
use super::dns::Zone;
use super::findings::asked;
use super::mail::Field;
use super::plan::{Client, MailFrom, Plan, Relay};
use super::post::Post;
use super::receivers::Receiver;
use super::saved;
use super::ses;
use super::stories::tag_subject;
use super::verdict::Cause;

/// Messages of each sender.
const EACH: usize = 10;

/// Receivers that add few fields, so the corpus stays small.
const RECEIVERS: [Receiver; 5] = [
    Receiver::Gmail,
    Receiver::Postfix,
    Receiver::Fastmail,
    Receiver::Yahoo,
    Receiver::Zoho,
];

struct Sender {
    /// The folder, or the mbox, of its mail.
    at: &'static str,
    from: &'static str,
    region: &'static str,
    /// The domain of its identity at SES.
    identity: &'static str,
    custom_mail_from: Option<&'static str>,
    dmarc: Option<&'static str>,
    /// What is special about some of its messages, by their number.
    but: fn(usize, &mut Plan),
}

const SENDERS: [Sender; 6] = [
    Sender {
        at: "orders",
        from: "Larkspur Orders <orders@example.com>",
        region: "us-east-1",
        identity: "example.com",
        custom_mail_from: Some("mail.example.com"),
        dmarc: Some("v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com"),
        but: |number, plan| match number {
            3 => footer(plan),
            7 => selector(plan, "replaced", Cause::KeyGone),
            _ => (),
        },
    },
    Sender {
        at: "news",
        from: "Larkspur News <weekly@news.example.com>",
        region: "us-east-1",
        identity: "example.com",
        custom_mail_from: None,
        dmarc: Some("v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com"),
        but: |number, plan| {
            let link = "<https://www.example.com/unsubscribe/7f3a>";
            plan.extra.push(Field::new("List-Unsubscribe", link));
            let post = "List-Unsubscribe=One-Click";
            plan.extra.push(Field::new("List-Unsubscribe-Post", post));
            match number {
                5 => all_are(plan, Cause::HeaderChanged, |plan| {
                    plan.tamper(|mail| tag_subject(mail, "[EXTERNAL] "));
                }),
                8 => forwarded(plan),
                _ => (),
            }
        },
    },
    Sender {
        at: "hello",
        from: "Birch and Sons <hello@birch.example>",
        region: "eu-west-1",
        identity: "birch.example",
        custom_mail_from: None,
        dmarc: Some("v=DMARC1; p=none"),
        but: |number, plan| match number {
            2 => {
                let sent = plan.sent.as_second();
                plan.own().cause = Cause::Expired;
                plan.own().signed_at = sent - 3 * 86_400;
                plan.own().expires = Some(sent - 86_400);
            }
            6 => drop(plan.signers.remove(0)),
            _ => (),
        },
    },
    Sender {
        at: "billing",
        from: "Cedar Accounts <billing@cedar.example>",
        region: "eu-central-1",
        identity: "cedar.example",
        custom_mail_from: Some("bounce.cedar.example"),
        dmarc: Some("v=DMARC1; p=reject; adkim=s; aspf=s; rua=mailto:dmarc@cedar.example"),
        but: |number, plan| match number {
            4 => selector(plan, "revoked", Cause::KeyRevoked),
            9 => forwarded(plan),
            _ => (),
        },
    },
    Sender {
        at: "alerts",
        from: "Status <alerts@status.example.org>",
        region: "us-west-2",
        identity: "status.example.org",
        custom_mail_from: Some("bounce.status.example.org"),
        dmarc: None,
        but: |number, plan| {
            if number == 1 {
                footer(plan);
            }
        },
    },
    Sender {
        at: "archive.mbox",
        from: "The Ember Team <team@ember.example>",
        region: "ap-southeast-2",
        identity: "ember.example",
        custom_mail_from: Some("mail.ember.example"),
        dmarc: Some("v=DMARC1; p=quarantine; rua=mailto:dmarc@ember.example"),
        but: |number, plan| {
            // Easy DKIM was set up late.
            if number < 4 {
                plan.signers.remove(0);
            }
            if number == 3 {
                forwarded(plan);
            }
        },
    },
];

impl Sender {
    fn plan(&self, number: usize) -> Plan {
        let seed = format!("corpus/{}/{number}", self.at);
        let mut plan = Plan::new(&seed, self.identity, ses::find(self.region));
        plan.from = vec![self.from.to_owned()];
        let domain = self.from.rsplit('@').next().unwrap_or_default();
        plan.author = Some(domain.trim_end_matches('>').to_owned());
        plan.dmarc = self.dmarc.map(str::to_owned);
        plan.mail_from = match self.custom_mail_from {
            Some(domain) => MailFrom::Custom(domain.to_owned()),
            None => MailFrom::Default,
        };
        let days = 18 * (EACH - number) as i64 - 17;
        plan.sent -= (days * 24).hours();
        let sent = plan.sent.as_second();
        plan.signers
            .iter_mut()
            .for_each(|signer| signer.signed_at = sent);
        plan.client = plan.region.client(number as u8);
        plan.receiver = RECEIVERS[number % RECEIVERS.len()];
        (self.but)(number, &mut plan);
        plan
    }
}

/// A gateway adds text at the end, so no signature verifies any more.
fn footer(plan: &mut Plan) {
    all_are(plan, Cause::BodyChanged, |plan| {
        plan.tamper(|mail| {
            let footer = b"-- \r\nChecked by the gateway.\r\n";
            mail.body.extend_from_slice(footer);
        });
    });
}

fn all_are(plan: &mut Plan, cause: Cause, change: impl FnOnce(&mut Plan)) {
    let signers = plan.signers.iter_mut();
    signers.for_each(|signer| signer.cause = cause);
    change(plan);
}

/// A host in between forwards it with the sender's reverse-path.
fn forwarded(plan: &mut Plan) {
    plan.to = "ada@example.net".into();
    // Amazon's own domains have -all, the records that it recommends to customers ~all.
    plan.spf = match plan.mail_from {
        MailFrom::Default => "fail",
        _ => "softfail",
    };
    plan.relay = Some(Relay {
        client: Client::new("mx.example.net", "203.0.113.25"),
        receiver: Receiver::Postfix,
        recipient: "ada@example.net".into(),
        mail_from: None,
        tamper: Vec::new(),
    });
}

/// The files of the corpus, by their path within it: the messages, then the DNS answers they need,
/// including advice.
pub fn files() -> Vec<(String, Vec<u8>)> {
    let plans = SENDERS
        .iter()
        .flat_map(|sender| (0..EACH).map(move |number| (sender, sender.plan(number))));
    let mut plans: Vec<(&Sender, Plan)> = plans.collect();
    let mut zone = Zone::default();
    zone.a("news.example.com", "192.0.2.80");
    zone.txt("revoked._domainkey.cedar.example", "v=DKIM1; k=rsa; p=");
    plans.iter().for_each(|(_, plan)| plan.publish(&mut zone));
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut questions: BTreeSet<Question> = BTreeSet::new();
    for (sender, plan) in &mut plans {
        let Post { bytes, .. } = plan.post(&zone);
        questions.extend(asked(&bytes, &Map::new(), &zone, &[]));
        if sender.at.ends_with(".mbox") {
            let bytes = saved::mbox(&bytes);
            match files.iter_mut().find(|(path, _)| path == sender.at) {
                Some((_, mbox)) => mbox.extend(bytes),
                None => files.push((sender.at.to_owned(), bytes)),
            }
            continue;
        }
        let day = plan.sent.strftime("%Y-%m-%d");
        files.push((format!("{}/{day}.eml", sender.at), bytes));
    }
    let mut dns = Vec::new();
    let snapshot = zone.snapshot(&questions);
    snapshot.write(&mut dns).expect("writing to memory");
    files.push(("dns.jsonl".to_owned(), dns));
    files
}

/// Writes the corpus into `folder`; the expectations are kept.
pub fn write(folder: &Path) -> io::Result<()> {
    for (path, bytes) in files() {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a folder of the corpus"))?;
        fs::write(path, bytes)?;
    }
    Ok(())
}
