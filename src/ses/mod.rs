//! What is known about Amazon SES: its regions, the signs by which its mail is recognised, and the
//! records that its customers publish.
//!
//! Amazon documents little of this. What comes from observation is used as one sign among others,
//! never as proof.

mod feedback;
pub mod identity;
mod networks;
mod recognise;
pub mod records;
mod regions;
mod signs;

pub use feedback::{Feedback, FeedbackFault};
pub use identity::{Identities, Identity, SesIdentity};
pub(crate) use networks::is_ses_address;
pub use recognise::Ses;
pub(crate) use regions::is_dkim_target;
pub use regions::{Region, is_ses_domain};
pub use signs::{MessageId, SesDoubt, Sign, SignKind, SignNote};
pub(crate) use signs::{is_easy_dkim, is_host_at, outgoing_ip};
