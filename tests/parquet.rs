//! `sesauth batch --format parquet`, and the commands that read such files in place of messages.

#[expect(
    dead_code,
    reason = "its command line and its stories are not used here"
)]
#[path = "../examples/forge/main.rs"]
mod forge;

use std::fs::{self, File};
use std::io::{Cursor, Seek, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, LazyLock};

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use serde_json::Value;
use sesauth::render::rows::{RowReader, RowsFault};
use tempfile::TempDir;

/// How many messages there are, one of which is none.
const MESSAGES: usize = 121;

/// A forged corpus in `mail`, its rows in `rows.parquet`.
static PLACE: LazyLock<TempDir> = LazyLock::new(|| {
    let place = tempfile::tempdir().unwrap();
    let mail = place.path().join("mail");
    let corpus = forge::corpus::Corpus::new(7, MESSAGES - 1);
    corpus.write(&mail, None).unwrap();
    fs::write(mail.join("empty.eml"), "").unwrap();
    let output = batch(place.path(), &["mail"]);
    fs::write(place.path().join("rows.parquet"), output.stdout).unwrap();
    place
});

fn sesauth(place: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sesauth"))
        .args(arguments)
        .current_dir(place)
        .output()
        .unwrap()
}

fn batch(place: &Path, arguments: &[&str]) -> Output {
    let flags = ["batch", "--dns", "mail/dns.jsonl", "--format", "parquet"];
    sesauth(place, &[&flags, arguments].concat())
}

fn corpus(arguments: &[&str]) -> Output {
    sesauth(PLACE.path(), &[&["corpus"], arguments].concat())
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The names in a file of these octets, each with its conclusion.
fn rows(octets: &[u8]) -> Result<Vec<(String, String)>, RowsFault> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(octets).unwrap();
    file.rewind().unwrap();
    let mut rows = Vec::new();
    RowReader::open(file)?.each(|row| {
        let conclusion = match row.verdicts()? {
            Some(verdicts) => verdicts.conclusion.as_str().to_owned(),
            None => row.error()?.unwrap_or_default(),
        };
        row.message()?;
        rows.push((row.name()?, conclusion));
        Ok::<_, RowsFault>(())
    })?;
    Ok(rows)
}

#[test]
fn each_message_has_a_row_and_what_is_none_has_one_too() {
    let rows = rows(&fs::read(PLACE.path().join("rows.parquet")).unwrap()).unwrap();
    assert_eq!(rows.len(), MESSAGES);
    let csv = [
        "batch",
        "--dns",
        "mail/dns.jsonl",
        "--format",
        "csv",
        "mail",
    ];
    let csv = sesauth(PLACE.path(), &csv);
    let csv = String::from_utf8(csv.stdout).unwrap();
    for ((name, conclusion), line) in rows.iter().zip(csv.lines().skip(1)) {
        let start = match name.as_str() {
            "empty.eml" => "mail/empty.eml,,".to_owned(),
            _ => format!("mail/{name},{conclusion},"),
        };
        assert!(line.starts_with(&start), "{start}: {line}");
    }
    let (_, error) = rows.iter().find(|(name, _)| name == "empty.eml").unwrap();
    assert!(error.contains("empty"), "{error}");
}

#[test]
fn the_bytes_are_the_same_with_any_number_of_jobs() {
    let one = batch(PLACE.path(), &["--jobs", "1", "mail"]);
    let four = batch(PLACE.path(), &["--jobs", "4", "mail"]);
    assert!(one.stdout == four.stdout);
}

#[test]
fn the_report_of_rows_is_that_of_the_messages() {
    for format in ["markdown", "html", "json"] {
        let of_mail = corpus(&["report", "--format", format, "mail"]);
        let of_rows = corpus(&["report", "--format", format, "rows.parquet"]);
        assert!(of_rows.status.success(), "{}", said(&of_rows));
        assert!(of_mail.stdout.len() > 1_000);
        assert!(of_mail.stdout == of_rows.stdout, "{format}");
    }
    let twice = corpus(&["report", "--format", "json", "rows.parquet", "rows.parquet"]);
    let twice: Value = serde_json::from_slice(&twice.stdout).unwrap();
    assert_eq!(twice["all"]["messages"], 2 * (MESSAGES - 1));
}

/// What a plan does, by the messages and by the rows, without the examples: the words about a
/// signature that does not verify need the message.
fn planned(plan: &[&str]) -> [(Option<i32>, Value); 2] {
    let mail = ["mail"].as_slice();
    let rows = ["rows.parquet", "--dns", "mail/dns.jsonl"].as_slice();
    [mail, rows].map(|input| {
        let flags = ["what-if", "--format", "json"];
        let output = corpus(&[&flags, plan, input].concat());
        let mut document: Value = serde_json::from_slice(&output.stdout).unwrap();
        document.as_object_mut().unwrap().remove("examples");
        (output.status.code(), document)
    })
}

#[test]
fn a_plan_does_to_rows_what_it_does_to_messages() {
    for plan in [
        ["--policy", "p=reject; adkim=s; aspf=s"],
        ["--policy", "v=DMARC1; p=none"],
        ["--spf-record", "v=spf1 -all"],
    ] {
        let [of_mail, of_rows] = planned(&plan);
        assert_eq!(of_mail, of_rows, "{plan:?}");
        assert_ne!(of_mail.1["touched"], 0, "{plan:?}");
    }
}

