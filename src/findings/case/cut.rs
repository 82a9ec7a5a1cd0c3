//! Whether a DMARC record separates a domain from its organization.

use super::Case;
use crate::dmarc::{Alignment, DmarcBy, Mechanism, Mode, Rules};

/// An identifier that passes and is aligned by RFC 7489, but not by RFC 9989, which sees two
/// organizations.
#[derive(Clone, Copy, Debug)]
pub(in crate::findings) struct Cut<'a> {
    /// DMARC by RFC 9989.
    pub dmarc: DmarcBy<'a>,
    /// The mechanism that passes.
    pub mechanism: Mechanism,
    /// Its alignment by RFC 9989.
    pub alignment: &'a Alignment,
}

impl<'a> Case<'a> {
    /// The identifier that a record of the author's organization separates from it, SPF first.
    pub(in crate::findings) fn organization_cut(&self) -> Option<Cut<'a>> {
        self.record()?;
        let dmarc = self.dmarc_by(Rules::Rfc9989);
        let old = self.dmarc_by(Rules::Rfc7489).alignment.all();
        let is_cut = |new: &Alignment, old: &Alignment| {
            new.authenticated
                && new.mode == Mode::Relaxed
                && new.aligned_relaxed == Some(false)
                && old.aligned_relaxed == Some(true)
        };
        let mut both = dmarc.alignment.all().zip(old);
        let ((mechanism, alignment), _) = both.find(|((_, new), (_, old))| is_cut(new, old))?;
        Some(Cut {
            dmarc,
            mechanism,
            alignment,
        })
    }
}
