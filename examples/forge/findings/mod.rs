//! The folders of testdata/findings: for each rule a message in which it finds something, and the
//! nearest one in which it does not.
//!
//! A rule has one file here, named as its own, with one [`Pair`], and two lines below.

mod dkim_body_length_limit;
mod dmarc_fail;
mod dmarc_strict_spf_alignment_with_ses;
mod mx_preference_in_host_name;
mod quoted_spf_record;
mod ses_custom_mail_from_not_used;
mod ses_default_mail_from;
mod ses_look_alike;
mod ses_mail_from_is_from_domain;
mod ses_mail_from_mx_missing;
mod ses_mail_from_mx_of_another_region;
mod ses_mail_from_mx_wrong_host;
mod ses_mail_from_several_mx;
mod ses_own_address_outside_spf;
mod ses_region_disagreement;
mod ses_spf_include_missing;
mod ses_spf_include_without_effect;
mod session_unknown;
mod snapshot_incomplete;
mod spf_allows_everyone;
mod spf_client_not_authorised;
mod spf_dns_failure;
mod spf_failure_by_forwarding;
mod spf_include_without_record;
mod spf_not_aligned;
mod spf_record_missing;
mod spf_several_records;
mod spf_syntax_error;
mod spf_too_many_lookups;
mod spf_too_many_void_lookups;
mod spf_uses_ptr;

use std::fs;
use std::io;
use std::path::Path;

use jiff::Timestamp;
use serde_json::{Map, Value, to_string_pretty};
use sesauth::dns::{Dns, Question, Reply};
use sesauth::{SessionHints, inspect};

use super::dns::Zone;
use super::plan::Plan;
use super::stories::{NOW, but, usual};

/// All pairs, in alphabetical order.
pub const PAIRS: &[&Pair] = &[
    &dkim_body_length_limit::PAIR,
    &dmarc_fail::PAIR,
    &dmarc_strict_spf_alignment_with_ses::PAIR,
    &mx_preference_in_host_name::PAIR,
    &quoted_spf_record::PAIR,
    &ses_custom_mail_from_not_used::PAIR,
    &ses_default_mail_from::PAIR,
    &ses_look_alike::PAIR,
    &ses_mail_from_is_from_domain::PAIR,
    &ses_mail_from_mx_missing::PAIR,
    &ses_mail_from_mx_of_another_region::PAIR,
    &ses_mail_from_mx_wrong_host::PAIR,
    &ses_mail_from_several_mx::PAIR,
    &ses_own_address_outside_spf::PAIR,
    &ses_region_disagreement::PAIR,
    &ses_spf_include_missing::PAIR,
    &ses_spf_include_without_effect::PAIR,
    &session_unknown::PAIR,
    &snapshot_incomplete::PAIR,
    &spf_allows_everyone::PAIR,
    &spf_client_not_authorised::PAIR,
    &spf_dns_failure::PAIR,
    &spf_failure_by_forwarding::PAIR,
    &spf_include_without_record::PAIR,
    &spf_not_aligned::PAIR,
    &spf_record_missing::PAIR,
    &spf_several_records::PAIR,
    &spf_syntax_error::PAIR,
    &spf_too_many_lookups::PAIR,
    &spf_too_many_void_lookups::PAIR,
    &spf_uses_ptr::PAIR,
];

/// Two messages that differ in what the rule looks at. Both are made from the same seed, so that
/// what a plan does not change is the same in both.
pub struct Pair {
    /// The code of the rule.
    pub code: &'static str,
    /// In what the two differ, in one to three sentences.
    pub text: &'static str,
    /// The message in which the rule finds something.
    pub fires: fn(&str) -> Plan,
    /// The one in which it does not.
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
            files.extend(case.map(|(name, bytes)| (format!("{folder}/{name}"), bytes)));
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

/// The files of one case. Recorded is what an inspection asks, advice included.
fn case(mut plan: Plan) -> [(&'static str, Vec<u8>); 3] {
    let mut zone = plan.zone.clone();
    plan.publish(&mut zone);
    let mut post = plan.post(&zone);
    let questions = asked(&post.bytes, &post.session, &zone);
    let mut dns = Vec::new();
    let snapshot = zone.snapshot(&questions);
    snapshot.write(&mut dns).expect("writing to memory");
    post.session.insert("now".to_owned(), Value::from(NOW));
    let session = to_string_pretty(&post.session).expect("a JSON object") + "\n";
    [
        ("message.eml", post.bytes),
        ("dns.jsonl", dns),
        ("session.json", session.into_bytes()),
    ]
}

fn asked(message: &[u8], session: &Map<String, Value>, zone: &Zone) -> Vec<Question> {
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
    let analysis = runtime.block_on(inspect(message, &hints, zone, now));
    let lookups = analysis.expect("a message").lookups.0;
    let questions = lookups.iter().map(|lookup| lookup.question.clone());
    questions.collect()
}

impl Dns for Zone {
    async fn query(&self, question: &Question) -> Reply {
        self.answer(question)
    }
}
