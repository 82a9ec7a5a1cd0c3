//! Saved files of every kind and of none: nothing makes the reader panic, loop or copy without
//! bound, and the command opens what the library opens.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use sesauth::message::{Form, Opened, Reading, Source};
use sesauth::{Error, Limits};

/// Pieces of which files of all forms are made.
const PIECES: &[&[u8]] = &[
    b"",
    b"\n",
    b"\r\n",
    b"\r",
    b" ",
    b"\0",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\x1f\x8b\x08\0\0\0\0\0\0\xff",
    b"\x28\xb5\x2f\xfd\x20\x04\x21\0\0abcd",
    b"\x50\x2a\x4d\x18\x01\0\0\0a",
    b"From ",
    b">From a\n",
    b"From a@example.com Tue Jun 30 06:00:00 2026\n",
    b"From: a@example.com\n",
    b"From: a@example.com\nContent-Type: multipart/mixed; boundary=\"b\"\n\n",
    b"Content-Type: message/rfc822\n\n",
    b"Content-Type: text/plain; name*0=a; name*1=.eml\n",
    b"Content-Transfer-Encoding: base64\n\nRnJvbTogYQoKYg==\n",
    b"Content-Transfer-Encoding: quoted-printable\n\n=46rom=3A a=\n",
    b"Content-Length: 99999999999999999999\n",
    b"DKIM-Signature: l=100; bh=; =;;\n",
    b"--b\n",
    b"\n--b",
    b"--b--\n",
    b"12\n",
    b"0\n",
    b"<?xml?><plist></plist>",
    b"Original Message\n",
    b"Message ID\t<a@example.com>\n",
    b"SPF:\tPASS with IP 192.0.2.1\n",
    b"DKIM:\n'PASS' with domain example.com\n",
    b"Copy to clipboard\n",
    b"Received: a\n",
    b"\xc3\xa9",
];

fn open(bytes: &[u8], attached: Option<usize>) -> Result<Source, Error> {
    let limits = Limits::default();
    let opened = Opened::open(bytes, Reading::Saved, attached, &limits)?;
    let message = opened.message(&limits)?;
    for field in &message.header.fields {
        assert!(message.bytes[field.span.clone()].starts_with(field.name));
    }
    assert!(message.source.size <= message.bytes.len());
    Ok(message.source)
}

proptest! {
    #[test]
    fn any_bytes_are_a_message_or_an_error(bytes in any::<Vec<u8>>(), attached in any::<Option<usize>>()) {
        let _ = open(&bytes, attached);
    }

    #[test]
    fn any_mixture_of_forms_is_a_message_or_an_error(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..24),
        attached in prop::option::of(0..4_usize),
    ) {
        let _ = open(&pieces.concat(), attached);
    }

    #[test]
    fn a_damaged_packed_file_is_a_message_or_an_error(
        at in 0..200_usize,
        byte in any::<u8>(),
        length in 0..200_usize,
    ) {
        for mut bytes in [gzip(MESSAGE), zstd(MESSAGE)] {
            let at = at % bytes.len();
            bytes[at] = byte;
            bytes.truncate(length);
            let _ = open(&bytes, None);
        }
    }

    #[test]
    fn packing_changes_nothing_but_the_form(body in "[a-z \n]{0,400}") {
        let text = format!("From: a@example.com\n\n{body}");
        let plain = open(text.as_bytes(), None).unwrap();
        for (bytes, form) in [(gzip(text.as_bytes()), Form::Gzip), (zstd(text.as_bytes()), Form::Zstd)] {
            let packed = open(&bytes, None).unwrap();
            prop_assert_eq!(&packed.within, &[form]);
            prop_assert_eq!(packed.form, plain.form);
            prop_assert_eq!(packed.size, plain.size);
            prop_assert_eq!(&packed.notes[1..], &plain.notes[..]);
        }
    }
}

const MESSAGE: &[u8] = b"From: a@example.com\r\nSubject: hello\r\n\r\nhello hello hello hello\r\n";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

