//! What a person should know about a message, and what to do about it. A rule looks at verdicts and
//! never changes them.
//!
//! Each rule is one file here, two lines below (`mod` and its place in [`RULES`]), one file of the
//! forge with the same name, and the folder `testdata/findings/<code>`; CONTRIBUTING.md explains
//! it.
//!
//! Severities: *error*: a MUST is broken, or mail will be refused or fails DMARC. *Warning*: a
//! SHOULD is broken, or it works today and will break. *Notice*: worth knowing. What is correct is
//! not a finding, and *not applicable* is not *passed*.

mod applies;
mod audience;
mod authentication_results_not_the_receivers;
mod bare_cr_in_body;
mod broken_arc_chain;
mod bulk_mail_without_one_click_unsubscribe;
mod case;
mod dkim_alias_without_key;
mod dkim_application_signature;
mod dkim_body_length_limit;
mod dkim_broken;
mod dkim_broken_in_transit;
mod dkim_from_not_oversigned;
mod dkim_host_name_as_key;
mod dkim_key_changed_since_signing;
mod dkim_key_cut_off;
mod dkim_key_dns_failure;
mod dkim_key_gone_since_delivery;
mod dkim_key_in_several_records;
mod dkim_key_mismatch;
mod dkim_key_missing;
mod dkim_key_restriction;
mod dkim_key_revoked;
mod dkim_key_too_short;
mod dkim_key_unreadable;
mod dkim_other_text_at_selector;
mod dkim_quoted_key;
mod dkim_several_keys_at_selector;
mod dkim_sha1;
mod dkim_signature_expires;
mod dkim_signature_from_the_future;
mod dkim_signature_malformed;
mod dkim_signature_of_another_domain;
mod dkim_signature_over_rewritten_fields;
mod dkim_testing_key;
mod dkim_weak_key;
mod dmarc_dns_failure;
mod dmarc_fail;
mod dmarc_ignored_tag;
mod dmarc_obsolete_tag;
mod dmarc_organization_cut;
mod dmarc_pass_on_spf_alone;
mod dmarc_percentage;
mod dmarc_policy_none;
mod dmarc_psd_of_no_suffix;
mod dmarc_record_at_wrong_name;
mod dmarc_record_missing;
mod dmarc_record_unusable;
mod dmarc_report_host_not_authorised;
mod dmarc_report_host_without_mail;
mod dmarc_rule_sets_differ;
mod dmarc_strict_dkim_subdomain;
mod dmarc_subdomain_policy_weaker;
mod dmarc_test_mode;
mod dmarc_unusable_report_address;
mod dmarc_without_reports;
mod duplicate_header_field;
mod envelope;
mod export_known_to_alter;
mod file_altered_after_delivery;
mod finding;
mod fix;
mod from_ambiguous;
mod from_free_mail;
mod from_look_alike;
mod from_without_address;
mod gate;
mod headers_only_file;
mod hit;
mod line_too_long;
mod marked_as_junk;
mod message_passed_on;
mod mx_host_is_alias;
mod mx_host_without_address;
mod mx_preference_in_host_name;
mod nul_octet;
mod observation;
mod policy;
mod quoted_spf_record;
mod receiver_differs;
mod receiver_failed_it;
mod recorded;
mod rule;
mod sending_host_not_authorised;
mod sending_host_without_name;
mod ses_address_identity_override;
mod ses_bounce_not_signed;
mod ses_custom_mail_from_not_used;
mod ses_default_mail_from;
mod ses_dkim_not_verified;
mod ses_dkim_records_lost;
mod ses_identity_of_another_domain;
mod ses_key_rotated;
mod ses_look_alike;
mod ses_mail_from_alias;
mod ses_mail_from_is_from_domain;
mod ses_mail_from_mx_missing;
mod ses_mail_from_mx_of_another_region;
mod ses_mail_from_mx_wrong_host;
mod ses_mail_from_not_verified;
mod ses_mail_from_several_mx;
mod ses_own_address_outside_spf;
mod ses_own_signature_missing;
mod ses_region_disagreement;
mod ses_selector_copied_key;
mod ses_selector_doubled_suffix;
mod ses_selector_flattened;
mod ses_selector_key_withdrawn;
mod ses_selector_record_missing;
mod ses_selector_target_doubled;
mod ses_selector_wrong_target;
mod ses_several_feedback_ids;
mod ses_spf_include_missing;
mod ses_spf_include_without_effect;
mod session_unknown;
mod several_author_domains;
mod several_dmarc_records;
mod several_from_fields;
mod signing;
mod snapshot_incomplete;
mod spf_allows_everyone;
mod spf_client_not_authorised;
mod spf_dns_failure;
mod spf_failure_by_forwarding;
mod spf_include_without_record;
mod spf_not_aligned;
mod spf_record_at_dmarc_or_dkim_name;
mod spf_record_missing;
mod spf_redirect_beside_all;
mod spf_several_records;
mod spf_syntax_error;
mod spf_too_many_lookups;
mod spf_too_many_void_lookups;
mod spf_uses_ptr;
mod strict_spf_alignment_with_ses;
mod truncated_file;
mod undeclared_8bit_octets;
mod unsigned_second_field;
mod unsubscribe_not_signed;
mod visible_field_not_signed;

