//! Zone text that tells only of its own zones: other names are unknown, not absent.

use std::collections::BTreeSet;

use super::{Dns, Name, Question, Recorded, Reply, Zone};

/// The records of a zone file, without any claim about names outside its zones.
///
/// Its zones are the owners of its SOA records; if there are none, the registered domains (by the
/// public suffix list) of all owners. A question about a name outside of them, or in a part that NS
/// records delegate to others, is [`Reply::NotRecorded`] unless the file answers it. One name
/// outside is taken as absent: `_dmarc` at the public suffix above a zone, as `_dmarc.com`. Every
/// search for a policy asks there (RFC 9989 §4.10), and hardly any suffix has a record.
///
/// [`Zone`] itself is a whole DNS.
#[derive(Clone, Debug)]
pub struct OwnZones {
    zone: Zone,
    zones: BTreeSet<Name>,
    /// `_dmarc` at the public suffixes above them.
    above: BTreeSet<Name>,
}

impl OwnZones {
    /// The zones of this text.
    pub fn new(zone: Zone) -> Self {
        let zones = zone.zones();
        let parents = zones.iter().flat_map(|zone| ancestors(zone).skip(1));
        let suffixes = parents.filter(|parent| super::registered(parent.as_str()).is_none());
        let above = suffixes.filter_map(|suffix| suffix.under("_dmarc").ok());
        Self {
            above: above.collect(),
            zone,
            zones,
        }
    }

    /// Its zones, in order.
    pub fn zones(&self) -> impl ExactSizeIterator<Item = &Name> {
        self.zones.iter()
    }

    /// Whether the text tells that there is nothing at this name.
    fn covers(&self, name: &Name) -> bool {
        for name in ancestors(name) {
            if self.zones.contains(&name) {
                return true;
            }
            if self.zone.delegates(&name) {
                return false;
            }
        }
        self.above.contains(name)
    }
}

/// The name and the names above it, without the root.
fn ancestors(name: &Name) -> impl Iterator<Item = Name> {
    std::iter::successors(Some(name.clone()), Name::parent)
}

impl Dns for OwnZones {
    async fn query(&self, question: &Question) -> Reply {
        let reply = self.zone.query(question).await;
        match &reply {
            Reply::NoData(absent) | Reply::NxDomain(absent) => {
                let end = absent.cname.last().unwrap_or(&question.name);
                match self.covers(end) {
                    true => reply,
                    false => Reply::NotRecorded,
                }
            }
            _ => reply,
        }
    }
}

impl Recorded for OwnZones {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::{RecordType, at_once};

    fn kind(text: &str, name: &str) -> &'static str {
        let dns = OwnZones::new(Zone::parse(text).unwrap());
        let question = Question::new(Name::parse(name).unwrap(), RecordType::Txt);
        match at_once(dns.query(&question)) {
            Reply::Records(_) => "records",
            Reply::NoData(_) => "nodata",
            Reply::NxDomain(_) => "nxdomain",
            Reply::TempFail(_) => "failure",
            Reply::NotRecorded => "unknown",
        }
    }

    #[test]
    fn without_soa_the_registered_domains_are_the_zones() {
        let text = "mail.example.co.uk. TXT x\ns._domainkey.example.com. CNAME s.dkim.example.net.\n\
                    com. NS a.example.net.\n";
        for (name, expected) in [
            ("mail.example.co.uk", "records"),
            ("example.co.uk", "nodata"),
            ("gone.example.co.uk", "nxdomain"),
            ("other.co.uk", "unknown"),
            ("co.uk", "unknown"),
            ("_dmarc.co.uk", "nxdomain"),
            ("_dmarc.com", "nxdomain"),
            ("_dmarc.net", "unknown"),
            ("example.com", "nodata"),
            ("other.com", "unknown"),
            ("com", "unknown"),
            // The alias leads out of them.
            ("s._domainkey.example.com", "unknown"),
        ] {
            assert_eq!(kind(text, name), expected, "{name}");
        }
        assert_eq!(kind("", "example.com"), "unknown");
    }

    #[test]
    fn with_soa_its_owners_are_the_zones_and_what_they_delegate_is_unknown() {
        let text = "corp.example.com. SOA ns hostmaster 1 2 3 4 5\ncorp.example.com. NS ns.example.net.\n\
                    sub.corp.example.com. NS ns.example.net.\nother.example. TXT x\n";
        for (name, expected) in [
            ("corp.example.com", "nodata"),
            ("_dmarc.corp.example.com", "nxdomain"),
            ("sub.corp.example.com", "unknown"),
            ("a.sub.corp.example.com", "unknown"),
            ("asub.corp.example.com", "nxdomain"),
            ("example.com", "unknown"),
            ("_dmarc.example.com", "unknown"),
            ("_dmarc.com", "nxdomain"),
            ("other.example", "records"),
            ("_dmarc.other.example", "unknown"),
        ] {
            assert_eq!(kind(text, name), expected, "{name}");
        }
    }
}
