//! SPF against RFC 7208, by section, and against the standard suite where that is at hand.

#[path = "support/run.rs"]
mod run;
#[expect(dead_code, reason = "its suite is not of whole messages")]
#[path = "support/suite.rs"]
mod suite;

use std::net::IpAddr;

use jiff::Timestamp;
use sesauth::Limits;
use sesauth::dns::{Record, RecordType, Recorder, Reply, Txt};
use sesauth::explain;
use sesauth::spf::{
    SpfCause, SpfIdentity, SpfOutcome, SpfQuery, SpfResult, SpfStep, SpfVerdict, check_helo,
    check_mail_from,
};
use suite::{Zone, record};

/// DNS from lines `name TYPE data`. TYPE may also be `FAIL`, with the type that fails as data, or
/// `UNKNOWN`, with the type that is not recorded. Any other absence is as in DNS.
fn published(lines: &str) -> Zone {
    let mut zone = Zone::default();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut words = line.splitn(3, ' ');
        let name = words.next().unwrap();
        let kind = words.next().unwrap();
        let data = words.next().unwrap_or("");
        match kind {
            "FAIL" => zone.fail(name, record_type(data), "SERVFAIL"),
            "UNKNOWN" => zone.put(name, record_type(data), Reply::NotRecorded),
            _ => zone.add(name, record(record_type(kind), data)),
        }
    }
    zone
}

fn record_type(text: &str) -> RecordType {
    RecordType::ALL
        .into_iter()
        .find(|kind| kind.as_str() == text)
        .unwrap()
}

fn query<'a>(ip: &str, mail_from: &'a str) -> SpfQuery<'a> {
    SpfQuery {
        client_ip: ip.parse().ok(),
        helo: Some("mail.example.net"),
        mail_from: Some(mail_from),
        receiver: None,
        now: Timestamp::UNIX_EPOCH,
    }
}

fn run(zone: &Zone, query: &SpfQuery<'_>, identity: SpfIdentity, limits: &Limits) -> SpfVerdict {
    let recorder = Recorder::new(zone);
    run::block_on(async {
        match identity {
            SpfIdentity::Helo => check_helo(&recorder, query, limits).await,
            SpfIdentity::MailFrom => check_mail_from(&recorder, query, limits).await,
        }
    })
}

/// The verdict on `sender@example.com` from 192.0.2.1, with DNS as in `lines`.
fn judge(lines: &str) -> SpfVerdict {
    judge_from("192.0.2.1", lines)
}

fn judge_from(ip: &str, lines: &str) -> SpfVerdict {
    let query = query(ip, "sender@example.com");
    run(
        &published(lines),
        &query,
        SpfIdentity::MailFrom,
        &Limits::default(),
    )
}

/// The verdict on a record of example.com without anything beside it.
fn judge_record(record: &str) -> SpfVerdict {
    judge(&format!("example.com TXT {record}"))
}

fn outcomes(steps: &[SpfStep]) -> Vec<(&str, SpfOutcome)> {
    steps
        .iter()
        .map(|step| (&*step.term, step.outcome))
        .collect()
}

mod section_2_identities {
    use super::*;

    #[test]
    fn the_helo_identity_is_judged_by_itself() {
        let zone = published("mail.example.net TXT v=spf1 ip4:192.0.2.1 -all");
        let verdict = run(
            &zone,
            &query("192.0.2.1", "sender@example.com"),
            SpfIdentity::Helo,
            &Limits::default(),
        );
        assert_eq!(verdict.result, SpfResult::Pass);
        assert_eq!(verdict.domain.as_deref(), Some("mail.example.net"));
        assert_eq!(
            verdict.sender.as_deref(),
            Some("postmaster@mail.example.net")
        );
    }

    #[test]
    fn a_null_reverse_path_is_judged_as_postmaster_at_the_helo_name() {
        let zone = published(
            "mail.example.net TXT v=spf1 exists:%{l}.%{o} -all\npostmaster.mail.example.net A 127.0.0.2",
        );
        let verdict = run(
            &zone,
            &query("192.0.2.1", ""),
            SpfIdentity::MailFrom,
            &Limits::default(),
        );
        assert_eq!(verdict.result, SpfResult::Pass);
        assert_eq!(verdict.identity, SpfIdentity::MailFrom);
        assert_eq!(verdict.domain.as_deref(), Some("mail.example.net"));
    }

    #[test]
    fn what_is_not_known_is_not_evaluated_and_the_flag_is_named() {
        let zone = published("example.com TXT v=spf1 ip4:192.0.2.1 -all");
        let known = query("192.0.2.1", "sender@example.com");
        let limits = Limits::default();
        for (query, identity, cause, flag) in [
            (
                SpfQuery {
                    client_ip: None,
                    ..known
                },
                SpfIdentity::MailFrom,
                SpfCause::ClientIpUnknown,
                "--ip",
            ),
            (
                SpfQuery {
                    mail_from: None,
                    ..known
                },
                SpfIdentity::MailFrom,
                SpfCause::MailFromUnknown,
                "--mail-from",
            ),
            (
                SpfQuery {
                    mail_from: Some(""),
                    helo: None,
                    ..known
                },
                SpfIdentity::MailFrom,
                SpfCause::HeloUnknown,
                "--helo",
            ),
            (
                SpfQuery {
                    helo: None,
                    ..known
                },
                SpfIdentity::Helo,
                SpfCause::HeloUnknown,
                "--helo",
            ),
        ] {
            let verdict = run(&zone, &query, identity, &limits);
            assert_eq!(verdict.result, SpfResult::NotEvaluated);
            assert_eq!(verdict.cause, cause);
            assert!(
                explain::spf::cause(&verdict).to_string().contains(flag),
                "{}",
                explain::spf::cause(&verdict).to_string()
            );
        }
    }

