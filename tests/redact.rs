//! Redaction over every case of testdata/messages: what comes out is the same, and nothing leaks.

#[path = "support/case.rs"]
mod case;
#[path = "support/run.rs"]
mod run;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use case::{Case, cases};
use jiff::Timestamp;
use mail_parser::MessageParser;
use proptest::collection;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use sesauth::dns::{Absent, Snapshot};
use sesauth::message::Opened;
use sesauth::redact::{Redacted, Redaction, redact};
use sesauth::{Options, SessionHints};

fn redacted(path: &Path, keep_domains: bool) -> Option<Redacted> {
    let case = Case::read(path);
    let dns = fs::read_to_string(path.join("dns.jsonl")).unwrap();
    let dns = Snapshot::parse(&dns, Absent::NotRecorded).unwrap();
    let inspection = case.inspect(&dns);
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
    Some(redacted.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

#[test]
fn verdicts_and_findings_stay() {
    let (mut all, mut wrong) = (0, Vec::new());
    for path in cases() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        all += 1;
        let redacted = redacted(&path, false).unwrap();
        if let Some(folder) = std::env::var_os("DUMP") {
            let base = Path::new(&folder).join(&name);
            fs::write(base.with_extension("eml"), &redacted.message).unwrap();
            fs::write(base.with_extension("jsonl"), &redacted.recording).unwrap();
            let mut text = Vec::new();
            sesauth::render::text::write(&redacted.inspection, Default::default(), &mut text)
                .unwrap();
            fs::write(base.with_extension("txt"), text).unwrap();
        }
        for one in &redacted.differences {
            wrong.push(format!(
                "{name}: {} {:?} -> {:?}",
                one.what, one.before, one.after
            ));
        }
    }
    // What these findings look at is what an autopsy proves over the text: an autopsy of other text
    // does not prove it.
    let proofs = [
        "altered-mailman-footer: finding bulk-mail-without-one-click-unsubscribe \"0\" -> \"1\"",
        "broken-bare-cr: finding bare-cr-in-body \"0\" -> \"1\"",
        "broken-cr-doubled: finding bare-cr-in-body \"0\" -> \"1\"",
    ];
    assert_eq!(wrong, proofs, "{all} cases");
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
        let redacted = redacted(&path, false).unwrap();
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
    let redacted = redacted(&path, true).unwrap();
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
        let of_nobody: BTreeSet<String> = OF_NOBODY.split_whitespace().map(str::to_owned).collect();
        let private: BTreeSet<String> = decoded(&message)
            .iter()
            .flat_map(|text| words(text))
            .collect();
        let mut shown = words(&redacted.message);
        shown.extend(
            decoded(&redacted.message)
                .iter()
                .flat_map(|text| words(text)),
        );
        for word in private
            .intersection(&shown)
            .filter(|word| !of_nobody.contains(*word))
        {
            wrong.push(format!("{name}: LEAK {word}"));
        }
    }
    assert_eq!(wrong.len(), 0, "{equal} of {all}:\n{}", wrong.join("\n"));
}
