//! Words for SPF verdicts and their causes.

use std::fmt;

use crate::spf::SpfVerdict;

/// Why SPF has its result; no capital letter, no full stop.
pub fn cause(verdict: &SpfVerdict) -> impl fmt::Display + '_ {
    &verdict.sentence
}
