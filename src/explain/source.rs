//! Words for saved files, and what was taken off them.