    #[test]
    fn a_result_that_needs_no_client_address_is_given_without_one() {
        assert_eq!(
            judge_from("", "example.com A 192.0.2.1").result,
            SpfResult::None
        );
        let verdict = judge_from("", "example.com TXT v=spf1 -all");
        assert_eq!(verdict.result, SpfResult::Fail);
    }
}

mod section_4_3_initial_processing {
    use super::*;

    #[test]
    fn a_domain_that_cannot_have_a_record_gives_none_without_a_lookup() {
        let long = format!("a@{}.example", "a".repeat(64));
        let longer = format!("a@{}example", "abc.".repeat(70));
        for mail_from in [
            "a@example",
            "a@[192.0.2.1]",
            "a@192.0.2.1",
            "a@a..example",
            "a@.example.com",
            "a@ex ample.com",
            "a@",
            "root",
            &long,
            &longer,
        ] {
            let zone = Zone::default();
            let query = query("192.0.2.1", mail_from);
            let verdict = run(&zone, &query, SpfIdentity::MailFrom, &Limits::default());
            assert_eq!(verdict.result, SpfResult::None, "{mail_from}");
            assert_eq!(verdict.cause, SpfCause::DomainInvalid, "{mail_from}");
            assert_eq!(verdict.lookup, None, "{mail_from}");
        }
    }

    #[test]
    fn an_internationalised_domain_is_asked_about_in_a_labels() {
        let zone = published(
            "xn--bcher-kva.example TXT v=spf1 exists:x.%{o} -all\nx.xn--bcher-kva.example A 127.0.0.2",
        );
        let query = query("192.0.2.1", "a@b\u{fc}cher.example");
        let verdict = run(&zone, &query, SpfIdentity::MailFrom, &Limits::default());
        assert_eq!(
            verdict.result,
            SpfResult::Pass,
            "{}",
            explain::spf::cause(&verdict)
        );
        assert_eq!(verdict.domain.as_deref(), Some("xn--bcher-kva.example"));
    }

    #[test]
    fn a_sender_without_a_local_part_is_postmaster() {
        for mail_from in ["@example.com", "example.com"] {
            let zone = published(
                "example.com TXT v=spf1 exists:%{l}.example.com -all\npostmaster.example.com A 127.0.0.2",
            );
            let query = query("192.0.2.1", mail_from);
            let verdict = run(&zone, &query, SpfIdentity::MailFrom, &Limits::default());
            assert_eq!(verdict.result, SpfResult::Pass, "{mail_from}");
        }
    }
}

mod section_4_4_record_lookup {
    use super::*;

    #[test]
    fn a_failing_lookup_is_temperror_and_says_which() {
        let verdict = judge("example.com FAIL TXT");
        assert_eq!(verdict.result, SpfResult::Temperror);
        assert_eq!(
            explain::spf::cause(&verdict).to_string(),
            "the TXT lookup of example.com failed: SERVFAIL"
        );
    }

    #[test]
    fn a_domain_that_does_not_exist_gives_none() {
        let verdict = judge("");
        assert_eq!(
            (verdict.result, verdict.cause),
            (SpfResult::None, SpfCause::NoSuchDomain)
        );
    }

    #[test]
    fn a_question_that_was_not_recorded_is_not_evaluated() {
        for lines in [
            "example.com UNKNOWN TXT",
            "example.com TXT v=spf1 a -all\nexample.com UNKNOWN A",
            "example.com TXT v=spf1 mx -all\nexample.com MX 1 mail.example.com\nmail.example.com UNKNOWN A",
            "example.com TXT v=spf1 exists:x.example.com -all\nx.example.com UNKNOWN A",
            "example.com TXT v=spf1 include:x.example.com -all\nx.example.com UNKNOWN TXT",
            "example.com TXT v=spf1 redirect=x.example.com\nx.example.com UNKNOWN TXT",
            "example.com TXT v=spf1 ptr -all\n1.2.0.192.in-addr.arpa UNKNOWN PTR",
            "example.com TXT v=spf1 ptr -all\n1.2.0.192.in-addr.arpa PTR a.example.com\na.example.com UNKNOWN A",
            "example.com TXT v=spf1 exists:%{p}.example.com -all\n1.2.0.192.in-addr.arpa UNKNOWN PTR",
        ] {
            let verdict = judge(lines);
            assert_eq!(verdict.result, SpfResult::NotEvaluated, "{lines}");
            assert_eq!(verdict.cause, SpfCause::NotRecorded, "{lines}");
            assert!(
                explain::spf::cause(&verdict)
                    .to_string()
                    .contains("does not hold"),
                "{}",
                explain::spf::cause(&verdict).to_string()
            );
        }
    }

    #[test]
    fn a_host_that_was_not_recorded_does_not_hide_a_match_of_another() {
        let verdict = judge(
            "example.com TXT v=spf1 mx -all
             example.com MX 1 a.example.com
             example.com MX 2 b.example.com
             a.example.com UNKNOWN A
             b.example.com A 192.0.2.1",
        );
        assert_eq!(verdict.result, SpfResult::Pass);
    }
}

mod section_4_5_selecting_records {
    use super::*;

