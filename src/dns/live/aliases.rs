//! Follows CNAME records from the asked name through one or more responses (RFC 1034 §3.6.2).

use hickory_resolver::proto::op::Message;
use hickory_resolver::proto::rr::{DNSClass, Name as WireName, RData, Record as WireRecord};

use crate::dns::Name;

/// The alias chain from the asked name to the name that has the records.
pub(super) struct Aliases {
    visited: Vec<WireName>,
    end: WireName,
    /// Targets so far, in order.
    pub(super) names: Vec<Name>,
    /// The smallest TTL in the chain; `u32::MAX` if there is no alias.
    pub(super) ttl: u32,
    /// Whether every response in the chain had the AD bit.
    pub(super) authenticated: bool,
}

impl Aliases {
    pub(super) fn from(start: WireName) -> Self {
        Self {
            visited: Vec::new(),
            end: start,
            names: Vec::new(),
            ttl: u32::MAX,
            authenticated: true,
        }
    }

    /// The last name of the chain, as far as it is known.
    pub(super) fn end(&self) -> &WireName {
        &self.end
    }

    /// Continues along the CNAME records in `response`, up to `limit` in all. Returns whether there
    /// were any. The error says why the chain cannot be followed.
    pub(super) fn follow(&mut self, response: &Message, limit: usize) -> Result<bool, String> {
        let before = self.names.len();
        while let Some((target, ttl)) = alias_of(&self.end, &response.answers) {
            if self.names.len() == limit {
                return Err(format!("more than {limit} aliases follow one another"));
            }
            if *target == self.end || self.visited.contains(target) {
                return Err("the aliases lead in a circle".into());
            }
            let name = target_name(target)
                .ok_or("an alias leads to a name that cannot be written down")?;
            self.names.push(name);
            self.ttl = self.ttl.min(ttl);
            self.visited
                .push(std::mem::replace(&mut self.end, target.clone()));
        }
        Ok(self.names.len() > before)
    }
}

fn alias_of<'r>(name: &WireName, records: &'r [WireRecord]) -> Option<(&'r WireName, u32)> {
    records.iter().find_map(|record| match &record.data {
        RData::CNAME(target) if record.name == *name && record.dns_class == DNSClass::IN => {
            Some((&target.0, ttl(record)))
        }
        _ => None,
    })
}

/// The TTL; a value of more than 31 bits counts as zero (RFC 2181 §8).
pub(super) fn ttl(record: &WireRecord) -> u32 {
    if record.ttl > i32::MAX as u32 {
        0
    } else {
        record.ttl
    }
}

/// The name as raw labels, which may contain any octet (RFC 2181 §11).
pub(super) fn wire_name(name: &Name) -> Option<WireName> {
    WireName::from_labels(name.labels().map(str::as_bytes)).ok()
}

/// The target of an alias, which may be the root.
pub(super) fn target_name(name: &WireName) -> Option<Name> {
    match name.is_root() {
        true => Some(Name::root()),
        false => text_name(name),
    }
}

/// The name as text. Octets that would be misread inside a label become `\DDD` (RFC 1035 §5.1).
/// `None` for the root, and if the text is too long.
pub(super) fn text_name(name: &WireName) -> Option<Name> {
    let mut text = String::new();
    for label in name.iter() {
        if !text.is_empty() {
            text.push('.');
        }
        for byte in label {
            match byte {
                b'.' | 0x80.. => text.push_str(&format!("\\{byte:03}")),
                _ => text.push(char::from(*byte)),
            }
        }
    }
    Name::parse(&text).ok()
}
