//! Where reports go, whether they are accepted there (RFC 9990, "Verifying External Destinations"),
//! and whether the host receives mail.

use schemars::JsonSchema;
use serde::Serialize;

use super::record::{PolicyRecord, ReportUri};
use crate::dns::{Name, Record, Reply};

/// A destination of reports. The verdict does not depend on it.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct ReportTarget {
    /// The tag that names it: `rua` or `ruf`.
    pub tag: &'static str,
    /// The URI.
    pub uri: String,
    /// The host that would receive the reports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<Name>,
    /// Whether the host has agreed to receive them.
    pub agreement: Agreement,
    /// The name of the record in which another organization agrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreement_at: Option<Name>,
    /// Whether the host receives mail.
    pub mail: TakesMail,
}

/// Whether a host has agreed to receive reports about a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Agreement {
    /// It belongs to the same organization, so no agreement is needed.
    NotNeeded,
    /// It has.
    Given,
    /// It has not, so receivers send nothing there.
    Missing,
    /// This could not be found out.
    NotChecked,
}

/// Whether a host receives mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TakesMail {
    /// It has mail exchangers, or an address.
    Yes,
    /// It has neither.
    No,
    /// It says that it receives none (RFC 7505).
    NullMx,
    /// This could not be found out, or reports do not go there by mail.
    NotChecked,
}

/// All URIs of a record that are to be checked, with their tags.
pub(crate) fn uris(record: &PolicyRecord) -> impl Iterator<Item = (&'static str, &ReportUri)> {
    let rua = record.rua.iter().map(|uri| ("rua", uri));
    let ruf = record.ruf.iter().map(|uri| ("ruf", uri));
    rua.chain(ruf)
}

/// The name of the record in which a host agrees to receive reports about `domain`; `None` if the
/// name is too long, so the host cannot agree.
pub(crate) fn agreement_name(domain: &Name, host: &Name) -> Option<Name> {
    host.under(&format!("{domain}._report._dmarc")).ok()
}

impl Agreement {
    /// What the answer about the agreement means.
    pub(crate) fn read(reply: &Reply) -> Self {
        match reply {
            Reply::Records(_) => {
                let mut texts = reply.txt().map(|txt| PolicyRecord::parse(&txt.joined()));
                match texts.any(|record| record.is_some()) {
                    true => Self::Given,
                    false => Self::Missing,
                }
            }
            Reply::NoData(_) | Reply::NxDomain(_) => Self::Missing,
            Reply::TempFail(_) | Reply::NotRecorded => Self::NotChecked,
        }
    }
}

impl TakesMail {
    /// What the answer about MX means; `None` if addresses decide (RFC 5321 §5.1).
    pub(crate) fn read_mx(reply: &Reply) -> Option<Self> {
        match reply {
            Reply::Records(_) => {
                let mut exchangers = reply.records().iter();
                let named = |record: &Record| matches!(record, Record::Mx { exchange, .. } if exchange.is_some());
                Some(match exchangers.any(named) {
                    true => Self::Yes,
                    false => Self::NullMx,
                })
            }
            Reply::NoData(_) => None,
            Reply::NxDomain(_) => Some(Self::No),
            Reply::TempFail(_) | Reply::NotRecorded => Some(Self::NotChecked),
        }
    }

    /// What the answers about A and AAAA mean, if there is no MX.
    pub(crate) fn read_addresses(replies: &[&Reply]) -> Self {
        let open = |reply: &&Reply| matches!(reply, Reply::TempFail(_) | Reply::NotRecorded);
        if replies
            .iter()
            .any(|reply| reply.addresses().next().is_some())
        {
            return Self::Yes;
        }
        match replies.iter().any(open) {
            true => Self::NotChecked,
            false => Self::No,
        }
    }
}

impl ReportTarget {
    /// Whether reports go there by mail.
    pub(crate) fn is_mail(&self) -> bool {
        let scheme = self.uri.split(':').next().unwrap_or_default();
        scheme.eq_ignore_ascii_case("mailto")
    }
}