    #[test]
    fn other_texts_and_versions_are_passed_over() {
        let verdict = judge(
            "example.com TXT hello
             example.com TXT v=spf10 -all
             example.com TXT V=SPF1 +all
             example.com TXT v=spf1-all",
        );
        assert_eq!(verdict.result, SpfResult::Pass);
        assert_eq!(verdict.record.as_deref(), Some("V=SPF1 +all"));
    }

    #[test]
    fn no_record_gives_none() {
        let verdict = judge("example.com TXT v=spf2 -all");
        assert_eq!(verdict.result, SpfResult::None);
        assert_eq!(verdict.cause, SpfCause::NoRecord);
    }

    #[test]
    fn several_records_are_permerror_and_all_are_shown() {
        let verdict = judge("example.com TXT v=spf1 +all\nexample.com TXT v=spf1");
        assert_eq!(verdict.result, SpfResult::Permerror);
        assert_eq!(verdict.records, ["v=spf1 +all".into(), "v=spf1".into()]);
        assert_eq!(verdict.record, None);
    }

    #[test]
    fn strings_are_joined_without_a_space() {
        let verdict = judge_record("v=spf1 ip4:192.0|.2.1 -al|l");
        assert_eq!(verdict.result, SpfResult::Pass);
    }

    #[test]
    fn a_record_that_is_too_long_is_not_evaluated() {
        let terms = |count: usize| format!("v=spf1 {} +all", "?ip4:192.0.2.9 ".repeat(count));
        assert_eq!(judge_record(&terms(4_300)).result, SpfResult::Pass);
        let verdict = judge_record(&terms(4_500));
        assert_eq!(verdict.result, SpfResult::NotEvaluated);
        assert_eq!(verdict.cause, SpfCause::RecordTooLong);
    }
}

mod section_4_6_record_evaluation {
    use super::*;

    #[test]
    fn an_error_behind_a_match_is_permerror_and_the_trace_shows_all_terms() {
        let verdict = judge_record("v=spf1 +all ip4:192.0.2.1/ moo");
        assert_eq!(verdict.result, SpfResult::Permerror);
        assert_eq!(verdict.cause, SpfCause::Syntax);
        assert_eq!(
            outcomes(&verdict.trace),
            [
                ("+all", SpfOutcome::NotReached),
                ("ip4:192.0.2.1/", SpfOutcome::Error),
                ("moo", SpfOutcome::Error),
            ]
        );
        assert_eq!(verdict.problems.len(), 2);
        assert_eq!(verdict.problems[1].span, 27..30);
        assert_eq!(
            explain::spf::cause(&verdict).to_string(),
            "the record of example.com has a syntax error at ip4:192.0.2.1/: expected a prefix length of 0 to 32 after /, without leading zeros"
        );
    }

    #[test]
    fn a_byte_beyond_ascii_is_a_syntax_error() {
        let verdict = judge_record("v=spf1 +all x=\u{e9}");
        assert_eq!(verdict.cause, SpfCause::Syntax);
    }

    #[test]
    fn the_first_match_decides_and_the_rest_is_not_reached() {
        let verdict = judge_record("v=spf1 ip4:198.51.100.0/24 ~ip4:192.0.2.0/24 moo=1 +all");
        assert_eq!(verdict.result, SpfResult::Softfail);
        assert_eq!(
            outcomes(&verdict.trace),
            [
                ("ip4:198.51.100.0/24", SpfOutcome::NoMatch),
                ("~ip4:192.0.2.0/24", SpfOutcome::Match),
                ("moo=1", SpfOutcome::Ignored),
                ("+all", SpfOutcome::NotReached),
            ]
        );
    }

    #[test]
    fn each_qualifier_has_its_result() {
        for (record, result) in [
            ("v=spf1 all", SpfResult::Pass),
            ("v=spf1 +ALL", SpfResult::Pass),
            ("v=spf1 -all", SpfResult::Fail),
            ("v=spf1 ~all", SpfResult::Softfail),
            ("v=spf1 ?all", SpfResult::Neutral),
        ] {
            assert_eq!(judge_record(record).result, result, "{record}");
        }
    }

    #[test]
    fn no_match_is_neutral() {
        let verdict = judge_record("v=spf1 ip4:198.51.100.1");
        assert_eq!(
            (verdict.result, verdict.cause),
            (SpfResult::Neutral, SpfCause::NoMatch)
        );
        assert_eq!(
            explain::spf::cause(&verdict).to_string(),
            "no term of the record of example.com matches 192.0.2.1, and none says what holds for the rest (0 of 10 lookups)"
        );
    }
}

mod section_4_6_4_limits {
    use super::*;

    #[test]
    fn ten_terms_may_look_up_and_the_eleventh_is_permerror() {
        let zone = "\nexample.com A 198.51.100.1\nexample.com MX 1 example.com";
        let verdict = judge(&format!(
            "example.com TXT v=spf1{} +all{zone}",
            " a".repeat(10)
        ));
        assert_eq!((verdict.result, verdict.lookups), (SpfResult::Pass, 10));
        let verdict = judge(&format!(
            "example.com TXT v=spf1{} mx +all{zone}",
            " a".repeat(10)
        ));
        assert_eq!(verdict.result, SpfResult::Permerror);
        assert_eq!(verdict.cause, SpfCause::TooManyLookups);
        assert_eq!(verdict.trace[10].lookup_number, Some(11));
        assert_eq!(
            explain::spf::cause(&verdict).to_string(),
            "mx in the record of example.com is lookup 11, and 10 are allowed"
        );
    }

