//! sesauth explains why a saved mail message passed or failed SPF, DKIM and DMARC.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod analysis;
pub mod claims;
pub mod conclusion;
pub mod dkim;
pub mod dmarc;
pub mod dns;
mod error;
mod limits;
pub mod message;
pub mod render;
pub mod session;
pub mod spf;

pub use analysis::{Analysis, Facts, SCHEMA, Spf, inspect, inspect_within};
pub use error::Error;
pub use limits::Limits;
pub use message::Options;
pub use session::SessionHints;
