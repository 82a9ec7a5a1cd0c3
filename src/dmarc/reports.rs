//! Where reports go, whether they may go there (RFC 9990, "Verifying External Destinations"), and
//! whether mail is taken there.

use schemars::JsonSchema;
use serde::Serialize;

use super::record::{PolicyRecord, ReportUri};
use crate::dns::{Name, Record, Reply};

/// A place to which reports are to be sent. Nothing of the verdict hangs on it.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct ReportTarget {
    /// The tag that names it: `rua` or `ruf`.
    pub tag: &'static str,
    /// The URI.
    pub uri: String,
    /// The host that would take the reports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<Name>,
    /// Whether the host has agreed to take them.
    pub agreement: Agreement,
    /// The name at which an agreement with another organization stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreement_at: Option<Name>,
    /// Whether the host takes mail.
    pub mail: TakesMail,
}

/// Whether a host has agreed to take reports about a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Agreement {
    /// It is of the same organization, which needs none.
    NotNeeded,
    /// It has.
    Given,
    /// It has not, so that receivers send nothing there.
    Missing,
    /// That could not be found out.
    NotChecked,
}

/// Whether a host takes mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TakesMail {
    /// It has mail exchangers, or an address.
    Yes,
    /// It has neither.
    No,
    /// It says that it takes none (RFC 7505).
    NullMx,
    /// That could not be found out, or it is not reached by mail.
    NotChecked,
}

/// All URIs of a record that are to be checked, with their tags.
pub(crate) fn uris(record: &PolicyRecord) -> impl Iterator<Item = (&'static str, &ReportUri)> {
    let rua = record.rua.iter().map(|uri| ("rua", uri));
    let ruf = record.ruf.iter().map(|uri| ("ruf", uri));
    rua.chain(ruf)
}

/// Where a host says that it takes reports about `domain`; `None` where that name is too long, so
/// that it cannot say so.
pub(crate) fn agreement_name(domain: &Name, host: &Name) -> Option<Name> {
    host.under(&format!("{domain}._report._dmarc")).ok()
}

impl Agreement {
    /// What the answer at the name of the agreement means.
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
    /// What the answer for MX means; `None` where addresses decide (RFC 5321 §5.1).
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

    /// What the answers for A and AAAA mean, where there is no MX.
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
