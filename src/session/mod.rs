//! The SMTP session that delivered a message: who connected, what the client said, and when (RFC
//! 5321 §4.4, RFC 8601 §5).
//!
//! A saved message has only traces of the session. Every value says where it was found, which other
//! values were found, and why they were not used. A value without a source is unknown.
//!
//! First the *border* is chosen: the Received field of the host that accepted the message from
//! outside (see `border.rs`). It makes sure that all values belong to the same session. Then each
//! value is taken from the first source that has it, in the order of these numbers:
//!
//! | source | client | HELO | MAIL FROM | why |
//! |---|---|---|---|---|
//! | command-line flag | 1 | 1 | 1 | the user knows |
//! | metadata file | 2 | 2 | 2 | the server that took the message wrote it beside the message |
//! | Return-Path | | | 3 | written at delivery, with the full envelope sender; used last if it is below the border, because the sender may have written it; not used if another organization accepted the message after the border, because it belongs to that later session |
//! | the Received field at the border | 3 | 3 | 4 | written by the host of that session; no other field is more specific |
//! | Received-SPF next to the border | 4 | 4 | 5 | the input of the SPF check, but a separate field that may be out of place |
//! | Authentication-Results of the border's receiver | 5 | 5 | 6 | the same, but often only a domain or a comment |
//! | ARC-Authentication-Results of the highest instance, if the receiver wrote it | 6 | 6 | 7 | a copy of those |
//! | X-Sender-IP, X-Forefront-Antispam-Report (Exchange Online) | 7 | | | copies without the name of the host |
//! | X-Originating-IP above all Received fields (Yahoo) | 8 | | | below them it is the author's computer |
//! | X-SES-Outgoing, if there is no border | 9 | | | the address of SES itself; not signed |
//!
//! # What vouches for what
//!
//! A sender can write any field below the topmost Received field, in any name. A value that the
//! sender may have written proves nothing: SPF for it carries no pass, and a failure that the
//! receiver recorded stands against it.
//!
//! | field | where | written by | vouches for |
//! |---|---|---|---|
//! | Received | topmost | the receiver (RFC 5321 §4.4) | its client, HELO, time |
//! | Received | below one by which the message was handed over between hosts of one organization: LMTP, a client's address that a receiver uses only internally | that organization | the same |
//! | Received | below any other | anyone | nothing |
//! | Authentication-Results | above all Received fields | the receiver, or a host behind it | its results; the client that it names, if it has the name of the border's organization |
//! | Authentication-Results | above the border | a host on the way, or a sender | a failure |
//! | Authentication-Results | below the border, at the place and in the name of a receiver that writes there | that receiver | the envelope sender, its results |
//! | Authentication-Results | anywhere else below | anyone | nothing |
//! | Return-Path | above the border | the delivery | the envelope sender |
//! | Return-Path, the only one | below the border of a program that writes it there | that program | the envelope sender |
//! | Return-Path | below, with the domain that the receiver's results name | either | the envelope sender |
//! | Return-Path | anywhere else below | anyone | nothing |
//!
//! The time of receipt is that of the metadata file, else the date of the border, or else of the nearest field above it. If nothing
//! vouches for that date and the topmost date is more than a day later, the topmost date is used. If
//! the caller gave the client, it is the present: a message that just came has no date of its own
//! that could be believed.

mod border;
mod forwarding;
mod junk;
mod metadata;
mod note;
mod notes;
mod standing;
mod traces;
mod values;

use std::fmt;
use std::net::IpAddr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::Limits;
use crate::message::{Message, Reading, Received};
use crate::receivers;
use border::Border;
use forwarding::Forwarding;
use traces::Traces;

pub use forwarding::PassedOn;
pub use junk::{Junk, JunkSaid};
pub(crate) use junk::{SCORE, TESTS};
pub use metadata::{Metadata, MetadataFault};
pub use note::{NotUsed, SessionNote, Teller};
pub use standing::{Standing, StandingReason};
pub(crate) use traces::{client_ip as claimed_client, mail_from as claimed_mail_from};

/// What the caller knows about the session. It takes precedence over what the message says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionHints {
    /// IP address of the client that delivered the message.
    pub client_ip: Option<IpAddr>,
    /// The name that the client gave in HELO or EHLO.
    pub helo: Option<String>,
    /// The reverse-path of MAIL FROM, without angle brackets; empty for the null reverse-path.
    pub mail_from: Option<String>,
    /// The time to judge the message at, instead of its time of receipt.
    pub at: Option<Timestamp>,
    /// The Received field that describes the session, counted from the top, from 1.
    pub hop: Option<usize>,
    /// What a file of metadata beside the message says. The values above take precedence over it.
    pub metadata: Option<Metadata>,
    /// Hosts of the receiver, or domains that contain them.
    pub trusted_hosts: Vec<String>,
    /// The authserv-ids that the receiver uses in Authentication-Results.
    pub trusted_ids: Vec<String>,
    /// Whether a mail server hands over the octets, and not a file in which they were saved. It is
    /// taken to be so where `client_ip` is given.
    pub is_delivery: bool,
}