    #[test]
    fn lookups_of_included_records_count_in_the_same_sum() {
        let verdict = judge(
            "example.com TXT v=spf1 include:b.example.com a -all
             b.example.com TXT v=spf1 a:c.example.com
             c.example.com A 198.51.100.1
             example.com A 192.0.2.1",
        );
        let numbers = (
            verdict.trace[0].lookup_number,
            verdict.trace[0].steps[0].lookup_number,
            verdict.trace[1].lookup_number,
        );
        assert_eq!(numbers, (Some(1), Some(2), Some(3)));
        assert_eq!(verdict.lookups, 3);
    }

    #[test]
    fn records_that_lead_in_a_circle_end_in_permerror() {
        for lines in [
            "example.com TXT v=spf1 include:example.com -all",
            "example.com TXT v=spf1 redirect=example.com",
            "example.com TXT v=spf1 include:b.example.com\nb.example.com TXT v=spf1 redirect=example.com",
        ] {
            assert_eq!(judge(lines).cause, SpfCause::TooManyLookups, "{lines}");
        }
    }

    #[test]
    fn a_circle_ends_whatever_the_limits_are() {
        let limits = Limits {
            spf_lookups: usize::MAX,
            ..Limits::default()
        };
        let zone = published("example.com TXT v=spf1 include:example.com -all");
        let query = query("192.0.2.1", "a@example.com");
        let verdict = run(&zone, &query, SpfIdentity::MailFrom, &limits);
        assert_eq!(verdict.result, SpfResult::Permerror);
    }

    #[test]
    fn two_void_lookups_are_allowed_and_a_third_is_permerror() {
        let lines = "\na.example.com TXT x";
        let verdict = judge(&format!(
            "example.com TXT v=spf1 a:a.example.com exists:b.example.com +all{lines}"
        ));
        assert_eq!((verdict.result, verdict.void_lookups), (SpfResult::Pass, 2));
        let verdict = judge(&format!(
            "example.com TXT v=spf1 a:a.example.com exists:b.example.com mx:c.example.com +all{lines}"
        ));
        assert_eq!(verdict.cause, SpfCause::TooManyVoidLookups);
        assert_eq!(
            verdict.trace.iter().map(|step| step.voids).sum::<usize>(),
            3
        );
        assert_eq!(
            explain::spf::cause(&verdict).to_string(),
            "mx:c.example.com in the record of example.com looks up c.example.com, which does not exist; it is void lookup 3, and 2 are allowed"
        );
    }

    #[test]
    fn hosts_without_an_address_of_the_clients_family_count_once_for_their_term() {
        let mut lines =
            "example.com TXT v=spf1 mx -all\nd.example.com AAAA 2001:db8::1".to_string();
        for (preference, host) in ["a", "b", "c", "d"].iter().enumerate() {
            lines.push_str(&format!("\nexample.com MX {preference} {host}.example.com"));
            if *host != "d" {
                lines.push_str(&format!("\n{host}.example.com A 192.0.2.1"));
            }
        }
        let verdict = judge_from("2001:db8::1", &lines);
        assert_eq!((verdict.result, verdict.void_lookups), (SpfResult::Pass, 1));
    }

    #[test]
    fn more_than_ten_mail_hosts_are_permerror() {
        let mut lines = "example.com TXT v=spf1 mx -all".to_string();
        for host in 0..11 {
            lines.push_str(&format!(
                "\nexample.com MX 1 m{host}.example.com\nm{host}.example.com A 192.0.2.1"
            ));
        }
        assert_eq!(judge(&lines).cause, SpfCause::TooManyNames);
    }

    #[test]
    fn only_the_first_ten_names_of_the_client_are_looked_at() {
        let mut lines = "example.com TXT v=spf1 ptr -all\nexample.com A 192.0.2.1".to_string();
        for host in 0..10 {
            lines.push_str(&format!(
                "\n1.2.0.192.in-addr.arpa PTR m{host}.example.org\nm{host}.example.org A 192.0.2.9"
            ));
        }
        lines.push_str("\n1.2.0.192.in-addr.arpa PTR example.com");
        let verdict = judge(&lines);
        assert_eq!(verdict.result, SpfResult::Fail);
        assert_eq!(verdict.trace[0].lookups.len(), 11);
    }

    #[test]
    fn the_trace_is_bounded_and_what_is_left_out_is_counted() {
        let limits = Limits {
            spf_steps: 3,
            ..Limits::default()
        };
        let zone = published(
            "example.com TXT v=spf1 exp=a.example ip4:192.0.2.7 ip4:192.0.2.8 ip4:192.0.2.9 redirect=b.example.com\nb.example.com TXT v=spf1 -all",
        );
        let query = query("192.0.2.1", "a@example.com");
        let verdict = run(&zone, &query, SpfIdentity::MailFrom, &limits);
        assert_eq!(verdict.result, SpfResult::Fail);
        assert_eq!((verdict.trace.len(), verdict.steps_left_out), (3, 3));
    }
}

mod sizes {
    use super::*;
    use std::time::Instant;

    /// The verdict on example.com with `zone`, and how many questions it took.
    fn judge_counted(zone: &Zone) -> (SpfVerdict, usize) {
        let recorder = Recorder::new(zone);
        let query = query("192.0.2.1", "sender@example.com");
        let limits = Limits::default();
        let start = Instant::now();
        let verdict = run::block_on(check_mail_from(&recorder, &query, &limits));
        assert!(start.elapsed().as_secs() < 5);
        (verdict, recorder.into_evidence().0.len())
    }

    fn with_record(record: &str) -> Zone {
        let mut zone = Zone::default();
        let strings = record.as_bytes().chunks(255).map(<[u8]>::to_vec).collect();
        zone.add("example.com", Record::Txt(Txt(strings)));
        zone
    }

