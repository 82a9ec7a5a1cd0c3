//! Words about what was found. Verdicts, causes, claims and notes are data; the words that a person
//! reads are made here, from the data alone, when an output asks for them.

pub mod arc;
pub mod autopsy;
pub mod claims;
pub mod conclusion;
pub mod diff;
pub mod dkim;
pub mod dmarc;
pub mod field;
pub mod glossary;
pub mod junk;
pub mod means;
pub mod note;
pub mod reports;
pub mod second;
pub mod ses;
pub mod session;
pub mod smtp_reply;
pub mod source;
pub mod spf;
