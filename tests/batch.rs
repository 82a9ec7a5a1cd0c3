//! `sesauth batch`, as a user calls it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const CASES: [&str; 4] = [
    "ses-default-mail-from",
    "ses-only-amazonses-signature",
    "dkim-body-changed",
    "spf-fail",
];

fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata/messages")
        .join(name)
}

fn message(name: &str) -> Vec<u8> {
    fs::read(case(name).join("message.eml")).unwrap()
}

/// A folder with a recording of the DNS of all cases.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut dns = String::from("{\"sesauth_dns\":1}\n");
    for name in CASES {
        let text = fs::read_to_string(case(name).join("dns.jsonl")).unwrap();
        dns.extend(text.split_inclusive('\n').skip(1));
    }
    fs::write(folder.path().join("recorded.jsonl"), dns).unwrap();
    folder
}

/// `batch` with these arguments, in `folder`, fed with `input`.
fn batch(folder: &TempDir, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sesauth"))
        .args([
            "batch",
            "--dns",
            "recorded.jsonl",
            "--dns-absent",
            "nxdomain",
        ])
        .args(arguments)
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A run that reads nothing closes the pipe.
    let _ = stdin.write_all(input);
    drop(stdin);
    child.wait_with_output().unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn paths(output: &Output) -> Vec<String> {
    let path = |line: &Value| line["path"].as_str().unwrap().to_owned();
    lines(output).iter().map(path).collect()
}

fn mbox(names: &[&str]) -> Vec<u8> {
    let mut mbox = Vec::new();
    for name in names {
        mbox.extend_from_slice(b"From shop@example.com Tue Jun 30 10:33:16 2026\n");
        let text = String::from_utf8(message(name)).unwrap();
        mbox.extend(text.replace("\r\n", "\n").into_bytes());
        mbox.push(b'\n');
    }
    mbox
}

#[test]
fn every_form_of_saved_mail_is_found_in_a_folder() {
    let folder = folder();
    let at = |path: &str| folder.path().join("mail").join(path);
    for sub in ["cur", "new", "tmp", ".Sent/cur", ".Sent/new", "deep/er"] {
        fs::create_dir_all(at(sub)).unwrap();
    }
    fs::write(at("cur/1.host:2,S"), message(CASES[0])).unwrap();
    fs::write(at("new/2.host"), message(CASES[1])).unwrap();
    fs::write(at("tmp/3.host"), "From: unfinished").unwrap();
    fs::write(at(".Sent/cur/4.host:2,S"), message(CASES[2])).unwrap();
    fs::write(at("deep/er/a.eml"), message(CASES[3])).unwrap();
    fs::write(at("deep/archive.mbox"), mbox(&CASES)).unwrap();
    fs::write(at("deep/without-a-suffix"), message(CASES[0])).unwrap();
    fs::write(at("deep/notes.md"), "# not mail\n").unwrap();
    let output = batch(&folder, &["--format", "ndjson", "mail"], b"");
    assert_eq!(
        paths(&output),
        [
            "mail/.Sent/cur/4.host:2,S",
            "mail/cur/1.host:2,S",
            "mail/deep/archive.mbox#1",
            "mail/deep/archive.mbox#2",
            "mail/deep/archive.mbox#3",
            "mail/deep/archive.mbox#4",
            "mail/deep/er/a.eml",
            "mail/deep/without-a-suffix",
            "mail/new/2.host",
        ]
    );
    assert!(
        lines(&output)
            .iter()
            .all(|line| line.get("error").is_none())
    );
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(
        errors.contains("1 file in folders does not look like mail"),
        "{errors}"
    );
}

#[test]
fn a_line_is_the_analysis_that_inspect_gives() {
    let folder = folder();
    fs::write(folder.path().join("a.eml"), message(CASES[0])).unwrap();
    for (explain, detail) in [(&[][..], "data"), (&["--explain"], "words")] {
        let output = batch(&folder, &[explain, &["a.eml"]].concat(), b"");
        let mut line = lines(&output).remove(0);
        assert_eq!(
            line.as_object_mut().unwrap().remove("path").unwrap(),
            "a.eml"
        );
        let inspect = Command::new(env!("CARGO_BIN_EXE_sesauth"))
            .args([
                "inspect",
                "--dns",
                "recorded.jsonl",
                "--dns-absent",
                "nxdomain",
            ])
            .args(["--format", "json", "--detail", detail, "a.eml"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let whole: Value = serde_json::from_slice(&inspect.stdout).unwrap();
        assert_eq!(line, whole, "{detail}");
    }
}

#[test]
fn the_bytes_are_the_same_with_any_number_of_jobs() {
    let folder = folder();
    let mail = folder.path().join("mail");
    fs::create_dir(&mail).unwrap();
    for number in 0..60 {
        let name = CASES[number % CASES.len()];
        fs::write(mail.join(format!("{number:03}.eml")), message(name)).unwrap();
    }
    for format in ["ndjson", "csv", "summary"] {
        let one = batch(&folder, &["--format", format, "--jobs", "1", "mail"], b"");
        for jobs in ["2", "2", "7"] {
            let more = batch(&folder, &["--format", format, "--jobs", jobs, "mail"], b"");
            assert!(one.stdout == more.stdout, "{format}, {jobs} jobs");
        }
        assert!(!one.stdout.is_empty());
    }
}

#[test]
fn a_broken_message_is_its_own_error_and_the_others_are_judged() {
    let folder = folder();
    fs::write(folder.path().join("a.eml"), message(CASES[0])).unwrap();
    fs::write(folder.path().join("b.eml"), b"\x89PNG\r\n\x1a\n not mail").unwrap();
    let output = batch(&folder, &["a.eml", "b.eml", "gone.eml", "a.eml"], b"");
    let lines = lines(&output);
    assert_eq!(lines.len(), 4);
    assert!(lines[0].get("error").is_none() && lines[3].get("error").is_none());
    assert!(lines[1]["error"].as_str().unwrap().contains("PNG"));
    assert_eq!(lines[2]["error"], "there is no such file");
    assert_eq!(output.status.code(), Some(2));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(
        errors.contains("sesauth: gone.eml: there is no such file"),
        "{errors}"
    );
}

#[test]
fn an_mbox_comes_on_standard_input_and_paths_in_a_list() {
    let folder = folder();
    let output = batch(&folder, &["-"], &mbox(&CASES[..2]));
    assert_eq!(paths(&output), ["-#1", "-#2"]);
    let output = batch(&folder, &["-"], &message(CASES[0]));
    assert_eq!(paths(&output), ["-"]);
    fs::write(folder.path().join("a b.eml"), message(CASES[0])).unwrap();
    for list in [
        &b"a b.eml\na b.eml\n"[..],
        b"a b.eml\0a b.eml",
        b"a b.eml\r\na b.eml",
    ] {
        let output = batch(&folder, &["--files-from", "-"], list);
        assert_eq!(paths(&output), ["a b.eml", "a b.eml"]);
    }
}

#[test]
fn packed_mboxes_are_read_as_they_come() {
    let folder = folder();
    fs::write(folder.path().join("a.mbox.gz"), gzip(&mbox(&CASES))).unwrap();
    let output = batch(&folder, &["a.mbox.gz"], b"");
    assert_eq!(paths(&output).len(), CASES.len());
    assert_eq!(paths(&output)[3], "a.mbox.gz#4");
}

/// The end of a member of a gzip file, and of a frame of a zstd file, means nothing.
#[test]
fn an_mbox_that_was_packed_in_pieces_is_read_to_its_end() {
    let folder = folder();
    let text = mbox(&CASES);
    let pieces = || [&text[..3], b"", &text[3..700], &text[700..]].into_iter();
    let skipped = [&b"\x53\x2a\x4d\x18\x03\0\0\0"[..], b"abc"].concat();
    let zstd = |piece| [&skipped[..], &zstd(piece), &skipped].concat();
    for (name, packed) in [
        ("a.mbox.gz", pieces().map(gzip).collect::<Vec<_>>().concat()),
        (
            "b.mbox.zst",
            pieces().map(zstd).collect::<Vec<_>>().concat(),
        ),
        (
            "c.mbox.zst",
            pieces().map(pzstd).collect::<Vec<_>>().concat(),
        ),
    ] {
        fs::write(folder.path().join(name), &packed).unwrap();
        let output = batch(&folder, &[name], b"");
        let expected: Vec<String> = (1..=CASES.len()).map(|n| format!("{name}#{n}")).collect();
        assert_eq!(paths(&output), expected, "{output:?}");
        assert!(output.stderr.is_empty(), "{output:?}");
        let output = batch(&folder, &["-"], &packed);
        let expected: Vec<String> = (1..=CASES.len()).map(|n| format!("-#{n}")).collect();
        assert_eq!(paths(&output), expected, "{output:?}");
    }
    let output = batch(&folder, &["-"], &gzip(&message(CASES[0])));
    assert_eq!(paths(&output), ["-"]);
}

#[test]
fn a_packed_mbox_that_is_cut_off_gives_what_it_has_and_says_so() {
    let folder = folder();
    let text = mbox(&CASES[..2]);
    // The second message begins in the first part.
    let (first, second) = text.split_at(mbox(&CASES[..1]).len() + 100);
    for (name, kind, packed) in [
        ("a.mbox.gz", "gzip", [gzip(first), gzip(second)]),
        ("b.mbox.zst", "zstd", [zstd(first), zstd(second)]),
        ("c.mbox.zst", "zstd", [pzstd(first), pzstd(second)]),
    ] {
        let packed = packed.concat();
        fs::write(folder.path().join(name), &packed[..packed.len() - 1]).unwrap();
        let output = batch(&folder, &[name], b"");
        assert_eq!(paths(&output), [format!("{name}#1"), format!("{name}#2")]);
        let said = format!(
            "{name}#2: the message cannot be read to its end: it is in a {kind} file that is \
             damaged or cut off ("
        );
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains(&said), "{text}");
        assert_eq!(output.status.code(), Some(2));
    }
}

#[test]
fn what_follows_a_packed_mbox_and_is_not_packed_is_an_error_of_its_own() {
    let folder = folder();
    let text = mbox(&CASES[..2]);
    for (name, kind, packed) in [
        ("a.mbox.gz", "gzip", gzip(&text)),
        ("b.mbox.zst", "zstd", zstd(&text)),
    ] {
        let more = [&packed[..], b"From here on it is text"].concat();
        fs::write(folder.path().join(name), more).unwrap();
        let output = batch(&folder, &[name], b"");
        let said = format!(
            "{name}: it is a {kind} file with 23 bytes after its end that are not packed: they \
             were not read"
        );
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains(&said), "{errors}");
        let expected = [format!("{name}#1"), format!("{name}#2"), name.to_owned()];
        assert_eq!(paths(&output), expected);
        assert_eq!(output.status.code(), Some(2));
        let padded = [&packed[..], &[0; 512]].concat();
        fs::write(folder.path().join(name), padded).unwrap();
        assert_eq!(paths(&batch(&folder, &[name], b"")), expected[..2]);
    }
}

#[test]
fn a_file_of_outlook_is_found_in_a_folder_and_read_from_standard_input() {
    let folder = folder();
    let msg = message("form-outlook-msg");
    for (name, octets) in [
        ("mail/a.msg", msg.clone()),
        ("mail/b.MSG", msg.clone()),
        ("mail/c.msg.gz", gzip(&msg)),
        ("mail/d.doc", msg.clone()),
    ] {
        fs::create_dir_all(folder.path().join("mail")).unwrap();
        fs::write(folder.path().join(name), octets).unwrap();
    }
    let output = batch(&folder, &["mail"], b"");
    assert_eq!(
        paths(&output),
        ["mail/a.msg", "mail/b.MSG", "mail/c.msg.gz"]
    );
    assert_eq!(paths(&batch(&folder, &["-"], &msg)), ["-"]);
}

/// With the header frame of pzstd, which holds the size of the frame behind it.
fn pzstd(bytes: &[u8]) -> Vec<u8> {
    let frame = zstd(bytes);
    let size = u32::try_from(frame.len()).unwrap().to_le_bytes();
    [&b"\x50\x2a\x4d\x18\x04\0\0\0"[..], &size, &frame].concat()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

#[cfg(unix)]
#[test]
fn links_in_circles_and_pipes_stop_nothing() {
    let folder = folder();
    let mail = folder.path().join("mail");
    fs::create_dir_all(mail.join("inner")).unwrap();
    fs::write(mail.join("inner/a.eml"), message(CASES[0])).unwrap();
    std::os::unix::fs::symlink(&mail, mail.join("inner/loop")).unwrap();
    std::os::unix::fs::symlink("nowhere", mail.join("dead.eml")).unwrap();
    let made = Command::new("mkfifo")
        .arg(mail.join("pipe.eml"))
        .status()
        .unwrap();
    assert!(made.success());
    let output = batch(&folder, &["mail"], b"");
    assert_eq!(paths(&output), ["mail/dead.eml", "mail/inner/a.eml"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_exit_code_is_that_of_the_worst_message() {
    let folder = folder();
    let code = |arguments: &[&str]| batch(&folder, arguments, b"").status.code();
    fs::write(folder.path().join("pass.eml"), message(CASES[0])).unwrap();
    fs::write(folder.path().join("fail.eml"), message(CASES[1])).unwrap();
    assert_eq!(code(&["pass.eml"]), Some(0));
    assert_eq!(code(&["pass.eml", "fail.eml"]), Some(1));
    assert_eq!(
        code(&["--fail-on", "never", "pass.eml", "fail.eml"]),
        Some(0)
    );
    assert_eq!(code(&["--fail-on", "warning", "pass.eml"]), Some(1));
    assert_eq!(code(&["pass.eml", "gone.eml", "fail.eml"]), Some(2));
    assert_eq!(code(&[]), Some(2));
    fs::create_dir(folder.path().join("empty")).unwrap();
    assert_eq!(code(&["empty"]), Some(2));
}

#[test]
fn planned_records_count_for_all_messages() {
    let folder = folder();
    fs::write(folder.path().join("fail.eml"), message(CASES[1])).unwrap();
    fs::write(
        folder.path().join("planned.zone"),
        "$GONE _dmarc.example.com.\n",
    )
    .unwrap();
    let conclusion = |arguments: &[&str]| {
        let output = batch(&folder, arguments, b"");
        let line = lines(&output).remove(0);
        line["conclusion"]["result"].as_str().unwrap().to_owned()
    };
    assert_eq!(conclusion(&["fail.eml"]), "fail");
    assert_eq!(
        conclusion(&["--overlay", "planned.zone", "fail.eml"]),
        "none"
    );
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_build_without_parquet_says_how_to_have_it() {
    let folder = folder();
    fs::write(folder.path().join("rows.parquet"), "PAR1").unwrap();
    let written = batch(&folder, &["--format", "parquet", "."], b"");
    let read = Command::new(env!("CARGO_BIN_EXE_sesauth"))
        .args(["corpus", "report", "rows.parquet"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    for output in [written, read] {
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(output.stdout.is_empty());
        assert!(said.contains("`--features parquet`"), "{said}");
    }
}

#[test]
fn the_numbers_add_up() {
    let folder = folder();
    fs::write(folder.path().join("all.mbox"), mbox(&CASES)).unwrap();
    let output = batch(
        &folder,
        &["--format", "summary", "all.mbox", "gone.eml"],
        b"",
    );
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.starts_with("5 messages, of which 1 could not be analysed"),
        "{text}"
    );
    assert!(text.contains("\nConclusion\n"), "{text}");
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    let csv = batch(&folder, &["--format", "csv", "all.mbox"], b"");
    let csv = String::from_utf8(csv.stdout).unwrap();
    assert_eq!(csv.lines().count(), 5);
    assert!(csv.starts_with("path,conclusion,"));
    assert!(
        csv.contains("all.mbox#1,pass,pass,pass,amazonses.com,"),
        "{csv}"
    );
}

#[test]
fn no_cell_of_the_table_is_a_formula() {
    let folder = folder();
    let starts = [
        "=",
        "+",
        "-",
        "@",
        "＝",
        "＋",
        "－",
        "＠",
        " =",
        "\u{3000}＝",
    ];
    let names = starts.map(|start| format!("{start}HYPERLINK(1).eml"));
    for name in &names {
        fs::write(folder.path().join(name), message("spf-softfail")).unwrap();
    }
    let arguments = ["--format", "csv", "--files-from", "-"];
    let csv = batch(&folder, &arguments, names.join("\n").as_bytes());
    let csv = String::from_utf8(csv.stdout).unwrap();
    let lines: Vec<&str> = csv.lines().skip(1).collect();
    assert_eq!(lines.len(), starts.len());
    for (line, name) in lines.into_iter().zip(&names) {
        assert!(line.starts_with(&format!("\"'{name}\",")), "{line}");
    }
}

#[test]
fn a_summary_says_by_domain_how_much_passes_and_why_the_first_does_not() {
    let folder = folder();
    let corpus = case("../corpus");
    for name in ["hello", "orders"] {
        fs::create_dir(folder.path().join(name)).unwrap();
        for entry in fs::read_dir(corpus.join(name)).unwrap() {
            let entry = entry.unwrap();
            fs::copy(
                entry.path(),
                folder.path().join(name).join(entry.file_name()),
            )
            .unwrap();
        }
    }
    fs::copy(
        corpus.join("dns.jsonl"),
        folder.path().join("recorded.jsonl"),
    )
    .unwrap();
    let hostile = "hello/2026-01-01 \u{1b}[31m  x.eml";
    fs::rename(
        folder.path().join("hello/2026-02-23.eml"),
        folder.path().join(hostile),
    )
    .unwrap();
    let output = batch(&folder, &["--format", "summary", "hello", "orders"], b"");
    let text = String::from_utf8(output.stdout).unwrap();
    for part in [
        "\nFrom, and how much passes DMARC\n",
        "        10  80.0 % (8 of 10)        birch.example\n            \
         DKIM: expired, as in hello/2026-01-01 \\u{1b}[31m  x.eml\n",
        "        10  100.0 % (10 of 10)      example.com\n\n",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    // A long path is on a line of its own, whole.
    let long = format!("hello/2026-01-01 {}.eml", "x".repeat(90));
    fs::rename(folder.path().join(hostile), folder.path().join(&long)).unwrap();
    let output = batch(&folder, &["--format", "summary", "hello"], b"");
    let text = String::from_utf8(output.stdout).unwrap();
    let shown = format!("DKIM: expired, as in\n              {long}\n");
    assert!(text.contains(&shown), "{text}");
}

/// The cells of a line in which no cell has a line end.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut is_quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '"' if is_quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cells.last_mut().unwrap().push('"');
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => cells.push(String::new()),
            char => cells.last_mut().unwrap().push(char),
        }
    }
    cells
}

#[test]
fn the_table_has_the_policy_alignment_and_the_word_of_the_receiver() {
    let folder = folder();
    let text = String::from_utf8(message("ses-default-mail-from")).unwrap();
    fs::write(folder.path().join("a.eml"), &text).unwrap();
    let hostile = text
        .replace(
            "\nMessage-ID: <",
            "\nMessage-ID: =HYPERLINK(\"http://b.example\",1) \u{1b}[31m<",
        )
        .replace("\nDate: Tue", "\nDate: @Tue");
    assert_ne!(text, hostile);
    fs::write(folder.path().join("b.eml"), hostile).unwrap();
    let arguments = ["--format", "csv", "a.eml", "b.eml", "gone.eml"];
    let csv = batch(&folder, &arguments, b"");
    let csv = String::from_utf8(csv.stdout).unwrap();
    assert!(!csv.contains('\u{1b}'), "{csv}");
    let rows: Vec<Vec<String>> = csv.lines().map(cells).collect();
    assert_eq!(rows.len(), 4, "{csv}");
    for row in &rows {
        assert_eq!(row.len(), rows[0].len(), "{row:?}");
        assert!(
            !row.iter().any(|cell| cell.starts_with(['=', '@'])),
            "{row:?}"
        );
    }
    let cell = |row: usize, name: &str| {
        let at = rows[0].iter().position(|head| head == name);
        rows[row][at.unwrap_or_else(|| panic!("{name}"))].as_str()
    };
    for (name, value) in [
        ("policy_domain", "example.com"),
        ("policy_requested", "quarantine"),
        ("policy_applied", "none"),
        ("spf_aligned", "false"),
        ("dkim_aligned", "true"),
        ("receiver_dmarc", "pass"),
        ("receiver_spf", "pass"),
        ("receiver_dkim", "pass pass"),
        ("date", "Tue, 30 Jun 2026 10:33:14 +0000"),
        ("error", ""),
    ] {
        assert_eq!(cell(1, name), value, "{name}");
    }
    assert!(cell(1, "message_id").starts_with("<0100019f"), "{csv}");
    assert!(cell(2, "message_id").starts_with("'=HYPERLINK(\""), "{csv}");
    assert!(cell(2, "date").starts_with("'@Tue"), "{csv}");
    assert_eq!(cell(3, "error"), "there is no such file");
    assert_eq!(rows[0].last().unwrap(), "error");
}

/// The help of a command.
fn help(command: &[&str]) -> String {
    let mut run = Command::new(env!("CARGO_BIN_EXE_sesauth"));
    let output = run.args(command).arg("--help").output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The commands that a help gives as examples.
fn examples(help: &str) -> Vec<&str> {
    let (_, after) = help.split_once("\nExamples:\n").unwrap();
    let (examples, _) = after.split_once("\n\n").unwrap();
    let commands = examples.lines().filter_map(|line| line.strip_prefix("  "));
    commands.filter(|line| !line.starts_with(' ')).collect()
}

#[test]
fn no_example_of_the_help_is_broken_over_two_lines() {
    let corpus = ["record", "check", "update", "what-if", "report"];
    let corpus = corpus.map(|command| vec!["corpus", command]);
    for command in corpus.into_iter().chain([vec!["batch"]]) {
        let help = help(&command);
        for example in examples(&help) {
            let is_whole = example.starts_with("sesauth ") || example.starts_with("find ");
            assert!(is_whole, "{command:?}: {example}");
        }
        assert!(help.lines().all(|line| line.len() <= 80), "{help}");
    }
}

#[cfg(unix)]
#[test]
fn the_examples_with_find_take_any_name() {
    let folder = folder();
    for name in [
        "in box/a b.eml",
        "Maildir/cur/1751278000.M1P2.host:2,S",
        "new\nline.eml",
    ] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, message("spf-fail")).unwrap();
    }
    let help = help(&["batch"]);
    let with_find = examples(&help);
    let with_find = with_find.iter().filter(|line| line.starts_with("find "));
    let mut seen = Vec::new();
    for example in with_find {
        let offline = "--dns recorded.jsonl --dns-absent nxdomain --format ndjson";
        let program = env!("CARGO_BIN_EXE_sesauth");
        let line = example.replace("sesauth batch", &format!("'{program}' batch {offline}"));
        let mut shell = Command::new("sh");
        let shell = shell.arg("-c").arg(&line).current_dir(folder.path());
        let output = shell.output().unwrap();
        assert!(output.stderr.is_empty(), "{line}: {output:?}");
        let mut found = paths(&output);
        found.sort();
        seen.push(found);
    }
    assert_eq!(
        seen,
        [
            vec!["./in box/a b.eml", "./new\nline.eml"],
            vec!["Maildir/cur/1751278000.M1P2.host:2,S"]
        ]
    );
    // As arguments too, and a folder with a blank in its name.
    let output = batch(
        &folder,
        &["in box", "Maildir", "Maildir/cur/1751278000.M1P2.host:2,S"],
        b"",
    );
    assert_eq!(
        paths(&output),
        [
            "in box/a b.eml",
            "Maildir/cur/1751278000.M1P2.host:2,S",
            "Maildir/cur/1751278000.M1P2.host:2,S"
        ]
    );
    assert!(output.stderr.is_empty(), "progress is for terminals alone");
}

/// A folder may be called so; a URL is never taken for a path.
#[cfg(not(feature = "object-store"))]
#[test]
fn an_object_store_is_refused_by_a_build_without_them() {
    let folder = folder();
    fs::create_dir_all(folder.path().join("s3:/mail")).unwrap();
    fs::write(folder.path().join("s3:/mail/a.eml"), message(CASES[0])).unwrap();
    let said = "this build reads no object stores: it needs the feature `object-store`";
    for (arguments, input) in [
        (&["s3://mail/a.eml"][..], &b""[..]),
        (&["--files-from", "-"], b"s3://mail/a.eml\n"),
        (&["--record", "gs://mail/dns.jsonl", "s3:/mail/a.eml"], b""),
    ] {
        let output = batch(&folder, arguments, input);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(errors.contains(said), "{errors}");
        assert_eq!(output.status.code(), Some(2));
    }
}
