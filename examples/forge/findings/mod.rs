//! The folders of testdata/findings: for each rule a message that it fires for, and the most
//! similar message that it does not fire for.
//!
//! Each rule has one file here, with the same name and one [`Pair`], and two lines below.

mod authentication_results_not_the_receivers;
mod bare_cr_in_body;
mod broken_arc_chain;
mod bulk_mail_without_one_click_unsubscribe;
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
mod export_known_to_alter;
mod file_altered_after_delivery;
mod from_ambiguous;
mod from_free_mail;
mod from_look_alike;
mod from_without_address;
mod headers_only_file;
mod line_too_long;
mod marked_as_junk;
mod message_passed_on;
mod mx_host_is_alias;
mod mx_host_without_address;
mod mx_preference_in_host_name;
mod nul_octet;
mod quoted_spf_record;
mod receiver_differs;
mod receiver_failed_it;
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

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, to_string_pretty};
use sesauth::dns::{Dns, Question, Reply};
use sesauth::ses::Identities;
use sesauth::{Options, SessionHints, inspect_within};

use super::dns::Zone;
use super::plan::Plan;
use super::ses;
use super::stories::{self, NOW, but, usual};

/// All pairs, in alphabetical order.
pub const PAIRS: &[&Pair] = &[
    &authentication_results_not_the_receivers::PAIR,
    &bare_cr_in_body::PAIR,
    &broken_arc_chain::PAIR,
    &bulk_mail_without_one_click_unsubscribe::PAIR,
    &dkim_alias_without_key::PAIR,
    &dkim_application_signature::PAIR,
    &dkim_body_length_limit::PAIR,
    &dkim_broken::PAIR,
    &dkim_broken_in_transit::PAIR,
    &dkim_from_not_oversigned::PAIR,
    &dkim_host_name_as_key::PAIR,
    &dkim_key_changed_since_signing::PAIR,
    &dkim_key_cut_off::PAIR,
    &dkim_key_dns_failure::PAIR,
    &dkim_key_gone_since_delivery::PAIR,
    &dkim_key_in_several_records::PAIR,
    &dkim_key_mismatch::PAIR,
    &dkim_key_missing::PAIR,
    &dkim_key_restriction::PAIR,
    &dkim_key_revoked::PAIR,
    &dkim_key_too_short::PAIR,
    &dkim_key_unreadable::PAIR,
    &dkim_other_text_at_selector::PAIR,
    &dkim_quoted_key::PAIR,
    &dkim_several_keys_at_selector::PAIR,
    &dkim_sha1::PAIR,
    &dkim_signature_expires::PAIR,
    &dkim_signature_from_the_future::PAIR,
    &dkim_signature_malformed::PAIR,
    &dkim_signature_of_another_domain::PAIR,
    &dkim_signature_over_rewritten_fields::PAIR,
    &dkim_testing_key::PAIR,
    &dkim_weak_key::PAIR,
    &dmarc_dns_failure::PAIR,
    &dmarc_fail::PAIR,
    &dmarc_ignored_tag::PAIR,
    &dmarc_obsolete_tag::PAIR,
    &dmarc_pass_on_spf_alone::PAIR,
    &dmarc_organization_cut::PAIR,
    &dmarc_percentage::PAIR,
    &dmarc_policy_none::PAIR,
    &dmarc_psd_of_no_suffix::PAIR,
    &dmarc_record_at_wrong_name::PAIR,
    &dmarc_record_missing::PAIR,
    &dmarc_record_unusable::PAIR,
    &dmarc_report_host_not_authorised::PAIR,
    &dmarc_report_host_without_mail::PAIR,
    &dmarc_rule_sets_differ::PAIR,
    &dmarc_strict_dkim_subdomain::PAIR,
    &dmarc_subdomain_policy_weaker::PAIR,
    &dmarc_test_mode::PAIR,
    &dmarc_unusable_report_address::PAIR,
    &dmarc_without_reports::PAIR,
    &duplicate_header_field::PAIR,
    &export_known_to_alter::PAIR,
    &file_altered_after_delivery::PAIR,
    &from_ambiguous::PAIR,
    &from_free_mail::PAIR,
    &from_look_alike::PAIR,
    &from_without_address::PAIR,
    &headers_only_file::PAIR,
    &line_too_long::PAIR,
    &marked_as_junk::PAIR,
    &message_passed_on::PAIR,
    &mx_host_is_alias::PAIR,
    &mx_host_without_address::PAIR,
    &mx_preference_in_host_name::PAIR,
    &nul_octet::PAIR,
    &quoted_spf_record::PAIR,
    &receiver_differs::PAIR,
    &receiver_failed_it::PAIR,
    &sending_host_not_authorised::PAIR,
    &sending_host_without_name::PAIR,
    &ses_address_identity_override::PAIR,
    &ses_bounce_not_signed::PAIR,
    &ses_custom_mail_from_not_used::PAIR,
    &ses_default_mail_from::PAIR,
    &ses_dkim_not_verified::PAIR,
    &ses_dkim_records_lost::PAIR,
    &ses_identity_of_another_domain::PAIR,
    &ses_key_rotated::PAIR,
    &ses_look_alike::PAIR,
    &ses_mail_from_is_from_domain::PAIR,
    &ses_mail_from_alias::PAIR,
    &ses_mail_from_mx_missing::PAIR,
    &ses_mail_from_mx_of_another_region::PAIR,
    &ses_mail_from_mx_wrong_host::PAIR,
    &ses_mail_from_not_verified::PAIR,
    &ses_mail_from_several_mx::PAIR,
    &ses_own_address_outside_spf::PAIR,
    &ses_own_signature_missing::PAIR,
    &ses_region_disagreement::PAIR,
    &ses_selector_copied_key::PAIR,
    &ses_selector_doubled_suffix::PAIR,
    &ses_selector_flattened::PAIR,
    &ses_selector_key_withdrawn::PAIR,
    &ses_selector_record_missing::PAIR,
    &ses_selector_target_doubled::PAIR,
    &ses_selector_wrong_target::PAIR,
    &ses_several_feedback_ids::PAIR,
    &ses_spf_include_missing::PAIR,
    &ses_spf_include_without_effect::PAIR,
    &session_unknown::PAIR,
    &several_author_domains::PAIR,
    &several_dmarc_records::PAIR,
    &several_from_fields::PAIR,
    &snapshot_incomplete::PAIR,
    &spf_allows_everyone::PAIR,
    &spf_client_not_authorised::PAIR,
    &spf_dns_failure::PAIR,
    &spf_failure_by_forwarding::PAIR,
    &spf_include_without_record::PAIR,
    &spf_not_aligned::PAIR,
    &spf_record_at_dmarc_or_dkim_name::PAIR,
    &spf_record_missing::PAIR,
    &spf_several_records::PAIR,
    &spf_syntax_error::PAIR,
    &spf_too_many_lookups::PAIR,
    &spf_too_many_void_lookups::PAIR,
    &spf_redirect_beside_all::PAIR,
    &spf_uses_ptr::PAIR,
    &strict_spf_alignment_with_ses::PAIR,
    &truncated_file::PAIR,
    &undeclared_8bit_octets::PAIR,
    &unsigned_second_field::PAIR,
    &unsubscribe_not_signed::PAIR,
    &visible_field_not_signed::PAIR,
];

