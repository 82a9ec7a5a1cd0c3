//! Many saved messages: finding them, judging them all, and comparing them with what is expected.

mod alike;
mod answer_change;
mod archive;
mod beside;
mod beside_reports;
mod change;
mod check;
mod difference;
mod entry;
mod expect;
mod expectation_path;
mod failure;
mod folder;
mod hold;
mod mail_file;
mod outcome;
mod passed_over;
mod reader;
mod reason;
mod replace;
mod run;
mod second_count;
mod senders;
mod sending_source;
mod store;
mod stream;
mod summary;
mod timeline;
mod trend;
mod values;
mod verdicts;
mod what_if;

pub use crate::message::mbox::{Mbox, Part};
pub use alike::Alike;
pub use answer_change::{AnswerChange, PartChange};
pub use archive::is_archive;
pub use beside::SideFile;
pub use beside_reports::{BesideReports, FailingSender};
pub use change::{Change, Changed, FieldChange};
pub use check::Check;
pub use difference::{Difference, DifferenceKind, message_of};
pub use entry::{Entry, Load};
pub use expect::{Expectation, FORMAT, Settings, message_hash};
pub use failure::FailureCause;
pub use folder::{Folder, Saved};
pub use hold::{Held, hold};
pub use outcome::Outcome;
pub use passed_over::PassedOver;
pub use reader::Reader;
pub use reason::{Baseline, Reason};
pub use replace::{check_replaceable, replace};
pub use run::{Jobs, in_order};
pub use second_count::{SecondCount, SecondInShort};
pub use senders::{SeenCause, SeenMail, SeenMessage, SeenSenders};
pub use sending_source::SendingSource;
#[cfg(feature = "object-store")]
pub use store::Stores;
pub use store::{Location, NOT_BUILT_IN, Scheme, StoreOptions};
pub use summary::{DomainCount, FindingCount, Summary};
pub use timeline::{Group, MessageGroup, Series, Timeline, Unit};
pub use trend::{Failing, Rates, Trend};
pub use verdicts::{DkimInShort, DmarcInShort, Results, SpfInShort, Verdicts};
pub use what_if::{
    Carrier, Counts, Effect, EffectCause, EffectKind, Example, Plan, PlanNote, Planned,
    PolicyFault, Shortfall, Untouched, When,
};
