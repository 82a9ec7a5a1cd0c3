//! Nothing that a message or a DNS answer can hold makes the analysis panic, hang, or print what
//! steers a terminal.

#[path = "support/mangle.rs"]
mod mangle;
#[path = "support/run.rs"]
mod run;

use sesauth::render::json::Detail;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use jiff::Timestamp;
use mangle::Random;
use run::block_on;
use serde::de::IgnoredAny;
use sesauth::dns::{
    Absent, Answer, Dns, ErrorCode, ExtendedError, Failure, Name, Negative, Question, Record,
    Reply, Snapshot, Txt,
};
use sesauth::render::provider::Provider;
use sesauth::render::text::TextOptions;
use sesauth::{Inspection, Options, SessionHints, inspect, inspect_within, render};

const MESSAGES: u64 = 10_000;

#[test]
fn ten_thousand_damaged_messages_are_explained() {
    let seeds = seeds();
    let failed: Vec<u64> = std::thread::scope(|scope| {
        let halves = [0, 1].map(|half| {
            let seeds = &seeds;
            scope.spawn(move || {
                let numbers = (0..MESSAGES).filter(|number| number % 2 == half);
                let fails = |number: &u64| {
                    catch_unwind(AssertUnwindSafe(|| check_damaged(seeds, *number))).is_err()
                };
                numbers.filter(fails).collect::<Vec<_>>()
            })
        });
        halves
            .into_iter()
            .flat_map(|half| half.join().unwrap())
            .collect()
    });
    assert!(failed.is_empty(), "of these numbers: {failed:?}");
}

/// A message with its recorded DNS.
struct Seed {
    message: Vec<u8>,
    dns: Snapshot,
    dns_text: String,
}

fn seeds() -> Vec<Seed> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/messages");
    let mut cases: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    cases.sort();
    let seed = |case: &std::path::PathBuf| {
        let dns_text = fs::read_to_string(case.join("dns.jsonl")).unwrap();
        Seed {
            message: fs::read(case.join("message.eml")).unwrap(),
            dns: Snapshot::parse(&dns_text, Absent::NxDomain).unwrap(),
            dns_text,
        }
    };
    cases.iter().map(seed).collect()
}

fn check_damaged(seeds: &[Seed], number: u64) {
    let mut random = Random(number);
    let seed = random.pick(seeds);
    let other = random.pick(seeds);
    let message = match random.below(10) {
        0 => random.bytes(600),
        1 => random.pieces(80),
        2 => [
            b"From: a@b.example\r\n".to_vec(),
            random.pieces(80),
            b"\r\n\r\nx".to_vec(),
        ]
        .concat(),
        _ => {
            let mut message = seed.message.clone();
            for _ in 0..1 + random.below(6) {
                random.damage(&mut message, &other.message);
            }
            message
        }
    };
    let dns = Damaged {
        snapshot: &seed.dns,
        seed: number,
        chances: 1 + random.below(8),
    };
    let text = |random: &mut Random| String::from_utf8_lossy(&random.pieces(6)).into_owned();
    let hints = SessionHints {
        client_ip: random
            .one_in(2)
            .then(|| std::net::Ipv4Addr::new(192, 0, 2, 1).into()),
        helo: random.one_in(4).then(|| text(&mut random)),
        mail_from: random.one_in(4).then(|| text(&mut random)),
        at: None,
        ..SessionHints::default()
    };
    if let Ok(analysis) = block_on(inspect_within(&message, &hints, &dns, now(), &options())) {
        check_output(&analysis);
    }
    let mut recording = seed.dns_text.clone().into_bytes();
    random.damage(&mut recording, other.dns_text.as_bytes());
    if let Err(error) = Snapshot::parse(&String::from_utf8_lossy(&recording), Absent::NxDomain) {
        assert_plain(&render::escape::plain(error));
    }
}

/// A recording of which some answers are damaged, always the same ones in the same way.
struct Damaged<'a> {
    snapshot: &'a Snapshot,
    seed: u64,
    /// One answer in so many is damaged.
    chances: usize,
}

