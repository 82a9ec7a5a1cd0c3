//! Words for another verifier's results beside ours.
