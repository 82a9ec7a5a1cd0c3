//! Whether a DMARC record cuts a domain off from its organization.

use super::Case;
use crate::dmarc::{Alignment, DmarcVerdict, Mode, Rules};

/// What passes, and counts by RFC 7489 and not by RFC 9989, as that takes one organization for two.
#[derive(Clone, Copy, Debug)]
pub(in crate::findings) struct Cut<'a> {
    /// DMARC by RFC 9989.
    pub dmarc: &'a DmarcVerdict,
    /// The number of the signature, from 1; `None` for SPF.
    pub signature: Option<usize>,
    /// How it compares with the author by RFC 9989.
    pub alignment: &'a Alignment,
}

impl<'a> Case<'a> {
    /// What a record of the author's organization cuts off from it, SPF first.
    pub(in crate::findings) fn organization_cut(&self) -> Option<Cut<'a>> {
        let (new, old) = (
            self.dmarc_by(Rules::Rfc9989)?,
            self.dmarc_by(Rules::Rfc7489)?,
        );
        self.record()?;
        let spf = new.alignment.spf.iter().zip(&old.alignment.spf);
        let spf = spf.map(|both| (None, both));
        let dkim = new.alignment.dkim.iter().zip(&old.alignment.dkim).zip(1..);
        let dkim = dkim.map(|(both, number)| (Some(number), both));
        let is_cut = |new: &Alignment, old: &Alignment| {
            new.authenticated
                && new.mode == Mode::Relaxed
                && new.aligned_relaxed == Some(false)
                && old.aligned_relaxed == Some(true)
        };
        let mut all = spf.chain(dkim);
        let (signature, (alignment, _)) = all.find(|(_, (new, old))| is_cut(new, old))?;
        Some(Cut {
            dmarc: new,
            signature,
            alignment,
        })
    }
}