impl Dns for Damaged<'_> {
    async fn query(&self, question: &Question) -> Reply {
        let mut hasher = DefaultHasher::new();
        question.hash(&mut hasher);
        let mut random = Random(self.seed ^ hasher.finish());
        let mut reply = self.snapshot.query(question).await;
        if !random.one_in(self.chances) {
            return reply;
        }
        let txt = |text: Vec<u8>| Record::Txt(Txt(vec![text]));
        match (random.below(12), &mut reply) {
            (0, _) => Reply::TempFail(Failure::Network("\x1b[31m\u{202e}down".into())),
            (1, _) => {
                let why = ExtendedError::new(18, "\x1b[31m\u{202e}no\n\"");
                let code = ErrorCode::new("REFUSED", [why, ExtendedError::new(9999, "")]);
                Reply::TempFail(Failure::Rcode(Box::new(code)))
            }
            (2, _) => Reply::NotRecorded,
            (3, _) => Reply::NoData(Negative::default()),
            (4, Reply::Records(answer)) => {
                let more = answer.records.iter().cycle().cloned();
                answer.records = more.take(1 + random.below(30)).collect();
                answer.cname = (0..20).filter_map(|_| name(&mut random)).collect();
                reply
            }
            (5..9, Reply::Records(answer)) => {
                for record in &mut answer.records {
                    if let Record::Txt(txt) = record {
                        let mut text = txt.joined();
                        let other = random.pieces(10);
                        for _ in 0..1 + random.below(4) {
                            random.damage(&mut text, &other);
                        }
                        txt.0 = text.chunks(255).map(<[u8]>::to_vec).collect();
                    }
                }
                reply
            }
            _ => {
                let starts: [&[u8]; 6] = [
                    b"v=spf1 ",
                    b"v=DMARC1; ",
                    b"v=DKIM1; k=rsa; p=",
                    b"v=DKIM1;",
                    b"",
                    b"\0",
                ];
                let records = (0..1 + random.below(3))
                    .map(|_| txt([random.pick(&starts), &random.pieces(30)[..]].concat()))
                    .collect();
                Reply::Records(Answer {
                    authenticated: false,
                    cname: Vec::new(),
                    ttl: random.next() as u32,
                    records,
                })
            }
        }
    }
}

fn name(random: &mut Random) -> Option<Name> {
    Name::parse(&String::from_utf8_lossy(&random.pieces(4))).ok()
}

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

/// With all that can be shown.
fn options() -> Options {
    Options {
        canonical_header: true,
        ..Options::default()
    }
}

/// Everything that can be shown of `analysis` is safe to show.
fn check_output(inspection: &Inspection) {
    for verbose in [false, true] {
        let options = TextOptions {
            verbose,
            ..TextOptions::default()
        };
        let mut text = Vec::new();
        render::text::write(inspection, options, &mut text).unwrap();
        assert_plain(&String::from_utf8(text).expect("text is UTF-8"));
    }
    let mut page = Vec::new();
    render::html::write(inspection, "message", Provider::default(), &mut page).unwrap();
    assert_plain(&String::from_utf8(page).expect("a page is UTF-8"));
    let mut json = Vec::new();
    render::json::write_inspection(inspection, Detail::Full, &mut json).unwrap();
    serde_json::from_slice::<IgnoredAny>(&json).expect("JSON is well-formed");
    assert_plain(&String::from_utf8(json).expect("JSON is UTF-8"));
}

#[test]
fn a_value_longer_than_any_of_use_is_not_carried_into_what_is_shown() {
    let long = "x".repeat(1 << 20);
    let tags = [
        "v", "a", "c", "d", "s", "i", "q", "t", "x", "l", "h", "bh", "b",
    ];
    let signatures = tags.map(|tag| format!("DKIM-Signature: {tag}={long}; d=example.com\n"));
    let fields = [
        "Subject",
        "Message-ID",
        "Date",
        "Return-Path",
        "Sender",
        "Received",
    ];
    let fields = fields.map(|name| format!("{name}: {long}\n"));
    let fields = fields.into_iter().chain([format!("{long}: a\n")]);
    for field in signatures.into_iter().chain(fields) {
        let message = format!("{field}From: a@example.com\n\nbody\n");
        let hints = SessionHints::default();
        let dns = Snapshot::parse("{\"sesauth_dns\":1}", Absent::NxDomain).unwrap();
        let inspection = block_on(inspect(message.as_bytes(), &hints, &dns, now())).unwrap();
        let mut json = Vec::new();
        render::json::write_inspection(&inspection, Detail::Full, &mut json).unwrap();
        assert!(json.len() < 200_000, "{}: {}", &field[..20], json.len());
        let mut page = Vec::new();
        render::html::write(&inspection, "message", Provider::default(), &mut page).unwrap();
        assert!(page.len() < 300_000, "{}: {}", &field[..20], page.len());
    }
}

#[track_caller]
fn assert_plain(text: &str) {
    // Nearly all text is plain ASCII, which this tells in little time.
    if !text
        .bytes()
        .any(|byte| !matches!(byte, b'\n' | b' '..=b'~'))
    {
        return;
    }
    let steers = |char: char| {
        char != '\n' && char.is_control()
            || matches!(
                char,
                '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                    | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}'
            )
    };
    if let Some((at, char)) = text.char_indices().find(|(_, char)| steers(*char)) {
        let before = text[..at].chars().rev().take(60).collect::<Vec<_>>();
        let before: String = before.into_iter().rev().collect();
        panic!("{char:?} after {before:?}");
    }
}

/// What a large or deep message must not do is take long: nothing here may take much more than a
/// second, though only a person who watches would notice.
mod bombs {
    use super::*;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD as BASE64;

    const SIGNATURE: &str = "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; \
                             s=one; bh=YWJj; b=ZGVm; h=from";

    fn explain(message: impl AsRef<[u8]>) -> Inspection {
        explain_with(message, &Everything("v=spf1 -all".into()))
    }

