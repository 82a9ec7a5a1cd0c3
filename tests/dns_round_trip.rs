//! What a run asked, written down, gives the same run again; so does the zone text made of it,
//! where zone text can say it.

#[path = "support/case.rs"]
mod case;
#[path = "support/run.rs"]
mod run;

use sesauth::render::json::Detail;
use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::atomic::{AtomicUsize, Ordering};

use case::{cases, inspect_case, inspect_case_with};
use proptest::prelude::*;
use sesauth::dkim::DkimResult;
use sesauth::dns::{
    Absent, Answer, Dns, ErrorCode, ExtendedError, Failure, Name, Negative, Question, Record,
    RecordType, Reply, Snapshot, Txt, Zone,
};
use sesauth::render::text::TextOptions;
use sesauth::{Analysis, DomainCheck, DomainQuery, Inspection, Limits, SessionHints, render};

#[test]
fn a_recording_of_a_run_gives_the_same_run_again() {
    for case in cases() {
        let first = inspect_case(&case);
        let mut written = Vec::new();
        recorded(&first.analysis).write(&mut written).unwrap();
        let text = String::from_utf8(written.clone()).unwrap();
        let snapshot = Snapshot::parse(&text, Absent::NotRecorded).unwrap();
        let second = inspect_case_with(&case, &snapshot);
        assert_eq!(shown(&first), shown(&second), "{}", case.display());
        let mut again = Vec::new();
        recorded(&second.analysis).write(&mut again).unwrap();
        assert_eq!(written, again, "{}", case.display());
    }
}

/// What a run asked, as a recording.
fn recorded(analysis: &Analysis) -> Snapshot {
    let mut snapshot = Snapshot::default();
    snapshot.extend(&analysis.lookups.0, None, None);
    snapshot
}

#[test]
fn a_recording_of_a_run_keeps_earlier_answers() {
    let case = cases()
        .into_iter()
        .find(|case| case.ends_with(EARLIER))
        .unwrap();
    let key = fs::read_to_string(case.join("dns.jsonl")).unwrap();
    let text: String = key
        .lines()
        .map(|line| match line.contains("_domainkey") {
            // The key as it was, and that it is gone.
            true => {
                let old = line.replacen('{', "{\"captured\":\"2026-01-01T00:00:00Z\",", 1);
                let value: serde_json::Value = serde_json::from_str(line).unwrap();
                let (name, at) = (&value["name"], "2026-11-01T00:00:00Z");
                format!(
                    "{old}\n{{\"captured\":\"{at}\",\"name\":{name},\"type\":\"TXT\",\"rcode\":\"NXDOMAIN\"}}\n"
                )
            }
            false => format!("{line}\n"),
        })
        .collect();
    let first = inspect_case_with(&case, &Snapshot::parse(&text, Absent::NotRecorded).unwrap());
    let second = inspect_case_with(&case, &recorded(&first.analysis));
    assert_eq!(verdicts(&first.analysis), verdicts(&second.analysis));
    assert!(
        first
            .analysis
            .dkim
            .iter()
            .any(|dkim| dkim.result == DkimResult::Pass)
    );
}

/// A case with signatures that pass.
const EARLIER: &str = "length-tag";