#[test]
fn large_hostile_files_take_bounded_time() {
    let head = "From: a@example.com\nContent-Type: multipart/mixed; boundary=b\n\n";
    let nested = "--b\nContent-Type: multipart/mixed; boundary=b\n\n";
    let messages = "Content-Type: message/rfc822\n\n".repeat(20);
    for text in [
        format!("{head}{}", "--b\n".repeat(500_000)),
        format!("{head}{}", nested.repeat(40_000)),
        format!("{head}{}", "--b--b".repeat(300_000)),
        format!("{head}{}", format!("--b\n{messages}\n").repeat(2_000)),
        format!("From a 10:00\n{head}{}", "\n\nFrom ".repeat(300_000)),
        format!("From a 10:00\n{head}{}", ">".repeat(2_000_000)),
        format!("From a 10:00\n{head}{}", "\n>From >>".repeat(200_000)),
        format!("1\n{head}{}", "<plist</plist>".repeat(150_000)),
        format!("Content-Type: {}\n\nb", ";a=(\"".repeat(400_000)),
        format!(
            "Content-Type: multipart/mixed{}\n\nb",
            ";a*0=b".repeat(300_000)
        ),
        format!("Original Message\n{}", "SPF: PASS\n".repeat(200_000)),
        "\n".repeat(2_000_000) + MESSAGE_TEXT,
    ] {
        let _ = open(text.as_bytes(), None);
        let _ = open(text.as_bytes(), Some(1));
    }
}

const MESSAGE_TEXT: &str = "From: a@example.com\n\nbody\n";

#[test]
fn packings_around_each_other_are_undone_to_a_depth() {
    let twice = gzip(&zstd(MESSAGE));
    let source = open(&twice, None).unwrap();
    assert_eq!(source.within, [Form::Gzip, Form::Zstd]);
    let error = open(&gzip(&twice), None).unwrap_err().to_string();
    assert!(error.contains("packed more than 2 times"), "{error}");
}

#[test]
fn forms_have_words_in_kebab_case() {
    let words = [
        (Form::Rfc5322, "rfc5322"),
        (Form::HeadersOnly, "headers-only"),
        (Form::GmailShowOriginal, "gmail-show-original"),
    ];
    for (form, word) in words {
        assert_eq!(serde_json::to_value(form).unwrap(), word);
    }
}

#[test]
fn both_limits_of_size_hold_for_packed_files() {
    let limits = Limits {
        message_bytes: 1000,
        decompressed_bytes: 1000,
        ..Limits::default()
    };
    let text = [MESSAGE, &[b'a'; 2000]].concat();
    let packed = gzip(&text);
    assert!(packed.len() < 1000);
    let error = Opened::open(&packed, Reading::Saved, None, &limits)
        .unwrap_err()
        .to_string();
    assert!(error.contains("a gzip file"), "{error}");
    let error = Opened::open(&text, Reading::Saved, None, &limits)
        .unwrap_err()
        .to_string();
    assert!(error.contains("larger than the limit"), "{error}");
}

#[test]
fn the_command_opens_attached_messages_and_keeps_to_the_size() {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/messages/form-attached");
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_sesauth"))
            .arg("inspect")
            .args(arguments)
            .arg("--dns")
            .arg(case.join("dns.jsonl"))
            .arg(case.join("message.eml"))
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    };
    let (code, text) = run(&["--attached"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("Judged with the clock at receipt."), "{text}");
    let (code, text) = run(&["--attached=2"]);
    assert_eq!(code, Some(2));
    assert!(text.contains("only one message"), "{text}");
    let (code, text) = run(&["--max-size=1K"]);
    assert_eq!(code, Some(2));
    assert!(
        text.contains("larger than the limit of 1024 bytes"),
        "{text}"
    );
}

/// What `sesauth inspect` says of this text, with exit code 2 and no output.
fn refusal(text: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sesauth"));
    command.args(["inspect", "--offline", "-"]);
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = pipes.stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(text.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(output.stdout.is_empty(), "{text}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_header_that_was_quoted_or_indented_is_named_and_never_judged() {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/messages/spf-softfail");
    let message = std::fs::read_to_string(case.join("message.eml")).unwrap();
    let before = |mark: &str| -> String {
        let lines = message.lines();
        lines.map(|line| format!("{mark}{line}\n")).collect()
    };
    for mark in ["> ", ">", ">> "] {
        let said = refusal(&before(mark));
        assert!(said.contains("its header is quoted"), "{said}");
        assert!(said.contains("Download original"), "{said}");
    }
    let answer = format!("On Tuesday, a@example.com wrote:\n\n{}", before("> "));
    assert!(refusal(&answer).contains("its header is quoted"));
    for mark in ["    ", "\t"] {
        for text in [&before(mark)[..], before(mark).trim_start()] {
            let said = refusal(text);
            assert!(said.contains("header are indented"), "{said}");
        }
    }
}

#[test]
fn a_text_with_a_colon_in_a_line_is_no_message() {
    for text in [
        "Note: buy milk\nand bread\n",
        "# How to\n\nusage: run it\n",
        "name: x\nversion: 1\n\nbody\n",
        "Subject: the house\nTo: do\n\nFrom: nobody\n",
    ] {
        let said = refusal(text);
        assert!(said.contains("not a mail message"), "{said}");
        assert!(said.contains("Download original"), "{said}");
    }
}
