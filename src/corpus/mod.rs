//! Many saved messages: where they are, and judging them at once.

mod because;
mod effect;
mod fate;
mod mbox;
mod origin;
mod plan;
mod planned;
mod reader;
mod run;
mod summary;
mod timeline;
mod trend;

pub use effect::{Counts, Effect, EffectKind};
pub use fate::Fate;
pub use mbox::{Mbox, Part};
pub use origin::Origin;
pub use plan::Plan;
pub use planned::{Example, Planned};
pub use reader::{Entry, Load, Reader};
pub use run::in_order;
pub use summary::{Digest, Found, Summary};
pub use timeline::{Group, Place, Series, Timeline, Unit};
pub use trend::{Rates, Sample, Trend};
