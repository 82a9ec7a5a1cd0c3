//! Who sent a message, in the detail in which many messages are counted.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::Analysis;

/// Who sent a message: a region of Amazon SES, else the organization of the host that delivered it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SendingSource {
    /// This region of Amazon SES.
    SesRegion(String),
    /// Amazon SES, but the region is not known.
    Ses,
    /// Hosts of this domain.
    Host(String),
    /// It is not known.
    Unknown,
}

impl SendingSource {
    /// Who sent the message of `analysis`.
    pub fn of(analysis: &Analysis) -> Self {
        match (&analysis.ses, analysis.session.sending_host()) {
            (Some(ses), _) if ses.doubt.is_none() => match &ses.region {
                Some(region) => Self::SesRegion(region.to_string()),
                None => Self::Ses,
            },
            (_, Some(host)) => Self::Host(host),
            (_, None) => Self::Unknown,
        }
    }
}

impl fmt::Display for SendingSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SesRegion(region) => write!(f, "Amazon SES {region}"),
            Self::Ses => f.write_str("Amazon SES"),
            Self::Host(host) => f.write_str(host),
            Self::Unknown => f.write_str("not known"),
        }
    }
}

impl Serialize for SendingSource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
