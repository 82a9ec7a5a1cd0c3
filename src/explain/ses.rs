//! Words about the signs of Amazon SES, and what SES requires of a domain.

use std::fmt;

use crate::ses::identity::{IdentityStatus, KeyLength, SigningOrigin};
use crate::ses::{FeedbackFault, Identity, SesDoubt, SignNote};

/// What SES says of an identity, in one line: `example.com: DKIM SUCCESS (3 tokens, 2048 bits), MAIL
/// FROM mail.example.com PENDING`.
pub fn stated(identity: &Identity) -> String {
    let mut parts = Vec::new();
    let is_verified = identity.is_verified();
    if is_verified == Some(false) {
        let status = identity.verification.as_ref();
        let status = status.filter(|status| **status != IdentityStatus::Success);
        let mut part = status.map_or("not verified".to_owned(), |status| {
            format!("verification {status}")
        });
        if let Some(error) = &identity.verification_error {
            part.push_str(&format!(" ({error})"));
        }
        parts.push(part);
    }
    if let Some(dkim) = &identity.dkim {
        let state = match (dkim.signing, &dkim.status) {
            (Some(false), _) => "off".to_owned(),
            (_, Some(status)) => status.to_string(),
            (_, None) => "without a state".to_owned(),
        };
        let mut details = Vec::new();
        match (&dkim.origin, dkim.tokens.len()) {
            (Some(SigningOrigin::External), _) => details.push("a key of its own".to_owned()),
            (_, 0) => (),
            (_, 1) => details.push("1 token".to_owned()),
            (_, count) => details.push(format!("{count} tokens")),
        }
        match &dkim.origin {
            Some(SigningOrigin::Replica(region)) => details.push(format!("those of {region}")),
            Some(SigningOrigin::Other(word)) => details.push(format!("origin {word}")),
            _ => (),
        }
        match &dkim.key_length {
            Some(KeyLength::Rsa1024) => details.push("1024 bits".to_owned()),
            Some(KeyLength::Rsa2048) => details.push("2048 bits".to_owned()),
            Some(KeyLength::Other(word)) => details.push(word.clone()),
            None => (),
        }
        parts.push(match details.is_empty() {
            true => format!("DKIM {state}"),
            false => format!("DKIM {state} ({})", details.join(", ")),
        });
    }
    match (&identity.mail_from, identity.mail_from_domain()) {
        (_, Some((domain, status))) => {
            let status = status.map_or(String::new(), |status| format!(" {status}"));
            parts.push(format!("MAIL FROM {domain}{status}"));
        }
        (Some(_), None) => parts.push("no custom MAIL FROM domain".to_owned()),
        (None, None) => (),
    }
    if parts.is_empty() {
        parts.push("verified".to_owned());
    }
    format!("{}: {}", identity.name, parts.join(", "))
}

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
