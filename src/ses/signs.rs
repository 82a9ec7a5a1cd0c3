//! The individual signs by which mail of SES is recognised, and their forms.

use std::fmt;
use std::net::IpAddr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::Region;
use super::regions::is_ses_domain;
use crate::dns::Name;
use crate::evidence_class::EvidenceClass;
use crate::receivers::amazon_ses::IDS;
use crate::session::Provenance;

/// A kind of sign that SES sent a message. If as many signs name one region as another, the kind
/// that comes first here decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SignKind {
    /// A Feedback-ID field that ends in AmazonSES; it names the region.
    FeedbackId,
    /// The domain of the Message-ID field.
    MessageIdDomain,
    /// The host that passed the message to its receiver.
    Host,
    /// The reverse-path: in a domain of SES, or with a local part that is its message ID.
    ReturnPath,
    /// The local part of the Message-ID field: region, time and a random part.
    MessageId,
    /// A host of SES earlier on the way.
    EarlierHost,
    /// A signature with a domain of SES itself.
    Signature,
    /// The client's address is in the SPF record of amazonses.com.
    Spf,
    /// The field X-SES-Outgoing: date and sending address.
    Outgoing,
    /// A selector in the form of Easy DKIM.
    EasyDkim,
}

impl fmt::Display for SignKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FeedbackId => "Feedback-ID",
            Self::MessageIdDomain => "domain of Message-ID",
            Self::Host => "sending host",
            Self::ReturnPath => "reverse-path",
            Self::MessageId => "message id",
            Self::EarlierHost => "host on the way",
            Self::Signature => "signature of",
            Self::Spf => "SPF by",
            Self::Outgoing => "X-SES-Outgoing",
            Self::EasyDkim => "selector",
        })
    }
}

/// One sign.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Sign {
    /// The kind.
    pub sign: SignKind,
    /// What was found.
    pub value: String,
    /// The region that it names, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// How certain it is.
    pub class: EvidenceClass,
    /// What supports or weakens it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<SignNote>,
    /// The index of its header field, from 0.
    #[serde(skip)]
    pub field: Option<usize>,
}

/// What supports or weakens a sign.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SignNote {
    /// The host name belongs to this address.
    FitsAddress(IpAddr),
    /// The host name does not belong to this address.
    OtherAddress(IpAddr),
    /// Where the value was found.
    SaidBy(Provenance),
    /// The key is SES's and is published at this name.
    KeyOfSes(Name),
    /// The client's address is known only from this sign.
    OnlySource,
    /// The client had this address, according to this source.
    ClientHadIt(Provenance),
    /// The client had this other address.
    ClientHadAnother(IpAddr),
}

/// What speaks against SES having sent a message, if nothing proves that it did.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SesDoubt {
    /// The host calls itself one of SES, but its name belongs to another address.
    OtherAddress {
        /// The name.
        host: String,
        /// The client's address.
        client: IpAddr,
    },
    /// The record of SES for this reverse-path does not hold the client.
    NotInRecord {
        /// The domain of the reverse-path.
        domain: String,
        /// The client's address.
        client: IpAddr,
    },
    /// SES names another address than the client's in X-SES-Outgoing.
    OtherOutgoing {
        /// The client's address.
        client: IpAddr,
    },
    /// Only fields that anyone can write name SES, and this host delivered the message.
    OtherHost {
        /// The host, or its address.
        host: String,
    },
}

/// The message ID that SES assigns; it is used in Message-ID and in the reverse-path.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageId {
    /// The region, if its code is known.
    pub region: Option<Region>,
    /// When SES accepted the message.
    pub sent_at: Option<Timestamp>,
}

impl MessageId {
    /// Reads `local`, the part before the `@`.
    pub fn parse(local: &str) -> Option<Self> {
        if !IDS.fits(local) {
            return None;
        }
        let (code, rest) = local.split_at_checked(4)?;
        let time = i64::from_str_radix(rest.split('-').next()?, 16).ok()?;
        Some(Self {
            region: Region::of_code(&code.to_ascii_lowercase()),
            sent_at: Timestamp::from_millisecond(time).ok(),
        })
    }
}