    #[test]
    fn a_circle_asks_each_of_its_questions_once() {
        for (lines, questions) in [
            ("example.com TXT v=spf1 include:example.com -all", 1),
            ("example.com TXT v=spf1 redirect=example.com", 1),
            (
                "example.com TXT v=spf1 include:b.example.com\nb.example.com TXT v=spf1 redirect=example.com",
                2,
            ),
        ] {
            let (verdict, asked) = judge_counted(&published(lines));
            assert_eq!(verdict.cause, SpfCause::TooManyLookups, "{lines}");
            assert_eq!((verdict.lookups, asked), (11, questions), "{lines}");
        }
    }

    #[test]
    fn a_circle_over_ever_new_names_ends_at_the_tenth() {
        let mut zone = published("example.com TXT v=spf1 include:a.%{d} -all");
        let mut name = "example.com".to_string();
        for _ in 0..20 {
            name = format!("a.{name}");
            zone.add(&name, record(RecordType::Txt, "v=spf1 redirect=a.%{d}"));
        }
        let (verdict, asked) = judge_counted(&zone);
        assert_eq!((verdict.cause, asked), (SpfCause::TooManyLookups, 11));
    }

    #[test]
    fn a_thousand_terms_that_ask_nothing_are_all_read() {
        let terms = "ip4:192.0.2.9 ".repeat(1_000);
        let (verdict, asked) = judge_counted(&with_record(&format!("v=spf1 {terms}-all")));
        assert_eq!((verdict.result, asked), (SpfResult::Fail, 1));
        assert_eq!(verdict.trace.len(), 1_001);
    }

    #[test]
    fn of_a_thousand_terms_that_ask_ten_are_followed() {
        let terms: String = (0..1_000).map(|n| format!("a:h{n}.example.com ")).collect();
        let mut zone = with_record(&format!("v=spf1 {terms}-all"));
        for number in 0..1_000 {
            let address = record(RecordType::A, "192.0.2.9");
            zone.add(&format!("h{number}.example.com"), address);
        }
        let (verdict, asked) = judge_counted(&zone);
        assert_eq!((verdict.cause, asked), (SpfCause::TooManyLookups, 11));
    }

    #[test]
    fn a_record_of_64_kb_is_read_to_its_last_term_and_a_longer_one_is_not() {
        let filler = "x=".to_string() + &"y".repeat(65_535 - "v=spf1 x= +all".len());
        let (verdict, asked) = judge_counted(&with_record(&format!("v=spf1 {filler} +all")));
        assert_eq!((verdict.result, asked), (SpfResult::Pass, 1));
        let (verdict, asked) = judge_counted(&with_record(&format!("v=spf1 {filler}y +all")));
        assert_eq!((verdict.cause, asked), (SpfCause::RecordTooLong, 1));
    }
}

mod section_5_mechanisms {
    use super::*;

    #[test]
    fn an_included_pass_matches_and_says_by_which_term() {
        let verdict = judge(
            "example.com TXT v=spf1 include:b.example.com ~all
             b.example.com TXT v=spf1 ip4:198.51.100.0/24 ip4:192.0.2.0/24 -all",
        );
        assert_eq!(verdict.result, SpfResult::Pass);
        let matched = verdict.matched.clone().unwrap();
        assert_eq!(&*matched.term, "ip4:192.0.2.0/24");
        assert_eq!(matched.record_domain.as_str(), "b.example.com");
        assert_eq!(matched.via, ["include:b.example.com".into()]);
        assert_eq!(&*matched.directive, "include:b.example.com");
        assert_eq!(
            explain::spf::cause(&verdict).to_string(),
            "192.0.2.1 matches ip4:192.0.2.0/24, reached through include:b.example.com (1 of 10 lookups)"
        );
        assert_eq!(
            outcomes(&verdict.trace),
            [
                ("include:b.example.com", SpfOutcome::Match),
                ("~all", SpfOutcome::NotReached),
            ]
        );
        assert_eq!(verdict.trace[0].steps.len(), 3);
        assert_eq!(
            verdict.trace[0].record_domain.as_deref(),
            Some("b.example.com")
        );
    }

    #[test]
    fn the_qualifier_of_an_include_is_the_result() {
        for (qualifier, result) in [("-", SpfResult::Fail), ("?", SpfResult::Neutral)] {
            let verdict = judge(&format!(
                "example.com TXT v=spf1 {qualifier}include:b.example.com +all
                 b.example.com TXT v=spf1 +all"
            ));
            assert_eq!(verdict.result, result);
        }
    }

    #[test]
    fn an_include_turns_results_as_the_table_says() {
        for (included, result) in [
            ("b.example.com TXT v=spf1 -all", SpfResult::Softfail),
            ("b.example.com TXT v=spf1 ~all", SpfResult::Softfail),
            ("b.example.com TXT v=spf1 ?all", SpfResult::Softfail),
            ("b.example.com TXT v=spf1", SpfResult::Softfail),
            ("b.example.com FAIL TXT", SpfResult::Temperror),
            ("b.example.com TXT v=spf1 moo", SpfResult::Permerror),
            ("b.example.com TXT none", SpfResult::Permerror),
            ("", SpfResult::Permerror),
        ] {
            let verdict = judge(&format!(
                "example.com TXT v=spf1 include:b.example.com ~all\n{included}"
            ));
            assert_eq!(verdict.result, result, "{included}");
        }
    }

