//! A mail message: its header fields, its body, and what they say (RFC 5322).

mod header;

pub use header::{Header, HeaderField};
