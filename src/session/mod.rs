//! The SMTP session in which a message came: who connected, what it said, and when (RFC 5321
//! §4.4, RFC 8601 §5).
//!
//! A saved message holds traces of it at best. Every value says where it was found, what else was
//! found, and why that was not taken; what cannot be known is unknown.
//!
//! First the *border* is chosen, the Received field of the host that took the message from a
//! stranger (`border.rs` says how), so that all values are of one session. Then each value comes
//! from the first source that has it:
//!
//! | source | client | HELO | MAIL FROM | why here |
//! |---|---|---|---|---|
//! | a flag | 1 | 1 | 1 | the user knows |
//! | Return-Path | | | 2 | written at the delivery with the envelope sender in full; it goes last where it stands below the border, as the sender may have written it, and is not taken when another organization took the message after the border, as it is of that later session |
//! | the Received field at the border | 2 | 2 | 3 | written by the host that saw the session; no other field is more particular |
//! | Received-SPF beside the border | 3 | 3 | 4 | the input of its SPF check, but a field of its own that can be out of place |
//! | Authentication-Results of the border's receiver | 4 | 4 | 5 | the same, often only a domain or a comment |
//! | ARC-Authentication-Results of the highest instance, if the receiver's | 5 | 5 | 6 | a copy of those |
//! | X-Sender-IP, X-Forefront-Antispam-Report (Exchange Online) | 6 | | | copies without a name |
//! | X-Originating-IP above all Received fields (Yahoo) | 7 | | | below them it is the author's computer |
//! | X-SES-Outgoing, if there is no border | 8 | | | SES's own address; nothing signs it |
//!
//! The time of receipt is the border's date, else that of the nearest field above, else of the
//! nearest below. A date that nobody vouches for gives way to the topmost one when that is more
//! than a day later.

mod border;
mod forwarding;
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
use crate::message::{Message, Received};
use crate::receivers;
use border::Border;
use forwarding::Forwarding;
use traces::Traces;

pub use forwarding::PassedOn;
pub use note::{NotTaken, SessionNote, Teller};
pub use standing::{Standing, StandingReason};
pub(crate) use traces::{client_ip as claimed_client, mail_from as claimed_mail_from};

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
    /// Which Received field tells of the session, counted from the top, from 1.
    pub hop: Option<usize>,
    /// Hosts of the receiver, and domains that they lie below.
    pub trusted_hosts: Vec<String>,
    /// Identifiers under which the receiver writes Authentication-Results.
    pub trusted_ids: Vec<String>,
}

/// The session, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Session {
    /// Address of the client that delivered the message to its receiver.
    pub client_ip: Option<Sourced<IpAddr>>,
    /// The name it gave in HELO or EHLO.
    pub helo: Option<Sourced<String>>,
    /// The reverse-path; empty for the null one. A domain alone where no more is known.
    pub mail_from: Option<Sourced<String>>,
    /// When the message was received: the time as of which it is judged.
    pub received_at: Option<Sourced<Timestamp>>,
    /// On whose word the session hangs, where nobody vouches for it: SPF for it proves nothing then.
    pub on_word_of: Option<Teller>,
    /// Values that were found too.
    pub candidates: Vec<Candidate>,
    /// The Received fields, topmost (latest) first.
    pub hops: Vec<Hop>,
    /// What a person should know of how the values were found; part of the notes of the analysis.
    #[serde(skip)]
    pub notes: Vec<SessionNote>,
    #[serde(skip)]
    border: Border,
    #[serde(skip)]
    trusted_ids: Vec<String>,
    /// Whether the caller gave the client, as a mail pipeline does, in which the receiver has not
    /// written anything yet.
    #[serde(skip)]
    is_given: bool,
    /// What shows that the message was passed on.
    #[serde(skip)]
    pub(crate) forwarding: Forwarding,
    /// The highest instance of ARC-Authentication-Results.
    #[serde(skip)]
    arc_instance: Option<u32>,
    /// Where the topmost Authentication-Results below the border begins.
    #[serde(skip)]
    first_below: Option<usize>,
    /// Whether the border's host wrote Authentication-Results above its Received field.
    #[serde(skip)]
    writes_above: bool,
}

/// One Received field on the way of the message.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Hop {
    /// What the field says.
    #[serde(flatten)]
    pub received: Received,
    /// Seconds since the field below was written; negative when the clocks disagree.
    pub delay: Option<i64>,
    /// Whether this is the field that tells of the session.
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

/// A value that was found and not taken.
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
    /// Why it was not taken.
    pub reason: NotTaken,
}

/// What a candidate is a value for.
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
    /// The caller gave it, with this flag.
    Flag(&'static str),
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
    pub fn find(message: &Message<'_>, hints: &SessionHints, limits: &Limits) -> Self {
        let mut traces = Traces::gather(message, limits);
        let mut session = Self {
            trusted_ids: hints.trusted_ids.clone(),
            is_given: hints.client_ip.is_some(),
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
        if let Some(later) = session.later_date() {
            session.notes.push(SessionNote::JudgedLater(later.from));
            session.received_at = Some(later);
        }
        session.note(message);
        session.forwarding = Forwarding::gather(message, &session);
        session
    }

    /// The host that received the message from the client, as it calls itself.
    pub fn receiver(&self) -> Option<&str> {
        let hop = match (self.border.hop, &self.client_ip) {
            (Some(border), _) => &self.hops[border],
            (
                None,
                Some(Sourced {
                    from: Provenance::Flag(_),
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

    /// Where the Received field that tells of the session begins: what stands below it was in the
    /// message when it came.
    pub(crate) fn border_start(&self) -> Option<usize> {
        let border = self.border.hop?;
        Some(self.hops[border].received.span.start)
    }

    /// The host of another organization that took the message after the border's.
    pub(crate) fn passed_on_to(&self) -> Option<&str> {
        self.hops[self.border.onward?].received.by.as_deref()
    }

    /// Whether the host at the border is known to be the receiver's own, or the user trusts the name
    /// under which it writes.
    pub(crate) fn vouches_for(&self, authserv_id: Option<&str>) -> bool {
        let is_named = |id: &str| {
            let mut ids = self.trusted_ids.iter();
            ids.any(|trusted| trusted.eq_ignore_ascii_case(id))
        };
        self.on_word_of.is_none() || authserv_id.is_some_and(is_named)
    }

    /// The organization of the host that delivered the message, by the name that the receiver found
    /// for its address, else by the one that it gave itself.
    pub fn sending_host(&self) -> Option<String> {
        let reverse = self.border.hop.and_then(|hop| {
            let reverse = self.hops[hop].received.reverse.as_deref();
            reverse.and_then(receivers::organization)
        });
        let helo = || receivers::organization(&self.helo.as_ref()?.value);
        reverse.or_else(helo)
    }

    /// The organization of the host that has the message.
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
