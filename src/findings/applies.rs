//! What a rule needs before it looks at a message: without it, the rule does not apply.

use super::case::Case;

/// Applies to every message.
pub(super) fn always(_: &Case<'_>) -> bool {
    true
}

/// There is a DKIM signature.
pub(super) fn has_signature(case: &Case<'_>) -> bool {
    !case.analysis.dkim.is_empty()
}

/// There is a DKIM signature of the author's organization.
pub(super) fn has_own_signature(case: &Case<'_>) -> bool {
    case.own_signatures().next().is_some()
}

/// The key of a DKIM signature was looked up.
pub(super) fn has_key(case: &Case<'_>) -> bool {
    let mut all = case.analysis.dkim.iter();
    all.any(|verdict| verdict.key.is_some())
}

/// The key of a signature of the author's organization was looked up.
pub(super) fn has_own_key(case: &Case<'_>) -> bool {
    let mut own = case.own_signatures();
    own.any(|signature| signature.verdict.key.is_some())
}

/// From has a single domain.
pub(super) fn has_author(case: &Case<'_>) -> bool {
    case.author().is_some()
}

/// A DMARC policy applies.
pub(super) fn has_policy(case: &Case<'_>) -> bool {
    case.policy().is_some()
}

/// There is a reverse-path domain that SPF could evaluate.
pub(super) fn has_spf_domain(case: &Case<'_>) -> bool {
    case.spf().domain.is_some()
}

/// SPF found a record for the reverse-path.
pub(super) fn has_spf_record(case: &Case<'_>) -> bool {
    case.spf().record.is_some()
}

/// The message has signs of Amazon SES.
pub(super) fn is_of_ses(case: &Case<'_>) -> bool {
    case.ses().is_some()
}

/// The receiver recorded its results.
pub(super) fn has_receivers_word(case: &Case<'_>) -> bool {
    case.receivers_results().next().is_some()
}

/// There is a From field.
pub(super) fn has_from(case: &Case<'_>) -> bool {
    case.message.fields("From").next().is_some()
}

/// From has a single domain whose owner can publish records: not a mailbox provider's.
pub(super) fn has_own_domain(case: &Case<'_>) -> bool {
    case.registered.is_some()
}

/// The author's organization publishes a DMARC record, whether it can be used or not.
pub(super) fn has_own_record(case: &Case<'_>) -> bool {
    case.record().is_some()
}

/// The author's organization publishes the DMARC record that gives the policy.
pub(super) fn has_own_policy(case: &Case<'_>) -> bool {
    case.usable_record().is_some()
}

/// The author's organization asks for DMARC reports, and their destinations were looked up.
pub(super) fn has_reports(case: &Case<'_>) -> bool {
    !case.advice.reports.is_empty() && case.record().is_some()
}

/// There is a signature with an Easy DKIM key, in mail that SES sent.
pub(super) fn has_easy_signature(case: &Case<'_>) -> bool {
    case.ses().is_some_and(|ses| !ses.easy_dkim.is_empty())
}

/// What SES says of the author's identity is given.
pub(super) fn has_identity(case: &Case<'_>) -> bool {
    case.stated().is_some()
}

/// SES sent with a MAIL FROM domain of its customer.
pub(super) fn has_ses_mail_from(case: &Case<'_>) -> bool {
    case.ses_mail_from().is_some()
}

/// There is a custom MAIL FROM domain for SES, in use or not.
pub(super) fn has_ses_zone(case: &Case<'_>) -> bool {
    case.ses_zones().next().is_some()
}

/// The receiver's junk filter wrote into the message.
pub(super) fn has_filters_word(case: &Case<'_>) -> bool {
    !case.analysis.junk.is_empty()
}

/// There is a body.
pub(super) fn has_body(case: &Case<'_>) -> bool {
    case.message.body().is_some()
}
