//! The names of a host in DNS, and whether they lead back to its address (`iprev`, RFC 8601 §3).

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

use super::reverse_name;
use crate::dns::{Name, Question, Record, RecordType, Recorder, Reply};

/// The most names of an address that are looked at.
const NAMES: usize = 5;

/// A name of an address.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct HostName {
    /// The name.
    pub name: Name,
    /// Whether it has the address (RFC 1912 §2.1); `None` if that could not be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leads_back: Option<bool>,
}

/// Whether one of the `names` of an address leads back to it; `None` if that is not known.
pub fn is_confirmed(names: &[HostName]) -> Option<bool> {
    let leads = |answer: Option<bool>| names.iter().any(|name| name.leads_back == answer);
    match (leads(Some(true)), leads(None)) {
        (true, _) => Some(true),
        (false, true) => None,
        (false, false) => Some(false),
    }
}

/// The names of `ip`, and whether they lead back.
pub(crate) async fn host_names(ip: IpAddr, dns: &Recorder<'_>) -> Option<Vec<HostName>> {
    let name = reverse_name(ip).ok()?;
    let lookup = dns.ask(&Question::new(name, RecordType::Ptr)).await;
    if matches!(lookup.reply, Reply::TempFail(_) | Reply::NotRecorded) {
        return None;
    }
    let kind = match ip {
        IpAddr::V4(_) => RecordType::A,
        IpAddr::V6(_) => RecordType::Aaaa,
    };
    let pointers = lookup.reply.records().iter();
    let pointers = pointers.filter_map(|record| match record {
        Record::Ptr(name) => Some(name.clone()),
        _ => None,
    });
    let names: Vec<Name> = pointers.take(NAMES).collect();
    let questions: Vec<Question> = names
        .iter()
        .map(|name| Question::new(name.clone(), kind))
        .collect();
    let lookups = dns.ask_all(&questions).await;
    let leads_back = |reply: &Reply| match reply {
        Reply::TempFail(_) | Reply::NotRecorded => None,
        reply => Some(reply.addresses().any(|address| address == ip)),
    };
    let both = names.into_iter().zip(lookups);
    Some(
        both.map(|(name, lookup)| HostName {
            name,
            leads_back: leads_back(&lookup.reply),
        })
        .collect(),
    )
}
