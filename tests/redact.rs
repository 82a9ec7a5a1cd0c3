//! Redaction over every case of testdata/messages: what comes out is the same, and nothing leaks.

#[path = "support/case.rs"]
mod case;
#[path = "support/run.rs"]
mod run;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use case::{Case, cases, inspect_case};
use jiff::Timestamp;
use mail_parser::MessageParser;
use proptest::collection;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use sesauth::dns::{Absent, Snapshot};
use sesauth::message::Opened;
use sesauth::redact::{Redacted, Redaction, redact};
use sesauth::{Options, SessionHints};

fn redacted(path: &Path, keep_domains: bool) -> Redacted {
    let case = Case::read(path);
    let inspection = inspect_case(path);
    let how = Redaction {
        key: [7; 32],
        keep_domains,
        absent: Absent::NotRecorded,
    };
    let redacted = redact(
        &case.message,
        &case.hints,
        case.now,
        &case.options,
        &inspection,
        &how,
    );
    redacted.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The folders of testdata/findings.
fn pairs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/findings");
    let codes = fs::read_dir(folder).unwrap();
    let mut pairs: Vec<PathBuf> = codes
        .flat_map(|code| ["fires", "quiet"].map(|side| code.as_ref().unwrap().path().join(side)))
        .filter(|pair| pair.is_dir())
        .collect();
    pairs.sort();
    pairs
}

#[test]
fn verdicts_and_findings_stay() {
    let (mut all, mut wrong) = (0, Vec::new());
    for path in cases().into_iter().chain(pairs()) {
        let names = path.iter().rev().take(2).map(|name| name.to_string_lossy());
        let name = names.collect::<Vec<_>>().join(" of ");
        all += 1;
        let redacted = redacted(&path, false);
        for one in &redacted.differences {
            wrong.push(format!(
                "{name}: {} {:?} -> {:?}",
                one.what, one.before, one.after
            ));
        }
    }
    assert!(wrong.is_empty(), "{all} cases: {wrong:#?}");
}

/// The words of a text that are long enough to tell something.
fn words(text: &[u8]) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(text).to_lowercase();
    let words = text.split(|char: char| !char.is_alphanumeric());
    let words = words.filter(|word| word.chars().count() >= 5);
    words.map(str::to_owned).collect()
}

/// Everything in a message as its readers see it, decoded by another parser.
fn decoded(message: &[u8]) -> Vec<Vec<u8>> {
    let mut texts = Vec::new();
    let Some(parsed) = MessageParser::default().parse(message) else {
        return texts;
    };
    texts.push(parsed.subject().unwrap_or_default().as_bytes().to_vec());
    for list in [
        parsed.from(),
        parsed.to(),
        parsed.cc(),
        parsed.reply_to(),
        parsed.sender(),
    ] {
        for one in list.into_iter().flat_map(|list| list.iter()) {
            texts.push(one.name().unwrap_or_default().as_bytes().to_vec());
            let address = one.address().unwrap_or_default();
            let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
            texts.push(local.as_bytes().to_vec());
        }
    }
    texts.push(
        parsed
            .message_id()
            .unwrap_or_default()
            .split('@')
            .next()
            .unwrap()
            .into(),
    );
    texts.extend(parsed.parts.iter().map(|part| part.contents().to_vec()));
    texts
}

/// Words that may stand in a message before and after: of standards and of HTML, the names of services,
/// and roles.
const OF_NOBODY: &str = "
    000000 amazonses authentication charset cipher client content daemon delivered designates dmarc doctype
    domain email encoding esmtps example feedback google header https lists mailer mailfrom message nam12
    outgoing outlook permitted plain protection quarantine received relaxed results return sender sha256
    signature simple style subject transfer version
";

/// Whether the word is the start of an ID that SES gave: region and time.
fn is_time_of_ses(word: &str) -> bool {
    let hexadecimal = word.bytes().all(|byte| byte.is_ascii_hexdigit());
    word.len() == 16 && word.starts_with("010") && hexadecimal || word.starts_with("178280")
}

