//! Why the receiver's results are not ours: stories whose message or DNS is changed a little.

#[path = "support/case.rs"]
#[expect(dead_code)]
mod case;
#[path = "support/run.rs"]
mod run;

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use run::block_on;
use sesauth::claims::{Claim, ClaimedResult, Comparison, DifferenceCause};
use sesauth::conclusion::ConclusionResult;
use sesauth::dns::{Absent, Snapshot};
use sesauth::explain;
use sesauth::render;
use sesauth::render::text::TextOptions;
use sesauth::session::Standing;
use sesauth::{Analysis, Inspection, SessionHints};

/// What is put in place of what.
type Edits<'a> = &'a [(&'a str, &'a str)];

#[track_caller]
fn edited(text: String, edits: Edits<'_>) -> String {
    edits.iter().fold(text, |text, (old, new)| {
        assert!(text.contains(old), "no {old}");
        text.replace(old, new)
    })
}

/// Inspects the message of a story, changed, with its DNS, changed.
#[track_caller]
fn changed(story: &str, message: Edits<'_>, dns: Edits<'_>) -> Inspection {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/messages");
    let read = |name: &str| fs::read_to_string(folder.join(story).join(name)).unwrap();
    let lines = read("message.eml").replace("\r\n", "\n");
    let message = edited(lines, message).replace('\n', "\r\n");
    let dns = Snapshot::parse(&edited(read("dns.jsonl"), dns), Absent::NxDomain).unwrap();
    let now: Timestamp = "2026-07-01T12:00:00Z".parse().unwrap();
    let hints = SessionHints::default();
    block_on(sesauth::inspect(message.as_bytes(), &hints, &dns, now)).unwrap()
}

/// The receiver's results for a method, each with its claim.
fn claimed<'a>(
    analysis: &'a Analysis,
    method: &str,
) -> impl Iterator<Item = (&'a Claim, &'a ClaimedResult)> {
    let claims = analysis.claims.iter();
    let own = claims.filter(|claim| claim.standing == Standing::Receiver);
    let results = own.flat_map(|claim| claim.results.iter().map(move |result| (claim, result)));
    results.filter(move |(_, result)| result.method == method)
}

/// The receiver's results for a method.
fn results<'a>(analysis: &'a Analysis, method: &str) -> Vec<&'a ClaimedResult> {
    claimed(analysis, method)
        .map(|(_, result)| result)
        .collect()
}

/// The cause of the receiver's first result for a method, and the words behind it.
#[track_caller]
fn why(analysis: &Analysis, method: &str) -> (DifferenceCause, String) {
    let (claim, result) = claimed(analysis, method).next().unwrap();
    let words = explain::claims::why(analysis, claim, result).unwrap();
    (result.cause.unwrap(), words.to_string())
}

