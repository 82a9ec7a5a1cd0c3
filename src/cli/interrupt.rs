//! Ctrl-C: what is done is kept, and nothing new is begun.

use std::sync::atomic::{AtomicBool, Ordering};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Whether the user wants an end. A second Ctrl-C ends at once.
pub fn flag() -> &'static AtomicBool {
    // It fails only when there is a handler already, which then does the same.
    let _ = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
    &INTERRUPTED
}
