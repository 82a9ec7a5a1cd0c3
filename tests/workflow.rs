//! In a workflow of GitHub Actions, nothing that a message, DNS or a file name can hold becomes a
//! command of its runner.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use sesauth::dns::{Absent, Snapshot, Zone};
use tempfile::TempDir;

/// Words that are commands, as long as a line, so that some of them begin one.
fn attack() -> String {
    let long = "x".repeat(70);
    format!(
        "::error::{long} ::warning file=a,line=1::{long} ##[error]{long} ::stop-commands::{long}"
    )
}

/// A folder with `mail`, whose two messages attack in all that they say, and `dns.jsonl`.
fn folder() -> TempDir {
    let attack = attack();
    let folded = attack.replace(' ', "\r\n ");
    let message = format!(
        "Return-Path: <a@bounce.example.com>\r\n\
         Authentication-Results: mx.example.net; spf=pass (::error::{folded} ##[error]b)\r\n \
         smtp.mailfrom=\"::error::a##[error]b\"; dkim=\"::error::\" reason=\"##[group]{attack}\"\r\n\
         Received: from \"##[error]helo\" (::error::.example [192.0.2.1]) by mx.example.net\r\n \
         with ESMTP id ##[error]1 for <::error::@example.net>; Tue, 30 Jun 2026 08:38:15 +0000\r\n\
         Received-SPF: pass ({folded})\r\n\
         DKIM-Signature: v=1; a=::error::; d=example.com; s=##[error]; c=::e::/##[e; h=from;\r\n \
         bh=AAAA; b=AAAA; x=::error::; ::error::=1; ##[error]=2\r\n\
         DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=sel; h=from; bh=AAAA; b=AAAA\r\n\
         ::error::no field\r\n\
         ##[error]no field\r\n\
         From: \"{attack}\" <a@example.com>\r\n\
         Subject: {folded}\r\n\
         Message-ID: <::error::##[error]@example.com>\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\
         \r\n\
         --b\r\nContent-Type: message/rfc822\r\n\r\nSubject: {attack}\r\n\r\n"
    );
    let lines = [
        (
            "example.com",
            format!("v=spf1 exists:::error::x {attack} -all"),
        ),
        (
            "bounce.example.com",
            format!("v=spf1 ip4:::error:: ##[error]x ?all {attack}"),
        ),
        (
            "_dmarc.example.com",
            format!("v=DMARC1; p=none; rua=mailto:a@example.com; ::error::=##[e; y={attack}"),
        ),
        (
            "sel._domainkey.example.com",
            format!("v=DKIM1; k=::error::; p=##[error]; n={attack}"),
        ),
    ];
    let lines = lines.map(|(name, text)| {
        let line = serde_json::json!({
            "name": name, "type": "TXT", "rcode": "NOERROR", "ttl": 1, "records": [[text]],
        });
        format!("{line}\n")
    });
    let folder = tempfile::tempdir().unwrap();
    let mail = folder.path().join("mail");
    fs::create_dir(&mail).unwrap();
    for name in NAMES {
        fs::write(mail.join(name), format!("X: {name}\r\n{message}")).unwrap();
    }
    let head = "{\"sesauth_dns\":1,\"captured\":\"2026-07-01T12:00:00Z\"}";
    let dns = format!("{head}\n{}", lines.concat());
    let other = dns.replace("p=none;", "p=reject; o=::error::##[error];");
    let other = other.replace("v=spf1 ip4:::error:: ##[error]x", "v=spf1 ip4:192.0.2.1");
    fs::write(folder.path().join("dns.jsonl"), dns).unwrap();
    fs::write(folder.path().join("other.jsonl"), other).unwrap();
    folder
}

const NAMES: [&str; 2] = ["::error::a ::b.eml", "##[error]a ##[b.eml"];

