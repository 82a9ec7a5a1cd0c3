//! sesauth explains why a saved mail message passed or failed SPF, DKIM and DMARC.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod dkim;
pub mod dmarc;
pub mod dns;
mod error;
mod limits;
pub mod message;
pub mod spf;

pub use error::Error;
pub use limits::Limits;
