//! How the values of a session were found, as data. `explain/session.rs` puts it into words.
//! Received fields are counted from the top, from 1.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Provenance, Wanted};

/// What the user should know about how the values of a session were found.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SessionNote {
    /// The Received field that the user asked for does not exist.
    NoSuchHop {
        /// Its number.
        asked: usize,
        /// How many there are.
        count: usize,
    },
    /// None of these hosts wrote a Received field.
    NoTrustedHost(Vec<String>),
    /// Two sources have different values.
    Disagreement {
        /// The session value.
        wanted: Wanted,
        /// The value that was used, shortened.
        taken: String,
        /// Its source.
        taken_from: Provenance,
        /// The other value, shortened.
        other: String,
        /// Its source.
        other_from: Provenance,
    },
    /// There are several Return-Path fields, and the topmost was used.
    SeveralReturnPaths,
    /// There is no Return-Path field.
    NoReturnPath {
        /// Where the envelope sender was found instead; `None` where it is unknown.
        taken: Option<Provenance>,
    },
    /// Return-Path belongs to a later session.
    LaterReturnPath {
        /// Where the envelope sender was found instead; `None` where it is unknown.
        taken: Option<Provenance>,
    },
    /// No Received field names a public address.
    ClientUnknown,
    /// The client's address is known only from this field, which is not signed.
    ClientUnsigned(Provenance),
    /// The message was passed on after the judged session.
    WentOn {
        /// The host of the judged session.
        host: Option<String>,
        /// The number of its Received field.
        number: usize,
        /// The host that accepted it later.
        later_host: Option<String>,
        /// The number of that host's Received field.
        later_number: usize,
    },
    /// The receiver says that the message came from inside the organization it is for.
    Inside {
        /// The receiver.
        receiver: &'static str,
        /// The field that says so.
        field: &'static str,
        /// Its value.
        value: &'static str,
    },
    /// No Received field says when the message arrived.
    NoDate,
    /// The message is judged as of this date. Nothing vouches for the date of the session, which is
    /// more than a day earlier.
    JudgedLater(Provenance),
    /// A Received field has an earlier date than the field below it.
    Clock {
        /// The number of the field.
        number: usize,
        /// The difference in seconds.
        seconds: i64,
    },
}

/// Why a value that was found was not used. Hosts have the names that they call themselves.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NotUsed {
    /// It is the same as the value that was used, which comes from this source.
    SaysTheSame(Provenance),
    /// This source takes precedence.
    Outranked(Provenance),
    /// It belongs to another session.
    OtherSession,
    /// It is the name of another client.
    OtherClient,
    /// This host accepted the message later.
    LaterHop(Option<String>),
    /// This host accepted the message earlier.
    EarlierHop(Option<String>),
    /// This host accepted the message in another session than the one that the user gave.
    NotTheGivenSession(Option<String>),
    /// It is not signed, and the message was relayed from there.
    RelayedFromThere,
    /// The sender's side wrote it.
    SendersSide,
    /// Only this receiver writes such a field, but another one accepted the message.
    FieldOf(&'static str),
    /// It was written when this host accepted the message, after the judged session.
    WrittenLater(Option<String>),
}

impl NotUsed {
    /// Whether the value is the same as the one that was used.
    pub fn is_same(&self) -> bool {
        matches!(self, Self::SaysTheSame(_))
    }
}

/// The source of session values that nothing vouches for.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Teller {
    /// A field that the sender may have written.
    Field(Provenance),
    /// A host that passed the message on, as it calls itself.
    Host(Option<String>),
}
