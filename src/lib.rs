#![doc = include_str!("README.md")]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod analysis;
mod before;
pub mod claims;
pub mod conclusion;
pub mod dkim;
pub mod dmarc;
mod dmarc_check;
pub mod dns;
mod error;
mod limits;
pub mod message;
mod options;
pub mod peer;
pub mod render;
pub mod session;
pub mod spf;
mod spf_check;

pub use analysis::{Analysis, Facts, SCHEMA, inspect, inspect_within};
pub use before::Before;
pub use dmarc_check::{DmarcCheck, check_dmarc};
pub use error::Error;
pub use limits::Limits;
pub use options::Options;
pub use session::SessionHints;
pub use spf_check::{Spf, SpfCheck, check_spf};
