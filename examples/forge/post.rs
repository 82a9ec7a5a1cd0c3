//! Forges one message: written, signed, changed, relayed and received according to its plan.

use std::collections::BTreeSet;

use jiff::{Timestamp, ToSpan as _};
use serde_json::{Map, Value};
use sesauth::dns::{Question, RecordType};

use super::dns::{Zone, ask_addresses, ask_dmarc, ask_hosts, ask_ptr, ask_spf, name};
use super::mail::{Field, Mail};
use super::plan::{Client, Plan};
use super::receivers::{Arrival, Receiver, date};
use super::verdict::{Cause, DkimSaid, DmarcSaid, Said, dmarc_record, tag};

/// The fields that SES signs, if they are present.
const SIGNED: [&str; 15] = [
    "From",
    "To",
    "Cc",
    "Reply-To",
    "Sender",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "In-Reply-To",
    "References",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
];

/// The forged message with its data.
pub struct Post {
    pub bytes: Vec<u8>,
    pub questions: BTreeSet<Question>,
    pub session: Map<String, Value>,
    /// The verdict on each signature, topmost first.
    pub causes: Vec<Cause>,
}

impl Plan {
    /// Forges the message; `zone` has the records that the receiver could look up.
    pub fn post(&mut self, zone: &Zone) -> Post {
        let id = self
            .region
            .message_id(self.sent.as_millisecond(), &mut self.rng);
        let mail_from = self.mail_from.address(&id, self.region);
        let mut mail = self.write(&id);
        self.sign(&mut mail);
        for tamper in &self.tamper {
            tamper(&mut mail);
        }
        let at = self.sent + 1.second();
        let mut client = self.client.clone();
        let mut last_mail_from = mail_from.clone();
        let recipient = &self.recipient;
        if let Some(relay) = &self.relay {
            let said = self.said(&mail, zone, &mail_from, true);
            let arrival = arrival(&client, &mail_from, &relay.recipient, at, &said);
            let mut stamp = relay.receiver.stamp(&arrival, &mut self.rng).above;
            stamp.retain(|field| {
                !field.is("Return-Path")
                    && !field.is("X-Original-To")
                    && !field.is("Delivered-To")
                    && !field.is("Received-SPF")
            });
            mail.prepend(stamp);
            for tamper in &relay.tamper {
                tamper(&mut mail);
            }
            client = relay.client.clone();
            if let Some(path) = &relay.mail_from {
                last_mail_from.clone_from(path);
            }
        }
        let mut said = self.said(&mail, zone, &last_mail_from, false);
        if let Some(found) = self.found {
            found(&mut said);
        }
        let arrival = arrival(&client, &last_mail_from, recipient, at + 1.second(), &said);
        let mut stamp = self.receiver.stamp(&arrival, &mut self.rng);
        if !self.return_path {
            stamp.above.retain(|field| !field.is("Return-Path"));
            stamp.below.retain(|field| !field.is("Return-Path"));
        }
        mail.prepend(stamp.above);
        mail.fields.extend(stamp.below);
        for change in &self.delivered {
            change(&mut mail);
        }
        if self.receiver == Receiver::Nobody {
            let session = [
                ("ip", &client.ip),
                ("helo", &client.helo),
                ("mail_from", &last_mail_from),
            ];
            let session = session.map(|(key, value)| (key.to_owned(), value.clone().into()));
            self.session.extend(session);
        }
        Post {
            bytes: self.file(&mail),
            questions: self.questions(zone, &[&mail_from, &last_mail_from], &client),
            session: self.session.clone(),
            causes: self.signers.iter().map(|signer| signer.cause).collect(),
        }
    }

    /// The message as written by the sender and SES, unsigned.
    fn write(&mut self, id: &str) -> Mail {
        let mut fields = Vec::new();
        fields.extend(self.from.iter().map(|from| Field::new("From", from)));
        fields.push(Field::new("To", &self.to));
        fields.push(Field::new("Subject", &self.subject));
        let message_id = match self.by_ses {
            true => format!("<{id}@{}>", self.region.message_id_domain()),
            false => format!(
                "<{}.{}@{}>",
                self.sent.strftime("%Y%m%d%H%M%S"),
                self.rng.hex(8),
                self.client.helo
            ),
        };
        fields.push(Field::new("Message-ID", &message_id));
        fields.push(Field::new("Date", &date(self.sent, 0)));
        fields.push(Field::new("MIME-Version", "1.0"));
        fields.push(Field::new("Content-Type", &self.content.kind));
        fields.push(Field::new(
            "Content-Transfer-Encoding",
            self.content.encoding,
        ));
        fields.extend(self.extra.iter().cloned());
        if self.by_ses {
            let feedback = self
                .region
                .feedback_id(self.author.as_deref().unwrap_or("none"));
            fields.push(Field::new("Feedback-ID", &feedback));
            let day = self.sent.strftime("%Y.%m.%d");
            let outgoing = format!("{day}-{}", self.client.ip);
            fields.push(Field::new("X-SES-Outgoing", &outgoing));
        }
        Mail {
            fields,
            body: self.content.body.clone(),
        }
    }

