//! Many saved messages: where they are, and judging them at once.

mod mbox;
mod reader;
mod run;
mod summary;

pub use mbox::{Mbox, Part};
pub use reader::{Entry, Load, Reader};
pub use run::in_order;
pub use summary::{Digest, Found, Summary};
