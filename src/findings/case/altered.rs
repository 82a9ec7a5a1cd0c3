//! Whether the message is still the same that its receiver checked.

use super::Case;
use crate::claims::{ClaimDifference, ClaimedResult, Comparison, DifferenceCause};

impl<'a> Case<'a> {
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