#[test]
fn no_word_of_the_message_stays() {
    let of_nobody: BTreeSet<String> = OF_NOBODY.split_whitespace().map(str::to_owned).collect();
    let mut leaks: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in cases() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let case = Case::read(&path);
        let limits = sesauth::Limits::default();
        let reading = case.hints.reading();
        let opened = Opened::open(&case.message, reading, case.options.attached, &limits).unwrap();
        let private: BTreeSet<String> = decoded(opened.octets())
            .iter()
            .flat_map(|text| words(text))
            .collect();
        assert!(!private.is_empty(), "{name}");
        let redacted = redacted(&path, false);
        let mut shown = words(&redacted.message);
        shown.extend(
            decoded(&redacted.message)
                .iter()
                .flat_map(|text| words(text)),
        );
        shown.extend(words(redacted.recording.as_bytes()));
        for word in private
            .intersection(&shown)
            .filter(|word| !of_nobody.contains(*word) && !is_time_of_ses(word))
        {
            leaks.entry(word.clone()).or_default().insert(name.clone());
        }
    }
    assert!(leaks.is_empty(), "{leaks:#?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn hostile_messages_are_redacted_or_refused(
        number in 0_usize..1_000,
        edits in collection::vec((any::<Index>(), 0_usize..40, collection::vec(any::<u8>(), 0..12)), 1..12),
        structure in collection::vec((any::<Index>(), select(PIECES)), 0..6),
    ) {
        let all = cases();
        let path = &all[number % all.len()];
        let mut case = Case::read(path);
        for (at, removed, added) in edits {
            let at = at.index(case.message.len() + 1);
            let end = (at + removed).min(case.message.len());
            case.message.splice(at..end, added);
        }
        for (at, piece) in structure {
            let at = at.index(case.message.len() + 1);
            case.message.splice(at..at, piece.bytes());
        }
        let dns = fs::read_to_string(path.join("dns.jsonl")).unwrap();
        let dns = Snapshot::parse(&dns, Absent::NotRecorded).unwrap();
        let (hints, options) = (&case.hints, &case.options);
        let inspected = sesauth::inspect_recorded(&case.message, hints, &dns, case.now, options);
        if let Ok(inspection) = inspected {
            let how = Redaction { key: [9; 32], keep_domains: number % 2 == 0, absent: Absent::NotRecorded, };
            let _ = redact(&case.message, hints, case.now, options, &inspection, &how);
        }
    }
}

/// What makes structure.
const PIECES: &[&str] = &[
    "=?utf-8?B?",
    "=?x?Q?=C3",
    "?=",
    "=\r\n",
    "@",
    "://",
    "%{i}",
    "ip4:1.2.3.4/0",
    "::",
    "2002:a05:",
    "\r\n\r\n",
    "\r\n--",
    "; l=0",
    "; h=",
    "\r\nDKIM-Signature: ",
    "<a href=",
    "\u{202e}",
    "xn--",
    "a.b.c.d.e.f",
    "_dmarc.",
    "-all",
    "ß",
    "İ",
    "\r\nARC-Seal: i=1; cv=none; d=a.b; s=c; b=",
    "=",
];

#[test]
fn domains_may_stay() {
    let path = cases()
        .into_iter()
        .find(|path| path.ends_with("dkim-body-changed"))
        .unwrap();
    let redacted = redacted(&path, true);
    assert_eq!(redacted.differences, []);
    let text = String::from_utf8_lossy(&redacted.message).into_owned();
    assert!(
        text.contains("d=example.com;") && !text.contains("Larkspur"),
        "{text}"
    );
}

#[test]
fn real_messages_keep_their_results() {
    let Some(folder) = std::env::var_os("SESAUTH_SAMPLES") else {
        eprintln!("SESAUTH_SAMPLES is not set: the samples were not there");
        return;
    };
    let (mut all, mut equal, mut wrong) = (0, 0, Vec::new());
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let Ok(message) = fs::read(path.join("message.eml")) else {
            continue;
        };
        let dns = fs::read_to_string(path.join("dns.jsonl")).unwrap();
        let dns = Snapshot::parse(&dns, Absent::NxDomain).unwrap();
        let (hints, options) = (SessionHints::default(), Options::default());
        let now = Timestamp::UNIX_EPOCH;
        let inspection = sesauth::inspect_recorded(&message, &hints, &dns, now, &options).unwrap();
        let how = Redaction {
            key: [3; 32],
            keep_domains: false,
            absent: Absent::NxDomain,
        };
        let redacted = redact(&message, &hints, now, &options, &inspection, &how).unwrap();
        all += 1;
        equal += usize::from(redacted.differences.is_empty());
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        for one in redacted.differences {
            wrong.push(format!(
                "{name}: {} {:?} -> {:?}",
                one.what, one.before, one.after
            ));
        }
    }
    // The others hang on what an autopsy proves, or on text that somebody took out by hand.
    let most = equal * 100 >= all * 100;
    assert!(most, "{equal} of {all}:\n{}", wrong.join("\n"));
}