impl SessionHints {
    /// The client's address, from whichever source has it.
    pub(crate) fn client(&self) -> Option<IpAddr> {
        let metadata = self.metadata.as_ref();
        self.client_ip.or_else(|| metadata?.client_ip)
    }

    /// How to read a message of which this is known. A caller who gives the client hands over the
    /// octets that it sent.
    pub fn reading(&self) -> Reading {
        match self.is_delivery || self.client_ip.is_some() {
            true => Reading::AsDelivered,
            false => Reading::Saved,
        }
    }
}

/// The session, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Session {
    /// IP address of the client that delivered the message to its receiver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_ip: Option<Sourced<IpAddr>>,
    /// The name that the client gave in HELO or EHLO.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub helo: Option<Sourced<String>>,
    /// The reverse-path; empty for the null reverse-path, and only a domain if no more is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail_from: Option<Sourced<String>>,
    /// When the message was received: the time at which it is judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received_at: Option<Sourced<Timestamp>>,
    /// The source of the session values, if nothing vouches for it. SPF then proves nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_word_of: Option<Teller>,
    /// Values that were found but not used.
    #[serde(serialize_with = "others", skip_serializing_if = "no_others")]
    #[schemars(with = "Vec<Candidate>")]
    pub candidates: Vec<Candidate>,
    /// The Received fields, topmost (latest) first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hops: Vec<Hop>,
    /// What the user should know about how the values were found; part of the notes of the
    /// analysis.
    #[serde(skip)]
    pub notes: Vec<SessionNote>,
    #[serde(skip)]
    border: Border,
    #[serde(skip)]
    trusted_ids: Vec<String>,
    /// Whether the caller or a file of metadata gave the client, like a mail pipeline in which the
    /// receiver has not written any fields yet.
    #[serde(skip)]
    is_given: bool,
    /// The signs that the message was passed on.
    #[serde(skip)]
    pub(crate) forwarding: Forwarding,
    /// The highest instance of ARC-Authentication-Results.
    #[serde(skip)]
    arc_instance: Option<u32>,
    /// The position of the topmost Authentication-Results below the border.
    #[serde(skip)]
    first_below: Option<usize>,
    /// Whether the border's host wrote Authentication-Results above its Received field.
    #[serde(skip)]
    writes_above: bool,
}

/// One Received field.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Hop {
    /// The content of the field.
    #[serde(flatten)]
    pub received: Received,
    /// Seconds since the field below was written; negative if the clocks disagree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay: Option<i64>,
    /// Whether this is the field that describes the session.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub border: bool,
}

/// A value and where it was found.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it was found.
    pub from: Provenance,
}

/// A value that was found but not used.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Candidate {
    /// What it is a value for.
    #[serde(rename = "for")]
    pub wanted: Wanted,
    /// The value.
    pub value: String,
    /// Where it was found.
    pub from: Provenance,
    /// Why it was not used.
    pub reason: NotUsed,
}

/// The session value that a candidate was found for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Wanted {
    /// The client's address.
    ClientIp,
    /// The HELO name.
    Helo,
    /// The reverse-path.
    MailFrom,
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ClientIp => "client's address",
            Self::Helo => "HELO name",
            Self::MailFrom => "envelope sender",
        })
    }
}

/// Where a value of the session was found. Fields are counted from the top, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Provenance {
    /// The caller gave it with this flag.
    Flag(&'static str),
    /// The file of metadata beside the message.
    Metadata,
    /// A Received field.
    Received(usize),
    /// The topmost Return-Path field.
    ReturnPath,
    /// A Received-SPF field.
    ReceivedSpf(usize),
    /// An Authentication-Results field.
    AuthenticationResults(usize),
    /// The ARC-Authentication-Results field of this instance.
    ArcAuthenticationResults(u32),
    /// The topmost field of this name.
    Field(&'static str),
}

impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => f.write_str(flag),
            Self::Metadata => f.write_str("metadata"),
            Self::Received(number) => write!(f, "Received {number}"),
            Self::ReturnPath => f.write_str("Return-Path"),
            Self::ReceivedSpf(1) => f.write_str("Received-SPF"),
            Self::ReceivedSpf(number) => write!(f, "Received-SPF {number}"),
            Self::AuthenticationResults(1) => f.write_str("Authentication-Results"),
            Self::AuthenticationResults(number) => write!(f, "Authentication-Results {number}"),
            Self::ArcAuthenticationResults(instance) => {
                write!(f, "ARC-Authentication-Results i={instance}")
            }
            Self::Field(name) => f.write_str(name),
        }
    }
}