/// Two messages that only differ in what the rule looks at. Both are made from the same seed, so
/// everything that the plans do not change is the same.
pub struct Pair {
    /// The code of the rule.
    pub code: &'static str,
    /// The difference between the two, in one to three sentences.
    pub text: &'static str,
    /// The message that the rule fires for.
    pub fires: fn(&str) -> Plan,
    /// The message that it does not fire for.
    pub quiet: fn(&str) -> Plan,
}

impl Pair {
    /// The files of the rule's folder, by their path within it.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = vec![(
            "story.md".to_owned(),
            format!("{}\n", self.text).into_bytes(),
        )];
        for (folder, plan) in [("fires", self.fires), ("quiet", self.quiet)] {
            let case = case(plan(self.code));
            files.extend(
                case.into_iter()
                    .map(|(name, bytes)| (format!("{folder}/{name}"), bytes)),
            );
        }
        files
    }

    /// Writes the rule's folder into `findings`.
    pub fn write(&self, findings: &Path) -> io::Result<()> {
        for (path, bytes) in self.files() {
            let path = findings.join(self.code).join(path);
            fs::create_dir_all(path.parent().expect("a folder of the rule"))?;
            fs::write(path, bytes)?;
        }
        Ok(())
    }
}

/// The CNAME records of the tokens of an identity from number `first` on, from 0.
fn publish_tokens(plan: &mut Plan, said: &(String, Value), first: usize) {
    for token in ses::tokens(said).iter().skip(first) {
        let owner = format!("{token}._domainkey.example.com");
        plan.zone.alias(&owner, &ses::dkim_name(token));
        plan.zone.txt(&ses::dkim_name(token), "");
    }
}