    fn explain_with(message: impl AsRef<[u8]>, dns: &impl Dns) -> Inspection {
        let start = std::time::Instant::now();
        let hints = SessionHints {
            client_ip: Some(std::net::Ipv4Addr::new(192, 0, 2, 1).into()),
            mail_from: Some("a@example.com".into()),
            ..SessionHints::default()
        };
        let read = |hints: &SessionHints| {
            block_on(inspect_within(
                message.as_ref(),
                hints,
                dns,
                now(),
                &options(),
            ))
        };
        let saved = read(&SessionHints::default()).unwrap();
        let given = read(&hints);
        let analysed = start.elapsed();
        check_output(&saved);
        // As delivered, a message may have no header.
        let analysis = given.unwrap_or(saved);
        check_output(&analysis);
        let test = std::thread::current();
        let shown = start.elapsed() - analysed;
        println!(
            "{}: {analysed:?}, shown in {shown:?}",
            test.name().unwrap_or_default()
        );
        analysis
    }

    /// DNS in which every name has one TXT record.
    struct Everything(String);

    impl Dns for Everything {
        async fn query(&self, question: &Question) -> Reply {
            if question.kind != sesauth::dns::RecordType::Txt {
                return Reply::NxDomain(Negative::default());
            }
            Reply::Records(Answer {
                authenticated: false,
                cname: Vec::new(),
                ttl: 1,
                records: vec![Record::Txt(Txt(vec![self.0.clone().into_bytes()]))],
            })
        }
    }

    fn message(field: &str) -> String {
        format!("{field}\r\nFrom: a@example.com\r\n\r\nbody\r\n")
    }

    #[test]
    fn thousands_of_arc_fields() {
        let set = |instance: usize| {
            format!(
                "ARC-Seal: i={instance}; a=rsa-sha256; d=d{instance}.example\x1b[2J.com; s=s; \
                 cv=\x1b[1m; b=YWJj\r\nARC-Message-Signature: i={instance}; a=rsa-sha256; \
                 d=m{instance}.example.com; s=s; h=from; bh=YWJj; b=YWJj\r\n\
                 ARC-Seal: i={instance}; a=rsa-sha256; d=d{instance}.example.com; s=s; cv=\u{202e}; \
                 b=YWJj\r\n\
                 ARC-Authentication-Results: i={instance}; \"\x1b[2J\u{202e}\"; dmarc=pass\r\n"
            )
        };
        let sets: String = (1..=1_200).map(set).collect();
        let analysis = explain(message(&sets));
        assert_eq!(analysis.analysis.arc.result.as_str(), "fail");
        assert_eq!(analysis.analysis.arc.instances.len(), 50);
        let keys = analysis.analysis.lookups.0.iter();
        let keys = keys.filter(|one| one.question.name.as_str().contains("_domainkey"));
        assert!(keys.count() <= 100);
        let again = set(1).repeat(1_200);
        assert_eq!(explain(message(&again)).analysis.arc.instances.len(), 1);
    }

    #[test]
    fn a_hundred_thousand_header_fields() {
        let fields = "X: y\r\n".repeat(100_000);
        let analysis = explain(format!("From: a@example.com\r\n{fields}\r\nbody\r\n"));
        assert!(!analysis.analysis.source.notes.is_empty());
        explain("From: a@example.com\r\n".repeat(100_000) + "\r\n");
        explain(
            "Received: from a by b; Fri, 20 Nov 2026 15:00:01 +0000\r\n".repeat(100_000) + "\r\n",
        );
        explain("Authentication-Results: a; dkim=pass\r\n".repeat(100_000) + "\r\n");
        explain("no field\r\n".repeat(100_000) + "From: a@example.com\r\n\r\n");
    }

    #[test]
    fn a_hundred_thousand_signed_names_over_five_thousand_fields() {
        let names = ":x".repeat(100_000);
        let fields = "X: y\r\n".repeat(5_000);
        let signatures = format!("{SIGNATURE}{names}\r\n").repeat(25);
        explain(format!(
            "{signatures}{fields}From: a@example.com\r\n\r\nbody\r\n"
        ));
    }

    #[test]
    fn a_thousand_signatures() {
        let signatures = format!("{SIGNATURE}\r\n").repeat(1_000);
        let analysis = explain(format!("{signatures}From: a@example.com\r\n\r\nbody\r\n"));
        assert_eq!(analysis.analysis.dkim.len(), 25);
        // Each of another length of the body, so that none shares its hash.
        let signatures: String = (0..25).map(|l| format!("{SIGNATURE}; l={l}\r\n")).collect();
        let body = "a line of text\r\n".repeat(16 << 10);
        explain(format!("{signatures}From: a@example.com\r\n\r\n{body}"));
    }

    #[test]
    fn one_line_of_ten_megabytes() {
        let long = "x".repeat(10 << 20);
        explain(format!("From: a@example.com\r\n{SIGNATURE}\r\n\r\n{long}"));
        for name in [
            "From",
            "Subject",
            "Date",
            "Message-ID",
            "Return-Path",
            "Received",
            "DKIM-Signature",
            "Authentication-Results",
            "Received-SPF",
        ] {
            explain(message(&format!("{name}: {}", &long[..2 << 20])));
        }
        explain(message(&format!("Subject: {long}")));
        explain(message(&long));
    }