/// A message whose hosts have public addresses, and what DNS says of them.
#[test]
fn spf_holds_for_other_addresses() {
    let record = |text: &str| {
        format!(
            "{{\"sesauth_dns\":1}}\n\
             {{\"name\":\"example.com\",\"type\":\"TXT\",\"rcode\":\"NOERROR\",\"records\":[[\"{text}\"]]}}\n\
             {{\"name\":\"mx.example.com\",\"type\":\"A\",\"rcode\":\"NOERROR\",\"records\":[\"5.6.7.9\"]}}\n\
             {{\"name\":\"4.3.2.1.example.com\",\"type\":\"A\",\"rcode\":\"NOERROR\",\"records\":[\"127.0.0.2\"]}}\n"
        )
    };
    for (text, ip, result) in [
        ("v=spf1 ip4:5.6.0.0/16 -all", "5.6.7.8", "pass"),
        ("v=spf1 ip4:5.7.0.0/16 -all", "5.6.7.8", "fail"),
        ("v=spf1 ip4:5.6.7.8 ~all", "5.6.7.8", "pass"),
        ("v=spf1 ip4:5.6.7.9 ~all", "5.6.7.8", "softfail"),
        ("v=spf1 a:mx.example.com/24 -all", "5.6.7.8", "pass"),
        ("v=spf1 a:mx.example.com -all", "5.6.7.8", "fail"),
        ("v=spf1 exists:%{i}.example.com -all", "4.3.2.1", "pass"),
        ("v=spf1 ip6:2a00:1:2::/48 -all", "2a00:1:2::5", "pass"),
        ("v=spf1 ip6:2a00:1:2::/48 -all", "2a00:1:3::5", "fail"),
        ("v=spf1 ip4:10.0.0.0/8 -all", "10.1.2.3", "pass"),
    ] {
        let dns = Snapshot::parse(&record(text), Absent::NxDomain).unwrap();
        let hints = SessionHints {
            client_ip: Some(ip.parse().unwrap()),
            helo: Some("mx.example.com".into()),
            mail_from: Some("ada@example.com".into()),
            ..SessionHints::default()
        };
        let (message, now) = (
            b"From: Ada <ada@example.com>\r\n\r\nHello\r\n",
            Timestamp::UNIX_EPOCH,
        );
        let options = Options::default();
        let before = sesauth::inspect_recorded(message, &hints, &dns, now, &options).unwrap();
        let verdict =
            |one: &sesauth::Inspection| one.analysis.spf.mail_from.result.as_str().to_owned();
        assert_eq!(verdict(&before), result, "{text} {ip}");
        let how = Redaction {
            key: [5; 32],
            keep_domains: false,
            absent: Absent::NxDomain,
        };
        let redacted = redact(message, &hints, now, &options, &before, &how).unwrap();
        assert_eq!(
            redacted.differences,
            [],
            "{text} {ip}: {}",
            redacted.recording
        );
        let shown = format!("{} {:?}", redacted.recording, redacted.hints);
        assert!(!shown.contains(ip) && !shown.contains("ada"), "{shown}");
    }
}

fn sesauth(arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sesauth"));
    let output = command.args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (out, said) = (text(output.stdout), text(output.stderr));
    (output.status.code().unwrap(), out, said)
}

/// A file of a case.
fn file(case: &str, name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/messages");
    folder.join(case).join(name).to_str().unwrap().to_owned()
}

#[test]
fn the_command_writes_a_message_and_the_dns_that_goes_with_it() {
    let case = "ses-custom-mail-from";
    let (message, dns) = (file(case, "message.eml"), file(case, "dns.jsonl"));
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("shared").to_str().unwrap().to_owned();
    let write = [
        "redact", "--seed", "x", "--dns", &dns, "-o", &folder, &message,
    ];
    let (code, out, said) = sesauth(&write);
    assert_eq!((code, out.as_str()), (0, ""), "{said}");
    assert!(said.contains("2 signatures were made anew"), "{said}");
    // What is there is not written over.
    assert_eq!(sesauth(&write).0, 2);

    let results = |dns: &str, message: &str| {
        let (code, out, _) = sesauth(&["inspect", "--format", "json", "--dns", dns, message]);
        let document: serde_json::Value = serde_json::from_str(&out).unwrap();
        let findings = document["findings"].as_array().cloned().unwrap_or_default();
        let codes = findings.iter().map(|one| one["code"].to_string());
        (
            code,
            document["results"].to_string(),
            codes.collect::<Vec<_>>(),
        )
    };
    let new = format!("{folder}/message.eml");
    let new_dns = format!("{folder}/dns.jsonl");
    assert_eq!(results(&dns, &message), results(&new_dns, &new));
}