    #[test]
    fn an_include_that_leads_nowhere_says_so() {
        let verdict = judge("example.com TXT v=spf1 include:b.example.com ~all");
        assert_eq!(verdict.cause, SpfCause::IncludeWithoutRecord);
        assert_eq!(
            explain::spf::cause(&verdict).to_string(),
            "include:b.example.com in the record of example.com leads nowhere: b.example.com does not exist, so it has no SPF record"
        );
    }

    #[test]
    fn an_error_deep_down_names_the_way_there() {
        let verdict = judge(
            "example.com TXT v=spf1 include:b.example.com ~all
             b.example.com TXT v=spf1 redirect=c.example.com
             c.example.com TXT v=spf1 a:d.example.com
             d.example.com FAIL A",
        );
        assert_eq!(verdict.result, SpfResult::Temperror);
        assert_eq!(
            explain::spf::cause(&verdict).to_string(),
            "the A lookup of d.example.com for a:d.example.com in the record of c.example.com failed: SERVFAIL, reached through include:b.example.com and redirect=c.example.com"
        );
    }

    #[test]
    fn addresses_are_compared_in_the_clients_family_and_by_their_prefix() {
        let zone = "example.com A 192.0.2.200\nexample.com AAAA 2001:db8::1:0:0:1";
        for (ip, record, result) in [
            ("192.0.2.1", "v=spf1 a/24 -all", SpfResult::Pass),
            ("192.0.2.1", "v=spf1 a -all", SpfResult::Fail),
            ("192.0.2.1", "v=spf1 a//0 -all", SpfResult::Fail),
            ("2001:db8::2", "v=spf1 a//64 -all", SpfResult::Pass),
            ("2001:db8::2", "v=spf1 a/0 -all", SpfResult::Fail),
            (
                "::ffff:192.0.2.1",
                "v=spf1 ip4:192.0.2.1 -all",
                SpfResult::Pass,
            ),
            (
                "::ffff:192.0.2.1",
                "v=spf1 ip6:::ffff:192.0.2.1 -all",
                SpfResult::Fail,
            ),
            (
                "192.0.2.1",
                "v=spf1 ip6:::/0 ip4:0.0.0.0/0 -all",
                SpfResult::Pass,
            ),
            (
                "2001:db8::2",
                "v=spf1 ip4:0.0.0.0/0 ip6:2001:db8::/127 ~all",
                SpfResult::Softfail,
            ),
            (
                "2001:db8::2",
                "v=spf1 ip6:2001:DB8::3/127 -all",
                SpfResult::Pass,
            ),
        ] {
            let verdict = judge_from(ip, &format!("example.com TXT {record}\n{zone}"));
            assert_eq!(verdict.result, result, "{ip} {record}");
        }
    }

    #[test]
    fn mail_hosts_are_asked_in_order_and_a_null_mx_is_none() {
        let verdict = judge(
            "example.com TXT v=spf1 mx:a.example.com mx:null.example.com -all
             null.example.com MX 0 .
             a.example.com MX 20 b.example.com
             a.example.com MX 10 c.example.com
             b.example.com A 192.0.2.8
             c.example.com A 192.0.2.9",
        );
        assert_eq!((verdict.result, verdict.void_lookups), (SpfResult::Fail, 0));
        assert_eq!(verdict.trace[0].lookups.len(), 3);
        assert_eq!(
            verdict.trace[0]
                .answer
                .as_ref()
                .map(ToString::to_string)
                .as_deref(),
            Some("b.example.com, c.example.com")
        );
    }

    #[test]
    fn ptr_needs_a_name_that_leads_back_and_lies_within_the_target() {
        let ptr = "1.2.0.192.in-addr.arpa PTR host.example.com";
        for (lines, result) in [
            ("host.example.com A 192.0.2.1", SpfResult::Pass),
            ("host.example.com A 192.0.2.2", SpfResult::Fail),
            ("host.example.com FAIL A", SpfResult::Fail),
        ] {
            let verdict = judge(&format!("example.com TXT v=spf1 ptr -all\n{ptr}\n{lines}"));
            assert_eq!(verdict.result, result, "{lines}");
        }
        let verdict = judge(&format!(
            "example.com TXT v=spf1 ptr:t.example.com -all\n{ptr}\nhost.example.com A 192.0.2.1"
        ));
        assert_eq!(verdict.result, SpfResult::Fail);
        let verdict = judge("example.com TXT v=spf1 ptr ~all\n1.2.0.192.in-addr.arpa FAIL PTR");
        assert_eq!(verdict.result, SpfResult::Softfail);
    }

    #[test]
    fn exists_asks_for_a_whatever_the_client_is() {
        let verdict = judge_from(
            "2001:db8::1",
            "example.com TXT v=spf1 exists:x.example.com -all\nx.example.com A 127.0.0.2",
        );
        assert_eq!(verdict.result, SpfResult::Pass);
        let verdict = judge_from(
            "2001:db8::1",
            "example.com TXT v=spf1 exists:x.example.com -all\nx.example.com AAAA 2001:db8::2",
        );
        assert_eq!(verdict.result, SpfResult::Fail);
    }

    #[test]
    fn a_target_that_is_no_name_does_not_match() {
        for record in [
            "v=spf1 a:a..example.com -all",
            "v=spf1 exists:%{l}.%{l}..com mx:.x.com -all",
        ] {
            let verdict = judge_record(record);
            assert_eq!(
                (verdict.result, verdict.void_lookups),
                (SpfResult::Fail, 0),
                "{record}"
            );
        }
    }
}

mod section_6_modifiers {
    use super::*;