    #[test]
    fn a_body_of_eight_megabytes() {
        for (line, size) in [
            ("a line of text\r\n", 8 << 20),
            ("\r\n", 2 << 20),
            (" \t \n", 2 << 20),
            ("\r", 2 << 20),
        ] {
            let body = line.repeat(size / line.len());
            let simple = SIGNATURE.replace("relaxed/relaxed", "simple/simple");
            explain(format!(
                "{SIGNATURE}\r\n{simple}\r\nFrom: a@example.com\r\n\r\n{body}"
            ));
        }
    }

    #[test]
    fn comments_a_hundred_thousand_deep() {
        let open = "(".repeat(100_000);
        let close = ")".repeat(100_000);
        for text in [
            format!("{open}{close}"),
            open.clone(),
            close,
            "()".repeat(100_000),
            "\"".repeat(100_001),
            "[".repeat(100_000),
            "\\".repeat(100_000),
            "(\\".repeat(100_000),
            "<".repeat(100_000),
            "<@:".repeat(100_000),
            "=?utf-8?q?a?= ".repeat(50_000),
            "=?".repeat(100_000),
            "a:".repeat(100_000),
            "@".repeat(100_000),
            ";".repeat(100_000),
            "a=b ".repeat(100_000),
            "from by ".repeat(50_000),
            "(from ".repeat(50_000),
        ] {
            for field in [
                "From: ",
                "From: a@b.example ",
                "Received: from ",
                "Authentication-Results: ",
                "Authentication-Results: a; dkim=pass ",
                "Authentication-Results: a; ",
                "Received-SPF: pass ",
                "Subject: ",
                "Return-Path: ",
                "DKIM-Signature: ",
                "DKIM-Signature: v=1; h=",
                "Date: ",
            ] {
                block_on(inspect(
                    message(&format!("{field}{text}")).as_bytes(),
                    &SessionHints::default(),
                    &Everything(String::new()),
                    now(),
                ))
                .unwrap();
            }
            explain(message(&format!("From: {text}")));
        }
    }

    #[test]
    fn a_hundred_thousand_authors() {
        let authors = "Ann <a@example.com>, ".repeat(100_000);
        explain(format!("From: {authors}\r\n\r\n"));
        let authors = "a@example.com,".repeat(60_000);
        let analysis = explain(format!("From: {authors}\r\n\r\n"));
        assert!(analysis.analysis.message.from.len() <= 1_000);
    }

    #[test]
    fn results_of_a_megabyte() {
        for part in [
            "; dkim=pass",
            "; dkim=pass (c) header.d=a.example",
            "; ",
            " a",
            "(",
            ";dkim=pass x.y=z",
        ] {
            let text = part.repeat((1 << 20) / part.len());
            explain(message(&format!(
                "Authentication-Results: mx.example{text}"
            )));
            let short = part.repeat(90_000 / part.len());
            let fields = format!("Authentication-Results: mx.example{short}\r\n").repeat(20);
            explain(format!("{fields}From: a@example.com\r\n\r\n"));
        }
    }

    #[test]
    fn tag_lists_of_a_hundred_thousand_tags() {
        let tags: String = (0..100_000).map(|number| format!("; t{number}=")).collect();
        explain(message(&format!("{SIGNATURE}{tags}")));
        let signatures = format!("{SIGNATURE}\r\n").repeat(25);
        let dns = Everything(format!("v=DKIM1{}", &tags[..60_000]));
        explain_with(
            format!("{signatures}From: a@example.com\r\n\r\nbody\r\n"),
            &dns,
        );
        let dns = Everything(format!("v=DMARC1{tags}"));
        explain_with(message("To: b@example.com"), &dns);
    }

    #[test]
    fn macros_that_expand_to_a_hundred_megabytes() {
        let long = "a".repeat(900);
        for piece in ["%{l}", "%{S}", "%{l9999r-}", "%{l1}", "%{H}"] {
            let record = format!(
                "v=spf1 exists:{} include:b.example exp=c.example -all",
                piece.repeat(60_000 / piece.len())
            );
            let hints = SessionHints {
                client_ip: Some(std::net::Ipv4Addr::new(192, 0, 2, 1).into()),
                helo: Some(format!("{long}\u{e9}")),
                mail_from: Some(format!("{long}@example.com")),
                ..SessionHints::default()
            };
            let message = message("To: b@example.com");
            let dns = Everything(record);
            let options = options();
            let inspection = inspect_within(message.as_bytes(), &hints, &dns, now(), &options);
            let inspection = block_on(inspection).unwrap();
            check_output(&inspection);
            let mut json = Vec::new();
            render::json::write_inspection(&inspection, Detail::Full, &mut json).unwrap();
            assert!(json.len() < 5_000_000, "{piece}: {} octets", json.len());
        }
    }

    #[test]
    fn sender_policies_without_end() {
        for record in [
            "v=spf1 include:a.%{d2} -all".into(),
            "v=spf1 redirect=a.%{d}".into(),
            format!("v=spf1{}", " ip4:192.0.2.7".repeat(5_000)),
            format!("v=spf1{}", " exists:%{i}.example.com".repeat(600)),
            format!("v=spf1{}", " x=y".repeat(4_000)),
            format!("v=spf1 exists:{}", "%{d}".repeat(4_000)),
            format!("v=spf1 include:{}example.com", "%{l1r-}".repeat(2_000)),
            "v=spf1 include:a.example.com include:b.example.com ?all ".repeat(250),
        ] {
            explain_with(message("To: b@example.com"), &Everything(record));
        }
    }

