//! An analysis for people and for programs. No decisions are made here.

mod arc;
pub mod auth_results;
mod broken;
mod bulk;
mod claims;
mod details;
pub mod diff;
pub mod differences;
pub mod dmarc;
pub mod dns;
pub mod domain;
pub mod escape;
pub mod explain;
mod failure;
pub mod findings;
mod full;
pub mod html;
pub mod json;
pub mod line;
pub mod markdown;
mod page;
mod parties;
pub mod planned;
pub mod provider;
mod receiver;
pub mod reports;
#[cfg(feature = "arrow")]
pub mod rows;
mod second;
mod senders;
pub mod setup;
pub mod spf;
pub mod summary;
mod table;
pub mod text;
pub mod trend;
pub mod workflow;
mod wrap;

pub use page::Markup;
