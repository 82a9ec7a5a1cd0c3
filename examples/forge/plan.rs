//! The plan for one forged message: what is sent, signed, changed on the way, received and
//! published.

use jiff::{Timestamp, ToSpan as _};
use serde_json::{Map, Value};
use sesauth::dns::RecordType;

use super::body::{self, Content};
use super::dns::Zone;
use super::keys::KeyId;
use super::mail::{Field, Mail};
use super::receivers::Receiver;
use super::rng::Rng;
use super::ses::{self, Region};
use super::sign::{Published, Signer};
use super::verdict::{Said, organization};

/// A change to a message.
pub type Tamper = Box<dyn Fn(&mut Mail) + Send + Sync>;

/// How saving changes the bytes of a message.
pub type Save = fn(&[u8]) -> Vec<u8>;

/// Everything that makes up one message.
pub struct Plan {
    pub rng: Rng,
    pub region: &'static Region,
    pub sent: Timestamp,
    pub client: Client,
    /// The bodies of the From fields.
    pub from: Vec<String>,
    /// The author domain; none if DMARC has none.
    pub author: Option<String>,
    /// Other domains, besides the author's, that a verifier may ask about.
    pub also_ask: Vec<String>,
    /// Other names, besides those of the signatures, whose TXT records a verifier may ask for.
    pub also_ask_txt: Vec<String>,
    /// Names of keys, besides those of the signers.
    pub keys: Vec<String>,
    /// The body of To.
    pub to: String,
    /// The final recipient.
    pub recipient: String,
    pub subject: String,
    /// Header fields of the sender, in addition to the usual ones.
    pub extra: Vec<Field>,
    pub content: Content,
    pub mail_from: MailFrom,
    pub signers: Vec<Signer>,
    /// Whether SES sends it.
    pub by_ses: bool,
    /// Changes to the message after signing.
    pub tamper: Vec<Tamper>,
    pub relay: Option<Relay>,
    pub receiver: Receiver,
    /// What the receiver found, if that differs from the records and the signers.
    pub found: Option<fn(&mut Said)>,
    /// Changes to the message after it was received.
    pub delivered: Vec<Tamper>,
    pub return_path: bool,
    pub spf: &'static str,
    /// The DMARC record of the author's organization.
    pub dmarc: Option<String>,
    pub zone: Zone,
    /// What SES says of identities: the name of each, and the JSON.
    pub identities: Vec<(String, Value)>,
    /// Keys of session.json in addition to `now`.
    pub session: Map<String, Value>,
    /// Ends the file after the last header field.
    pub headers_only: bool,
    /// Ends lines with LF only.
    pub bare_lf: bool,
    /// What saving changes in the file, in order.
    pub save: Vec<Save>,
}

/// The host that delivers the message to the receiver.
#[derive(Clone, Debug)]
pub struct Client {
    pub helo: String,
    pub ptr: String,
    pub ip: String,
}

/// The reverse-path.
#[derive(Clone, Debug)]
pub enum MailFrom {
    /// SES's message id, at this domain of the customer.
    Custom(String),
    /// SES's message id, at Amazon's domain.
    Default,
    Address(String),
    Null,
}

/// A host between SES and the receiver.
pub struct Relay {
    pub client: Client,
    /// The receiver whose header fields it adds.
    pub receiver: Receiver,
    /// The recipient for whom the relay received it.
    pub recipient: String,
    /// Its own reverse-path, if it sets one.
    pub mail_from: Option<String>,
    pub tamper: Vec<Tamper>,
}

