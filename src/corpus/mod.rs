//! Many saved messages: where they are, judging them at once, and what is expected of them.

mod change;
mod check;
mod difference;
mod expect;
mod folder;
mod mbox;
mod place;
mod reader;
mod reason;
mod replace;
mod run;
mod summary;

pub use change::{Change, Changed, FieldChange};
pub use check::Check;
pub use difference::{Difference, DifferenceKind, message_of};
pub use expect::{Expectation, FORMAT, Settings};
pub use folder::{Folder, Saved};
pub use mbox::{Mbox, Part};
pub use reader::{Entry, Load, Reader};
pub use reason::{Baseline, Reason};
pub use replace::replace;
pub use run::in_order;
pub use summary::{Digest, Found, Summary};