/// All of an analysis that a person or a program sees.
fn shown(inspection: &Inspection) -> String {
    let mut out = Vec::new();
    let options = TextOptions {
        verbose: true,
        ..TextOptions::default()
    };
    render::text::write(inspection, options, &mut out).unwrap();
    render::json::write_inspection(inspection, Detail::Full, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Cases whose zone text gives other verdicts, each with the reason.
const NOT_AS_ZONE: &[(&str, &str)] = &[
    ("dkim-dns", "a lookup failed, which zone text cannot say"),
    (
        "dkim-not-recorded",
        "a question is missing, and a zone knows all",
    ),
];

#[test]
fn zone_text_of_a_recording_gives_the_same_verdicts() {
    let mut listed: BTreeMap<&str, &str> = NOT_AS_ZONE.iter().copied().collect();
    let mut wrong = Vec::new();
    let mut same = 0;
    for case in cases() {
        let name = case.file_name().unwrap().to_str().unwrap();
        let first = inspect_case(&case);
        let mut text = Vec::new();
        render::dns::export(&recorded(&first.analysis), &mut text).unwrap();
        let zone = Zone::parse(&String::from_utf8(text).unwrap()).unwrap();
        let second = inspect_case_with(&case, &zone);
        let (first, second) = (verdicts(&first.analysis), verdicts(&second.analysis));
        match (first == second, listed.remove(name)) {
            (true, None) => same += 1,
            (true, Some(reason)) => wrong.push(format!("{name} agrees, but is listed: {reason}")),
            (false, Some(_)) => (),
            (false, None) => wrong.push(format!("{name}: {first:?}, then {second:?}")),
        }
    }
    println!("{same} cases are the same from zone text");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(listed.is_empty(), "not compared: {listed:?}");
}

fn verdicts(analysis: &Analysis) -> Vec<String> {
    let spf = &analysis.spf;
    let mut verdicts = vec![
        format!("mailfrom {}", spf.mail_from.result),
        format!("helo {}", spf.helo.result),
        format!("dmarc {}", analysis.dmarc.result),
    ];
    let dkim = analysis.dkim.iter();
    verdicts.extend(dkim.map(|dkim| format!("dkim {} {:?}", dkim.result, dkim.cause)));
    verdicts
}

/// DNS that answers whatever its seed says, and counts the questions.
struct AnyDns {
    seed: u64,
    asked: AtomicUsize,
}

impl AnyDns {
    fn number(&self, question: &Question, salt: usize) -> usize {
        let mut hasher = DefaultHasher::new();
        (self.seed, question, salt).hash(&mut hasher);
        hasher.finish() as usize
    }

    fn record(&self, question: &Question, index: usize) -> Record {
        let number = self.number(question, index + 1);
        let host = Name::parse(&format!("h{number}.test")).unwrap();
        match question.kind {
            // Now and then the answer is of another type.
            _ if number % 40 == 39 => Record::Ptr(host),
            RecordType::A if number.is_multiple_of(2) => Record::A(Ipv4Addr::new(192, 0, 2, 1)),
            RecordType::A => Record::A(Ipv4Addr::from_bits(number as u32)),
            RecordType::Aaaa => Record::Aaaa(Ipv6Addr::from_bits(number as u128)),
            RecordType::Cname => Record::Cname(host),
            RecordType::Ns => Record::Ns(host),
            RecordType::Ptr => Record::Ptr(host),
            RecordType::Mx => Record::Mx {
                preference: number as u16,
                exchange: (!number.is_multiple_of(9)).then_some(host),
            },
            RecordType::Txt => {
                let text = match number % 8 {
                    0 => format!(
                        "v=spf1 mx:m{number}.test include:i{number}.test ptr redirect=r.%{{d2}}"
                    ),
                    1 => format!(
                        "v=spf1 exists:%{{p}}.e{number}.test mx mx:m{number}.test a -all exp=x{number}.test"
                    ),
                    2 => (0..12).fold("v=spf1".into(), |text, term| {
                        format!("{text} mx:m{term}-{number}.test")
                    }),
                    3 => "v=DMARC1; p=reject; np=none; sp=none".into(),
                    4 => "v=DMARC1; p=none; psd=y; rua=mailto:a@test".into(),
                    5 => {
                        "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=".into()
                    }
                    6 => format!("v=spf1 include:%{{l}}.{number}.%{{i}}.test ~all"),
                    _ => format!("text {number} \u{e9}\0"),
                };
                Record::Txt(Txt(vec![text.into_bytes()]))
            }
        }
    }
}

impl Dns for AnyDns {
    async fn query(&self, question: &Question) -> Reply {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let number = self.number(question, 0);
        match number % 16 {
            0 => Reply::NxDomain(Negative::default()),
            1 => Reply::NoData(Negative::default()),
            2 if number.is_multiple_of(10) => {
                let why = [
                    ExtendedError::new(6, "expired"),
                    ExtendedError::new(4711, ""),
                ];
                Reply::TempFail(Failure::Rcode(Box::new(ErrorCode::new("SERVFAIL", why))))
            }
            2 if number.is_multiple_of(5) => Reply::TempFail(Failure::Timeout),
            3 if number.is_multiple_of(5) => Reply::NotRecorded,
            kind => Reply::Records(Answer {
                cname: Vec::new(),
                ttl: 1,
                authenticated: kind == 4,
                // One mostly, as several records are an error of most kinds.
                records: (0..match question.kind {
                    RecordType::Txt => 1 + number / 16 % 9 / 8,
                    _ => 1 + number / 16 % 11,
                })
                    .map(|index| self.record(question, index))
                    .collect(),
            }),
        }
    }
}

/// The most questions that one message can lead to:
/// - one key for each signature;
/// - a tree walk for the author, the MAIL FROM domain and each signature, and one question whether
///   the author domain exists;
/// - for each of the two SPF identities its record, its explanation, and for each term that may
///   look up its own question and the addresses of its names;
/// - the names of the client, and their addresses, which `%{p}` asks for in any term, once.
fn bound(limits: &Limits) -> usize {
    let walks = (limits.signatures + 2) * limits.dmarc_queries + 1;
    let spf = 2 * (2 + limits.spf_lookups * (1 + limits.spf_names));
    limits.signatures + walks + spf + 1 + limits.spf_names
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_dns_says_there_is_a_verdict_after_a_bounded_number_of_questions(
        seed in any::<u64>(),
        signatures in 0..40usize,
        labels in 1..12usize,
    ) {
        let mut message = String::new();
        for number in 0..signatures {
            let domain = format!("s{number}.{}test", "a.".repeat(labels));
            message.push_str(&format!(
                "DKIM-Signature: v=1; a=ed25519-sha256; d={domain}; s=s; h=From; bh=AAAA; b=AAAA\r\n"
            ));
        }
        message.push_str(&format!("From: a@{}example.test\r\n\r\nHello\r\n", "b.".repeat(labels)));
        let hints = SessionHints {
            client_ip: Some(Ipv4Addr::new(192, 0, 2, 1).into()),
            helo: Some("helo.example.test".into()),
            mail_from: Some(format!("a@{}bounce.test", "c.".repeat(labels))),
            ..SessionHints::default()
        };
        let dns = AnyDns { seed, asked: AtomicUsize::new(0) };
        let now = jiff::Timestamp::UNIX_EPOCH;
        let analysis = run::block_on(sesauth::inspect(message.as_bytes(), &hints, &dns, now)).unwrap();
        prop_assert!(!shown(&analysis).is_empty());
        let asked = dns.asked.into_inner();
        let bound = bound(&Limits::default());
        prop_assert!(asked <= bound, "{} questions, {} allowed", asked, bound);
        prop_assert_eq!(asked, analysis.analysis.lookups.0.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_dns_says_a_domain_check_ends_and_its_recording_gives_it_again(
        seed in any::<u64>(),
        labels in 0..12usize,
        is_named in any::<bool>(),
    ) {
        let domain = Name::parse(&format!("{}example.test", "b.".repeat(labels))).unwrap();
        let mut query = DomainQuery::new(domain);
        query.guess = true;
        query.bulk = true;
        query.mail_from = is_named.then(|| Name::parse("bounce.example.test").unwrap());
        query.hosts = vec![Ipv4Addr::new(192, 0, 2, 1).into()];
        let dns = AnyDns { seed, asked: AtomicUsize::new(0) };
        let (now, limits) = (jiff::Timestamp::UNIX_EPOCH, Limits::default());
        let first = run::block_on(sesauth::check_domain(&query, &dns, now, &limits)).unwrap();
        // Two SPF records beyond their limits, with the names of each term, are most of it.
        prop_assert!(dns.asked.into_inner() <= 2_500);
        let mut snapshot = Snapshot::default();
        snapshot.extend(&first.lookups.0, None, None);
        let second = run::block_on(sesauth::check_domain(&query, &snapshot, now, &limits)).unwrap();
        prop_assert_eq!(written(&first), written(&second));
    }
}

/// All of a domain check that a person or a program sees.
fn written(check: &DomainCheck) -> String {
    let mut out = Vec::new();
    let options = TextOptions {
        verbose: true,
        ..TextOptions::default()
    };
    render::domain::write(check, options, &mut out).unwrap();
    render::json::write_domain(check, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_bound_on_questions_is_known() {
    assert_eq!(bound(&Limits::default()), 477);
}

#[test]
fn an_rcode_in_a_recording_is_a_name_of_the_registry_or_a_number() {
    let read = |rcode: &str| {
        let head =
            "{\"sesauth_dns\":1}\n{\"name\":\"a.example\",\"type\":\"A\",\"rcode\":\"NXDOMAIN\"}";
        let text =
            format!("{head}\n{{\"name\":\"b.example\",\"type\":\"A\",\"rcode\":\"{rcode}\"}}\n");
        Snapshot::parse(&text, Absent::NotRecorded)
    };
    for rcode in [
        "NOERROR",
        "NXDOMAIN",
        "FORMERR",
        "SERVFAIL",
        "NOTIMP",
        "REFUSED",
        "YXDOMAIN",
        "DSOTYPENI",
        "BADVERS",
        "BADCOOKIE",
        "RCODE12",
        "RCODE4095",
    ] {
        assert!(read(rcode).is_ok(), "{rcode}");
    }
    for rcode in [
        "",
        "NXDOMIAN",
        "nxdomain",
        "OK",
        "3",
        "RCODE",
        "RCODE+3",
        "RCODE4096",
    ] {
        let error = read(rcode).unwrap_err().to_string();
        assert!(error.contains("line 3"), "{error}");
        let quoted = format!("{rcode:?} is no response code");
        assert!(error.contains(&quoted), "{error}");
    }
}
