//! Flags for what is known about the SMTP session.

use std::ffi::OsString;
use std::net::IpAddr;
use std::num::NonZeroUsize;

use jiff::Timestamp;
use sesauth::SessionHints;
use sesauth::render::escape::plain;

pub use sesauth::input::time;

use super::flags::TrustFlags;
use super::typed::{Sender, reverse_path, said_sender};

/// What the caller knows of the session in which a message came.
#[derive(clap::Args)]
pub struct SessionArguments {
    /// Address of the client that delivered the message
    #[arg(long, value_name = "ADDR", help_heading = "Session")]
    ip: Option<IpAddr>,

    /// The name that client gave in HELO or EHLO
    #[arg(long, value_name = "NAME", help_heading = "Session")]
    helo: Option<String>,

    /// The envelope sender; "" for the null one of bounces
    #[arg(long, value_name = "ADDRESS", value_parser = reverse_path, help_heading = "Session")]
    mail_from: Option<Sender>,

    #[command(flatten)]
    pub reading: ReadingArguments,
}

/// What a mail server knows of the session, in its own words. An error in one must not keep a message:
/// what cannot be read is not known.
#[derive(clap::Args)]
pub struct ServerArguments {
    /// Address of the client that delivered the message
    #[arg(
        long,
        value_name = "ADDR",
        allow_hyphen_values = true,
        help_heading = "Session"
    )]
    ip: Option<OsString>,

    /// The name that client gave in HELO or EHLO
    #[arg(
        long,
        value_name = "NAME",
        allow_hyphen_values = true,
        help_heading = "Session"
    )]
    helo: Option<OsString>,

    /// The envelope sender; "" for the null one of bounces
    #[arg(
        long,
        value_name = "ADDRESS",
        allow_hyphen_values = true,
        help_heading = "Session"
    )]
    mail_from: Option<OsString>,

    #[command(flatten)]
    reading: ReadingArguments,
}

/// How the session is found, and as of when it is judged.
#[derive(clap::Args)]
pub struct ReadingArguments {
    /// Judge as of this time: 2026-07-01T12:00:00Z, 2026-07-01, or Unix seconds
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Session")]
    at: Option<Timestamp>,

    /// Take the session from this Received field: 1 is the topmost
    #[arg(long, value_name = "N", help_heading = "Session")]
    pub hop: Option<NonZeroUsize>,

    #[command(flatten)]
    trust: TrustFlags,
}

impl SessionArguments {
    /// The values as hints for the library.
    pub fn hints(&self) -> SessionHints {
        SessionHints {
            client_ip: self.ip.map(|ip| ip.to_canonical()),
            helo: self.helo.clone(),
            mail_from: self.mail_from.as_ref().map(said_sender),
            ..self.reading.hints()
        }
    }
}

impl ServerArguments {
    /// The values as hints for the library, and what could not be read.
    pub fn hints(&self) -> (SessionHints, Vec<String>) {
        let mut unread = Vec::new();
        let mut read = |flag: &str, value: &str, read: Result<(), String>| {
            let said = |why| format!("{flag}={}: {why}; it counts as not known", plain(value));
            unread.extend(read.err().map(said));
        };
        let mut hints = self.reading.hints();
        if let Some(ip) = said(self.ip.as_ref()) {
            let parsed = ip.parse::<IpAddr>().map_err(|error| error.to_string());
            let parsed = parsed.map(|ip| hints.client_ip = Some(ip.to_canonical()));
            read("--ip", &ip, parsed);
        }
        hints.helo = said(self.helo.as_ref()).filter(|helo| !helo.is_empty());
        if let Some(sender) = said(self.mail_from.as_ref()) {
            let parsed =
                reverse_path(&sender).map(|sender| hints.mail_from = Some(said_sender(&sender)));
            read("--mail-from", &sender, parsed);
        }
        (hints, unread)
    }
}

/// The text of a value.
fn said(value: Option<&OsString>) -> Option<String> {
    value.map(|value| value.to_string_lossy().into_owned())
}

impl ReadingArguments {
    fn hints(&self) -> SessionHints {
        SessionHints {
            at: self.at,
            hop: self.hop.map(NonZeroUsize::get),
            trusted_hosts: self.trust.hosts.clone(),
            trusted_ids: self.trust.ids.clone(),
            ..SessionHints::default()
        }
    }
}
