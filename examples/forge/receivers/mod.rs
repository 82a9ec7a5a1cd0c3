//! The header fields that receivers add to mail, each in its own form.

mod gateways;
mod gmail;
mod mailboxes;
mod outlook;
mod servers;

use jiff::Timestamp;
use jiff::tz::Offset;

use super::mail::Field;
use super::rng::Rng;
use super::verdict::Said;

/// The receivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receiver {
    Gmail,
    Outlook,
    Yahoo,
    ICloud,
    Fastmail,
    Proton,
    Zoho,
    Postfix,
    Ses,
    MailRu,
    /// Exchange on premises.
    Exchange,
    Mimecast,
    Proofpoint,
    /// Postfix without any checks.
    Plain,
    /// The file was saved by the sender.
    Nobody,
    /// The fields of receivers were removed.
    Cut,
}

/// A message as it arrives at a receiver.
pub struct Arrival<'a> {
    pub helo: &'a str,
    /// The name of the client's address.
    pub ptr: &'a str,
    pub ip: &'a str,
    /// The reverse-path; empty when null.
    pub mail_from: &'a str,
    pub recipient: &'a str,
    pub at: Timestamp,
    pub said: &'a Said,
}

/// What a receiver adds.
pub struct Stamp {
    /// Above the message.
    pub above: Vec<Field>,
    /// At the end of its header.
    pub below: Vec<Field>,
}

impl Receiver {
    /// All receivers, in the order in which the corpus assigns mail to them.
    pub const ALL: [Self; 9] = [
        Self::Gmail,
        Self::Outlook,
        Self::Yahoo,
        Self::ICloud,
        Self::Fastmail,
        Self::Proton,
        Self::Zoho,
        Self::Postfix,
        Self::Ses,
    ];

    /// The fields that this receiver adds to `arrival`.
    pub fn stamp(self, arrival: &Arrival<'_>, rng: &mut Rng) -> Stamp {
        let mut below = Vec::new();
        let above = match self {
            Self::Gmail => arrival.gmail(rng),
            Self::Outlook => {
                let path = format!("\r\n {}", arrival.path());
                below.push(Field::new("X-IncomingHeaderCount", "12"));
                below.push(Field(format!("Return-Path:{path}")));
                below.push(Field::new("X-Sender-IP", arrival.ip));
                arrival.outlook(rng)
            }
            Self::Yahoo => arrival.yahoo(rng),
            Self::ICloud => arrival.icloud(rng),
            Self::Fastmail => arrival.fastmail(rng),
            Self::Proton => arrival.proton(rng),
            Self::Zoho => arrival.zoho(rng),
            Self::Postfix => arrival.postfix(rng),
            Self::Ses => arrival.ses(rng),
            Self::MailRu => {
                below.push(arrival.mail_ru_results());
                arrival.mail_ru(rng)
            }
            Self::Exchange => arrival.exchange(rng),
            Self::Mimecast => arrival.mimecast(rng),
            Self::Proofpoint => arrival.proofpoint(rng),
            Self::Plain => {
                let mut fields = arrival.postfix(rng);
                fields.retain(|field| {
                    !field.is("Authentication-Results") && !field.is("Received-SPF")
                });
                fields
            }
            Self::Nobody | Self::Cut => Vec::new(),
        };
        Stamp { above, below }
    }
}

/// `at` in the form of RFC 5322, in a zone `hours` ahead of UTC.
pub fn date(at: Timestamp, hours: i8) -> String {
    let zoned = at.to_zoned(Offset::constant(hours).to_time_zone());
    zoned.strftime("%a, %-d %b %Y %H:%M:%S %z").to_string()
}

impl Arrival<'_> {
    fn path(&self) -> &str {
        match self.mail_from {
            "" => "<>",
            path => path,
        }
    }

    /// The identity that SPF judges: without a reverse-path, postmaster at the HELO name.
    fn sender(&self) -> String {
        match self.mail_from {
            "" => format!("postmaster@{}", self.helo),
            path => path.to_owned(),
        }
    }

    fn sender_domain(&self) -> &str {
        match self.mail_from {
            "" => self.helo,
            path => path.rsplit('@').next().unwrap_or(path),
        }
    }

    fn return_path(&self) -> Field {
        Field::new("Return-Path", &format!("<{}>", self.mail_from))
    }

    fn author(&self) -> &str {
        self.said.author.as_deref().unwrap_or("(none)")
    }
}
