//! Words for the outcome of a message.

use std::fmt;

use crate::Analysis;

/// The outcome and what decided it, in one or two whole sentences.
pub fn sentence(analysis: &Analysis) -> impl fmt::Display + '_ {
    &analysis.conclusion.sentence
}
