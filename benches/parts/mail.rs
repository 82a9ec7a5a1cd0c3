//! The messages used for measuring.

use jiff::Timestamp;
use sesauth::dns::{Snapshot, Zone as Published};
use tokio::runtime::Runtime;

use crate::forge::body;
use crate::forge::dns::Zone;
use crate::forge::plan::Plan;
use crate::forge::rng::Rng;
use crate::forge::ses::REGIONS;

/// Bytes in the body: a usual one, and a large one.
pub const SIZES: [usize; 2] = [34_000, 1_000_000];

/// A message as SES sends it, and its DNS.
pub struct Mail {
    pub bytes: Vec<u8>,
    pub dns: Snapshot,
}

/// A message with two signatures and a body of about `size` bytes, changed by `change`.
pub fn mail(size: usize, change: impl FnOnce(&mut Plan)) -> Mail {
    let mut plan = Plan::new("bench", "example.com", &REGIONS[0]);
    plan.content = body::newsletter(&mut Rng::new(1), size);
    change(&mut plan);
    let mut zone = Zone::default();
    plan.publish(&mut zone);
    let post = plan.post(&zone);
    Mail {
        dns: zone.snapshot(&post.questions),
        bytes: post.bytes,
    }
}

/// A zone with this text.
pub fn zone(text: &str) -> Published {
    Published::parse(text).expect("zone text")
}

/// The time at which everything is judged.
pub fn now() -> Timestamp {
    "2026-07-01T12:00:00Z".parse().expect("a time")
}

/// Runs futures that wait for nothing.
pub fn runtime() -> Runtime {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime without drivers")
}
