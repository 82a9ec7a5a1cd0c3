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
//! | Return-Path | | | 2 | written at the delivery with the envelope sender in full; it goes last and is not taken when another organization took the message after the border, as it is of that later session |
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
mod organization;
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
use border::Border;
use traces::Traces;

pub use standing::Standing;

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
    pub on_word_of: Option<String>,
    /// Values that were found too.
    pub candidates: Vec<Candidate>,
    /// The Received fields, topmost (latest) first.
    pub hops: Vec<Hop>,
    /// What a person should know of how the values were found; part of the notes of the analysis.
    #[serde(skip)]
    pub notes: Vec<String>,
    #[serde(skip)]
    border: Border,
    #[serde(skip)]
    trusted_ids: Vec<String>,
    /// The highest instance of ARC-Authentication-Results.
    #[serde(skip)]
    arc_instance: Option<u32>,
    /// Where the topmost Authentication-Results below the border begins.
    #[serde(skip)]
    first_below: Option<usize>,
}

/// One Received field on the way of the message.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
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
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it was found.
    pub from: Provenance,
}

/// A value that was found and not taken.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Candidate {
    /// What it is a value for.
    #[serde(rename = "for")]
    pub wanted: Wanted,
    /// The value.
    pub value: String,
    /// Where it was found.
    pub from: Provenance,
    /// Why it was not taken.
    pub reason: String,
}

/// What a candidate is a value for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
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
            arc_instance: traces.arc.as_ref().and_then(|field| field.instance),
            ..Self::default()
        };
        session.border = border::choose(&traces, hints, &mut session.notes);
        session.hops = hops(std::mem::take(&mut traces.hops), session.border.hop);
        let border = session.border_start();
        let mut starts = traces.results.iter().map(|field| field.span.start);
        session.first_below = starts.find(|start| border.is_some_and(|border| *start > border));
        session.fill(&traces, hints);
        session.on_word_of = session.whose_word(&traces);
        if let Some(later) = session.later_date() {
            session.notes.push(format!(
                "the message is judged as of {}, more than a day after the session judged, whose \
                 date nobody vouches for",
                later.from
            ));
            session.received_at = Some(later);
        }
        session.note(message);
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

    /// Where the Received field that tells of the session begins: what stands below it was in the
    /// message when it came.
    pub(crate) fn border_start(&self) -> Option<usize> {
        let border = self.border.hop?;
        Some(self.hops[border].received.span.start)
    }

    fn note(&mut self, message: &Message<'_>) {
        let paths = message.fields("Return-Path").count();
        let from = self.mail_from.as_ref().map(|path| path.from);
        match (from, paths) {
            (None, 0) => self.notes.push(
                "there is no Return-Path field, so the envelope sender is unknown; give it with \
                 --mail-from"
                    .into(),
            ),
            (None, _) => self.notes.push(
                "the envelope sender of the session is unknown, as Return-Path is of a later one; \
                 give it with --mail-from"
                    .into(),
            ),
            (Some(Provenance::Flag(_)), _) => (),
            (Some(Provenance::ReturnPath), 2..) => self
                .notes
                .push("there are several Return-Path fields; the topmost was taken".into()),
            (Some(Provenance::ReturnPath), _) => (),
            (Some(from), 0) => self.notes.push(format!(
                "there is no Return-Path field; the envelope sender is the one in {from}"
            )),
            (Some(from), _) => self.notes.push(format!(
                "Return-Path is of a later session; the envelope sender is the one in {from}"
            )),
        }
        match self.client_ip.as_ref().map(|ip| ip.from) {
            None => self.notes.push(
                "no Received field names a public address, so the client is unknown; give it with \
                 --ip"
                    .into(),
            ),
            Some(Provenance::Field("X-SES-Outgoing")) => self.notes.push(
                "the client's address is known from X-SES-Outgoing only, which nothing signs; give \
                 it with --ip if you know it"
                    .into(),
            ),
            _ => (),
        }
        if !self.border.is_chosen {
            self.notes.extend(self.went_on());
        }
        if self.received_at.is_none() {
            let note = "no Received field says when the message came: it is judged as of now";
            self.notes.push(note.into());
        }
        self.notes.extend(self.clock());
    }

    /// Who tells of the client, where that is neither the user nor the host that holds the message:
    /// a host that passed it on, or a field that the sender himself could have written.
    fn whose_word(&self, traces: &Traces) -> Option<String> {
        let from = self.client_ip.as_ref()?.from;
        match from {
            Provenance::Flag(_) => None,
            Provenance::Field(name @ ("X-SES-Outgoing" | "X-Originating-IP")) => {
                Some(format!("the field {name}"))
            }
            _ if self.border.is_chosen => None,
            // What stands below the topmost Received field may have come with the message.
            _ if self.border.hop.is_none() => {
                let top = self.hops.first().map(|hop| hop.received.span.start);
                let (start, is_trusted) =
                    traces.place(from, |field| self.standing(field).0 == Standing::Receiver)?;
                let is_on_top = top.is_some_and(|top| start < top);
                (!is_on_top && !is_trusted).then(|| format!("the field {from}"))
            }
            _ if self.border.onward.is_some() || self.border.is_unvouched => {
                let host = self.receiver();
                Some(host.unwrap_or("a host without a name").to_owned())
            }
            _ => None,
        }
    }

    /// That the message was passed on after the session that is judged.
    fn went_on(&self) -> Option<String> {
        let (border, onward) = (self.border.hop?, self.border.onward?);
        let host = |hop: usize| {
            self.hops[hop]
                .received
                .by
                .as_deref()
                .unwrap_or("a host without a name")
        };
        Some(format!(
            "judged is the session in which {} took the message (Received {}), as it wrote the \
             Authentication-Results, and on its word alone; {} took it later (Received {}), which \
             --hop {} judges",
            host(border),
            border + 1,
            host(onward),
            onward + 1,
            onward + 1
        ))
    }

    /// That a clock went backwards, where it did so most.
    fn clock(&self) -> Option<String> {
        let delays = self.hops.iter().zip(1..);
        let (delay, number) = delays
            .filter_map(|(hop, number)| Some((hop.delay?, number)))
            .min()?;
        (delay < -CLOCK_NOISE).then(|| {
            format!(
                "Received {number} is dated {} s before Received {} below it: a clock was wrong",
                -delay,
                number + 1
            )
        })
    }
}

/// Seconds by which clocks of well-kept hosts differ.
const CLOCK_NOISE: i64 = 10;

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
