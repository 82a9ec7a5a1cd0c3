#![doc = include_str!("README.md")]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod advice;
mod analysis;
pub mod arc;
mod before;
pub mod claims;
mod class;
pub mod conclusion;
pub mod corpus;
pub mod dkim;
pub mod dmarc;
mod dmarc_check;
pub mod dns;
mod error;
mod facts;
pub mod findings;
mod inspector;
mod limits;
pub mod message;
mod near;
mod options;
pub mod peer;
mod publish;
pub mod render;
pub mod ses;
pub mod session;
pub mod spf;
mod spf_check;
mod today;

pub use analysis::{Analysis, SCHEMA};
pub use before::Before;
pub use class::EvidenceClass;
pub use dmarc_check::{DmarcCheck, check_dmarc};
pub use error::Error;
pub use facts::Facts;
pub use inspector::{Inspector, inspect, inspect_within};
pub use limits::Limits;
pub use options::Options;
pub use publish::{Action, Publish, dig};
pub use session::SessionHints;
pub use spf_check::{Spf, SpfCheck, check_spf};
pub use today::{DkimToday, Today};