    /// DNS in which every name has very many records of each type.
    struct Very(usize);

    impl Dns for Very {
        async fn query(&self, question: &Question) -> Reply {
            use sesauth::dns::RecordType;
            let Self(many) = *self;
            let host = |number| Name::parse(&format!("h{number}.{}", question.name));
            let text = |number: usize| {
                let starts = ["v=DKIM1; p=", "v=DMARC1; p=none; rua=mailto:a@", "google="];
                let text = format!("{}{number}", starts[number % starts.len()]);
                Record::Txt(Txt(vec![text.into_bytes()]))
            };
            let records = match question.kind {
                RecordType::Txt if question.name.as_str() == "example.com" => {
                    let record = "v=spf1 mx a ptr exists:%{ir}.%{p}.example mx:a.example -all";
                    vec![Record::Txt(Txt(vec![record.into()]))]
                }
                RecordType::Txt => (0..many).map(text).collect(),
                RecordType::A => (0..many)
                    .map(|number| Record::A((number as u32).into()))
                    .collect(),
                RecordType::Ptr => (0..many)
                    .filter_map(|number| host(number).ok().map(Record::Ptr))
                    .collect(),
                RecordType::Mx => (0..10)
                    .map(|number| Record::Mx {
                        preference: 1,
                        exchange: host(number).ok(),
                    })
                    .collect(),
                _ => return Reply::NoData(Negative::default()),
            };
            Reply::Records(Answer {
                authenticated: false,
                cname: Vec::new(),
                ttl: 1,
                records,
            })
        }
    }

    #[test]
    fn names_with_hundreds_of_records() {
        let signatures: String = (0..25)
            .map(|number| {
                format!(
                    "{}\r\n",
                    SIGNATURE.replace("s=one", &format!("s=s{number}"))
                )
            })
            .collect();
        let message = format!("{signatures}From: a@example.com\r\n\r\nbody\r\n");
        let inspection = explain_with(message, &Very(600));
        let spf = &inspection.analysis.spf.mail_from;
        assert!(spf.lookups <= 10, "{}", spf.lookups);
        let asked = inspection.analysis.lookups.0.len();
        assert!(asked < 150, "{asked}");
    }

    /// One element in DER.
    fn der(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = content.len().to_be_bytes();
        [&[tag, 0x83], &length[5..], content].concat()
    }

    fn integer(content: &[u8]) -> Vec<u8> {
        der(2, content)
    }

    #[test]
    fn keys_that_are_no_keys() {
        let octets = |count: usize, first: u8, last: u8| {
            let mut number = vec![0x5a; count];
            number[0] = first;
            number[count - 1] = last;
            number
        };
        let moduli = [
            octets(256, 0xc5, 0x5b),
            octets(256, 0xc5, 0x5a),
            octets(2_048, 0xc5, 0x5b),
            octets(1_024, 0xc5, 0x5b),
            octets(1_024, 0xff, 0),
            octets(128, 0xff, 0xff),
            vec![0],
            vec![],
            vec![1],
            vec![2],
            vec![0; 256],
            octets(257, 0, 1),
            octets(256, 0x80, 0),
            [&[0x80][..], &[0; 255]].concat(),
            [&[1][..], &[0; 128]].concat(),
        ];
        let exponents = [
            vec![1, 0, 1],
            vec![3],
            vec![1],
            vec![0],
            vec![],
            vec![2],
            vec![0xff; 3],
            vec![0xff; 4],
            vec![0x7f, 0xff, 0xff, 0xff],
            vec![0xff; 5],
            vec![0xff; 512],
            vec![0; 9],
        ];
        let signed = |length: usize, byte: u8| {
            let b = BASE64.encode(vec![byte; length]);
            message(&SIGNATURE.replace("b=ZGVm;", &format!("b={b};")))
        };
        for n in &moduli {
            for e in &exponents {
                let key = der(0x30, &[integer(n), integer(e)].concat());
                let dns = Everything(format!("v=DKIM1; p={}", BASE64.encode(key)));
                for text in [
                    signed(n.len().max(1), 0),
                    signed(n.len().max(1), 0xff),
                    signed(1, 1),
                ] {
                    let hints = SessionHints::default();
                    let analysis = block_on(inspect(text.as_bytes(), &hints, &dns, now())).unwrap();
                    check_output(&analysis);
                    let passes = analysis.analysis.dkim[0].header.result;
                    assert_ne!(
                        passes,
                        sesauth::dkim::HeaderResult::Verified,
                        "{n:x?} {e:x?}"
                    );
                }
            }
        }
    }