/// SES keeps the key of the customer's signature, whatever leads to it.
fn keep_at_ses(plan: &mut Plan) {
    let own = plan.own();
    let (target, key) = (ses::dkim_name(&own.selector), own.key.public());
    plan.zone.txt(&target, &format!("p={key}"));
}

/// The plan of the story with this name.
fn story(seed: &str, name: &str) -> Plan {
    let mut stories = stories::all();
    let story = stories.find(|story| story.name == name);
    (story.unwrap_or_else(|| panic!("{name} is a story")).plan)(seed)
}

/// The files of one case. The recording has the answers for an inspection, including advice.
fn case(mut plan: Plan) -> Vec<(String, Vec<u8>)> {
    let identities = std::mem::take(&mut plan.identities);
    let identities: Vec<(String, Vec<u8>)> = identities
        .into_iter()
        .map(|(name, said)| {
            let text = to_string_pretty(&said).expect("JSON") + "\n";
            (name, text.into_bytes())
        })
        .collect();
    let mut zone = plan.zone.clone();
    plan.publish(&mut zone);
    let mut post = plan.post(&zone);
    let questions = asked(&post.bytes, &post.session, &zone, &identities);
    let mut dns = Vec::new();
    let snapshot = zone.snapshot(&questions);
    snapshot.write(&mut dns).expect("writing to memory");
    post.session.insert("now".to_owned(), Value::from(NOW));
    let session = to_string_pretty(&post.session).expect("a JSON object") + "\n";
    let files = [
        ("message.eml", post.bytes),
        ("dns.jsonl", dns),
        ("session.json", session.into_bytes()),
    ];
    let files = files.map(|(name, bytes)| (name.to_owned(), bytes));
    let said = identities
        .into_iter()
        .map(|(name, bytes)| (format!("identity/{name}.json"), bytes));
    files.into_iter().chain(said).collect()
}

/// The questions of an inspection, including advice.
pub fn asked(
    message: &[u8],
    session: &Map<String, Value>,
    zone: &Zone,
    identities: &[(String, Vec<u8>)],
) -> Vec<Question> {
    let mut set = Identities::default();
    for (name, bytes) in identities {
        set.add(bytes, Some(name)).expect("what SES says");
    }
    let hosts = session
        .get("hosts")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let hosts = hosts.filter_map(Value::as_str);
    let options = Options {
        identities: Arc::new(set),
        hosts: hosts.map(|ip| ip.parse().expect("an address")).collect(),
        exchangers: session.contains_key("exchangers"),
        ..Options::default()
    };
    let text = |key: &str| session.get(key)?.as_str().map(str::to_owned);
    let hints = SessionHints {
        client_ip: text("ip").map(|ip| ip.parse().expect("an address")),
        helo: text("helo"),
        mail_from: text("mail_from"),
        at: text("at").map(|at| at.parse().expect("a time")),
        ..SessionHints::default()
    };
    let now: Timestamp = NOW.parse().expect("a time");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime without drivers");
    let inspection = runtime.block_on(inspect_within(message, &hints, zone, now, &options));
    let lookups = inspection.expect("a message").analysis.lookups.0;
    let questions = lookups.iter().map(|lookup| lookup.question.clone());
    questions.collect()
}

impl Dns for Zone {
    async fn query(&self, question: &Question) -> Reply {
        self.answer(question)
    }
}
