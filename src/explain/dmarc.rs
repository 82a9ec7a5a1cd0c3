//! Words about DMARC verdicts, alignment and the steps of the search for a policy.

mod alignment;
mod difference;
mod record;
mod report;
mod step;
mod tags;

pub use alignment::{alignment, alignment_by};
pub use difference::{ComparedFor, compared, consequence, what};
pub use record::{problem, uri};
pub use report::report;
pub use step::{notes, reason};
pub use tags::{EXPLAINED, ExplainedTag, explained_tag};