    #[test]
    fn der_that_is_none() {
        let mut random = Random(7);
        let good = der(0x30, &[integer(&[0x5b; 256]), integer(&[1, 0, 1])].concat());
        for _ in 0..300 {
            let mut key = good.clone();
            for _ in 0..1 + random.below(4) {
                let at = random.below(12.min(key.len()));
                key[at] = random.next() as u8;
                key.truncate(random.below(key.len()).max(key.len() / 2) + 1);
            }
            for kind in ["rsa", "ed25519"] {
                let p = BASE64.encode(&key);
                let dns = Everything(format!("v=DKIM1; k={kind}; p={p}"));
                block_on(inspect(
                    message(SIGNATURE).as_bytes(),
                    &SessionHints::default(),
                    &dns,
                    now(),
                ))
                .unwrap();
            }
        }
    }
}

/// What is tried to find out what broke a signature is bounded, whatever the message holds.
mod broken {
    use super::*;

    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::rsa::{KeyPair, KeySize};
    use aws_lc_rs::signature::{self, KeyPair as _};
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD as BASE64;
    use sesauth::dkim::Effort;
    use std::sync::LazyLock;
    use std::time::{Duration, Instant};

    /// A key record, and a signature over something else than any message here.
    static SIGNED: LazyLock<(String, String)> = LazyLock::new(|| {
        let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let mut made = vec![0; key.public_modulus_len()];
        key.sign(
            &signature::RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            b"another header",
            &mut made,
        )
        .unwrap();
        let public = BASE64.encode(key.public_key().as_ref());
        (format!("v=DKIM1; k=rsa; p={public}"), BASE64.encode(made))
    });

    /// A field of a signature that fits neither header nor body.
    fn signature(form: &str, names: &str) -> String {
        let (_, made) = &*SIGNED;
        format!(
            "DKIM-Signature: v=1; a=rsa-sha256; c={form}; d=example.com; s=one; h=from:{names};\r\n\
             \tbh={}; b={made}\r\n",
            BASE64.encode([7; 32])
        )
    }

    struct Key;

    impl Dns for Key {
        async fn query(&self, question: &Question) -> Reply {
            if !question.name.as_str().contains("_domainkey") {
                return Reply::NxDomain(Negative::default());
            }
            Reply::Records(Answer {
                authenticated: false,
                cname: Vec::new(),
                ttl: 1,
                records: vec![Record::Txt(Txt(SIGNED
                    .0
                    .as_bytes()
                    .chunks(255)
                    .map(<[u8]>::to_vec)
                    .collect()))],
            })
        }
    }

    const FORMS: [&str; 2] = ["simple/simple", "relaxed/relaxed"];

    /// Looks for what broke the signatures as `effort` says; their verdicts stay what they are.
    #[track_caller]
    fn search(what: &str, message: impl AsRef<[u8]>, effort: Effort) -> Inspection {
        let read = |autopsy| {
            let options = Options {
                autopsy,
                ..options()
            };
            let hints = SessionHints::default();
            let read = inspect_within(message.as_ref(), &hints, &Key, now(), &options);
            block_on(read).unwrap()
        };
        let plain = read(Effort::Off);
        let start = Instant::now();
        let searched = read(effort);
        let took = start.elapsed();
        assert!(took < Duration::from_secs(60), "{what}: {took:?}");
        check_output(&searched);
        let mut verdicts = searched.analysis.dkim.clone();
        for verdict in &mut verdicts {
            assert!(verdict.autopsy.take().is_some(), "{what}");
        }
        assert_eq!(verdicts, plain.analysis.dkim, "{what}");
        searched
    }

    #[track_caller]
    fn fields(names: &str, fields: &str) {
        let what = fields
            .get(..30)
            .unwrap_or(fields)
            .escape_debug()
            .to_string();
        let rest = format!("From: a@example.com\r\n{fields}\r\n\r\nbody\r\n");
        for (form, effort) in FORMS.into_iter().zip([Effort::Quick, Effort::Deep]) {
            search(&what, signature(form, names) + &rest, effort);
        }
    }

    #[track_caller]
    fn body(what: &str, header: &str, body: impl AsRef<[u8]>) {
        for form in FORMS {
            let signature = signature(form, "subject");
            let header =
                format!("{signature}From: a@example.com\r\nTo: b@example.com\r\n{header}\r\n\r\n");
            search(
                what,
                [header.as_bytes(), body.as_ref()].concat(),
                Effort::Quick,
            );
        }
    }

    #[test]
    fn line_ends_of_every_kind_in_what_a_field_may_have_been() {
        for line in ["\n", "\r\n", "\r", "\r\r\n"] {
            fields(
                "to",
                &format!(
                    "X-Original-From: Ada{line} <a@example.com>\r\nReply-To: Ada{line} <c@example.com>\r\nTo: a{line} b,{line} c@example.com"
                ),
            );
            fields(
                "subject",
                &format!(
                    "Subject: [a]{line} b{line} \r\nThread-Topic: x{line} y\r\nX-Original-Subject: b{line} c"
                ),
            );
            fields(
                "references:in-reply-to:content-type",
                &format!(
                    "References: <a@b>{line} <c@d>\r\nContent-Type: text/plain;{line} charset=x;{line} a=b"
                ),
            );
        }
        for form in FORMS {
            let signature = signature(form, "subject")
                .replace("; b=", "; z=Subject:a=0Ab=0A=0Dc|From:=0A|Subject:; b=");
            search(
                "z",
                format!("{signature}Subject: x\r\nFrom: a@b.example\r\n\r\nbody\r\n"),
                Effort::Quick,
            );
        }
    }

