//! Whether the message is still the same that its receiver checked.

use super::Case;
use crate::claims::{ClaimDifference, ClaimedResult, Comparison, DifferenceCause, NotCompared};
use crate::dns::Name;

impl<'a> Case<'a> {
    /// Whether the receiver saw a signature of the author's organization that is not in this file.
    pub(in crate::findings) fn is_own_signature_gone(&self) -> bool {
        let mut gone = self.receivers_results().filter_map(|(_, result)| {
            let domain = match (&result.difference, &result.not_compared) {
                (Some(ClaimDifference::SignatureNotInFile { domain }), _) => domain.as_ref(),
                (_, Some(NotCompared::NoSuchSignature { domain, .. })) => Some(domain),
                _ => None,
            };
            Name::parse(domain?).ok()
        });
        let own = self.organization();
        own.is_some_and(|own| gone.any(|domain| domain.is_within(own)))
    }

    /// The receiver's results for signatures that differ because the message was changed after its
    /// check, each with the number of its claim, from 0.
    pub(in crate::findings) fn results_before_change(
        &self,
    ) -> impl Iterator<Item = (usize, &'a ClaimedResult)> + use<'a> {
        self.receivers_results().filter(|(_, result)| {
            let by_change = matches!(
                result.cause,
                Some(DifferenceCause::AlteredAfterDelivery | DifferenceCause::HeaderChanged)
            );
            let is_gone = matches!(
                result.difference,
                Some(ClaimDifference::SignatureNotInFile { .. })
            );
            by_change
                && (result.is_pass() || is_gone)
                && result.comparison == Comparison::Differ
                && result.method == "dkim"
        })
    }
}