/// What is printed on standard output and standard error.
fn printed(folder: &Path, arguments: &[&str], is_workflow: bool) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sesauth"));
    command
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null());
    match is_workflow {
        true => command.env("GITHUB_ACTIONS", "true"),
        false => command.env_remove("GITHUB_ACTIONS"),
    };
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

/// The lines that the runner takes for commands.
fn commands(text: &str) -> Vec<&str> {
    let lines = text.split(['\n', '\r']);
    let is_command = |line: &&str| line.trim_start().starts_with("::") || line.contains("##[");
    lines.filter(is_command).collect()
}

/// Asserts that none is printed, if only in a workflow; returns how many there are elsewhere.
fn disarms(folder: &Path, arguments: &[&str]) -> usize {
    let (out, errors) = printed(folder, arguments, true);
    for text in [&out, &errors] {
        assert!(
            commands(text).is_empty(),
            "{arguments:?}: {:?}",
            commands(text)
        );
    }
    let (elsewhere, errors) = printed(folder, arguments, false);
    assert!(!elsewhere.is_empty() || !errors.is_empty(), "{arguments:?}");
    commands(&elsewhere).len() + commands(&errors).len()
}

#[test]
fn one_message_gives_no_command() {
    let folder = folder();
    let folder = folder.path();
    let message = format!("mail/{}", NAMES[0]);
    let dns = ["--dns", "dns.jsonl", "--dns-absent", "nxdomain"];
    let with = |command: &[&str]| {
        let arguments: Vec<&str> = command.iter().chain(&dns).copied().collect();
        disarms(folder, &arguments)
    };
    assert!(with(&["inspect", &message]) > 0);
    assert!(with(&["inspect", "--verbose", &message]) > 10);
    assert!(with(&["inspect", "--format", "json", "--detail", "full", &message]) > 10);
    let plan = "p=reject; x=##[error]";
    with(&["inspect", "--policy", plan, &message]);
    with(&["inspect", "--attached", &message]);
    let spf = ["spf", "--ip", "192.0.2.1", "--mail-from", "a@example.com"];
    assert!(with(&spf) > 0);
    assert!(with(&[&spf[..], &["--format", "json"]].concat()) > 0);
    assert!(with(&["dmarc", "example.com"]) > 0);
    assert!(with(&["dmarc", "example.com", "--format", "json"]) > 0);
    assert!(disarms(folder, &["dns", "show", "dns.jsonl"]) > 0);
    assert!(disarms(folder, &["dns", "export", "dns.jsonl"]) > 0);
}

#[test]
fn errors_give_no_command() {
    let folder = folder();
    let folder = folder.path();
    for arguments in [
        &["inspect", "##[error]none.eml"][..],
        &["inspect", "##[error]a", "##[error]b"],
        &["inspect", "--##[error]a"],
        &["inspect", "a\n::error::b", "c"],
        &["inspect", "--at", "##[error]a"],
        &["inspect", "--at", "\n::error::a"],
        &["explain", "##[error]a"],
        &["##[error]a"],
    ] {
        // A line end in an argument is escaped everywhere.
        let is_line = arguments.iter().any(|argument| argument.contains('\n'));
        assert_eq!(disarms(folder, arguments) == 0, is_line, "{arguments:?}");
    }
}

