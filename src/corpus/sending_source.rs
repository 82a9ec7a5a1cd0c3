//! Who sent a message, as far as many messages are told apart by it.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::Analysis;

/// Where mail comes from: a region of Amazon SES, else the organization of the host that delivered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SendingSource {
    /// This region of Amazon SES.
    SesRegion(String),
    /// Amazon SES, from a region that does not show.
    Ses,
    /// Hosts of this domain.
    Host(String),
    /// It is not known.
    Unknown,
}

impl SendingSource {
    /// Where the message of `analysis` comes from.
    pub fn of(analysis: &Analysis) -> Self {
        match (&analysis.ses, analysis.session.sending_host()) {
            (Some(ses), _) => match &ses.region {
                Some(region) => Self::SesRegion(region.to_string()),
                None => Self::Ses,
            },
            (None, Some(host)) => Self::Host(host),
            (None, None) => Self::Unknown,
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
