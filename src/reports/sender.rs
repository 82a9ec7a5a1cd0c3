//! Who sent mail, as results of DKIM and SPF and the client's address show it.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use crate::dns::registered;
use crate::receivers::organization;
use crate::ses::{Region, is_easy_dkim, is_ses_address, is_ses_domain};

/// Who sent mail. What comes first is better known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Sender {
    /// This region of Amazon SES.
    SesRegion(String),
    /// Amazon SES, but the region does not show.
    Ses,
    /// Who signs, or passes SPF, as this organization.
    Organization(String),
    /// Nothing passes; the client is in this network.
    Network(String),
    /// Nothing passes, and the report has no address.
    Unknown,
}

/// What shows who sent mail.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SenderEvidence<'a> {
    /// The domain in From.
    pub from: &'a str,
    /// The client's address.
    pub ip: Option<IpAddr>,
    /// Domain, selector and result of each signature: whether it passes.
    pub dkim: &'a [(&'a str, &'a str, bool)],
    /// The domain of SPF for the reverse-path, and whether it passes.
    pub spf: Option<(&'a str, bool)>,
}

impl<'a> SenderEvidence<'a> {
    /// What results of a message show; `from` is the domain in From.
    pub fn new(
        from: &'a str,
        dkim: &'a [(&'a str, &'a str, bool)],
        spf: Option<(&'a str, bool)>,
    ) -> Self {
        Self {
            from,
            ip: None,
            dkim,
            spf,
        }
    }
}

impl Sender {
    /// Who it is: Amazon SES by its domain, its addresses or the form of a selector; else the
    /// organization that a signature or SPF passes for, first another than the author's; else the
    /// network.
    pub fn of(evidence: &SenderEvidence<'_>) -> Self {
        if let Some(ses) = ses(evidence) {
            return ses;
        }
        let own = owner(evidence.from);
        let signed = evidence.dkim.iter().filter(|(.., passes)| *passes);
        let signed = signed.map(|(domain, ..)| owner(domain));
        let sent = evidence.spf.filter(|(_, passes)| *passes);
        let sent = sent.map(|(domain, _)| owner(domain));
        let other = |one: &String| *one != own && !one.is_empty();
        // The least name, so that the order of signatures does not matter.
        let found = signed
            .clone()
            .filter(other)
            .min()
            .or_else(|| sent.clone().filter(other))
            .or_else(|| signed.chain(sent).find(|one| *one == own));
        match (found, evidence.ip) {
            (Some(found), _) => Self::Organization(found),
            (None, Some(ip)) => Self::Network(network(ip)),
            (None, None) => Self::Unknown,
        }
    }

    /// Whether it is Amazon SES.
    pub fn is_ses(&self) -> bool {
        matches!(self, Self::SesRegion(_) | Self::Ses)
    }
}

fn ses(evidence: &SenderEvidence<'_>) -> Option<Sender> {
    let spf = evidence.spf.filter(|(domain, _)| is_ses_domain(domain));
    let is_address = evidence.ip.is_some_and(is_ses_address);
    let passes = |(domain, selector, passes): &(&str, &str, bool)| {
        *passes && (is_ses_domain(domain) || is_easy_dkim(selector))
    };
    let is_ses =
        is_address || spf.is_some_and(|(_, passes)| passes) || evidence.dkim.iter().any(passes);
    is_ses.then(|| {
        let region = spf.and_then(|(domain, _)| Region::of_mail_from(domain));
        region.map_or(Sender::Ses, |region| Sender::SesRegion(region.to_string()))
    })
}

/// Whose a domain is: the organization of a known receiver, or the registered domain.
pub(super) fn owner(domain: &str) -> String {
    organization(domain)
        .or_else(|| registered(domain).map(str::to_owned))
        .unwrap_or_else(|| domain.to_owned())
}

/// Whether two domains are of one organization (RFC 7489 §3.2), as far as the list of public
/// suffixes tells.
pub(super) fn is_same_organization(one: &str, other: &str) -> bool {
    match (registered(one), registered(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

/// The network of an address: 256 of IPv4, a /48 of IPv6.
pub(super) fn network(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            format!("{}/24", Ipv4Addr::new(a, b, c, 0))
        }
        IpAddr::V6(ip) => {
            let [a, b, c, ..] = ip.segments();
            format!("{}/48", Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
        }
    }
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SesRegion(region) => write!(f, "Amazon SES {region}"),
            Self::Ses => f.write_str("Amazon SES"),
            Self::Organization(name) | Self::Network(name) => f.write_str(name),
            Self::Unknown => f.write_str("not known"),
        }
    }
}

impl Serialize for Sender {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Sender {
    fn schema_name() -> Cow<'static, str> {
        "Sender".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(ip: &str, dkim: &[(&str, &str, bool)], spf: Option<(&str, bool)>) -> String {
        let evidence = SenderEvidence {
            from: "example.com",
            ip: ip.parse().ok(),
            dkim,
            spf,
        };
        Sender::of(&evidence).to_string()
    }

    #[test]
    fn ses_shows_by_domain_selector_form_or_address() {
        let easy = "abcdefghijklmnopqrstuvwxyz234567";
        let own = ("example.com", easy, true);
        let ses = ("amazonses.com", "ses", true);
        let us = Some(("amazonses.com", true));
        let eu = Some(("eu-west-1.amazonses.com", true));
        assert_eq!(sender("192.0.2.1", &[own, ses], us), "Amazon SES us-east-1");
        assert_eq!(sender("192.0.2.1", &[], eu), "Amazon SES eu-west-1");
        assert_eq!(sender("192.0.2.1", &[own], None), "Amazon SES");
        assert_eq!(sender("54.240.8.50", &[], None), "Amazon SES");
        let custom = Some(("mail.example.com", true));
        assert_eq!(sender("192.0.2.1", &[ses], custom), "Amazon SES");
        let failed = Some(("amazonses.com", false));
        assert_eq!(sender("192.0.2.1", &[], failed), "192.0.2.0/24");
    }

    #[test]
    fn others_show_by_what_passes_first_for_another_organization() {
        let own = ("example.com", "s", true);
        let esp = ("mail.esp.example", "s", true);
        let gone = ("gone.example", "s", false);
        let spf = Some(("bounce.esp.example", true));
        assert_eq!(sender("192.0.2.1", &[own, esp], spf), "esp.example");
        assert_eq!(sender("192.0.2.1", &[gone, own], spf), "esp.example");
        assert_eq!(sender("192.0.2.1", &[own], None), "example.com");
        assert_eq!(sender("192.0.2.1", &[gone], None), "192.0.2.0/24");
        assert_eq!(sender("2001:db8:1:2::3", &[], None), "2001:db8:1::/48");
        assert_eq!(sender("::ffff:192.0.2.9", &[], None), "192.0.2.0/24");
        assert_eq!(sender("x", &[], None), "not known");
    }
}
