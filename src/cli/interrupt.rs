//! Ctrl-C: finished work is kept, and no new work is started.

use std::sync::atomic::{AtomicBool, Ordering};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Set when the user interrupts the program. A second Ctrl-C ends it at once.
pub fn flag() -> &'static AtomicBool {
    // It only fails if there is already a handler, which then does the same.
    let _ = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
    &INTERRUPTED
}

/// The same, without a handler: until there is one, Ctrl-C ends the program at once.
#[cfg(feature = "object-store")]
pub fn state() -> &'static AtomicBool {
    &INTERRUPTED
}
