//! Words about how the values of a session were found, and who says so.

use super::means::Means;
use std::fmt;

use crate::session::{NotUsed, PassedOn, Provenance, SessionNote, StandingReason, Teller};

/// Where a value of the session was found.
pub fn origin(from: Provenance) -> impl fmt::Display {
    Origin(from)
}

struct Origin(Provenance);

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let means = match self.0 {
            Provenance::Flag(flag) => Means::of_session(flag),
            _ => None,
        };
        match (means, self.0) {
            (Some(means), _) => means.fmt(f),
            (None, Provenance::Metadata) => f.write_str("the metadata file"),
            (None, from) => from.fmt(f),
        }
    }
}

/// What to know about the values of a session; no capital letter, no full stop.
impl fmt::Display for SessionNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchHop { asked, count } => write!(
                f,
                "there is no Received field {asked} to take with {}: there are {count}",
                Means::Hop
            ),
            Self::NoTrustedHost(hosts) => write!(
                f,
                "no Received field was written by a host of {}",
                Means::Trust.with(hosts.join(", "))
            ),
            Self::Disagreement {
                wanted,
                taken,
                taken_from,
                other,
                other_from,
            } => write!(
                f,
                "the {wanted} is {} by {} but {} by {}; the former was taken",
                path(taken),
                origin(*taken_from),
                path(other),
                origin(*other_from)
            ),
            Self::SeveralReturnPaths => {
                f.write_str("there are several Return-Path fields; the topmost was taken")
            }
            Self::NoReturnPath { taken: None } => write!(
                f,
                "there is no Return-Path field, so the envelope sender is unknown; give it with {}",
                Means::MailFrom
            ),
            Self::NoReturnPath { taken: Some(taken) } => write!(
                f,
                "there is no Return-Path field; the envelope sender is the one in {taken}"
            ),
            Self::LaterReturnPath { taken: None } => write!(
                f,
                "the envelope sender of the session is unknown, as Return-Path is of a later one; \
                 give it with {}",
                Means::MailFrom
            ),
            Self::LaterReturnPath { taken: Some(taken) } => write!(
                f,
                "Return-Path is of a later session; the envelope sender is the one in {taken}"
            ),
            Self::ClientUnknown => write!(
                f,
                "no Received field names a public address, so the client is unknown; give it with \
                 {}",
                Means::ClientIp
            ),
            Self::ClientUnsigned(field) => write!(
                f,
                "the client's address is known from {field} only, which nothing signs; give it \
                 with {} if you know it",
                Means::ClientIp
            ),
            Self::WentOn {
                host,
                number,
                later_host,
                later_number,
            } => write!(
                f,
                "judged is the session in which {} took the message (Received {number}), as it \
                 wrote the Authentication-Results, and on its word alone; {} took it later \
                 (Received {later_number}), which {} judges",
                named(host),
                named(later_host),
                Means::Hop.with(later_number)
            ),
            Self::Inside {
                receiver,
                field,
                value,
            } => write!(
                f,
                "{receiver} says that the message came from inside the organization it is for \
                 ({field}: {value}); it does not check such mail by SPF, DKIM and DMARC"
            ),
            Self::NoDate => {
                f.write_str("no Received field says when the message came: it is judged as of now")
            }
            Self::JudgedLater(from) => write!(
                f,
                "the message is judged as of {}, more than a day after the session judged, \
                 whose date nobody vouches for",
                origin(*from)
            ),
            Self::Clock { number, seconds } => write!(
                f,
                "Received {number} is dated {seconds} s before Received {} below it: a clock was \
                 wrong",
                number + 1
            ),
        }
    }
}

/// Why a value was not taken; no capital letter, no full stop.
impl fmt::Display for NotUsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let its = |host: &'_ Option<String>| host.clone().unwrap_or_else(|| "its host".into());
        match self {
            Self::SaysTheSame(taken) => write!(f, "says the same as {}", origin(*taken)),
            Self::Outranked(taken) => write!(f, "{} goes before it", origin(*taken)),
            Self::OtherSession => f.write_str("it is of another session"),
            Self::OtherClient => f.write_str("it is the name of another client"),
            Self::LaterHop(host) => write!(f, "{} took the message later on its way", its(host)),
            Self::EarlierHop(host) => {
                write!(f, "{} took the message earlier on its way", its(host))
            }
            Self::NotTheGivenSession(host) => {
                write!(f, "{} is of another session than the one given", its(host))
            }
            Self::RelayedFromThere => {
                f.write_str("nothing signs it, and the message was relayed from there")
            }
            Self::SendersSide => {
                f.write_str("the sender's side wrote it, as a rule of the author's own computer")
            }
            Self::FieldOf(receiver) => {
                write!(f, "only {receiver} writes it, and the receiver is another")
            }
            Self::WrittenLater(host) => write!(
                f,
                "it was written when {} took the message, after the session judged here",
                host.as_deref().unwrap_or("another host")
            ),
        }
    }
}

