//! Many saved messages: where they are, judging them at once, and what is expected of them.

mod because;
mod check;
mod difference;
mod effect;
mod expect;
mod fate;
mod folder;
mod mbox;
mod origin;
mod place;
mod plan;
mod planned;
mod reader;
mod replace;
mod run;
mod summary;
mod timeline;
mod trend;

pub use check::Check;
pub use difference::{
    Baseline, Change, Changed, Difference, DifferenceKind, FieldChange, Reason, message_of,
};
pub use effect::{Counts, Effect, EffectKind};
pub use expect::{Expectation, FORMAT, Settings};
pub use fate::Fate;
pub use folder::{Folder, Saved};
pub use mbox::{Mbox, Part};
pub use origin::Origin;
pub use plan::Plan;
pub use planned::{Example, Planned};
pub use reader::{Entry, Load, Reader};
pub use replace::replace;
pub use run::in_order;
pub use summary::{Digest, Found, Summary};
pub use timeline::{Group, Place, Series, Timeline, Unit};
pub use trend::{Rates, Sample, Trend};