pub(crate) use case::is_free_mail;
pub use case::{Case, CutKey, KeyFault, Signature};
pub(crate) use duplicate_header_field::ONCE;
pub use finding::Finding;
pub use fix::{Choice, Fix};
pub use hit::{Hit, Value, Values};
pub use observation::{Anchor, Judged, Mark, Observation};
pub use rule::{Explanation, Fires, Rule, Severity};

use crate::suggest::nearest;

/// All rules. Findings with the same severity are shown in this order: what decides goes first.
pub const RULES: &[&Rule] = &[
    &dmarc_fail::RULE,
    &from_without_address::RULE,
    &several_author_domains::RULE,
    &several_from_fields::RULE,
    &from_free_mail::RULE,
    &duplicate_header_field::RULE,
    &from_ambiguous::RULE,
    &from_look_alike::RULE,
    &dmarc_record_missing::RULE,
    &several_dmarc_records::RULE,
    &dmarc_record_at_wrong_name::RULE,
    &dmarc_record_unusable::RULE,
    &spf_record_at_dmarc_or_dkim_name::RULE,
    &dmarc_dns_failure::RULE,
    &dmarc_psd_of_no_suffix::RULE,
    &dmarc_organization_cut::RULE,
    &dmarc_rule_sets_differ::RULE,
    &dmarc_strict_dkim_subdomain::RULE,
    &dmarc_ignored_tag::RULE,
    &dmarc_subdomain_policy_weaker::RULE,
    &dmarc_percentage::RULE,
    &dmarc_unusable_report_address::RULE,
    &dmarc_report_host_not_authorised::RULE,
    &dmarc_report_host_without_mail::RULE,
    &ses_look_alike::RULE,
    &spf_client_not_authorised::RULE,
    &ses_spf_include_missing::RULE,
    &ses_own_address_outside_spf::RULE,
    &spf_record_missing::RULE,
    &quoted_spf_record::RULE,
    &spf_several_records::RULE,
    &spf_syntax_error::RULE,
    &spf_include_without_record::RULE,
    &spf_too_many_lookups::RULE,
    &spf_too_many_void_lookups::RULE,
    &spf_dns_failure::RULE,
    &spf_allows_everyone::RULE,
    &spf_redirect_beside_all::RULE,
    &spf_uses_ptr::RULE,
    &sending_host_not_authorised::RULE,
    &sending_host_without_name::RULE,
    &mx_host_without_address::RULE,
    &mx_host_is_alias::RULE,
    &spf_not_aligned::RULE,
    &ses_bounce_not_signed::RULE,
    &ses_own_signature_missing::RULE,
    &ses_dkim_not_verified::RULE,
    &ses_mail_from_not_verified::RULE,
    &ses_default_mail_from::RULE,
    &ses_custom_mail_from_not_used::RULE,
    &ses_mail_from_several_mx::RULE,
    &ses_mail_from_alias::RULE,
    &ses_mail_from_mx_missing::RULE,
    &ses_mail_from_mx_wrong_host::RULE,
    &mx_preference_in_host_name::RULE,
    &ses_mail_from_is_from_domain::RULE,
    &strict_spf_alignment_with_ses::RULE,
    &ses_address_identity_override::RULE,
    &ses_identity_of_another_domain::RULE,
    &dkim_signature_of_another_domain::RULE,
    &ses_dkim_records_lost::RULE,
    &ses_selector_record_missing::RULE,
    &ses_selector_doubled_suffix::RULE,
    &ses_selector_target_doubled::RULE,
    &ses_selector_flattened::RULE,
    &ses_selector_wrong_target::RULE,
    &ses_selector_key_withdrawn::RULE,
    &ses_selector_copied_key::RULE,
    &dkim_host_name_as_key::RULE,
    &dkim_quoted_key::RULE,
    &dkim_other_text_at_selector::RULE,
    &dkim_key_cut_off::RULE,
    &dkim_key_in_several_records::RULE,
    &dkim_key_unreadable::RULE,
    &dkim_key_revoked::RULE,
    &dkim_alias_without_key::RULE,
    &dkim_key_missing::RULE,
    &dkim_key_mismatch::RULE,
    &dkim_key_dns_failure::RULE,
    &dkim_key_restriction::RULE,
    &dkim_key_too_short::RULE,
    &dkim_sha1::RULE,
    &dkim_signature_malformed::RULE,
    &dkim_signature_expires::RULE,
    &dkim_signature_from_the_future::RULE,
    &dkim_signature_over_rewritten_fields::RULE,
    &dkim_testing_key::RULE,
    &dkim_several_keys_at_selector::RULE,
    &dkim_broken::RULE,
    &undeclared_8bit_octets::RULE,
    &bare_cr_in_body::RULE,
    &nul_octet::RULE,
    &line_too_long::RULE,
    &dkim_body_length_limit::RULE,
    &bulk_mail_without_one_click_unsubscribe::RULE,
    &unsigned_second_field::RULE,
    &unsubscribe_not_signed::RULE,
    &visible_field_not_signed::RULE,
    &authentication_results_not_the_receivers::RULE,
    &receiver_failed_it::RULE,
    &snapshot_incomplete::RULE,
    &session_unknown::RULE,
    &receiver_differs::RULE,
    &marked_as_junk::RULE,
    &file_altered_after_delivery::RULE,
    &export_known_to_alter::RULE,
    &message_passed_on::RULE,
    &dkim_broken_in_transit::RULE,
    &spf_failure_by_forwarding::RULE,
    &broken_arc_chain::RULE,
    &headers_only_file::RULE,
    &truncated_file::RULE,
    &dmarc_pass_on_spf_alone::RULE,
    &dmarc_policy_none::RULE,
    &dmarc_test_mode::RULE,
    &dmarc_without_reports::RULE,
    &dmarc_obsolete_tag::RULE,
    &ses_mail_from_mx_of_another_region::RULE,
    &ses_spf_include_without_effect::RULE,
    &ses_region_disagreement::RULE,
    &ses_several_feedback_ids::RULE,
    &ses_key_rotated::RULE,
    &dkim_key_changed_since_signing::RULE,
    &dkim_key_gone_since_delivery::RULE,
    &dkim_application_signature::RULE,
    &dkim_weak_key::RULE,
    &dkim_from_not_oversigned::RULE,
];

