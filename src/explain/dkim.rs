//! Words for DKIM verdicts, their causes and their keys.

use std::fmt;

use crate::dkim::DkimVerdict;

/// Why a signature has its result; no capital letter, no full stop.
pub fn cause(verdict: &DkimVerdict) -> impl fmt::Display + '_ {
    &verdict.detail
}