/// A field or a host, as a part of a sentence.
impl fmt::Display for Teller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(from) => write!(f, "the field {from}"),
            Self::Host(host) => f.write_str(named(host)),
        }
    }
}

/// What shows that a message was forwarded; no capital letter, no full stop.
impl fmt::Display for PassedOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LaterHost(host) => write!(f, "{host} took it later"),
            Self::OtherEnvelope(service) => write!(
                f,
                "its envelope sender is not the one that {service} gave it"
            ),
            Self::RewrittenSender => f.write_str("a forwarder wrote its envelope sender"),
            Self::Field(name) => write!(f, "it bears {name}"),
            Self::Seals(count) => write!(f, "{count} hosts put ARC seals on it"),
            Self::ListBounces(path) => write!(f, "its envelope sender {path} is a list's"),
            Self::EarlierHop { by, from, number } => {
                write!(
                    f,
                    "{by} took it from {from} first, as Received {number} says"
                )
            }
        }
    }
}

/// Why a field is the receiver's or not; no capital letter, no full stop.
impl fmt::Display for StandingReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trusted(id) => write!(f, "you trust {id}"),
            Self::Renamed => f.write_str("the receiver renamed it, as it came with the message"),
            Self::EarlierArcSet => {
                f.write_str("it is of an earlier ARC set, whose seals are not judged here")
            }
            Self::ClientGiven => write!(
                f,
                "you gave the client yourself, as a mail pipeline does in which the receiver has \
                 not written anything yet; if it has, name it with {}",
                Means::Trusted
            ),
            Self::ClientInMetadata => write!(
                f,
                "the metadata file gives the client, as one does that is saved with a message in \
                 which the receiver has not written anything yet; if it has, name it with {}",
                Means::Trusted
            ),
            Self::NoBorder => {
                f.write_str("no Received field shows where the receiver took the message")
            }
            Self::NamedAbove { host, number } => write!(
                f,
                "it bears the name of {} and stands above Received {number}",
                named(host)
            ),
            Self::NamelessAbove { host, number } => write!(
                f,
                "it stands above Received {number} by {}, which writes no name",
                named(host)
            ),
            Self::AboveAll { number } => write!(
                f,
                "it stands above Received {number}, by which no stranger could have put it"
            ),
            Self::LaterHost { later, host } => write!(
                f,
                "{later} wrote it, which took the message after {}: it speaks of another session",
                named(host)
            ),
            Self::OtherNameAbove { host, number } => write!(
                f,
                "it stands above Received {number} but does not bear the name of {}",
                named(host)
            ),
            Self::WhereItWrites { host } => write!(
                f,
                "it bears the name of {} and stands where that writes it",
                named(host)
            ),
            Self::BelowItsOwn { host } => write!(
                f,
                "it bears the name of {}, but stands below what that wrote: it came with the \
                 message, and anyone could have written it",
                named(host)
            ),
            Self::NamedBelow {
                is_own_name,
                host,
                number,
                trustable,
            } => {
                let name = match is_own_name {
                    true => "the name",
                    false => "a name of the organization",
                };
                let host = named(host);
                write!(
                    f,
                    "it bears {name} of {host} but stands below Received {number}, where a sender \
                     could have put it"
                )?;
                match trustable {
                    Some(id) => {
                        let trusted = Means::Trusted.with(id);
                        write!(f, " ({trusted} if that host removes such fields)")
                    }
                    None => write!(f, "; {host} writes above as well"),
                }
            }
            Self::Below { host, number } => write!(
                f,
                "it stands below Received {number} by {}: it came with the message, and anyone \
                 could have written it",
                named(host)
            ),
        }
    }
}

fn named(host: &Option<String>) -> &str {
    host.as_deref().unwrap_or("a host without a name")
}

/// A value of the session; "<>" if the reverse-path is null.
fn path(value: &str) -> &str {
    match value {
        "" => "<>",
        value => value,
    }
}