    #[test]
    fn a_redirect_gives_its_result_and_its_explanation() {
        let verdict = judge(
            "example.com TXT v=spf1 redirect=b.example.com exp=no.example.com
             b.example.com TXT v=spf1 exp=yes.example.com -all
             yes.example.com TXT %{i} is not one of %{d}
             no.example.com TXT no",
        );
        assert_eq!(verdict.result, SpfResult::Fail);
        assert_eq!(
            verdict.explanation.as_deref(),
            Some("192.0.2.1 is not one of b.example.com")
        );
        assert_eq!(verdict.lookups, 1);
        assert_eq!(
            explain::spf::cause(&verdict).to_string(),
            "192.0.2.1 matches no term of the record of b.example.com before -all, reached through redirect=b.example.com (1 of 10 lookups)"
        );
        assert_eq!(
            outcomes(&verdict.trace),
            [
                ("redirect=b.example.com", SpfOutcome::Followed),
                ("exp=no.example.com", SpfOutcome::NotReached),
            ]
        );
        assert_eq!(verdict.trace[0].steps[0].outcome, SpfOutcome::Followed);
    }

    #[test]
    fn a_redirect_without_a_record_is_permerror() {
        for lines in ["", "b.example.com TXT none"] {
            let verdict = judge(&format!(
                "example.com TXT v=spf1 redirect=b.example.com\n{lines}"
            ));
            assert_eq!(verdict.cause, SpfCause::RedirectWithoutRecord);
            assert_eq!(verdict.result, SpfResult::Permerror);
        }
        let verdict = judge("example.com TXT v=spf1 redirect=b..example.com");
        assert_eq!(verdict.result, SpfResult::Permerror);
    }

    #[test]
    fn a_redirect_beside_all_is_ignored() {
        let verdict = judge_record("v=spf1 redirect=b.example.com ?all");
        assert_eq!(verdict.result, SpfResult::Neutral);
        assert_eq!(verdict.trace[0].outcome, SpfOutcome::Ignored);
    }

    #[test]
    fn an_explanation_that_cannot_be_had_changes_nothing() {
        for lines in [
            "",
            "e.example.com FAIL TXT",
            "e.example.com UNKNOWN TXT",
            "e.example.com TXT one\ne.example.com TXT two",
            "e.example.com TXT %{x}",
            "e.example.com TXT caf\u{e9}",
        ] {
            let verdict = judge(&format!(
                "example.com TXT v=spf1 -all exp=e.example.com\n{lines}"
            ));
            assert_eq!(verdict.result, SpfResult::Fail, "{lines}");
            assert_eq!(verdict.explanation, None, "{lines}");
            assert_eq!((verdict.lookups, verdict.void_lookups), (0, 0), "{lines}");
            assert!(verdict.trace[1].answer.is_some(), "{lines}");
        }
    }

    #[test]
    fn the_explanation_of_an_included_record_is_not_used() {
        let verdict = judge(
            "example.com TXT v=spf1 include:b.example.com -all
             b.example.com TXT v=spf1 -all exp=e.example.com
             e.example.com TXT wrong",
        );
        assert_eq!(
            (verdict.result, verdict.explanation),
            (SpfResult::Fail, None)
        );
    }
}

mod section_7_macros {
    use super::*;

    #[test]
    fn targets_are_expanded_and_shown() {
        let verdict = judge(
            "example.com TXT v=spf1 exists:%{ir}.%{v}.%{l1r+}._spf.%{d2} -all
             1.2.0.192.in-addr.sender._spf.example.com A 127.0.0.2",
        );
        assert_eq!(verdict.result, SpfResult::Pass);
        assert_eq!(
            verdict.trace[0].expanded.as_deref(),
            Some("1.2.0.192.in-addr.sender._spf.example.com")
        );
    }

    #[test]
    fn the_sender_stays_and_the_domain_changes_within_an_include() {
        let verdict = judge(
            "example.com TXT v=spf1 include:b.example.net -all
             b.example.net TXT v=spf1 exists:%{o}.%{d} -all
             example.com.b.example.net A 127.0.0.2",
        );
        assert_eq!(verdict.result, SpfResult::Pass);
    }

    #[test]
    fn letters_of_explanations_are_refused_in_terms() {
        for record in [
            "v=spf1 exists:%{c}.example.com",
            "v=spf1 exp=%{r}.example.com",
            "v=spf1 a:%{t}.com",
        ] {
            assert_eq!(judge_record(record).cause, SpfCause::Syntax, "{record}");
        }
    }

    #[test]
    fn the_validated_name_is_the_domain_or_one_below_it_or_any_or_unknown() {
        let names = |names: &[&str]| {
            let mut lines = "example.com TXT v=spf1 exists:%{p}.x.test -all".to_string();
            for name in names {
                lines.push_str(&format!(
                    "\n1.2.0.192.in-addr.arpa PTR {name}\n{name} A 192.0.2.1"
                ));
            }
            judge(&lines).trace[0].expanded.clone().unwrap()
        };
        assert_eq!(
            names(&["z.example.net", "a.example.com", "example.com"]),
            "example.com.x.test"
        );
        assert_eq!(
            names(&["z.example.net", "a.example.com"]),
            "a.example.com.x.test"
        );
        assert_eq!(names(&["z.example.net"]), "z.example.net.x.test");
        assert_eq!(names(&[]), "unknown.x.test");
    }

