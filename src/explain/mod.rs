//! Words for what was found. Verdicts, causes, claims and notes are data; what a person reads of them
//! is made here, from data alone, when an output asks for it.

pub mod arc;
pub mod claims;
pub mod conclusion;
pub mod dkim;
pub mod dmarc;
pub mod field;
pub mod note;
pub mod second;
pub mod ses;
pub mod session;
pub mod source;
pub mod spf;