    #[test]
    fn short_and_empty_fields() {
        for value in [
            "",
            " ",
            "[",
            "[]",
            "[a]",
            "[a]b",
            "**",
            "*a*",
            "***a**b",
            "*",
            ":",
            ">",
            "Re:",
            "Re: ",
            "Re: [",
            "(",
            "()",
            "(a) (b) c",
            "\u{e9}",
            "Re\u{e9}: x",
            "=?",
            "=??",
            "=???=",
            "=????=",
            "=?utf-8?q??=",
            "=?utf-8?q?=FF?=",
            "=?utf-8?b?/w==?=",
            "=?utf-8?q?[=C3=A9]_b?=",
            "=?utf-8?q?=C3=A9?= =?utf-8?q?=C3=A9?= =?",
            "charset=",
            "; charset=\"",
            ";charset=\"\"",
            "text/plain; charset=\"",
            ";;;",
            "\"",
            "\"\"",
            ";=",
            "\"a",
            ",",
            ",,",
            "<",
            "<>",
            ">",
            "\" <",
            "a\\",
            "\\",
            "\"\\",
            " (",
            "x ",
            ", 0 x",
            "Mon, 1 ",
            "1 x",
            ",  x",
            "Fri, 2 Jan 2026 00:00:00 ",
            " -0000",
        ] {
            let names = [
                "Subject",
                "To",
                "Cc",
                "Reply-To",
                "Sender",
                "Content-Type",
                "Content-Transfer-Encoding",
                "Date",
                "Message-ID",
            ];
            let all: Vec<String> = names
                .iter()
                .map(|name| format!("{name}: {value}"))
                .collect();
            let tight: Vec<String> = names.iter().map(|name| format!("{name}:{value}")).collect();
            let names = names.join(":");
            for form in FORMS {
                for all in [&all, &tight] {
                    let message = format!(
                        "{}From:{value}\r\n{}\r\n\r\nbody\r\n",
                        signature(form, &names),
                        all.join("\r\n")
                    );
                    search(value, message, Effort::Quick);
                }
            }
        }
    }

    #[test]
    fn long_fields() {
        fields(
            "content-type",
            &format!("Content-Type: text/plain{}", "; a=b".repeat(100_000)),
        );
        fields(
            "to",
            &format!(
                "To: {}b@example.com",
                "\"Ann\" <a@example.com>,\r\n ".repeat(99)
            ),
        );
        fields(
            "to",
            &format!(
                "To: {}b@example.com",
                "Ann <a@example.com>, ".repeat(100_000)
            ),
        );
        fields("subject", &format!("Subject: {}", "[x] ".repeat(250_000)));
        fields(
            "subject",
            &format!(
                "Subject: Re: [x] =?utf-8?q?[y]_=C3=A9{}?=",
                "_=C3=A9".repeat(125_000)
            ),
        );
        fields(
            "subject",
            &format!("Subject: {}", "=?utf-8?q?=C3=A9?= ".repeat(50_000)),
        );
        fields("subject", &format!("Subject: {}", "=?".repeat(500_000)));
        fields("x", &format!("X: {}", "a;b,\r\n ".repeat(100_000)));
        fields("x", &format!("X: {}", "a b ".repeat(250_000)));
        fields(
            "x",
            &format!("X: {}", format!("{}\r\n ", "a".repeat(500)).repeat(4_000)),
        );
    }

    #[test]
    fn many_fields() {
        let names = ":x".repeat(999);
        fields(&names[1..], "X: y\r\n".repeat(4_900).trim_end());
        let names = ":to".repeat(999);
        let to = format!(
            "To: {}b@example.com\r\n",
            "Ann <a@example.com>, ".repeat(90)
        );
        fields(&names[1..], to.repeat(999).trim_end());
        let names: String = (0..990).map(|number| format!("n{number}:")).collect();
        fields(&format!("{names}subject"), "Subject: [x] y");
        let names = ":subject:to:content-type".repeat(300);
        let signatures = signature(FORMS[1], &names[1..]).repeat(25);
        let more = "Subject: [x] =?utf-8?q?=C3=A9?=\r\nTo: a@b.example, c@d.example\r\nContent-Type: a/b; c=d\r\n";
        let more = more.repeat(300);
        let message = format!("{signatures}From: a@example.com\r\n{more}\r\nbody\r\n");
        search("25 signatures", message, Effort::Quick);
    }

    #[test]
    fn long_bodies() {
        let qp = "Content-Transfer-Encoding: quoted-printable\r\nContent-Type: text/html";
        body("one line", "", "x".repeat(10 << 20));
        body("one line of words", "", "word ".repeat(2 << 20));
        body("short lines", "", "a line\r\n".repeat(1 << 20));
        body("empty lines", "", "\r\n".repeat(1 << 20));
        body("crs", "", "\r".repeat(1 << 20));
        body("ats", "", "&amp;***".repeat(1 << 18));
        body("qp", qp, "=C3=A9<a>&amp;\r\n".repeat(1 << 19));
        body("qp one line", qp, "=C3=A9<a>&amp;".repeat(1 << 19));
        body(
            "base64",
            &qp.replace("quoted-printable", "base64"),
            "PGE+PGI+PGM+\r\n".repeat(1 << 19),
        );
        body("links", "", "https://urldefense.com/v3/__http://a.b/*c__;Kw!!x$ http https://a.safelinks.protection.outlook.com/?url=x%\r\n".repeat(1 << 15));
    }

