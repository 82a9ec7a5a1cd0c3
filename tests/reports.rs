//! Aggregate reports: `testdata/reports/<case>` has files, the arguments, and the text, JSON and
//! messages that are expected. `UPDATE=1` writes them anew. Sums hold in any order, and no octets stop
//! the reader.

#[path = "support/schema.rs"]
mod schema;

use std::fmt::Write as _;
use std::fs;
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use sesauth::Limits;
use sesauth::reports::{Added, MailCounts, Rejection, Report, ReportFault, ReportReader, Tally};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/reports")
}

fn cases() -> Vec<PathBuf> {
    let entries = fs::read_dir(root()).unwrap();
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

fn run(case: &Path, format: &str) -> Output {
    let text = fs::read_to_string(case.join("arguments")).unwrap();
    Command::new(env!("CARGO_BIN_EXE_sesauth"))
        .args(["reports", "--format", format])
        .args(text.split_whitespace())
        .current_dir(case)
        .env_remove("GITHUB_ACTIONS")
        .output()
        .unwrap()
}

#[test]
fn every_case_reads_as_expected() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut wrong = Vec::new();
    let all = cases();
    assert!(all.len() >= 12, "{} cases", all.len());
    for case in all {
        let text = run(&case, "text");
        let code = text.status.code().unwrap();
        let said = String::from_utf8(text.stderr).unwrap();
        let said = format!("{said}exit code {code}\n");
        let text = String::from_utf8(text.stdout).unwrap();
        let json = String::from_utf8(run(&case, "json").stdout).unwrap();
        for (file, found) in [
            ("expected.txt", text),
            ("expected.json", json),
            ("expected.err", said),
        ] {
            let path = case.join(file);
            if update {
                fs::write(&path, &found).unwrap();
            } else if fs::read_to_string(&path).unwrap_or_default() != found {
                wrong.push(format!("{}\n{found}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_control_character_gets_through_in_any_format() {
    for case in cases() {
        for format in ["text", "markdown", "json", "csv", "ndjson"] {
            let output = run(&case, format);
            let text = String::from_utf8(output.stdout).unwrap();
            let is_control = |char: char| {
                char.is_control() && char != '\n' || ('\u{202a}'..='\u{202e}').contains(&char)
            };
            assert!(!text.contains(is_control), "{} {format}", case.display());
            let is_html = format == "markdown" && text.contains("<script");
            assert!(!is_html, "{} {format}", case.display());
        }
    }
}

#[test]
fn csv_has_a_line_for_each_source_and_meaning() {
    let csv = run(&root().join("ses-and-others"), "csv").stdout;
    let csv = String::from_utf8(csv).unwrap();
    let head = csv.lines().next().unwrap();
    let columns = head.split(',').count();
    assert!(
        csv.lines().all(|line| line.split(',').count() == columns),
        "{csv}"
    );
    let line =
        "example.com,Amazon SES eu-west-1,example.com,ses-alone,amazonses.com,41,0,0,0,0,41,0,0,0";
    assert!(csv.lines().any(|found| found == line), "{csv}");
}

#[test]
fn each_line_of_ndjson_is_one_of_csv() {
    for case in cases() {
        let lines = String::from_utf8(run(&case, "ndjson").stdout).unwrap();
        let csv = String::from_utf8(run(&case, "csv").stdout).unwrap();
        assert_eq!(lines.lines().count(), csv.lines().count() - 1);
        let lines = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        let lines: Vec<serde_json::Value> = lines.collect();
        let whole: serde_json::Value = serde_json::from_slice(&run(&case, "json").stdout).unwrap();
        let sum: u64 = lines
            .iter()
            .map(|line| line["messages"].as_u64().unwrap())
            .sum();
        assert_eq!(sum, whole["all"]["messages"].as_u64().unwrap());
    }
    let lines = run(&root().join("ses-and-others"), "ndjson").stdout;
    let lines = String::from_utf8(lines).unwrap();
    let line = r#"{"policy_domain":"example.com","sender":"Amazon SES eu-west-1","is_ses":true,"from":"example.com","meaning":"ses-alone","domain":"amazonses.com","messages":41,"pass":0,"on_both":0,"on_dkim_alone":0,"on_spf_alone":0,"fail":41,"#;
    assert!(
        lines.lines().any(|found| found.starts_with(line)),
        "{lines}"
    );
}

#[test]
fn the_json_of_every_case_keeps_to_the_schema() {
    let schema = Command::new(env!("CARGO_BIN_EXE_sesauth"))
        .args(["schema", "reports"])
        .output()
        .unwrap();
    let schema: serde_json::Value = serde_json::from_slice(&schema.stdout).unwrap();
    let keeps = |json: &[u8]| {
        let value = serde_json::from_slice(json).unwrap();
        schema::keeps_to(&schema, &schema, &value).unwrap();
    };
    for case in cases() {
        keeps(&run(&case, "json").stdout);
    }
    let folder = tempfile::tempdir().unwrap();
    let mail = saved(&folder, &["ses-custom-mail-from", "spf-softfail"]);
    keeps(&beside(&mail, "ses-and-others", "json").stdout);
    let wrong = serde_json::json!({"sesauth_reports": "1"});
    assert!(schema::keeps_to(&schema, &schema, &wrong).is_err());
}

#[test]
fn every_message_of_an_mbox_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut mbox = Vec::new();
    for (number, name) in ["4.eml", "5.eml"].iter().enumerate() {
        mbox.extend(format!("From x@example.net Tue Jun 30 10:33:{number:02} 2026\n").bytes());
        mbox.extend(fs::read(root().join("packed").join(name)).unwrap());
        mbox.extend(b"\n\n");
    }
    mbox.extend(b"From x@example.net Tue Jun 30 10:34:00 2026\nFrom: a@example.com\n\ntext\n");
    let each = |name: &str| {
        let path = root().join("packed").join(name);
        let output = Command::new(env!("CARGO_BIN_EXE_sesauth"))
            .args(["reports", "--format", "json"])
            .arg(path)
            .output()
            .unwrap();
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        json["reports"].as_u64().unwrap()
    };
    let reports = each("4.eml") + each("5.eml");
    assert!(reports >= 2);
    fs::write(folder.path().join("a.mbox"), &mbox).unwrap();
    fs::write(folder.path().join("b.mbox.gz"), gzip(&mbox)).unwrap();
    for name in ["a.mbox", "b.mbox.gz", "."] {
        let output = Command::new(env!("CARGO_BIN_EXE_sesauth"))
            .args(["reports", "--format", "json", name])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(json["reports"].as_u64(), Some(reports), "{name} {json}");
        let errors = json["errors"].as_array().unwrap();
        let file = errors[0]["file"].as_str().unwrap();
        assert!(file.ends_with("#3"), "{file}");
        assert_eq!(output.status.code(), Some(2));
    }
}

/// A corpus of the messages of these cases.
fn saved(folder: &tempfile::TempDir, cases: &[&str]) -> PathBuf {
    let mail = folder.path().join("mail");
    fs::create_dir(&mail).unwrap();
    let mut dns = String::new();
    for (number, case) in cases.iter().enumerate() {
        let case = root().join("../messages").join(case);
        fs::copy(
            case.join("message.eml"),
            mail.join(format!("{}.eml", number + 1)),
        )
        .unwrap();
        let more = fs::read_to_string(case.join("dns.jsonl")).unwrap();
        let skipped = usize::from(number > 0);
        more.lines()
            .skip(skipped)
            .for_each(|line| dns.push_str(&format!("{line}\n")));
    }
    fs::write(mail.join("dns.jsonl"), dns).unwrap();
    mail
}

/// The reports of a case beside a corpus.
fn beside(mail: &Path, case: &str, format: &str) -> Output {
    let files = fs::read_to_string(root().join(case).join("arguments")).unwrap();
    Command::new(env!("CARGO_BIN_EXE_sesauth"))
        .args(["reports", "--format", format, "--quiet", "--corpus"])
        .arg(mail)
        .args(files.split_whitespace())
        .current_dir(root().join(case))
        .output()
        .unwrap()
}

#[test]
fn saved_messages_tell_why_the_mail_in_reports_fails() {
    let folder = tempfile::tempdir().unwrap();
    let mail = saved(
        &folder,
        &["ses-custom-mail-from", "claim-dmarc-policy-relaxed"],
    );
    let text = beside(&mail, "ses-and-others", "text").stdout;
    let text = String::from_utf8(text).unwrap();
    let json: serde_json::Value =
        serde_json::from_slice(&beside(&mail, "ses-and-others", "json").stdout).unwrap();
    let corpus = &json["domains"][0]["reject"]["corpus"];
    let numbers = ["messages", "passes", "fails"].map(|key| corpus[key].as_u64().unwrap());
    assert_eq!(numbers, [2, 1, 1]);
    let failing = &corpus["failing"][0];
    assert_eq!(failing["sender"], "Amazon SES us-east-1");
    // Two messages of SES fail in the reports, of which the region does not show.
    assert_eq!(failing["reported"], 2);
    let cause = &failing["causes"][0];
    assert_eq!(
        (&cause["example"], &cause["messages"]),
        (&"2.eml".into(), &1.into())
    );
    assert_eq!(cause["failure"]["part"], "not-aligned");
    let flat = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = flat(text);
    for said in [
        "2 messages from it are in the corpus, and 1 fails; where the sender is one that fails in \
         reports too, this is why:",
        "Amazon SES us-east-1 1 fails of 1 saved from example.com, 2 messages in reports. What \
         passes is not aligned: 2.eml, finding ses-",
    ] {
        assert!(text.contains(said), "{text}");
    }
    // Where reports have nothing that fails, a message may.
    let text = beside(&mail, "nothing-fails", "text").stdout;
    let text = flat(String::from_utf8(text).unwrap());
    assert!(
        text.contains("and 1 fails, which no report shows"),
        "{text}"
    );
}

#[test]
fn standard_input_is_read() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sesauth"))
        .args(["reports", "--format", "json", "-"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let report = fs::read(root().join("packed/2.zip")).unwrap();
    child.stdin.take().unwrap().write_all(&report).unwrap();
    let output = child.wait_with_output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["reports"], 2);
}

#[test]
fn senders_are_compared_with_those_of_a_corpus() {
    let folder = tempfile::tempdir().unwrap();
    let mail = folder.path().join("mail");
    fs::create_dir(&mail).unwrap();
    let case = root().join("../messages/ses-custom-mail-from");
    fs::copy(case.join("message.eml"), mail.join("1.eml")).unwrap();
    fs::copy(case.join("dns.jsonl"), mail.join("dns.jsonl")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_sesauth"))
        .args(["reports", "--format", "json", "--quiet", "--corpus"])
        .arg(&mail)
        .args(["1-mailbox.example.xml", "2-post.example.xml"])
        .current_dir(root().join("ses-and-others"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["corpus_messages"], 1);
    let beside = &json["domains"][0]["beside_corpus"];
    let senders = |which: &str| -> Vec<String> {
        let list = beside[which].as_array().unwrap();
        let names = list.iter().map(|one| one["sender"].as_str().unwrap());
        names.map(str::to_owned).collect()
    };
    let expected = [
        "Amazon SES us-east-1",
        "esp.example",
        "Amazon SES eu-west-1",
        "lists.example",
    ];
    assert_eq!(senders("only_in_reports"), expected);
    assert!(senders("only_in_corpus").is_empty());
}

fn read(octets: &[u8]) -> (Vec<Report>, Vec<ReportFault>) {
    let (mut reports, mut faults) = (Vec::new(), Vec::new());
    let reader = ReportReader::new(Limits::default()).unpacking(8 << 20);
    let mut file = BufReader::new(octets);
    reader.read("file", &mut file, &mut |_, result| match result {
        Ok(report) => reports.push(report),
        Err(fault) => faults.push(fault),
    });
    (reports, faults)
}

fn tally(files: &[Vec<u8>]) -> Tally {
    let mut tally = Tally::default();
    for file in files {
        for report in read(file).0 {
            tally.add(report);
        }
    }
    tally
}

fn gzip(octets: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(octets).unwrap();
    encoder.finish().unwrap()
}

/// One record of a report that a strategy makes.
#[derive(Clone, Debug)]
struct Row {
    ip: u8,
    count: u32,
    says: Option<(bool, bool)>,
    dkim: Vec<(usize, bool)>,
    spf: Option<(usize, bool)>,
    from: usize,
    reason: Option<usize>,
}

const DOMAINS: [&str; 6] = [
    "example.com",
    "mail.example.com",
    "amazonses.com",
    "eu-west-1.amazonses.com",
    "esp.example",
    "example.net",
];

const REASONS: [&str; 4] = ["forwarded", "mailing_list", "local_policy", "other"];

fn row() -> impl Strategy<Value = Row> {
    let domain = 0..DOMAINS.len();
    (
        any::<u8>(),
        any::<u32>(),
        proptest::option::of(any::<(bool, bool)>()),
        proptest::collection::vec((domain.clone(), any::<bool>()), 0..3),
        proptest::option::of((domain.clone(), any::<bool>())),
        domain,
        proptest::option::of(0..REASONS.len()),
    )
        .prop_map(|(ip, count, says, dkim, spf, from, reason)| Row {
            ip,
            count,
            says,
            dkim,
            spf,
            from,
            reason,
        })
}

fn word(passes: bool) -> &'static str {
    if passes { "pass" } else { "fail" }
}

fn xml(id: u8, domain: usize, strict: bool, rows: &[Row]) -> Vec<u8> {
    let mode = if strict { "s" } else { "r" };
    let mut text = format!(
        "<feedback><report_metadata><org_name>org{}</org_name><report_id>{id}</report_id>\
         <date_range><begin>{}</begin><end>{}</end></date_range></report_metadata>\
         <policy_published><domain>{}</domain><adkim>{mode}</adkim><p>none</p></policy_published>",
        id % 3,
        u64::from(id) * 86_400,
        u64::from(id) * 86_400 + 86_399,
        DOMAINS[domain],
    );
    for row in rows {
        let _ = write!(
            text,
            "<record><row><source_ip>192.0.{}.1</source_ip><count>{}</count><policy_evaluated>",
            row.ip, row.count
        );
        if let Some((dkim, spf)) = row.says {
            let _ = write!(text, "<dkim>{}</dkim><spf>{}</spf>", word(dkim), word(spf));
        }
        if let Some(reason) = row.reason {
            let _ = write!(text, "<reason><type>{}</type></reason>", REASONS[reason]);
        }
        let _ = write!(
            text,
            "</policy_evaluated></row><identifiers><header_from>{}</header_from></identifiers>\
             <auth_results>",
            DOMAINS[row.from]
        );
        for (domain, passes) in &row.dkim {
            let _ = write!(
                text,
                "<dkim><domain>{}</domain><selector>s</selector><result>{}</result></dkim>",
                DOMAINS[*domain],
                word(*passes)
            );
        }
        if let Some((domain, passes)) = row.spf {
            let _ = write!(
                text,
                "<spf><domain>{}</domain><result>{}</result></spf>",
                DOMAINS[domain],
                word(passes)
            );
        }
        text.push_str("</auth_results></record>");
    }
    text.push_str("</feedback>");
    text.into_bytes()
}

fn sum<'a>(all: impl Iterator<Item = &'a MailCounts>) -> MailCounts {
    let mut sum = MailCounts::default();
    all.for_each(|one| sum += *one);
    sum
}

fn reports() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let report = (
        0..DOMAINS.len(),
        any::<bool>(),
        proptest::collection::vec(row(), 0..6),
    );
    proptest::collection::vec(report, 1..6).prop_map(|reports| {
        let numbered = (0..).zip(&reports);
        numbered
            .map(|(id, (domain, strict, rows))| xml(id, *domain, *strict, rows))
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sums_of_parts_are_the_totals(files in reports()) {
        let tally = tally(&files);
        prop_assert_eq!(tally.reports, files.len());
        let all = sum(tally.domains.values().map(|domain| &domain.counts));
        prop_assert_eq!(all, tally.counts());
        for domain in tally.domains.values() {
            let counts = domain.counts;
            prop_assert_eq!(counts.pass + counts.fail, counts.messages);
            prop_assert_eq!(
                counts.on_both + counts.on_dkim_alone + counts.on_spf_alone,
                counts.pass
            );
            prop_assert_eq!(sum(domain.from.values()), counts);
            prop_assert_eq!(sum(domain.sources.values().map(|one| &one.counts)), counts);
            for source in domain.sources.values() {
                prop_assert_eq!(sum(source.lines.values().map(|one| &one.counts)), source.counts);
                for ((meaning, _), line) in &source.lines {
                    let passing = if meaning.passes() { line.counts.messages } else { 0 };
                    prop_assert_eq!(line.counts.pass, passing);
                }
            }
            let reported: u64 = domain.reporters.values().map(|one| one.messages).sum();
            prop_assert_eq!(reported, counts.messages);
            let failing = Rejection::of(domain).failing;
            prop_assert_eq!(failing.iter().map(|one| one.messages).sum::<u64>(), counts.fail);
        }
    }

    #[test]
    fn the_order_of_files_and_packing_change_nothing(
        files in reports(),
        order in any::<proptest::sample::Index>(),
        again in any::<proptest::sample::Index>(),
    ) {
        let first = tally(&files);
        let mut turned = files.clone();
        turned.rotate_left(order.index(files.len()));
        let packed: Vec<_> = turned.iter().map(|file| gzip(file)).collect();
        prop_assert_eq!(&tally(&packed), &first);
        turned.reverse();
        turned.push(again.get(&files).clone());
        let twice = tally(&turned);
        prop_assert_eq!(twice.twice, 1);
        prop_assert_eq!(twice.domains, first.domains);
    }

    #[test]
    fn any_octets_are_read_without_harm(octets in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        for start in [&b""[..], b"<", b"<feedback>", b"PK\x03\x04", b"\x1f\x8b\x08\0", b"From: "] {
            let (reports, faults) = read(&[start, &octets].concat());
            prop_assert!(!reports.is_empty() || !faults.is_empty() || start == b"PK\x03\x04");
        }
    }

    #[test]
    fn mangled_reports_are_read_without_harm(
        file in any::<proptest::sample::Index>(),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>(), 0..4_u8), 1..8),
    ) {
        let files = testfiles();
        let mut octets = file.get(&files).clone();
        for (at, value, how) in changes {
            if octets.is_empty() {
                break;
            }
            let at = at.index(octets.len());
            match how {
                0 => octets[at] = value,
                1 => drop(octets.remove(at)),
                2 => octets.insert(at, value),
                _ => {
                    let end = octets.len().min(at + usize::from(value));
                    let piece = octets[at..end].to_vec();
                    octets.splice(at..at, piece);
                }
            }
        }
        read(&octets);
        octets.truncate(octets.len() / 2);
        read(&octets);
    }
}

/// All files of the cases that a reader can be given.
fn testfiles() -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    for case in cases() {
        for entry in fs::read_dir(case).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_file() && !name.starts_with("expected") && name != "arguments" {
                files.push(fs::read(path).unwrap());
            }
        }
    }
    files
}

#[test]
fn what_unpacks_to_too_much_is_not_read_on() {
    let start = Instant::now();
    let blanks = [b"<feedback>".to_vec(), vec![b' '; 40 << 20]].concat();
    let elements = [b"<feedback>".to_vec(), b"<a/>".repeat(10 << 20)].concat();
    for (octets, expected) in [
        (gzip(&blanks), ReportFault::TooLong(65_536)),
        (gzip(&elements), ReportFault::UnpacksToMore(8 << 20)),
        (gzip(&gzip(&elements)), ReportFault::UnpacksToMore(8 << 20)),
        (
            gzip(&vec![0; 40 << 20]),
            ReportFault::UnpacksToMore(8 << 20),
        ),
    ] {
        let (reports, faults) = read(&octets);
        assert!(reports.is_empty());
        assert_eq!(faults, [expected]);
    }
    let mut layers = elements[..100].to_vec();
    for _ in 0..20 {
        layers = gzip(&layers);
    }
    assert_eq!(read(&layers).1, [ReportFault::TooDeeplyPacked]);
    assert!(start.elapsed() < Duration::from_secs(60));
}

#[test]
fn a_report_that_breaks_off_counts_for_nothing_and_may_come_again() {
    let whole = xml(1, 0, false, &[]);
    let (reports, faults) = read(&whole[..whole.len() - 1]);
    assert!(reports.is_empty());
    assert_eq!(faults, [ReportFault::CutOff]);
    let mut tally = Tally::default();
    let report = read(&whole).0.remove(0);
    assert_eq!(tally.add(report.clone()), Added::Counted);
    assert_eq!(tally.add(report), Added::Twice);
}

#[test]
fn many_sources_are_counted_together_beyond_a_bound() {
    let mut text = String::from_utf8(xml(1, 0, false, &[])).unwrap();
    let end = text.find("</feedback>").unwrap();
    text.truncate(end);
    for number in 0..3_000 {
        let _ = write!(
            text,
            "<record><row><source_ip>10.{}.{}.1</source_ip><count>1</count></row></record>",
            number / 256,
            number % 256
        );
    }
    text.push_str("</feedback>");
    let tally = tally(&[text.into_bytes()]);
    let domain = tally.domains.values().next().unwrap();
    assert_eq!(domain.counts.messages, 3_000);
    assert_eq!(domain.sources.len(), 2_000);
    assert_eq!(domain.other_sources.messages, 1_000);
}