#[test]
fn many_messages_give_no_command() {
    let folder = folder();
    let folder = folder.path();
    let paths = NAMES.join("\n");
    fs::write(folder.join("list"), paths).unwrap();
    fs::copy(folder.join("dns.jsonl"), folder.join("mail/dns.jsonl")).unwrap();
    for format in ["ndjson", "csv", "summary"] {
        let arguments = [
            "batch",
            "--files-from",
            "../list",
            "--dns",
            "dns.jsonl",
            "--format",
            format,
        ];
        let count = disarms(&folder.join("mail"), &arguments);
        assert!(count > 0 || format == "summary", "{format}");
    }
    fs::remove_file(folder.join("mail/dns.jsonl")).unwrap();
    printed(
        folder,
        &["corpus", "record", "mail", "--dns", "dns.jsonl"],
        false,
    );
    for format in ["text", "junit", "tap", "json", "sarif"] {
        let arguments = [
            "corpus",
            "check",
            "mail",
            "--dns",
            "other.jsonl",
            "--format",
            format,
        ];
        let count = disarms(folder, &arguments);
        assert!(count > 0, "{format}");
    }
    for format in ["markdown", "json"] {
        disarms(folder, &["corpus", "report", "mail", "--format", format]);
    }
    for format in ["text", "markdown", "json"] {
        let policy = "p=reject; rua=mailto:##[error]a@example.com";
        let what_if = ["corpus", "what-if", "mail", "--policy", policy];
        disarms(folder, &[&what_if[..], &["--format", format]].concat());
    }
    fs::copy(folder.join("other.jsonl"), folder.join("mail/dns.jsonl")).unwrap();
    assert!(disarms(folder, &["corpus", "update", "--dry-run", "mail"]) > 0);
}

#[test]
fn annotations_are_the_only_commands_anywhere() {
    let folder = folder();
    let folder = folder.path();
    printed(
        folder,
        &["corpus", "record", "mail", "--dns", "dns.jsonl"],
        false,
    );
    let check = [
        "corpus",
        "check",
        "mail",
        "--dns",
        "other.jsonl",
        "--format",
        "github",
    ];
    for is_workflow in [true, false] {
        let (out, _) = printed(folder, &check, is_workflow);
        let commands = commands(&out);
        assert_eq!(commands.len(), NAMES.len(), "{out}");
        for command in commands {
            assert!(command.starts_with("::error file=mail/"), "{command}");
            assert!(!command.contains("##["), "{command}");
            // The lines of its text are commands as little.
            let shown = command.replace("%0A", "\n").replace("%25", "%");
            let lines: Vec<&str> = shown.lines().skip(1).collect();
            assert!(!lines.is_empty());
            assert!(!lines.iter().any(|line| line.starts_with("::")), "{shown}");
        }
    }
}

#[test]
fn what_programs_read_has_the_same_values() {
    let folder = folder();
    let folder = folder.path();
    printed(
        folder,
        &["corpus", "record", "mail", "--dns", "dns.jsonl"],
        false,
    );
    let message = format!("mail/{}", NAMES[1]);
    for arguments in [
        &[
            "inspect",
            "--dns",
            "dns.jsonl",
            "--format",
            "json",
            &message,
        ][..],
        &[
            "corpus",
            "check",
            "mail",
            "--dns",
            "other.jsonl",
            "--format",
            "json",
        ],
        &[
            "corpus",
            "check",
            "mail",
            "--dns",
            "other.jsonl",
            "--format",
            "sarif",
        ],
    ] {
        let [inside, outside] = [true, false].map(|is| printed(folder, arguments, is).0);
        assert_ne!(inside, outside);
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(&inside), value(&outside));
    }
    let export = ["dns", "export", "dns.jsonl"];
    let [inside, outside] = [true, false].map(|is| printed(folder, &export, is).0);
    assert_ne!(inside, outside);
    assert_eq!(
        Zone::parse(&inside).unwrap(),
        Zone::parse(&outside).unwrap()
    );
    let record = [
        "dmarc",
        "example.com",
        "--dns",
        "dns.jsonl",
        "--record",
        "/dev/stdout",
    ];
    if cfg!(unix) {
        let [inside, outside] = [true, false].map(|is| printed(folder, &record, is).0);
        let read = |text: &str| {
            let lines = text.lines().filter(|line| line.starts_with('{'));
            let lines: Vec<&str> = lines.collect();
            let snapshot = Snapshot::parse(&lines.join("\n"), Absent::NotRecorded).unwrap();
            let mut out = Vec::new();
            snapshot.write(&mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert!(commands(&inside).is_empty());
        assert_eq!(read(&inside), read(&outside));
    }
}