    #[test]
    fn a_helo_name_that_is_not_known_counts_only_where_a_macro_needs_it() {
        let known = query("192.0.2.1", "sender@example.com");
        let query = SpfQuery {
            helo: None,
            ..known
        };
        let limits = Limits::default();
        let zone = published("example.com TXT v=spf1 exists:%{h}.example.com -all");
        let verdict = run(&zone, &query, SpfIdentity::MailFrom, &limits);
        assert_eq!(verdict.cause, SpfCause::HeloUnknown);
        let zone =
            published("example.com TXT v=spf1 -all exp=e.example.com\ne.example.com TXT %{h}");
        let verdict = run(&zone, &query, SpfIdentity::MailFrom, &limits);
        assert_eq!(
            (verdict.result, verdict.explanation),
            (SpfResult::Fail, None)
        );
    }

    #[test]
    fn a_local_part_beyond_ascii_never_matches() {
        for letter in ["l", "s", "L", "S"] {
            let record = format!("example.com TXT v=spf1 exists:%{{{letter}}}.example.com -all");
            let query = query("192.0.2.1", "j\u{f6}rg@example.com");
            let verdict = run(
                &published(&record),
                &query,
                SpfIdentity::MailFrom,
                &Limits::default(),
            );
            assert_eq!((verdict.result, verdict.void_lookups), (SpfResult::Fail, 0));
        }
    }
}

mod output {
    use super::*;

    #[test]
    fn a_verdict_serialises_under_its_fixed_names() {
        let verdict = judge(
            "example.com TXT v=spf1 include:b.example.com ~all
             b.example.com TXT v=spf1 a -all
             b.example.com A 192.0.2.1",
        );
        let json = serde_json::to_value(&verdict).unwrap();
        for (path, expected) in [
            ("/result", "pass"),
            ("/cause", "matched"),
            ("/lookup", "L1"),
            ("/matched/term", "a"),
            ("/trace/0/outcome", "match"),
            ("/trace/0/steps/0/expanded", "b.example.com"),
            ("/trace/0/steps/0/answer/found/records/first/0", "192.0.2.1"),
            ("/trace/0/steps/0/lookups/0", "L3"),
        ] {
            let found = json.pointer(path).and_then(|value| value.as_str());
            assert_eq!(found, Some(expected), "{path}");
        }
        assert_eq!(json["trace"][0]["lookup_number"], 1);
        // What was not reached has no outcome.
        assert!(json["trace"][1]["outcome"].is_null());
        // The answers, and so the records, stand with the lookups.
        for left_out in ["explanation", "record", "records"] {
            assert!(json[left_out].is_null(), "{left_out}");
        }
        let _schema = schemars::schema_for!(SpfVerdict);
    }
}

mod hostile_input {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

        #[test]
        fn no_record_makes_the_walk_panic(
            terms in prop::collection::vec("[-+~?]?(all|a|mx|ptr|include|exists|ip4|ip6|redirect|exp|x)?[:=/]{0,2}[ -~\u{e9}]{0,12}", 0..6),
            text in "[%{}a-z0-9rR.\\-+,/_= ]{0,40}",
            sender in "\\PC{0,20}@?\\PC{0,10}",
        ) {
            let record = format!("v=spf1 {} exists:{text}.example.com", terms.join(" "));
            let mut zone = Zone::default();
            zone.add("example.com", Record::Txt(Txt(vec![record.into_bytes()])));
            for mail_from in ["a@example.com", sender.as_str()] {
                let query = query("192.0.2.1", mail_from);
                let verdict = run(&zone, &query, SpfIdentity::MailFrom, &Limits::default());
                prop_assert!(!explain::spf::cause(&verdict).to_string().is_empty());
            }
        }
    }

    #[test]
    fn a_large_record_of_macros_is_read_in_little_time() {
        let sender = format!("{}@example.com", "a.".repeat(400));
        let record = format!("v=spf1 exists:{}%{{d}}", "%{Sr}".repeat(3_000));
        let mut zone = Zone::default();
        zone.add("example.com", Record::Txt(Txt(vec![record.into_bytes()])));
        let start = std::time::Instant::now();
        let query = query("192.0.2.1", &sender);
        run(&zone, &query, SpfIdentity::MailFrom, &Limits::default());
        assert!(start.elapsed().as_secs() < 10);
    }
}

mod standard {
    use super::*;
    use serde_json::Value;

    #[test]
    fn the_standard_suite_is_met() {
        suite::check_all("spf_rfc7208.jsonl", &[], |_| true, check);
    }

    fn check(case: &Value) -> Option<String> {
        let params = &case["params"];
        let query = SpfQuery {
            client_ip: params["client_ip"].as_str().unwrap().parse::<IpAddr>().ok(),
            helo: params["helo"].as_str(),
            mail_from: params["mail_from"].as_str(),
            receiver: None,
            now: Timestamp::UNIX_EPOCH,
        };
        let zone = Zone::of_case(&case["dns"]);
        let verdict = run(&zone, &query, SpfIdentity::MailFrom, &Limits::default());
        serde_json::to_string(&verdict).unwrap();
        let allowed = case["expected"]["spf"].as_array().unwrap();
        if !allowed.iter().any(|word| word == verdict.result.as_str()) {
            return Some(format!(
                "{} ({}), expected {allowed:?}",
                verdict.result,
                explain::spf::cause(&verdict)
            ));
        }
        let expected = case["expected"]["explanation"].as_str()?;
        let default = params["default_explanation"].as_str().unwrap();
        let found = verdict.explanation.as_deref().unwrap_or(default);
        // The nibbles of an IPv6 address are in capitals there and in small letters in §7.4.
        (!found.eq_ignore_ascii_case(expected)).then(|| format!("{found:?}, expected {expected:?}"))
    }
}
