//! One connection of a mail server: what it tells of the session and of each message, and what it is
//! answered.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::BytesMut;
use miltr_common::actions::{Action, Continue, Replycode};
use miltr_common::commands::{Body, Connect, Family, Header, Helo, Macro, Mail};
use miltr_common::encoding::Writable;
use miltr_common::modifications::ModificationResponse;
use miltr_common::modifications::headers::{ChangeHeader, InsertHeader};
use miltr_common::optneg::{Capability, OptNeg, Protocol};
use miltr_server::{Error, Milter};
use sesauth::SessionHints;
use sesauth::message::HeaderField;
use sesauth::render::auth_results::{folded, is_to_be_removed};
use tokio::sync::watch;

use super::held::Held;
use super::judge::{Arrived, Judge, Judged};

/// The version of the protocol, of Sendmail 8.14 and Postfix 2.6.
const VERSION: u32 = 6;

/// Characters of a queue ID that are shown.
const LONGEST_ID: usize = 40;

/// What a connection does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doing {
    /// Whether there is a message whose fate is open.
    pub has_message: bool,
    /// When the mail server last said something; `None` while a message is judged.
    pub heard: Option<Instant>,
}

impl Doing {
    pub fn nothing() -> Self {
        Self {
            has_message: false,
            heard: Some(Instant::now()),
        }
    }

    /// How long the other end may still be silent.
    pub fn patience(self, most: Duration) -> Option<Duration> {
        Some(most.saturating_sub(self.heard?.elapsed()))
    }
}

/// A connection.
pub struct Session {
    judge: Arc<Judge>,
    doing: Arc<watch::Sender<Doing>>,
    /// Whether the mail server gives values with the space after the colon, and takes them so.
    has_space: bool,
    client_ip: Option<IpAddr>,
    helo: Option<String>,
    message: Option<Message>,
    /// Macros that came before the message of which they tell.
    macros: Macros,
}

/// A message as far as it has arrived.
struct Message {
    mail_from: String,
    octets: Vec<u8>,
    held: Held,
    /// Why it is not judged, if it is not.
    unjudged: Option<(&'static str, &'static str)>,
    /// How many fields Authentication-Results it has, and which of them go, counted from 1.
    fields: u32,
    removed: Vec<u32>,
}

#[derive(Default)]
struct Macros {
    is_authenticated: bool,
    queue_id: String,
}

impl Session {
    pub fn new(judge: Arc<Judge>, doing: Arc<watch::Sender<Doing>>) -> Self {
        Self {
            judge,
            doing,
            has_space: false,
            client_ip: None,
            helo: None,
            message: None,
            macros: Macros::default(),
        }
    }

    fn heard(&self) {
        self.doing.send_replace(Doing {
            has_message: self.message.is_some(),
            heard: Some(Instant::now()),
        });
    }

    /// Forgets the message; the session goes on.
    fn forget(&mut self) {
        self.message = None;
        self.macros = Macros::default();
        self.heard();
    }

    /// What is said of the message: `None` for one of our own users, for whom nothing is verified.
    async fn judged(&self, message: Message) -> Option<Judged> {
        let queue_id = match self.macros.queue_id.as_str() {
            "" => "message",
            id => id,
        };
        if self.macros.is_authenticated || self.client_ip.is_none() {
            return None;
        }
        if let Some((reason, why)) = message.unjudged {
            return Some(self.judge.unjudged(reason, queue_id, why));
        }
        self.doing.send_replace(Doing {
            has_message: true,
            heard: None,
        });
        let arrived = Arrived {
            octets: message.octets,
            held: message.held,
            hints: SessionHints {
                client_ip: self.client_ip,
                helo: self.helo.clone(),
                mail_from: Some(message.mail_from),
                is_delivery: true,
                ..SessionHints::default()
            },
            queue_id: queue_id.to_owned(),
        };
        Some(self.judge.judge(arrived).await)
    }
}

impl Message {
    /// Keeps octets of the message, as long as there is room for them.
    fn keep(&mut self, octets: &[u8], max_size: usize) {
        if self.unjudged.is_some() {
            return;
        }
        let is_larger = self.octets.len() + octets.len() > max_size;
        if !is_larger && self.held.grow(octets.len()) {
            self.octets.extend_from_slice(octets);
            return;
        }
        self.unjudged = Some(match is_larger {
            true => ("message-too-large", "it is larger than --max-size"),
            false => ("busy", "there is no memory left for it"),
        });
        self.octets = Vec::new();
    }
}

#[async_trait]
impl Milter for Session {
    type Error = std::convert::Infallible;

    async fn option_negotiation(&mut self, theirs: OptNeg) -> Result<OptNeg, Error<Self::Error>> {
        let wanted = Protocol::SMFIP_HDR_LEADSPC
            | Protocol::NO_RECIPIENT
            | Protocol::NO_DATA
            | Protocol::NO_UNKNOWN;
        let protocol = wanted & theirs.protocol;
        self.has_space = protocol.contains(Protocol::SMFIP_HDR_LEADSPC);
        self.heard();
        Ok(OptNeg {
            version: theirs.version.min(VERSION),
            capabilities: (Capability::SMFIF_ADDHDRS | Capability::SMFIF_CHGHDRS)
                & theirs.capabilities,
            protocol,
            ..OptNeg::default()
        })
    }

