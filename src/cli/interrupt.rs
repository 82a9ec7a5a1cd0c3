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