    fn sign(&mut self, mail: &mut Mail) {
        let mut signatures = Vec::new();
        for signer in &mut self.signers {
            if signer.names.is_empty() {
                signer.names = names_signed(mail, &signer.domain);
            }
            let mut signed = mail.clone();
            if let Some(before) = signer.before {
                before(&mut signed);
            }
            signatures.push(signer.sign(&signed));
        }
        mail.prepend(signatures);
    }

    /// What the relay or the receiver found, according to the plan.
    fn said(&self, mail: &Mail, zone: &Zone, mail_from: &str, at_relay: bool) -> Said {
        let fields = mail
            .fields
            .iter()
            .filter(|field| field.is("DKIM-Signature"));
        let dkim = self.signers.iter().zip(fields).map(|(signer, field)| {
            let value = field.0.split("\tb=").nth(1).unwrap_or_default();
            DkimSaid {
                cause: match at_relay && signer.broken_by_relay {
                    true => Cause::Verified,
                    false => signer.seen.unwrap_or(signer.cause),
                },
                domain: signer.domain.clone(),
                identity: signer
                    .identity
                    .clone()
                    .unwrap_or(format!("@{}", signer.domain)),
                selector: signer.selector.clone(),
                signature: value.chars().take(8).collect(),
                algorithm: signer.algorithm(),
                bits: signer.key.key().bits,
            }
        });
        let mut said = Said {
            spf: if at_relay { "pass" } else { self.spf },
            dkim: dkim.collect(),
            dmarc: None,
            author: self.author.clone(),
        };
        let Some(author) = &self.author else {
            return said;
        };
        let domain = mail_from.rsplit('@').next().unwrap_or_default();
        let domain = if domain.is_empty() {
            &self.client.helo
        } else {
            domain
        };
        if let Some((record, subdomain)) = dmarc_record(zone, author) {
            let passed = said.aligned(domain, author, &record);
            // RFC 7489 §6.6.3: without a valid policy, the report addresses decide.
            let policy = match tag(&record, "p") {
                Some(policy @ ("none" | "quarantine" | "reject")) => policy.to_owned(),
                _ if record.contains("@") => "none".to_owned(),
                _ => return said,
            };
            let subdomain_policy = tag(&record, "sp").unwrap_or(&policy).to_owned();
            said.dmarc = Some(DmarcSaid {
                result: if passed { "pass" } else { "fail" },
                policy: if subdomain {
                    subdomain_policy.clone()
                } else {
                    policy
                },
                subdomain_policy,
            });
        }
        said
    }

    fn file(&self, mail: &Mail) -> Vec<u8> {
        let mut bytes = mail.bytes();
        if self.headers_only {
            bytes.truncate(bytes.len() - mail.body.len() - 2);
        }
        if self.bare_lf {
            bytes.retain(|&byte| byte != b'\r');
        }
        self.save.iter().fold(bytes, |bytes, save| save(&bytes))
    }

    /// All questions that an inspection of the message may ask.
    fn questions(&self, zone: &Zone, paths: &[&str], client: &Client) -> BTreeSet<Question> {
        let mut questions = BTreeSet::new();
        let mut domains: BTreeSet<String> =
            self.author.iter().chain(&self.also_ask).cloned().collect();
        for signer in &self.signers {
            questions.insert(Question::txt(name(&signer.key_name())));
            questions.insert(Question::txt(name(&format!(
                "{}.{}",
                signer.key_name(),
                signer.domain
            ))));
            ask_dmarc(&name(&signer.domain), &mut questions);
        }
        questions.extend(self.keys.iter().map(|key| Question::txt(name(key))));
        domains.extend(
            paths
                .iter()
                .filter_map(|path| Some(path.split_once('@')?.1.to_owned())),
        );
        for domain in domains.iter().map(|domain| name(domain)) {
            ask_dmarc(&domain, &mut questions);
            ask_spf(zone, &domain, &mut questions);
            ask_hosts(zone, &domain, &mut questions);
            ask_addresses(&domain, &mut questions);
        }
        questions.extend(
            self.also_ask_txt
                .iter()
                .map(|owner| Question::txt(name(owner))),
        );
        for client in [&self.client, client] {
            ask_dmarc(&name(&client.helo), &mut questions);
            ask_spf(zone, &name(&client.helo), &mut questions);
            ask_addresses(&name(&client.helo), &mut questions);
            ask_ptr(&client.ip, &mut questions);
            let exchange = Question::new(name(&client.helo), RecordType::Mx);
            questions.insert(exchange);
        }
        questions
    }
}

fn arrival<'a>(
    client: &'a Client,
    mail_from: &'a str,
    recipient: &'a str,
    at: Timestamp,
    said: &'a Said,
) -> Arrival<'a> {
    Arrival {
        helo: &client.helo,
        ptr: &client.ptr,
        ip: &client.ip,
        mail_from,
        recipient,
        at,
        said,
    }
}

/// `h=` as SES writes it: the present fields, each once; its own signature adds Feedback-ID.
fn names_signed(mail: &Mail, domain: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for field in &mail.fields {
        let wanted = SIGNED.iter().any(|name| field.is(name));
        if wanted && !names.iter().any(|name| field.is(name)) {
            names.push(field.name().to_owned());
        }
    }
    if domain == "amazonses.com" {
        names.push("Feedback-ID".to_owned());
    }
    names
}
