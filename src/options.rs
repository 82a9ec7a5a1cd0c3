//! How a message is read and judged.

use std::net::IpAddr;
use std::sync::Arc;

use crate::Limits;
use crate::dkim::Effort;
use crate::dmarc::Rules;
use crate::dns::Name;
use crate::ses::Identities;

/// How a message is read and judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Bounds on the work.
    pub limits: Limits,
    /// Judge a message that is attached to this one: which one, from 1.
    pub attached: Option<usize>,
    /// The DMARC rules that the verdict follows. The result under the other rules is given as well.
    pub rules: Rules,
    /// Also ask whether the hosts in `rua=` and `ruf=` accept the reports.
    pub reports: bool,
    /// Also ask the questions that only advice needs. No verdict depends on them.
    pub advice: bool,
    /// Also see whether the message meets what large receivers ask of bulk senders.
    pub bulk: bool,
    /// Records that are only planned are laid over DNS: where they leave no policy, no failure that
    /// the receiver recorded by another one counts.
    pub planned: bool,
    /// Who reads the findings.
    pub audience: Audience,
    /// How much is tried to find out what broke a signature. No verdict depends on it.
    pub autopsy: Effort,
    /// What Amazon SES says of the identities of its customer. No verdict depends on it.
    pub identities: Arc<Identities>,
    /// Hosts that send mail of the author's domain, by the caller's word: also ask whether its SPF
    /// record lets them, and for their names. No verdict depends on it.
    pub hosts: Vec<IpAddr>,
    /// Also ask where the mail exchangers of the author's domain lead. No verdict depends on it.
    pub exchangers: bool,
    /// Keep the canonical header that was hashed in each DKIM verdict.
    pub canonical_header: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            attached: None,
            rules: Rules::Rfc9989,
            reports: false,
            advice: true,
            bulk: false,
            planned: false,
            audience: Audience::Unknown,
            autopsy: Effort::Quick,
            identities: Arc::default(),
            hosts: Vec::new(),
            exchangers: false,
            canonical_header: false,
        }
    }
}

/// Who reads what was found. Records are for who runs the domain; a message does not show whether
/// its reader does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Audience {
    /// It is not known: fixes speak to both.
    #[default]
    Unknown,
    /// Somebody who received the message: no record is theirs to publish.
    Recipient,
    /// Who runs these domains and the organizations that they belong to.
    Owner(Vec<Name>),
}