/// The hits of all rules that apply to `case`, most severe first, without those that give way to
/// another rule. They are data; [`say`] makes the words.
pub fn hits(case: &Case<'_>) -> Vec<Hit> {
    hits_of(case, |_| true)
}

/// The same for the rules that are `wanted`.
pub(crate) fn hits_of(case: &Case<'_>, wanted: fn(&Rule) -> bool) -> Vec<Hit> {
    let mut all = Vec::new();
    for rule in RULES {
        if wanted(rule) && (rule.applies)(case) {
            all.append(&mut rule.fires.at(case));
        }
    }
    let fired: Vec<&'static str> = all.iter().map(|hit: &Hit| hit.code).collect();
    let gives_way = |hit: &Hit| {
        let rule = rule(hit.code);
        rule.is_some_and(|rule| rule.yields_to.iter().any(|code| fired.contains(code)))
    };
    all.retain(|hit| !gives_way(hit));
    all.sort_by_key(|hit| hit.severity);
    all
}

/// The words for `hit`: message, evidence and fix. `None` only if the hit does not belong to `case`.
/// No record passes by the gate.
pub fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let finding = (rule(hit.code)?.say)(case, hit)?;
    let finding = case.minding_aliases(gate::passed(case, finding));
    Some(audience::addressed(case, hit, finding))
}

/// The rule with this code, in capital or small letters; `None` if there is none.
pub fn rule(code: &str) -> Option<&'static Rule> {
    let mut rules = RULES.iter().copied();
    rules.find(|rule| rule.code.eq_ignore_ascii_case(code))
}

/// The codes that were probably meant by `word`: up to three that it is close to, or else all
/// that contain it. Empty if there are none.
pub fn near(word: &str) -> Vec<&'static str> {
    let codes: Vec<&'static str> = RULES.iter().map(|rule| rule.code).collect();
    let near = nearest(word, &codes, 3);
    if !near.is_empty() {
        return near;
    }
    let word = word.to_ascii_lowercase();
    let is_part = |code: &&&str| word.len() > 2 && code.contains(&word);
    codes.iter().filter(is_part).copied().collect()
}
