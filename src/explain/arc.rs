//! Words for the ARC chain.