fn text(inspection: &Inspection) -> String {
    let mut text = Vec::new();
    let whole = TextOptions {
        verbose: true,
        ..TextOptions::default()
    };
    render::text::write(inspection, whole, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

mod dkim {
    use super::*;

    #[test]
    fn a_sound_signature_with_a_fault_was_accepted_all_the_same() {
        let analysis = changed(
            "dkim-from-not-signed",
            &[("dkim=neutral (from not signed)", "dkim=pass")],
            &[],
        );
        let (cause, words) = why(&analysis.analysis, "dkim");
        assert_eq!(cause, DifferenceCause::LocalRule, "{words}");
        assert!(words.contains("accepted it all the same"), "{words}");
    }

    #[test]
    fn a_changed_body_goes_before_an_old_hash_and_an_end_of_validity() {
        for (story, said, body, besides) in [
            (
                "dkim-sha1",
                "dkim=policy (weak hash)",
                "\n\nLarkspur Books\n",
                "rsa-sha1",
            ),
            (
                "dkim-expired",
                "dkim=neutral (expired)",
                "See you soon,",
                "x= ended",
            ),
        ] {
            let edits = [(said, "dkim=pass"), (body, "Another ending")];
            let analysis = changed(story, &edits, &[]);
            let (cause, words) = why(&analysis.analysis, "dkim");
            assert_eq!(cause, DifferenceCause::AlteredAfterDelivery, "{words}");
            assert!(words.contains("the body was changed"), "{words}");
            assert!(words.contains(besides), "{words}");
        }
    }

    #[test]
    fn a_short_key_that_did_not_sign_came_later() {
        let said = [("dkim=policy (weak key)", "dkim=pass")];
        let genuine = changed("dkim-key-too-short", &said, &[]);
        assert_eq!(why(&genuine.analysis, "dkim").0, DifferenceCause::LocalRule);
        let short = fs::read_to_string(
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("testdata/messages/dkim-key-too-short/dns.jsonl"),
        )
        .unwrap();
        let record = short
            .lines()
            .find(|line| line.contains("\"shop2026._domainkey.example.com\",\"type\":\"TXT\""))
            .unwrap()
            .replace("shop2026", "shop2019");
        let selector = "{\"name\":\"shop2019._domainkey.example.com\",\"type\":\"TXT\"";
        let later = changed(
            "claim-weak-key-policy",
            &said,
            &[(
                selector,
                &format!("{record}\n{{\"name\":\"old.example\",\"type\":\"TXT\""),
            )],
        );
        let (cause, words) = why(&later.analysis, "dkim");
        assert_eq!(cause, DifferenceCause::KeyChanged, "{words}");
    }

    #[test]
    fn more_results_than_signatures_are_told_as_such() {
        let analysis = changed(
            "ses-custom-mail-from",
            &[(
                "Authentication-Results: mx.google.com;",
                "Authentication-Results: mx.google.com; dkim=pass header.d=example.com; dkim=pass header.d=example.com;",
            )],
            &[],
        );
        let analysis = analysis.analysis;
        let words = claimed(&analysis, "dkim")
            .filter_map(|(claim, result)| explain::claims::why(&analysis, claim, result))
            .map(|why| why.to_string());
        let words: Vec<String> = words.collect();
        let told = "lists more results for example.com";
        assert!(words.iter().any(|words| words.contains(told)), "{words:?}");
    }
}

mod spf {
    use super::*;

    const RECORD: &str = "v=spf1 include:amazonses.com ~all";

    #[test]
    fn a_limit_that_the_receiver_did_not_apply_is_its_own_rule() {
        let includes: String = (0..12)
            .map(|n| format!("include:a{n}.example.com "))
            .collect();
        let record = format!("v=spf1 {includes}~all");
        let given: String = (0..12)
            .map(|n| {
                format!(
                    "{{\"name\":\"a{n}.example.com\",\"type\":\"TXT\",\"rcode\":\"NOERROR\",\
                     \"ttl\":300,\"records\":[[\"v=spf1 -all\"]]}}\n"
                )
            })
            .collect();
        let first = "{\"name\":\"_dmarc.amazonses.com\"";
        let analysis = changed(
            "ses-custom-mail-from",
            &[],
            &[(RECORD, &record), (first, &format!("{given}{first}"))],
        );
        assert_eq!(analysis.analysis.spf.mail_from.result.as_str(), "permerror");
        let (cause, words) = why(&analysis.analysis, "spf");
        assert_eq!(cause, DifferenceCause::LocalRule, "{words}");
        assert!(words.contains("RFC 7208 section 4.6.4"), "{words}");
        assert!(words.len() < 250, "{words}");
    }

    #[test]
    fn what_the_dns_at_hand_lacks_need_not_have_been_another_then() {
        let analysis = changed("ses-custom-mail-from", &[], &[(RECORD, "something else")]);
        let (cause, words) = why(&analysis.analysis, "spf");
        assert_eq!(cause, DifferenceCause::RecordChanged);
        assert!(words.contains("or a recording does not hold it"), "{words}");
    }
}

mod dmarc {
    use super::*;

    const RECORD: &str = "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com";

    #[test]
    fn the_policy_that_a_receiver_names_is_that_of_the_organization() {
        let story = "dkim-key-strict-identity";
        let said = [("p=QUARANTINE sp=QUARANTINE", "p=REJECT sp=NONE")];
        let same = [(RECORD, "v=DMARC1; p=reject; sp=none")];
        let analysis = changed(story, &said, &same);
        let dmarc = results(&analysis.analysis, "dmarc");
        assert_eq!(dmarc[0].cause, None, "{dmarc:?}");
        let other = [(RECORD, "v=DMARC1; p=none; sp=reject")];
        let analysis = changed(story, &said, &other);
        assert_eq!(
            why(&analysis.analysis, "dmarc").0,
            DifferenceCause::RecordChanged
        );
    }

    #[test]
    fn compauth_is_named_only_where_it_is() {
        let analysis = changed(
            "ses-custom-mail-from",
            &[(
                "dmarc=pass (p=QUARANTINE sp=QUARANTINE dis=NONE)",
                "dmarc=permerror",
            )],
            &[],
        );
        let (cause, words) = why(&analysis.analysis, "dmarc");
        assert_eq!(cause, DifferenceCause::LocalRule, "{words}");
        assert!(!words.contains("compauth"), "{words}");
        let (_, words) = why(
            &changed("claim-dmarc-permerror", &[], &[]).analysis,
            "dmarc",
        );
        assert!(words.contains("compauth="), "{words}");
    }

    #[test]
    fn several_records_are_what_a_receiver_could_not_read() {
        let two = format!("[\"{RECORD}\"],[\"v=DMARC1; p=none\"]");
        let analysis = changed(
            "ses-custom-mail-from",
            &[(
                "dmarc=pass (p=QUARANTINE sp=QUARANTINE dis=NONE)",
                "dmarc=permerror",
            )],
            &[(&format!("[\"{RECORD}\"]"), &two)],
        );
        let (cause, words) = why(&analysis.analysis, "dmarc");
        assert_eq!(cause, DifferenceCause::LocalRule, "{words}");
        assert!(
            words.contains("2 policy records stand at _dmarc.example.com"),
            "{words}"
        );
    }

    #[test]
    fn other_rules_are_asked_before_another_record() {
        let analysis = changed(
            "dmarc-record-only-at-subdomain",
            &[
                ("weekly@news.example.com", "weekly@a.news.example.com"),
                (
                    "dmarc=pass (p=QUARANTINE sp=QUARANTINE dis=NONE) header.from=news.example.com",
                    "dmarc=none header.from=a.news.example.com",
                ),
            ],
            &[],
        );
        let (cause, words) = why(&analysis.analysis, "dmarc");
        assert_eq!(cause, DifferenceCause::OtherRules, "{words}");
    }

    #[test]
    fn a_missing_key_is_why_a_receiver_could_not_tell() {
        let analysis = changed(
            "claim-key-published-since",
            &[(
                "dmarc=fail (p=QUARANTINE sp=QUARANTINE dis=QUARANTINE)",
                "dmarc=temperror",
            )],
            &[],
        );
        let (cause, words) = why(&analysis.analysis, "dmarc");
        assert_eq!(cause, DifferenceCause::KeyPublishedSince, "{words}");
        assert!(words.contains("DKIM 1"), "{words}");
    }
}

mod arc {
    use super::*;

    #[test]
    fn a_set_that_came_with_the_message_is_not_the_receivers() {
        let analysis = changed(
            "arc-one-hop-pass",
            &[
                (
                    "ARC-Authentication-Results: i=1; mx.lists.example.org",
                    "ARC-Authentication-Results: i=1; mx.example.net",
                ),
                (
                    "Authentication-Results: mx.example.net;\n\tdmarc=",
                    "Authentication-Results: mx.example.net;\n\tarc=fail; dmarc=",
                ),
            ],
            &[],
        );
        let arc = results(&analysis.analysis, "arc")[0];
        assert_eq!(arc.ours.as_deref(), Some("fail"));
        assert_eq!(arc.comparison, Comparison::Agree);
    }

    #[test]
    fn a_sealer_speaks_for_itself_alone() {
        let mut analysis = changed("arc-one-hop-pass", &[], &[]);
        let original = analysis.analysis.arc.original.as_mut().unwrap();
        original.authserv_id = Some("mx.google.com".into());
        let text = text(&analysis);
        let told = "lists.example.org says that mx.google.com recorded dmarc=pass";
        assert!(text.contains(told), "{text}");
    }

    #[test]
    fn a_set_that_recorded_the_chain_alone_says_so() {
        let mut analysis = changed("arc-two-hops-pass", &[], &[]);
        let newest = analysis.analysis.arc.instances.last_mut().unwrap();
        newest.results.truncate(1);
        newest.results[0].method = "arc".into();
        newest.results[0].result = "pass".into();
        let text = text(&analysis);
        let told = "recorded arc=pass, and nothing of SPF, DKIM and DMARC";
        assert!(text.contains(told), "{text}");
    }
}

mod fields {
    use super::*;

    const TOP: &str = "DKIM-Signature: v=1; a=rsa-sha256; q=dns/txt; c=relaxed/simple;\n\ts=qbr";

    fn above(next: &str, field: &str, count: usize) -> String {
        format!("{}{next}", format!("{field}\n").repeat(count))
    }

    #[test]
    fn a_field_that_claims_no_check_says_that() {
        let none = above(TOP, "Authentication-Results: a.example; none", 30);
        let analysis = changed("ses-custom-mail-from", &[(TOP, &none)], &[]);
        let text = text(&analysis);
        let told = "a.example says that it checked nothing (30 fields).";
        assert!(text.contains(told), "{text}");
        let empty = above(TOP, "Authentication-Results: a.example", 1);
        let analysis = changed("ses-custom-mail-from", &[(TOP, &empty)], &[]);
        let text = super::text(&analysis);
        assert!(text.contains("nothing that could be read"), "{text}");
    }

    #[test]
    fn what_stands_at_the_end_is_read_where_there_are_too_many() {
        let genuine = "Authentication-Results: mail.protonmail.ch; dmarc=pass";
        let flood = above(genuine, "Authentication-Results: a.example; spf=pass", 150);
        let analysis = changed("received-by-proton", &[(genuine, &flood)], &[]);
        assert_eq!(analysis.analysis.claims.len(), 100);
        assert!(!results(&analysis.analysis, "dmarc").is_empty());
        let told = "only the first 50 and the last 50 were looked at";
        assert!(
            analysis
                .analysis
                .notes
                .iter()
                .any(|note| note.to_string().contains(told))
        );
        assert!(text(&analysis).contains("a.example says spf=pass (95 fields)"));
    }
}

mod words {
    use super::*;

    #[test]
    fn a_reason_that_is_none_is_left_out_and_one_that_is_stands_once() {
        let analysis = changed("claim-key-gone-since", &[], &[]);
        assert_eq!(
            analysis.analysis.conclusion.result,
            ConclusionResult::Inconclusive
        );
        let (_, words) = why(&analysis.analysis, "dkim");
        assert_eq!(text(&analysis).matches(&words).count(), 1);
        assert!(text(&analysis).contains("The reason stands above."));
    }

    #[test]
    fn a_host_that_nobody_vouches_for_is_told_as_the_header_has_it() {
        let text = text(&changed("claim-forwarded-changed-by-list", &[], &[]));
        let told = "mx.lists.example.org, which passed it on, as the header says, recorded \
                    dmarc=pass, but that could be the sender's own host.";
        assert!(text.contains(told), "{text}");
    }
}
