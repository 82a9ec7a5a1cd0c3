//! What the command says where its arguments are not what was meant: the line to run instead.

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs the command in testdata/messages.
fn sesauth(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sesauth"));
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/messages"));
    command.args(arguments).stdin(Stdio::null());
    command.output().unwrap()
}

/// What is said on standard error, with exit code 2 and no output.
fn error(arguments: &[&str]) -> String {
    let output = sesauth(arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

const MESSAGE: &str = "form-mbox/message.eml";
const OTHER: &str = "form-emlx/message.eml";
const DNS: &str = "form-mbox/dns.jsonl";

/// The commands in an error, one a line.
fn commands(error: &str) -> Vec<&str> {
    let lines = error.lines().filter_map(|line| line.strip_prefix("  "));
    lines.collect()
}

#[test]
fn a_message_or_folder_without_a_command_gets_the_line_to_run() {
    for (arguments, line) in [
        (&[MESSAGE][..], format!("sesauth inspect {MESSAGE}")),
        (
            &[MESSAGE, "--dns", DNS],
            format!("sesauth inspect {MESSAGE} --dns {DNS}"),
        ),
        (&["form-mbox"], "sesauth batch form-mbox".into()),
        (&["not-there.eml"], "sesauth inspect not-there.eml".into()),
        (&["my mail.eml"], "sesauth inspect 'my mail.eml'".into()),
        (&["example.com"], "sesauth dmarc example.com".into()),
        (&["alignment"], "sesauth explain alignment".into()),
        (&["dmarc-fail"], "sesauth explain dmarc-fail".into()),
        (&["5.7.26"], "sesauth explain 5.7.26".into()),
        (
            &["spf", "example.com"],
            "sesauth spf --ip ADDRESS --mail-from example.com".into(),
        ),
    ] {
        assert_eq!(commands(&error(arguments)), [line], "{arguments:?}");
    }
}

#[test]
fn the_line_to_run_works() {
    let said = error(&[MESSAGE, "--dns", DNS]);
    let line: Vec<&str> = commands(&said)[0].split(' ').skip(1).collect();
    let output = sesauth(&line);
    assert!(output.stderr.is_empty(), "{output:?}");
    let said = error(&["inspect", "--verbose", "--dns", DNS, MESSAGE, OTHER]);
    let line = format!("sesauth batch --dns {DNS} {MESSAGE} {OTHER}");
    assert_eq!(commands(&said), [&line], "{said}");
    let line: Vec<&str> = line.split(' ').skip(1).collect();
    let output = String::from_utf8(sesauth(&line).stdout).unwrap();
    assert!(
        output.contains(MESSAGE) && output.contains(OTHER),
        "{output}"
    );
}

#[test]
fn a_word_that_is_no_command_is_read_by_its_meaning() {
    for (word, commands) in [
        ("check", &["inspect MESSAGE", "corpus check FOLDER"][..]),
        ("chek", &["inspect MESSAGE", "corpus check FOLDER"]),
        ("Verify", &["inspect MESSAGE"]),
        ("analyze", &["inspect MESSAGE"]),
        ("analyse", &["inspect MESSAGE"]),
        ("test", &["inspect MESSAGE"]),
        ("ses", &["domain DOMAIN", "spf --ip"]),
        ("domains", &["domain DOMAIN", "spf --ip"]),
        ("lookup", &["dmarc DOMAIN", "spf --ip"]),
        ("dkim", &["inspect MESSAGE", "explain dkim"]),
        ("record", &["inspect --record", "dns show"]),
        ("compare", &["inspect --compare-with"]),
    ] {
        let said = error(&[word]);
        for command in commands {
            let command = format!("  sesauth {command}");
            assert!(said.contains(&command), "{word}: {said}");
        }
    }
    // What clap knows better.
    assert!(error(&["inspct"]).contains("'inspect'"));
    assert!(error(&["colour"]).contains("unrecognized"));
    assert!(error(&["corpus", "verify"]).contains("unrecognized"));
}

#[test]
fn a_message_in_place_of_a_domain_gets_its_command() {
    let said = error(&["dmarc", MESSAGE]);
    let line = format!("for a message: sesauth inspect {MESSAGE}");
    assert!(said.contains(&line), "{said}");
}

#[test]
fn a_domain_or_a_folder_in_place_of_a_message_gets_its_command() {
    for (argument, command) in [
        ("example.com", "sesauth dmarc example.com"),
        ("form-mbox", "sesauth batch form-mbox"),
    ] {
        assert!(error(&["inspect", argument]).contains(command));
    }
    for argument in [
        "not-there.eml",
        "notes.txt",
        "folder/example.com",
        "192.0.2.1",
    ] {
        let said = error(&["inspect", argument]);
        assert!(!said.contains("sesauth dmarc"), "{said}");
    }
}

#[test]
fn no_hint_has_what_a_shell_or_a_terminal_would_obey() {
    for word in [
        "a'; rm -rf b.eml",
        "a\u{1b}[2J.eml",
        "a\nb.eml",
        "$(id).eml",
        "`id`.eml",
    ] {
        let said = error(&[word]);
        let commands = commands(&said);
        assert!(!said.contains('\u{1b}'), "{said:?}");
        let is_safe = |line: &str| {
            line == "sesauth inspect MESSAGE" || line == format!("sesauth inspect '{word}'")
        };
        assert!(commands.len() == 1 && is_safe(commands[0]), "{said:?}");
    }
}
