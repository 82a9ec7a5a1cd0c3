#![doc = include_str!("README.md")]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod advice_lookups;
mod analysis;
pub mod arc;
mod as_of_now;
pub mod bulk;
pub mod claims;
pub mod conclusion;
pub mod corpus;
pub mod diff;
pub mod dkim;
pub mod dmarc;
pub mod dns;
pub mod domain;
mod error;
mod evidence_class;
pub mod explain;
pub mod findings;
pub mod input;
mod inspect;
mod limits;
pub mod message;
mod options;
mod receivers;
pub mod redact;
pub mod render;
pub mod reports;
pub mod second;
pub mod ses;
pub mod session;
pub mod spf;
mod suggest;
mod typed;

pub use analysis::{Analysis, Note};
pub use as_of_now::{AsOfNow, DkimAsOfNow};
pub use diff::{Diff, diff};
pub use dmarc::{DmarcCheck, check_dmarc};
pub use dns::{Action, RecordChange, dig};
pub use domain::{DomainCheck, DomainQuery, check_domain};
pub use error::Error;
pub use evidence_class::EvidenceClass;
pub use inspect::{Inspection, Inspector, RuleOutcome, inspect, inspect_recorded, inspect_within};
#[cfg(feature = "parquet")]
pub use inspect::{KeptMessage, KeptSignature};
pub use limits::Limits;
pub use message::MessageSummary;
pub use options::{Audience, Options};
pub use render::json::SCHEMA;
pub use session::SessionHints;
pub use spf::{Spf, SpfCheck, check_spf};
