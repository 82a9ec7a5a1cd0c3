//! Whether a DMARC record cuts a domain off from its organization.

use super::Case;
use crate::dmarc::{Alignment, DmarcBy, Mechanism, Mode, Rules};

/// What passes, and counts by RFC 7489 and not by RFC 9989, as that takes one organization for two.
#[derive(Clone, Copy, Debug)]
pub(in crate::findings) struct Cut<'a> {
    /// DMARC by RFC 9989.
    pub dmarc: DmarcBy<'a>,
    /// What passes.
    pub mechanism: Mechanism,
    /// How it compares with the author by RFC 9989.
    pub alignment: &'a Alignment,
}

impl<'a> Case<'a> {
    /// What a record of the author's organization cuts off from it, SPF first.
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