    async fn macro_(&mut self, macros: Macro) -> Result<(), Self::Error> {
        for (name, value) in macros.macros() {
            let value = String::from_utf8_lossy(value);
            match name {
                b"{auth_authen}" => self.macros.is_authenticated = !value.is_empty(),
                b"i" => self.macros.queue_id = value.chars().take(LONGEST_ID).collect(),
                _ => (),
            }
        }
        self.heard();
        Ok(())
    }

    async fn connect(&mut self, connect: Connect) -> Result<Action, Self::Error> {
        let address = connect.address();
        let address = address.strip_prefix("IPv6:").unwrap_or(&address);
        let is_inet = matches!(connect.family, Family::Inet | Family::Inet6);
        let address = address.parse().ok().filter(|_| is_inet);
        self.client_ip = address.map(|ip: IpAddr| ip.to_canonical());
        self.helo = None;
        self.forget();
        Ok(Continue.into())
    }

    async fn helo(&mut self, helo: Helo) -> Result<Action, Self::Error> {
        self.helo = Some(helo.helo().into_owned());
        self.heard();
        Ok(Continue.into())
    }

    async fn mail(&mut self, mail: Mail) -> Result<Action, Self::Error> {
        let sender = mail.sender();
        let sender = sender.strip_prefix('<').unwrap_or(&sender);
        let sender = sender.strip_suffix('>').unwrap_or(sender);
        self.message = Some(Message {
            mail_from: sender.to_owned(),
            octets: Vec::new(),
            held: self.judge.terms.memory.none(),
            unjudged: None,
            fields: 0,
            removed: Vec::new(),
        });
        self.heard();
        Ok(Continue.into())
    }

    async fn header(&mut self, header: Header) -> Result<Action, Self::Error> {
        // As octets: in text, those that are not UTF-8 would be others.
        let mut octets = BytesMut::new();
        header.write(&mut octets);
        let mut parts = octets[..].split(|octet: &u8| *octet == 0);
        let name = parts.next().unwrap_or_default();
        let value = parts.next().unwrap_or_default();
        if let Some(message) = &mut self.message {
            let mut field = name.to_vec();
            field.push(b':');
            if !self.has_space {
                field.push(b' ');
            }
            // Lines within a value end with LF alone.
            for (at, line) in value.split(|octet| *octet == b'\n').enumerate() {
                if at > 0 {
                    field.extend_from_slice(b"\r\n");
                }
                field.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
            }
            field.extend_from_slice(b"\r\n");
            message.keep(&field, self.judge.terms.options.limits.message_bytes);
            let field = HeaderField {
                name: name.trim_ascii_end(),
                body: value,
                span: 0..0,
            };
            if field.is("Authentication-Results") {
                message.fields = message.fields.saturating_add(1);
                if is_to_be_removed(&field, &self.judge.terms.authserv_id) {
                    message.removed.push(message.fields);
                }
            }
        }
        self.heard();
        Ok(Continue.into())
    }

    async fn end_of_header(&mut self) -> Result<Action, Self::Error> {
        if let Some(message) = &mut self.message {
            message.keep(b"\r\n", self.judge.terms.options.limits.message_bytes);
        }
        self.heard();
        Ok(Continue.into())
    }

    async fn body(&mut self, body: Body) -> Result<Action, Self::Error> {
        if let Some(message) = &mut self.message {
            message.keep(
                body.as_bytes(),
                self.judge.terms.options.limits.message_bytes,
            );
        }
        self.heard();
        Ok(Continue.into())
    }

    async fn end_of_body(&mut self) -> Result<ModificationResponse, Self::Error> {
        let Some(mut message) = self.message.take() else {
            self.heard();
            return Ok(ModificationResponse::empty_continue());
        };
        let mut response = ModificationResponse::builder();
        // From the last, so that none that goes changes the number of another.
        for number in std::mem::take(&mut message.removed).into_iter().rev() {
            response.push(ChangeHeader::new(number, b"Authentication-Results", b""));
        }
        let judged = self.judged(message).await;
        let mut action: Action = Continue.into();
        if let Some(Judged { field, refused_for }) = judged {
            if let Some(domain) = refused_for {
                let why = format!("the policy of {domain} (DMARC) asks for it to be rejected");
                action = Replycode::new([5, 5, 0], [5, 7, 1], &why).into();
            }
            let body = folded(&field, "\n");
            let body = match self.has_space {
                true => body.as_str(),
                false => body.trim_start(),
            };
            response.push(InsertHeader::new(
                0,
                field.field.as_bytes(),
                body.as_bytes(),
            ));
        }
        self.forget();
        Ok(response.build(action))
    }

    async fn abort(&mut self) -> Result<(), Self::Error> {
        self.forget();
        Ok(())
    }

    async fn quit_nc(&mut self) -> Result<(), Self::Error> {
        self.client_ip = None;
        self.helo = None;
        self.forget();
        Ok(())
    }
}
