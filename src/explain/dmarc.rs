//! Words for DMARC verdicts, alignment and the steps of the search for a policy.

use std::fmt;

use crate::dmarc::DmarcVerdict;

/// A mechanism whose identifier DMARC compares with the author domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// SPF for MAIL FROM.
    Spf,
    /// The signature of this index, from 0.
    Dkim(usize),
}

/// How the identifier of a mechanism compares with the author domain, in whole sentences; empty
/// where DMARC compared none.
pub fn alignment(dmarc: &DmarcVerdict, mechanism: Mechanism) -> impl fmt::Display + '_ {
    let alignment = match mechanism {
        Mechanism::Spf => dmarc.alignment.spf.as_ref(),
        Mechanism::Dkim(index) => dmarc.alignment.dkim.get(index),
    };
    alignment.map_or("", |alignment| alignment.sentence.as_str())
}
