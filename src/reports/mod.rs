//! DMARC aggregate reports (RFC 7489 Appendix C, RFC 9990): what receivers say of the mail of a
//! domain, added up by who sends it.
//!
//! Reports come from strangers: everything in them is bounded, and none of it is proved. The results
//! are those that the receiver wrote.

mod decoded;
mod fault;
mod meaning;
mod octets;
mod read;
mod reject;
mod report;
mod sender;
mod tally;

pub use fault::ReportFault;
pub use meaning::Meaning;
pub use octets::{ReportReader, Taken};
pub use reject::{FailingCause, FailingMail, RejectAnswer, Rejection};
pub use report::{
    Disposition, Override, Report, ReportForm, ReportHead, ReportRecord, SeenPolicy,
    SignatureResult, SpfReported,
};
pub use sender::{Sender, SenderEvidence};
pub use tally::{
    Added, MailCounts, MailLine, MailSource, PolicyDomain, PolicyUse, Reporter, Tally,
};
