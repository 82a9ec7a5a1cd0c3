//! How the values of a session were found, as data; `explain/session.rs` has the words. Received
//! fields are counted from the top, from 1.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Provenance, Wanted};

/// What a person should know of how the values of a session were found.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SessionNote {
    /// The Received field that was asked for is not there.
    NoSuchHop {
        /// Its number.
        asked: usize,
        /// How many there are.
        count: usize,
    },
    /// None of these hosts wrote a Received field.
    NoTrustedHost(Vec<String>),
    /// Two sources say different things.
    Disagreement {
        /// Of what.
        wanted: Wanted,
        /// What was taken, cut short.
        taken: String,
        /// Where that was found.
        taken_from: Provenance,
        /// What was not taken, cut short.
        other: String,
        /// Where that was found.
        other_from: Provenance,
    },
    /// There are several Return-Path fields, and the topmost was taken.
    SeveralReturnPaths,
    /// There is no Return-Path field.
    NoReturnPath {
        /// Where the envelope sender was found instead; `None` where it is unknown.
        taken: Option<Provenance>,
    },
    /// Return-Path is of a later session.
    LaterReturnPath {
        /// Where the envelope sender was found instead; `None` where it is unknown.
        taken: Option<Provenance>,
    },
    /// No Received field names a public address.
    ClientUnknown,
    /// The client's address is known from this field only, which nothing signs.
    ClientUnsigned(Provenance),
    /// The message was passed on after the session that is judged.
    WentOn {
        /// The host in whose session it is judged.
        host: Option<String>,
        /// That host's Received field.
        number: usize,
        /// The host that took it later.
        later_host: Option<String>,
        /// That host's Received field.
        later_number: usize,
    },
    /// No Received field says when the message came.
    NoDate,
    /// The message is judged as of this date, as nobody vouches for the session's, which is more
    /// than a day earlier.
    JudgedLater(Provenance),
    /// A Received field is dated before the one below it.
    Clock {
        /// Which.
        number: usize,
        /// By how much.
        seconds: i64,
    },
}

/// Why a value that was found was not taken. Hosts are as they call themselves.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NotTaken {
    /// It says the same as what was taken, which was found here.
    SaysTheSame(Provenance),
    /// This goes before it.
    Outranked(Provenance),
    /// It is of another session.
    OtherSession,
    /// It is the name of another client.
    OtherClient,
    /// This host took the message later on its way.
    LaterHop(Option<String>),
    /// This host took the message earlier on its way.
    EarlierHop(Option<String>),
    /// This host took the message in another session than the one that the user gave.
    NotTheGivenSession(Option<String>),
    /// Nothing signs it, and the message was relayed from there.
    RelayedFromThere,
    /// The sender's side wrote it.
    SendersSide,
    /// This receiver alone writes such a field, and it is another that took the message.
    FieldOf(&'static str),
    /// It was written when this host took the message, after the session.
    WrittenLater(Option<String>),
}

impl NotTaken {
    /// Whether the value says nothing else than what was taken.
    pub fn is_same(&self) -> bool {
        matches!(self, Self::SaysTheSame(_))
    }
}

/// Who tells of a session that nobody vouches for.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Teller {
    /// A field that the sender could have written.
    Field(Provenance),
    /// A host that passed the message on, as it calls itself.
    Host(Option<String>),
}