impl Plan {
    /// Mail as SES sends it for `domain` if everything is set up well, received by Gmail.
    pub fn new(seed: &str, domain: &str, region: &'static Region) -> Self {
        let mut rng = Rng::of(seed);
        let sent: Timestamp = "2026-06-30T06:00:00Z".parse().expect("a time");
        let sent = sent + (rng.below(36_000_000) as i64).milliseconds();
        let second = sent.as_second();
        let selector = ses::token(&mut Rng::of(&format!("{domain} {}", region.name)));
        let customer = Signer::new(KeyId::Customer, domain, &selector, second);
        let amazon = Signer {
            published: Published::Nothing,
            ..Signer::new(
                KeyId::Amazon,
                "amazonses.com",
                &region.own_selector(),
                second,
            )
        };
        Self {
            region,
            sent,
            client: region.client(0),
            from: vec![format!("Larkspur Books <orders@{domain}>")],
            author: Some(domain.to_owned()),
            also_ask: Vec::new(),
            also_ask_txt: Vec::new(),
            keys: Vec::new(),
            to: "reader@example.net".to_owned(),
            recipient: "reader@example.net".to_owned(),
            subject: body::subject(&mut rng),
            extra: Vec::new(),
            content: body::letter(&mut rng),
            mail_from: MailFrom::Custom(format!("mail.{domain}")),
            signers: vec![customer, amazon],
            by_ses: true,
            tamper: Vec::new(),
            relay: None,
            receiver: Receiver::Gmail,
            found: None,
            delivered: Vec::new(),
            return_path: true,
            spf: "pass",
            dmarc: Some(format!("v=DMARC1; p=quarantine; rua=mailto:dmarc@{domain}")),
            zone: Zone::default(),
            identities: Vec::new(),
            session: Map::new(),
            headers_only: false,
            bare_lf: false,
            save: Vec::new(),
            rng,
        }
    }

    /// The customer's signature.
    pub fn own(&mut self) -> &mut Signer {
        &mut self.signers[0]
    }

    /// Adds a change after signing.
    pub fn tamper(&mut self, change: impl Fn(&mut Mail) + Send + Sync + 'static) {
        self.tamper.push(Box::new(change));
    }

    /// Adds a change after the message was received.
    pub fn delivered(&mut self, change: impl Fn(&mut Mail) + Send + Sync + 'static) {
        self.delivered.push(Box::new(change));
    }

    /// Adds the records for this mail.
    pub fn publish(&self, zone: &mut Zone) {
        self.region.publish(zone);
        if let MailFrom::Custom(domain) = &self.mail_from {
            if !zone.has(domain, RecordType::Txt) {
                zone.txt(domain, "v=spf1 include:amazonses.com ~all");
            }
            if !zone.has(domain, RecordType::Mx) {
                zone.mx(domain, &self.region.feedback_host());
            }
        }
        if let (Some(author), Some(record)) = (&self.author, &self.dmarc) {
            zone.txt(&format!("_dmarc.{}", organization(author)), record);
        }
        if let Some(author) = &self.author {
            let domain = organization(author);
            let host = format!("mx.{domain}");
            zone.mx(&domain, &host);
            zone.a(&host, "192.0.2.10");
        }
        for signer in &self.signers {
            signer.publish(zone);
        }
        self.client.publish(zone);
        if let Some(relay) = &self.relay {
            relay.client.publish(zone);
        }
    }
}

impl Client {
    /// A host whose address has a PTR record with its name.
    pub fn new(host: &str, ip: &str) -> Self {
        Self {
            helo: host.to_owned(),
            ptr: host.to_owned(),
            ip: ip.to_owned(),
        }
    }

    /// Adds its address, and the PTR record of that.
    pub fn publish(&self, zone: &mut Zone) {
        zone.a(&self.ptr, &self.ip);
        zone.ptr(&self.ip, &self.ptr);
    }
}

impl MailFrom {
    /// The address; if SES sets it, SES's message id is the local part.
    pub fn address(&self, id: &str, region: &Region) -> String {
        match self {
            Self::Custom(domain) => format!("{id}@{domain}"),
            Self::Default => format!("{id}@{}", region.mail_from_domain()),
            Self::Address(address) => address.clone(),
            Self::Null => String::new(),
        }
    }
}
