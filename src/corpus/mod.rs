//! Many saved messages: where they are, judging them at once, and what is expected of them.

mod check;
mod difference;
mod expect;
mod folder;
mod mbox;
mod place;
mod reader;
mod replace;
mod run;
mod summary;

pub use check::Check;
pub use difference::{
    Baseline, Change, Changed, Difference, DifferenceKind, FieldChange, Reason, message_of,
};
pub use expect::{Expectation, FORMAT, Settings};
pub use folder::{Folder, Saved};
pub use mbox::{Mbox, Part};
pub use reader::{Entry, Load, Reader};
pub use replace::replace;
pub use run::in_order;
pub use summary::{Digest, Found, Summary};