/// The region in a Feedback-ID field of SES: `1.<region>.<account>:AmazonSES`, after `::` since May
/// 2024.
pub(super) fn feedback_region(text: &str) -> Option<Option<Region>> {
    let mut parts = text.trim().rsplit(':');
    if parts.next()? != "AmazonSES" {
        return None;
    }
    let region = parts.next()?.strip_prefix("1.")?.split('.').next()?;
    Some(Region::parse(region))
}

/// The address in an X-SES-Outgoing field: `2026.07.01-192.0.2.1`.
pub(crate) fn outgoing_ip(text: &str) -> Option<IpAddr> {
    let (day, ip) = text.trim().split_once('-')?;
    let is_day = day.len() == 10 && day.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.'));
    ip.parse().ok().filter(|_| is_day)
}

/// A sending host of SES: a letter, the last two octets of its address, `smtp-out`, the region.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Host {
    pub region: Option<Region>,
    octets: [u8; 2],
}

impl Host {
    pub(super) fn parse(host: &str) -> Option<Self> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let (first, rest) = host.split_once('.')?;
        let (letter, numbers) = first.split_at_checked(1)?;
        let (third, fourth) = numbers.split_once('-')?;
        let domain = rest.strip_prefix("smtp-out.")?;
        let is_host = letter.bytes().all(|byte| byte.is_ascii_lowercase()) && is_ses_domain(domain);
        let octets = [third.parse().ok()?, fourth.parse().ok()?];
        is_host.then(|| Self {
            region: Region::of_mail_from(domain),
            octets,
        })
    }

    /// Whether the host name belongs to this address.
    pub(super) fn fits(&self, ip: IpAddr) -> bool {
        match ip.to_canonical() {
            IpAddr::V4(ip) => ip.octets()[2..] == self.octets,
            IpAddr::V6(_) => false,
        }
    }
}

/// Whether `host` is a sending host of SES whose name belongs to this address.
pub(crate) fn is_host_at(host: &str, ip: IpAddr) -> bool {
    Host::parse(host).is_some_and(|host| host.fits(ip))
}

/// Whether a selector has the form of Easy DKIM: 32 characters of base32.
pub(crate) fn is_easy_dkim(selector: &str) -> bool {
    selector.len() == 32
        && selector
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_id_tells_region_and_time() {
        let id = "0102018f12ab34cd-0a1b2c3d-1111-2222-3333-444455556666-000000";
        let id = MessageId::parse(id).unwrap();
        assert_eq!(id.region, Region::parse("eu-west-1"));
        assert_eq!(id.sent_at.unwrap().to_string(), "2024-04-25T00:32:41.165Z");
        for other in [
            "",
            "a",
            "0102018f12ab34cd-0a1b2c3d",
            "g102018f12ab34cd-0a1b2c3d-1111-2222-3333-444455556666-000000",
        ] {
            assert_eq!(MessageId::parse(other), None, "{other}");
        }
    }

    #[test]
    fn both_forms_of_feedback_id_name_the_region() {
        let region = Region::parse("us-west-2");
        for text in ["1.us-west-2.abc=:AmazonSES", "::1.us-west-2.abc=:AmazonSES"] {
            assert_eq!(feedback_region(text), Some(region.clone()), "{text}");
        }
        assert_eq!(feedback_region("campaign:customer:mail:sender"), None);
        assert_eq!(feedback_region(":AmazonSES"), None);
    }

    #[test]
    fn the_name_of_a_host_holds_its_last_two_octets() {
        let host = Host::parse("b224-123.smtp-out.eu-central-1.amazonses.com").unwrap();
        assert_eq!(host.region, Region::parse("eu-central-1"));
        assert!(host.fits("69.169.224.123".parse().unwrap()));
        assert!(!host.fits("192.0.2.1".parse().unwrap()));
        for other in [
            "a8-50.smtp-out.amazonses.com.example",
            "é8-50.smtp-out.amazonses.com",
            "a8-500.smtp-out.amazonses.com",
            "smtp-out.amazonses.com",
        ] {
            assert_eq!(Host::parse(other), None, "{other}");
        }
    }

    #[test]
    fn x_ses_outgoing_tells_the_address() {
        assert_eq!(
            outgoing_ip("2026.07.01-54.240.8.50"),
            "54.240.8.50".parse().ok()
        );
        assert_eq!(outgoing_ip("yesterday-54.240.8.50"), None);
    }
}
