//! Words for how the values of a session were found, and on whose word they rest.
