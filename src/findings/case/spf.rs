//! Whose domain SPF evaluated, and its result.

use super::Case;
use crate::claims::ClaimedResult;
use crate::dmarc::Alignment;
use crate::dns::Name;
use crate::evidence_class::EvidenceClass;
use crate::findings::observation::{Judged, Mark};
use crate::receivers;
use crate::ses::is_ses_domain;
use crate::spf::{SpfCause, SpfResult};

impl Case<'_> {
    /// The domain that SPF evaluated for the reverse-path, if its record is the author's to change:
    /// a domain of the author's organization, or one above or below the author domain (without a
    /// DMARC record, nothing defines organizations). Without a single author, any domain.
    pub fn own_spf_domain(&self) -> Option<Name> {
        let domain = self.spf_domain()?;
        let is_aligned = |alignment: &Alignment| alignment.aligned_relaxed == Some(true);
        let is_own = match self.author() {
            Some(author) => {
                self.spf_alignment().is_some_and(is_aligned) || are_kin(author, &domain)
            }
            None => true,
        };
        (is_own && !is_ses_domain(domain.as_str())).then_some(domain)
    }

    /// The same, if SPF ended there for one of these causes.
    pub fn own_spf_ended_by(&self, causes: &[SpfCause]) -> Option<Name> {
        let is_one = causes.contains(&self.spf().cause);
        is_one.then(|| self.own_spf_domain()).flatten()
    }

    /// The same, if SPF found that the domain does not authorise the client.
    pub fn spf_refuses(&self) -> Option<Name> {
        let domain = self.own_spf_ended_by(&[SpfCause::Matched, SpfCause::NoMatch])?;
        (self.spf().result != SpfResult::Pass).then_some(domain)
    }

    /// The lookup of the SPF record that was judged.
    pub fn at_spf_record(&self) -> Mark {
        let answer = self.spf().lookup.map(|id| self.lookup(id));
        let lookup = answer.as_ref().and_then(|answer| answer.lookup());
        match lookup {
            Some(lookup) => Mark::dns(lookup),
            None => self.at_spf_result(),
        }
    }

    /// The verdict on SPF.
    pub fn at_spf_result(&self) -> Mark {
        Mark::verdict(Judged::SpfMailFrom, EvidenceClass::ProvedByDns)
    }

    /// Whether the receiver's result for SPF comes from a record.
    pub fn receiver_saw_spf_record(&self) -> bool {
        let mut results = self.receivers_results();
        results.any(|(_, result)| {
            let word = receivers::registered("spf", &result.result);
            result.method == "spf" && matches!(word, "fail" | "softfail" | "neutral" | "permerror")
        })
    }

    /// The number, from 0, of the claim in which the receiver recorded that SPF passed, if it does
    /// not pass here: the records have changed, or the client is different.
    pub fn spf_pass_claim(&self) -> Option<usize> {
        if self.spf().result == SpfResult::Pass {
            return None;
        }
        let mut results = self.receivers_results();
        let passed = |result: &ClaimedResult| result.method == "spf" && result.is_pass();
        results
            .find(|(_, result)| passed(result))
            .map(|(claim, _)| claim)
    }
}

/// Whether one of two domains is within the other.
pub(in crate::findings) fn are_kin(one: &Name, other: &Name) -> bool {
    one.is_within(other) || other.is_within(one)
}