#[test]
fn every_format_can_be_redacted() {
    let case = "dkim-body-changed";
    let (message, dns) = (file(case, "message.eml"), file(case, "dns.jsonl"));
    let names = [
        "example.com",
        "example.net",
        "Larkspur",
        "orders",
        "notebooks",
        "message.eml",
    ];
    for format in ["text", "line", "markdown", "json", "html"] {
        let arguments = [
            "inspect", "--redact", "--format", format, "--dns", &dns, &message,
        ];
        let (_, out, said) = sesauth(&arguments);
        assert!(out.to_lowercase().contains("redacted"), "{format}: {out}");
        for name in names {
            let leaks = out.contains(name) || said.contains(name);
            assert!(!leaks, "{format}: {name}: {out}");
        }
    }
}

#[test]
fn a_selector_is_the_same_wherever_it_is_named() {
    let message = b"Authentication-Results: mx.example.net; dkim=pass header.d=example.com \
        header.s=my_rsa.mail-key\r\nDKIM-Signature: v=1; a=rsa-sha256; d=example.com; \
        s=my_rsa.mail-key; h=From; bh=YWJj; b=YWJj\r\nFrom: a@example.com\r\n\r\nHello\r\n";
    let (hints, options) = (SessionHints::default(), Options::default());
    let (dns, now) = (Snapshot::default(), Timestamp::UNIX_EPOCH);
    let before = sesauth::inspect_recorded(message, &hints, &dns, now, &options).unwrap();
    let how = Redaction {
        key: [1; 32],
        keep_domains: false,
        absent: Absent::NotRecorded,
    };
    let redacted = redact(message, &hints, now, &options, &before, &how).unwrap();
    let text = String::from_utf8(redacted.message).unwrap();
    let after = |name: &str| {
        let (_, rest) = text.split_once(name).unwrap();
        rest.split([';', '\r']).next().unwrap().to_owned()
    };
    assert_eq!(after("header.s="), after("; s="), "{text}");
    assert_ne!(after("header.s="), "my_rsa.mail-key");
}

#[test]
fn text_in_other_clothes_is_text() {
    let message = b"From: a@example.com\r\nSubject: =?ISO-2022-JP?Q?=1B$B4A;z=1B(BWord?=\r\n\
        MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=Quartz\r\n\r\n--Quartz\r\n\
        Content-Type: text/html\r\n\r\n<p title=\"Secretive\">&#83;&#101;&#x63;&nbsp;<Hidden></p>\r\n\
        --Quartz\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$B4A;z!!$+$J\x1b(B\r\n\
        --Quartz\r\nContent-Type: application/pdf; name=\"Salary Ada.pdf\"\r\n\
        Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQKU2VjcmV0\r\n--Quartz--\r\n";
    let (hints, options) = (SessionHints::default(), Options::default());
    let (dns, now) = (Snapshot::default(), Timestamp::UNIX_EPOCH);
    let before = sesauth::inspect_recorded(message, &hints, &dns, now, &options).unwrap();
    let how = Redaction {
        key: [1; 32],
        keep_domains: false,
        absent: Absent::NotRecorded,
    };
    let redacted = redact(message, &hints, now, &options, &before, &how).unwrap();
    let text = String::from_utf8(redacted.message).unwrap();
    let secrets = [
        "Secretive",
        "#83",
        "#101",
        "#x63",
        "Hidden",
        "4A;z",
        "Salary",
        "Ada",
        "Quartz",
        "JVBER",
        "U2Vj",
    ];
    for secret in secrets {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    for kept in [
        "<p title=",
        "&nbsp;",
        ".pdf",
        "charset=iso-2022-jp",
        "multipart/mixed",
    ] {
        assert!(text.contains(kept), "{kept}: {text}");
    }
}