#[test]
fn what_needs_the_message_is_never_counted_as_safe() {
    let dns = fs::read_to_string(PLACE.path().join("mail/dns.jsonl")).unwrap();
    let key = dns.lines().find_map(|line| {
        let line: Value = serde_json::from_str(line).ok()?;
        let name = line["name"].as_str()?;
        let is_key = name.contains("._domainkey.") && name.ends_with(".example");
        is_key.then(|| name.to_owned())
    });
    let zone = format!("$GONE {}.\n", key.unwrap());
    fs::write(PLACE.path().join("gone.zone"), zone).unwrap();
    let [(_, of_mail), (_, of_rows)] = planned(&["--overlay", "gone.zone"]);
    let open = |document: &Value| document["not_judged"].as_u64().unwrap();
    assert!(open(&of_mail) < open(&of_rows), "{of_rows:#}");
    let rows = ["rows.parquet", "--dns", "mail/dns.jsonl"];
    let text = corpus(&[&["what-if", "--overlay", "gone.zone"], &rows[..]].concat());
    let text = String::from_utf8(text.stdout).unwrap();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("its row does not hold what decides"),
        "{text}"
    );
    // Another recording than the one that the rows were made by.
    fs::write(PLACE.path().join("none.jsonl"), "{\"sesauth_dns\":1}\n").unwrap();
    let rows = ["rows.parquet", "--dns", "none.jsonl"];
    let other = corpus(&[&["what-if", "--policy", "p=reject"], &rows[..]].concat());
    assert_eq!(other.status.code(), Some(2), "{}", said(&other));
}

#[test]
fn a_damaged_file_gives_an_error_and_no_panic() {
    let whole = fs::read(PLACE.path().join("rows.parquet")).unwrap();
    let mut faults = 0;
    let mut state = 88_172_645_463_325_252_u64;
    for round in 0..400 {
        let mut octets = whole.clone();
        for _ in 0..=round % 4 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            // Half of them in the last part, which says where all others are.
            let tail = octets.len() / 8;
            let place = match round % 2 {
                0 => state as usize % octets.len(),
                _ => octets.len() - 1 - state as usize % tail,
            };
            octets[place] ^= 1 << (state >> 60 & 7);
        }
        if round % 10 == 9 {
            octets.truncate(state as usize % octets.len());
        }
        faults += usize::from(rows(&octets).is_err());
    }
    assert!(faults > 100, "{faults}");
}

/// A Parquet file of other columns, with this metadata.
fn foreign(metadata: Option<&str>) -> Vec<u8> {
    let column: ArrayRef = Arc::new(StringArray::from(vec!["a", "b"]));
    let batch = RecordBatch::try_from_iter([("path", column)]).unwrap();
    let version =
        metadata.map(|version| vec![KeyValue::new("sesauth.rows".into(), version.to_owned())]);
    let properties = WriterProperties::builder().set_key_value_metadata(version);
    let mut file = Cursor::new(Vec::new());
    let mut writer =
        ArrowWriter::try_new(&mut file, batch.schema(), Some(properties.build())).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    file.into_inner()
}

#[test]
fn a_file_of_others_and_one_of_a_later_version_are_refused() {
    for (metadata, expected) in [
        (
            None,
            "its rows are not those of `sesauth batch --format parquet`",
        ),
        (
            Some("2"),
            "its rows are of version \"2\", and this sesauth knows version 1",
        ),
        (Some("1"), "its column error is missing"),
    ] {
        fs::write(PLACE.path().join("other.parquet"), foreign(metadata)).unwrap();
        let output = corpus(&["report", "other.parquet"]);
        assert_eq!(output.status.code(), Some(2));
        let said = said(&output);
        assert!(
            said.starts_with("sesauth: error: other.parquet: "),
            "{said}"
        );
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn what_does_not_go_together_is_refused_with_what_to_do() {
    let refused = |arguments: &[&str], expected: &str| {
        let output = batch(PLACE.path(), arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(said(&output).contains(expected), "{}", said(&output));
        assert!(output.stdout.is_empty());
    };
    refused(&["--resume", "x.parquet", "mail"], "--format ndjson or csv");
    #[cfg(feature = "second-engine")]
    refused(
        &["--compare-with", "mail-auth", "mail"],
        "--format summary or ndjson",
    );
    let output = corpus(&["what-if", "--policy", "p=reject", "rows.parquet"]);
    assert!(said(&output).contains("give --dns"), "{}", said(&output));
    let output = corpus(&["report", "--live", "rows.parquet"]);
    assert!(
        said(&output).contains("rows hold the results"),
        "{}",
        said(&output)
    );
}

#[cfg(unix)]
#[test]
fn a_run_that_is_interrupted_closes_its_file() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    let message = fs::read(PLACE.path().join("mail/00001.eml")).unwrap();
    let part = [
        b"From a@example.com Thu Jan  1 00:00:00 2026\n",
        &*message,
        b"\n",
    ]
    .concat();
    let out = PLACE.path().join("part.parquet");
    let mut run = Command::new(env!("CARGO_BIN_EXE_sesauth"))
        .args([
            "batch",
            "--dns",
            "mail/dns.jsonl",
            "--format",
            "parquet",
            "-",
        ])
        .current_dir(PLACE.path())
        .stdin(Stdio::piped())
        .stdout(File::create(&out).unwrap())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = run.stdin.take().unwrap();
    input.write_all(&part.repeat(20)).unwrap();
    input.flush().unwrap();
    // The handler is set before the first message is read, and the twentieth waits for its end.
    std::thread::sleep(std::time::Duration::from_secs(3));
    kill(Pid::from_raw(run.id().cast_signed()), Signal::SIGINT).unwrap();
    let rest = std::thread::spawn(move || {
        let _ = input.write_all(&part.repeat(400));
    });
    let output = run.wait_with_output().unwrap();
    rest.join().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("interrupted"), "{}", said(&output));
    let rows = rows(&fs::read(out).unwrap()).unwrap();
    assert!(rows.len() >= 19 && rows.len() < 420, "{}", rows.len());
}
