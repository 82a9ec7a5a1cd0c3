//! A mail message: its header fields, its body, and what they say (RFC 5322).

mod address;
pub mod auth_results;
mod client;
mod date;
mod encoded_word;
mod header;
mod lexer;
pub mod received;
pub mod received_spf;

pub use address::{Author, Authors, parse_from};
pub use auth_results::{AuthenticationResults, Property, ResInfo};
pub use header::{Header, HeaderField};
pub use received::{Received, is_public};
pub use received_spf::ReceivedSpf;
