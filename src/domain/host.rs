//! A host that sends mail of a domain: its name in DNS, and what SPF says of it.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

use crate::spf::{HostName, SpfVerdict, is_confirmed};

/// A host that sends.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct SendingHost {
    /// Its address.
    pub ip: IpAddr,
    /// The names in its PTR records; `None` if that could not be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub names: Option<Vec<HostName>>,
    /// SPF for the MAIL FROM domain, or else for the domain, with this client.
    pub spf: SpfVerdict,
}

impl SendingHost {
    /// Whether a name of the address leads back to it, as large receivers ask.
    pub fn is_confirmed(&self) -> Option<bool> {
        is_confirmed(self.names.as_deref()?)
    }
}
