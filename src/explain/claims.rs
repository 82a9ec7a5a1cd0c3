//! Words for what the receiver said beside what was found here.
