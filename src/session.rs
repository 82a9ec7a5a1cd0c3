//! The SMTP session in which a message came: who connected, what it said, and when.
//!
//! A saved message holds traces of it at best. Every value says where it was found; what cannot be
//! known is unknown.

use std::fmt;
use std::net::IpAddr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::Limits;
use crate::message::{Message, Received, is_public, received};

/// What the caller knows of the session; it goes before what the message says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionHints {
    /// Address of the client that delivered the message.
    pub client_ip: Option<IpAddr>,
    /// The name it gave in HELO or EHLO.
    pub helo: Option<String>,
    /// The reverse-path of MAIL FROM without angle brackets; empty for the null one.
    pub mail_from: Option<String>,
    /// The time as of which to judge.
    pub at: Option<Timestamp>,
}

/// The session, as far as it is known.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Session {
    /// Address of the client that delivered the message to its receiver.
    pub client_ip: Option<Sourced<IpAddr>>,
    /// The name it gave in HELO or EHLO.
    pub helo: Option<Sourced<String>>,
    /// The reverse-path; empty for the null one.
    pub mail_from: Option<Sourced<String>>,
    /// When the message was received: the time as of which it is judged.
    pub received_at: Option<Sourced<Timestamp>>,
    /// The Received fields, topmost (latest) first.
    pub hops: Vec<Received>,
}

/// A value and where it was found.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it was found.
    pub from: Provenance,
}

/// Where a value of the session was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// The caller gave it, with this flag.
    Flag(&'static str),
    /// A Received field, counted from the top, from 1.
    Received(usize),
    /// The topmost Return-Path field.
    ReturnPath,
}

impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => f.write_str(flag),
            Self::Received(number) => write!(f, "Received {number}"),
            Self::ReturnPath => f.write_str("Return-Path"),
        }
    }
}

impl Serialize for Provenance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Provenance {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Provenance".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
    }
}

impl Session {
    /// Gathers what `hints` and the message say.
    ///
    /// The client is the one in the topmost Received field that names a public address: fields
    /// above it were written by hosts of the receiver that pass mail on among themselves.
    pub fn find(message: &Message<'_>, hints: &SessionHints, limits: &Limits) -> Self {
        let hops: Vec<Received> = message
            .fields("Received")
            .take(limits.received)
            .map(|field| received::parse(field, limits))
            .collect();
        let numbered = || hops.iter().zip(1..);
        let border = numbered().find(|(hop, _)| hop.ip.is_some_and(is_public));
        let client_ip = match (hints.client_ip, border) {
            (Some(ip), _) => Some(flag(ip, "--ip")),
            (None, Some((hop, number))) => hop.ip.map(|ip| received_at(ip, number)),
            (None, None) => None,
        };
        let helo = match (&hints.helo, border) {
            (Some(helo), _) => Some(flag(helo.clone(), "--helo")),
            (None, Some((hop, number))) if agrees(hop, &client_ip) => {
                hop.from.clone().map(|helo| received_at(helo, number))
            }
            _ => None,
        };
        let mail_from = match &hints.mail_from {
            Some(mail_from) => Some(flag(mail_from.clone(), "--mail-from")),
            None => message.return_path().map(|value| Sourced {
                value,
                from: Provenance::ReturnPath,
            }),
        };
        let first_date = numbered().find_map(|(hop, number)| Some((hop.date?, number)));
        let received_at = match (hints.at, first_date) {
            (Some(at), _) => Some(flag(at, "--at")),
            (None, Some((date, number))) => Some(received_at(date, number)),
            (None, None) => None,
        };
        Self {
            client_ip,
            helo,
            mail_from,
            received_at,
            hops,
        }
    }

    /// The host that received the message from the client, as it calls itself.
    pub fn receiver(&self) -> Option<&str> {
        let ip = self.client_ip.as_ref().map(|ip| ip.value);
        let border = self
            .hops
            .iter()
            .find(|hop| hop.ip.is_some() && hop.ip == ip);
        border.or(self.hops.first())?.by.as_deref()
    }
}

/// Whether the client in `hop` is the one that was settled on, so that its HELO is the one too.
fn agrees(hop: &Received, client_ip: &Option<Sourced<IpAddr>>) -> bool {
    client_ip.as_ref().map(|ip| ip.value) == hop.ip
}

fn flag<T>(value: T, flag: &'static str) -> Sourced<T> {
    Sourced {
        value,
        from: Provenance::Flag(flag),
    }
}

fn received_at<T>(value: T, number: usize) -> Sourced<T> {
    Sourced {
        value,
        from: Provenance::Received(number),
    }
}