/// For JSON: the candidates with a different value.
fn others<S: Serializer>(candidates: &[Candidate], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(candidates.iter().filter(|one| !one.reason.is_same()))
}

fn no_others(candidates: &[Candidate]) -> bool {
    candidates.iter().all(|one| one.reason.is_same())
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
    /// Determines the session from `hints` and the message.
    pub fn find(message: &Message<'_>, hints: &SessionHints, limits: &Limits) -> Self {
        let mut traces = Traces::gather(message, limits);
        let mut session = Self {
            trusted_ids: hints.trusted_ids.clone(),
            is_given: hints.client().is_some(),
            arc_instance: traces.arc.as_ref().and_then(|field| field.instance),
            ..Self::default()
        };
        session.border = border::choose(&traces, hints, &mut session.notes);
        session.hops = hops(std::mem::take(&mut traces.hops), session.border.hop);
        let border = session.border_start();
        let mut starts = traces.results.iter().map(|field| field.span.start);
        session.first_below = starts.find(|start| border.is_some_and(|border| *start > border));
        let mut above = traces
            .results
            .iter()
            .filter(|field| border.is_some_and(|border| field.span.start < border));
        session.writes_above = above.any(|field| session.is_named(field));
        session.fill(&traces, hints);
        session.on_word_of = session.whose_word(&traces);
        session.doubt_date();
        session.note(message);
        session.forwarding = Forwarding::gather(message, &session, limits);
        session
    }

    /// The name of the host that received the message from the client, as it calls itself.
    pub fn receiver(&self) -> Option<&str> {
        let hop = match (self.border.hop, &self.client_ip) {
            (Some(border), _) => &self.hops[border],
            (
                None,
                Some(Sourced {
                    from: Provenance::Flag(_) | Provenance::Metadata,
                    ..
                }),
            ) => return None,
            (None, _) => self.hops.first()?,
        };
        hop.received.by.as_deref()
    }

    /// When the host at the border wrote its Received field.
    pub(crate) fn border_date(&self) -> Option<Timestamp> {
        self.hops[self.border.hop?].received.date
    }

    /// The position of the Received field that describes the session. Everything below it was in
    /// the message when it arrived.
    pub(crate) fn border_start(&self) -> Option<usize> {
        let border = self.border.hop?;
        Some(self.hops[border].received.span.start)
    }

    /// The name of the client at the border that the receiver looked up, or else its HELO name.
    pub(crate) fn border_name(&self) -> Option<&str> {
        let hop = self.border.hop.map(|hop| &self.hops[hop].received);
        let reverse = hop.and_then(|hop| hop.reverse.as_deref());
        reverse.or(Some(&self.helo.as_ref()?.value))
    }

    /// The host of another organization that accepted the message after the border.
    pub(crate) fn passed_on_to(&self) -> Option<&str> {
        self.hops[self.border.onward?].received.by.as_deref()
    }

    /// Whether the host at the border is known to belong to the receiver, or the user trusts this
    /// authserv-id.
    pub(crate) fn vouches_for(&self, authserv_id: Option<&str>) -> bool {
        let is_named = |id: &str| {
            let mut ids = self.trusted_ids.iter();
            ids.any(|trusted| trusted.eq_ignore_ascii_case(id))
        };
        self.on_word_of.is_none() || authserv_id.is_some_and(is_named)
    }

    /// The organization of the host that delivered the message, from the name that the receiver
    /// looked up, or else from the HELO name.
    pub fn sending_host(&self) -> Option<String> {
        let reverse = self.border.hop.and_then(|hop| {
            let reverse = self.hops[hop].received.reverse.as_deref();
            reverse.and_then(receivers::organization)
        });
        let helo = || receivers::organization(&self.helo.as_ref()?.value);
        reverse.or_else(helo)
    }

    /// The organization of the host where the message was delivered.
    pub(crate) fn operator(&self) -> Option<String> {
        receivers::organization(self.hops.first()?.received.by.as_deref()?)
    }
}

fn hops(received: Vec<Received>, border: Option<usize>) -> Vec<Hop> {
    let dates: Vec<_> = received.iter().map(|hop| hop.date).collect();
    let delay = |index: usize| {
        let (here, below) = (dates[index]?, (*dates.get(index + 1)?)?);
        Some(here.as_second() - below.as_second())
    };
    let hops = received.into_iter().enumerate();
    hops.map(|(index, received)| Hop {
        received,
        delay: delay(index),
        border: border == Some(index),
    })
    .collect()
}
