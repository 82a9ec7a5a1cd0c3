//! What planned records would do to the messages of a corpus.

mod causes;
mod effect;
mod plan;
mod planned;
mod untouched;

pub use causes::{Carrier, EffectCause, Shortfall, When};
pub use effect::{Counts, Effect, EffectKind};
pub use plan::{Plan, PolicyFault};
pub use planned::{Example, Planned};
pub use untouched::{PlanNote, Untouched};