    #[test]
    fn many_parts() {
        let kind = "Content-Type: multipart/mixed; boundary=b";
        for (what, part) in [
            (
                "html",
                "Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nPDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8\r\n",
            ),
            (
                "qp",
                "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=C3=A9\r\na\r\nb\r\n",
            ),
            (
                "plain",
                "Content-Type: text/plain; charset=utf-8; a=b\r\n\r\n\u{e9}\r\na\r\nb\r\n",
            ),
            ("empty", ""),
        ] {
            body(
                &format!("parts {what}"),
                kind,
                format!("--b\r\n{part}").repeat(990) + "--b--\r\n",
            );
        }
        // Each within the one above.
        let mut nested = String::new();
        for depth in 0..25 {
            nested.push_str(&format!("--b{depth}\r\nContent-Type: multipart/mixed; boundary=b{}; x=\"y\"\r\nContent-Transfer-Encoding: base64\r\n\r\n", depth + 1));
        }
        body(
            "nested",
            "Content-Type: multipart/mixed; boundary=b0",
            nested.clone() + "--b25\r\n\r\ntext\r\n",
        );
        body(
            "nested long",
            "Content-Type: multipart/mixed; boundary=b0",
            nested + &"text\r\n".repeat(1 << 19),
        );
    }

    #[test]
    fn short_and_odd_bodies() {
        let mut random = Random(11);
        let pieces: [&[u8]; 40] = [
            b"--b\r\n",
            b"--b--\r\n",
            b"--c\r\n",
            b"--c--",
            b"\r\n",
            b"\n",
            b"\r",
            b" ",
            b"=",
            b"=\r\n",
            b"=C3=A9",
            b"\xff",
            b"\xc3\xa9",
            b"<",
            b">",
            b"<body",
            b"<body>",
            b"</body>",
            b"</html>",
            b"http://",
            b"https://urldefense.com/v3/__",
            b"__;",
            b"!!",
            b"$",
            b"**",
            b"*",
            b"https://a.safelinks.protection.outlook.com/?url=",
            b"?u=",
            b"%4",
            b"Content-Type: multipart/mixed; boundary=c\r\n",
            b"Content-Type: text/html; charset=\"iso-8859-1\r\n\r\n",
            b"Content-Transfer-Encoding: base64\r\n",
            b"Content-Transfer-Encoding: quoted-printable\r\n\r\n",
            b"Content-Transfer-Encoding:",
            b"[redacted]",
            b"From ",
            b">From ",
            b"..",
            b"-- \r\n",
            b"&amp;",
        ];
        for number in 0..300 {
            let count = random.below(30);
            let body: Vec<u8> = (0..count)
                .flat_map(|_| random.pick(&pieces).to_vec())
                .collect();
            let body = match number % 7 {
                0 => [
                    body.clone(),
                    vec![b'x'; 600],
                    b"!\r\n ".to_vec(),
                    vec![b'y'; 599],
                    b"!\r\n".to_vec(),
                    body,
                ]
                .concat(),
                _ => body,
            };
            let kind = random.pick(&[
                "",
                "Content-Type: multipart/mixed; boundary=b\r\n",
                "Content-Type: multipart/mixed; boundary=b\r\n",
                "Content-Transfer-Encoding: quoted-printable\r\n",
                "Content-Transfer-Encoding: base64\r\nContent-Type: text/html\r\n",
            ]);
            let form = random.pick(&FORMS);
            let length = match random.below(4) {
                0 => "; l=5",
                _ => "",
            };
            let signature = signature(form, "subject").replace("; b=", &format!("{length}; b="));
            let header =
                format!("{signature}From: a@example.com\r\nTo: b@example.com\r\n{kind}\r\n");
            let message = [header.as_bytes(), &body].concat();
            search("odd", &message, Effort::Quick);
        }
    }

    #[test]
    fn an_empty_line_is_no_footer() {
        let bh = BASE64.encode(aws_lc_rs::digest::digest(
            &aws_lc_rs::digest::SHA256,
            b"text\r\n",
        ));
        let field = signature(FORMS[0], "subject").replace(&BASE64.encode([7; 32]), &bh);
        for (more, kind) in [(" \r\n", "EmptyLinesAdded"), ("more\r\n", "Footer")] {
            let message = format!("{field}From: a@example.com\r\n\r\ntext\r\n{more}");
            let inspection = search(kind, message, Effort::Quick);
            let found = inspection.analysis.dkim[0].autopsy.clone().unwrap();
            let changes: Vec<_> = found
                .changes()
                .map(|one| format!("{:?}", one.kind))
                .collect();
            assert_eq!(changes, [kind]);
        }
    }
}
