//! Words about the signs of Amazon SES, and what SES requires of a domain.

use std::fmt;

use crate::ses::{FeedbackFault, SesDoubt, SignNote};

impl fmt::Display for SignNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FitsAddress(ip) => write!(f, "the name fits the address {ip}"),
            Self::OtherAddress(ip) => write!(f, "the name does not fit the address {ip}"),
            Self::SaidBy(from) => write!(f, "by {from}"),
            Self::KeyOfSes(target) => write!(f, "its key is SES's, at {target}"),
            Self::OnlySource => f.write_str("the client's address is known from here"),
            Self::ClientHadIt(from) => write!(f, "the client had this address ({from})"),
            Self::ClientHadAnother(ip) => write!(f, "the client had another, {ip}"),
        }
    }
}

/// What speaks against SES having sent a message; a clause.
impl fmt::Display for SesDoubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherAddress { host, client } => write!(
                f,
                "its host calls itself {host}, which does not fit the address {client}"
            ),
            Self::NotInRecord { domain, client } => {
                write!(f, "the SPF record of {domain} does not hold {client}")
            }
            Self::OtherOutgoing { client } => {
                write!(f, "X-SES-Outgoing names another address than {client}")
            }
            Self::OtherHost { host } => write!(
                f,
                "only fields that anyone can write say so, and {host} delivered it"
            ),
        }
    }
}

impl fmt::Display for FeedbackFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSuchRegion { region, near } => {
                return write!(f, "there is no region {region}; perhaps {near}");
            }
            Self::ZoneAppended => {
                "the zone's own name was added behind it; end the name with a dot, or see what the \
                 form of your DNS provider adds"
            }
            Self::AtAmazonaws => "the host is at amazonses.com, not at amazonaws.com",
            Self::ReceivesMail => "that is where SES receives mail for you, not where bounces go",
            Self::TakesSubmissions => {
                "that is where your application hands in mail, not where bounces go"
            }
            Self::OfNoRegion => "that is no feedback host of any region",
            Self::AnotherHost => "that is no feedback host",
        })
    }
}
