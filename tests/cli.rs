//! The command as people and scripts use it: the built binary, its exit codes and what it prints.

#[path = "support/case.rs"]
mod case;
#[expect(dead_code, reason = "what was asked does not matter here")]
#[path = "support/name_server.rs"]
mod name_server;
#[path = "support/recorded_server.rs"]
mod recorded_server;
#[path = "support/run.rs"]
mod run;
#[path = "support/schema.rs"]
mod schema;

use sesauth::render::json::Detail;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use name_server::NameServer;
use schema::keeps_to;
use serde_json::Value;
use sesauth::dns::{Absent, Dns, Name, Question, Record, Snapshot, Zone};

const PASSES: &str = "ses-custom-mail-from";

/// Its envelope sender is at amazonses.com.
const AMAZONS: &str = "ses-default-mail-from";

fn sesauth<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sesauth"));
    command.args(arguments).stdin(Stdio::null());
    command
}

fn inspect(arguments: &[&str]) -> Command {
    sesauth(["inspect"].iter().chain(arguments).copied())
}

/// Inspects a message of testdata with its recording, and these arguments.
fn analyse_case(name: &str, arguments: &[&str]) -> Command {
    let mut command = inspect(arguments);
    command.arg("--dns").arg(file(name, "dns.jsonl"));
    command.arg(file(name, "message.eml"));
    command
}

fn file(case: &str, file: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/messages");
    folder.join(case).join(file)
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap()
}

fn fed(command: &mut Command, input: &[u8]) -> Output {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that does not read it all has no fault here.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn out(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn err(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

#[track_caller]
fn fails(command: &mut Command, said: &str) {
    let output = run(command);
    assert_eq!(
        output.status.code(),
        Some(2),
        "{}{}",
        out(&output),
        err(&output)
    );
    assert!(
        err(&output).contains(said),
        "{said:?} is not in {}",
        err(&output)
    );
    assert_eq!(out(&output), "");
}

mod exit_codes {
    use super::*;

    #[test]
    fn a_message_that_passes_is_0_and_one_that_fails_is_1() {
        let output = run(&mut analyse_case(PASSES, &[]));
        assert_eq!((output.status.code(), err(&output)), (Some(0), ""));
        let output = run(&mut analyse_case("dmarc-none-fail", &[]));
        assert_eq!((output.status.code(), err(&output)), (Some(1), ""));
    }

    #[test]
    fn a_required_pass_is_1_where_the_conclusion_is_another() {
        let require = |name: &str, more: &[&str]| {
            let mut arguments = vec!["--require", "pass"];
            arguments.extend(more);
            let output = run(&mut analyse_case(name, &arguments));
            (output.status.code(), err(&output).to_owned())
        };
        assert_eq!(require(PASSES, &[]), (Some(0), String::new()));
        let (code, said) = require("dmarc-none-fail", &[]);
        assert_eq!(code, Some(1));
        assert!(said.contains("the conclusion is fail"), "{said}");
    }

    #[test]
    fn a_pass_over_a_body_that_is_signed_in_part_must_be_allowed() {
        let strangers = [
            "--ip",
            "203.0.113.66",
            "--mail-from",
            "",
            "--dns-absent",
            "nxdomain",
        ];
        let with = |more: &[&str]| {
            run(&mut analyse_case(
                "length-tag",
                &[&strangers, more].concat(),
            ))
        };
        let output = with(&[]);
        assert!(
            out(&output).contains("not signed (l=): anyone"),
            "{}",
            out(&output)
        );
        let output = with(&["--require", "pass"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(
            err(&output).contains("--allow-unsigned"),
            "{}",
            err(&output)
        );
        let output = with(&["--require", "pass", "--allow-unsigned"]);
        assert_eq!(output.status.code(), Some(0));
    }

    #[test]
    fn a_recording_that_lacks_an_answer_is_2_and_the_question_is_named() {
        let output = run(&mut analyse_case("dkim-not-recorded", &[]));
        assert_eq!(output.status.code(), Some(2));
        let named = err(&output)
            .lines()
            .any(|line| line.contains("TXT") && line.contains("._domainkey."));
        assert!(named, "{}", err(&output));
        assert!(!out(&output).is_empty());
        let output = run(&mut analyse_case(
            "dkim-not-recorded",
            &["--dns-absent", "nxdomain"],
        ));
        assert_ne!(output.status.code(), Some(2), "{}", err(&output));
        assert_eq!(err(&output), "");
    }

    #[test]
    fn without_network_and_recording_nothing_can_be_told() {
        let mut command = inspect(&["--offline"]);
        let output = run(command.arg(file(PASSES, "message.eml")));
        assert_eq!(output.status.code(), Some(2));
        assert!(err(&output).contains("--dns"), "{}", err(&output));
    }

    #[test]
    fn an_answer_that_may_come_later_is_75() {
        let folder = tempfile::tempdir().unwrap();
        let dns = folder.path().join("dns.jsonl");
        let text = fs::read_to_string(file(PASSES, "dns.jsonl")).unwrap();
        let failing: Vec<String> = text.lines().map(failed_policy).collect();
        fs::write(&dns, failing.join("\n")).unwrap();
        let mut command = inspect(&["--dns"]);
        let output = run(command.arg(dns).arg(file(PASSES, "message.eml")));
        assert_eq!(
            (output.status.code(), err(&output)),
            (Some(75), ""),
            "{}",
            out(&output)
        );
    }

    fn failed_policy(line: &str) -> String {
        let lookup: Value = serde_json::from_str(line).unwrap();
        match lookup["name"].as_str() {
            Some(name) if name.starts_with("_dmarc.") => {
                format!("{{\"name\":\"{name}\",\"type\":\"TXT\",\"rcode\":\"SERVFAIL\"}}")
            }
            _ => line.to_owned(),
        }
    }
}

mod input {
    use super::*;

    #[test]
    fn standard_input_is_read_with_or_without_a_hyphen() {
        let message = fs::read(file(PASSES, "message.eml")).unwrap();
        let expected = run(&mut analyse_case(PASSES, &[])).stdout;
        for last in [&["-"][..], &[]] {
            let mut command = inspect(&["--dns"]);
            command.arg(file(PASSES, "dns.jsonl")).args(last);
            let output = fed(&mut command, &message);
            assert_eq!((output.status.code(), err(&output)), (Some(0), ""));
            assert_eq!(out(&output), std::str::from_utf8(&expected).unwrap());
        }
    }

    #[test]
    fn what_is_no_message_is_said_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        fs::write(path("empty"), "").unwrap();
        fs::write(path("binary"), b"\x7fELF\0\0").unwrap();
        fs::write(path("prose"), "hello\n").unwrap();
        fails(
            &mut inspect(&["--offline", &path("none")]),
            "there is no such file",
        );
        fails(
            &mut inspect(&["--offline", folder.path().to_str().unwrap()]),
            "folder",
        );
        fails(&mut inspect(&["--offline", &path("empty")]), "empty");
        fails(&mut inspect(&["--offline", &path("binary")]), "binary");
        fails(
            &mut inspect(&["--offline", &path("prose")]),
            "no header field",
        );
        fails(
            &mut inspect(&["--offline"]),
            "standard input: not a mail message: the file is empty",
        );
        fails(&mut inspect(&["--offline", "\x1b[31m"]), "\\u{1b}[31m");
    }

    #[test]
    fn a_cr_alone_in_any_header_field_is_said() {
        for field in [
            "Subject",
            "X-Any",
            "From",
            "Received",
            "DKIM-Signature",
            "To",
        ] {
            let message =
                format!("A: b\r\n{field}: a\rReply-To: c@example.com\r\nDate: x\r\n\r\nbo\rdy\r\n");
            let output = fed(&mut inspect(&["--offline", "-v"]), message.as_bytes());
            let text = out(&output).replace("\n        ", " ");
            let said = "note: Line 2 of the file has a CR without an LF after it";
            assert!(text.contains(said), "{field}: {text}");
            let mut command = inspect(&["--offline", "--format", "json"]);
            let output = fed(&mut command, message.as_bytes());
            let document: Value = serde_json::from_str(out(&output)).unwrap();
            let bare = serde_json::json!({"bare-cr": {"line": 2, "count": 1}});
            assert_eq!(document["source"]["notes"][0], bare, "{document}");
        }
    }

    #[test]
    fn a_message_beyond_the_size_is_refused() {
        fails(
            &mut analyse_case(PASSES, &["--max-size", "100"]),
            "--max-size",
        );
        let output = run(&mut analyse_case(PASSES, &["--max-size", "1M"]));
        assert_eq!(output.status.code(), Some(0));
    }

    #[test]
    fn values_that_are_none_are_refused() {
        for (flag, value) in [
            ("--ip", "mail.example"),
            ("--ip", "192.0.2.300"),
            ("--at", "yesterday"),
            ("--at", "99999999999999999999"),
            ("--resolver", "one.example"),
            ("--resolver", "192.0.2.1:0"),
            ("--max-size", "0"),
            ("--max-size", "x"),
            ("--max-size", "99999999999999999999G"),
            ("--max-size", "é"),
            ("--max-size", ""),
            ("--timeout", "0"),
            ("--timeout", "-1"),
            ("--timeout", "NaN"),
            ("--timeout", "1e99"),
            ("--format", "xml"),
            ("--color", "red"),
        ] {
            fails(&mut inspect(&[&format!("{flag}={value}"), "x.eml"]), flag);
        }
    }

    #[test]
    fn flags_that_contradict_each_other_are_refused() {
        for flags in [
            &["--dns", "a", "--resolver", "192.0.2.1"][..],
            &["--dns", "a", "--timeout", "1"],
            &["--offline", "--resolver", "192.0.2.1"],
            &["--dns-absent", "nxdomain"],
            &["--nonsense"],
        ] {
            fails(&mut inspect(flags), "Usage:");
        }
    }

    #[test]
    fn nothing_in_an_argument_steers_the_terminal() {
        const HOSTILE: &str = "a\x1b[31m\u{202e}\nb.c";
        let message = file(PASSES, "message.eml").display().to_string();
        let commands = [
            &["HOSTILE"][..],
            &["inspect", "a", "HOSTILE"],
            &["inspect", "--HOSTILE"],
            &["inspect", "--HOSTILE=x"],
            &["inspect", "HOSTILE"],
            &["inspect", "--dns", "HOSTILE", &message],
            &["inspect", "--offline", "--overlay", "HOSTILE", &message],
            &["inspect", "--offline", "--record", "HOSTILE/x", &message],
            &[
                "inspect",
                "--offline",
                "--compare-with",
                "HOSTILE",
                &message,
            ],
            &["inspect", "--offline", "--policy", "HOSTILE", &message],
            &[
                "inspect",
                "--offline",
                "--spf-record",
                "v=spf1 HOSTILE",
                &message,
            ],
            &[
                "inspect",
                "--resolver",
                "192.0.2.1",
                "--resolver-ca",
                "HOSTILE",
                &message,
            ],
            &["inspect", "--ip=HOSTILE"],
            &["inspect", "--at=HOSTILE"],
            &["inspect", "--hop=HOSTILE"],
            &["inspect", "--attached=HOSTILE"],
            &["inspect", "--format=HOSTILE"],
            &["inspect", "--max-size=HOSTILE"],
            &["inspect", "--timeout=HOSTILE"],
            &["inspect", "--retries=HOSTILE"],
            &["inspect", "--resolver=HOSTILE"],
            &["inspect", "--resolver", "tls://HOSTILE"],
            &["inspect", "--ignore=HOSTILE"],
            &["batch", "HOSTILE"],
            &["batch", "--files-from", "HOSTILE"],
            &["dmarc", "HOSTILE"],
            &["dns", "show", "HOSTILE"],
            &["explain", "HOSTILE"],
            &["corpus", "HOSTILE"],
            &["corpus", "record", "HOSTILE"],
            &["corpus", "check", "HOSTILE"],
            &[
                "spf",
                "--ip",
                "192.0.2.1",
                "--mail-from",
                "HOSTILE",
                "--spf-record",
                "v=spf1",
            ],
        ];
        let mut quoted = 0;
        for arguments in commands {
            let arguments = arguments.iter().map(|one| one.replace("HOSTILE", HOSTILE));
            let mut command = Command::new(env!("CARGO_BIN_EXE_sesauth"));
            let output = run(command.args(arguments).stdin(Stdio::null()));
            assert_eq!(output.status.code(), Some(2), "{command:?}");
            let steers = |char: char| char != '\n' && (char.is_control() || char == '\u{202e}');
            assert!(!err(&output).contains(steers), "{:?}", err(&output));
            assert!(!err(&output).contains("\nb.c"), "{:?}", err(&output));
            quoted += usize::from(err(&output).contains("\\u{1b}"));
        }
        // Most quote it.
        assert!(quoted > 25, "{quoted}");
    }

    #[test]
    fn hops_that_are_not_there_are_refused() {
        fails(
            &mut analyse_case(PASSES, &["--hop", "99"]),
            "there are only",
        );
    }

    #[test]
    fn a_recording_that_cannot_be_read_is_named_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let dns = folder.path().join("dns.jsonl");
        let with = |dns: &Path| {
            let mut command = inspect(&["--dns"]);
            command.arg(dns).arg(file(PASSES, "message.eml"));
            command
        };
        fails(&mut with(&dns), "there is no such file");
        for (text, said) in [
            (&b""[..], "line 1: the file is empty"),
            (b"{}\n", "line 1"),
            (b"{\"sesauth_dns\":1}\n\n{\"name\":\"a\"}\n", "line 3"),
            (b"{\"sesauth_dns\":1}\n\xff\n", "UTF-8"),
        ] {
            fs::write(&dns, text).unwrap();
            fails(&mut with(&dns), said);
        }
    }
}

mod plans {
    use super::*;

    /// The analysis of a message with these arguments, and what was said beside it.
    fn judged(command: &mut Command) -> (Value, String) {
        let output = run(command.args(["--format", "json"]));
        let said = err(&output).to_owned();
        let analysis = serde_json::from_slice(&output.stdout);
        (analysis.unwrap_or_else(|_| panic!("{said}")), said)
    }

    /// The text of the record that is found at `name`.
    fn record<'a>(analysis: &'a Value, name: &str) -> &'a str {
        let mut lookups = analysis["lookups"].as_array().unwrap().iter();
        let lookup = lookups.find(|lookup| lookup["name"] == name && lookup["type"] == "TXT");
        lookup.unwrap()["records"][0][0].as_str().unwrap()
    }

    /// Inspects a message that a subdomain of example.com sends, of which DNS knows nothing.
    fn of_a_subdomain(arguments: &[&str]) -> (tempfile::TempDir, Command) {
        let folder = tempfile::tempdir().unwrap();
        let message = folder.path().join("message.eml");
        fs::write(
            &message,
            "From: a@news.example.com\nSubject: News\n\nNews.\n",
        )
        .unwrap();
        let mut command = inspect(arguments);
        command.args(["--dns-absent", "nxdomain", "--dns"]);
        command.arg(file(PASSES, "dns.jsonl")).arg(message);
        (folder, command)
    }

    #[test]
    fn tags_are_set_in_the_record_that_applies() {
        let strict = ["--policy", "p=reject; adkim=s"];
        let (analysis, said) = judged(&mut analyse_case(PASSES, &strict));
        let expected = "v=DMARC1; p=reject; rua=mailto:dmarc@example.com; adkim=s";
        assert_eq!(record(&analysis, "_dmarc.example.com"), expected);
        assert_eq!(analysis["dmarc"]["policy"]["requested"], "reject");
        assert_eq!(said, "");
    }

    #[test]
    fn a_policy_stands_where_the_one_that_applies_does() {
        for (policy, text) in [
            ("v=DMARC1; p=reject", "v=DMARC1; p=reject"),
            (
                "sp=reject",
                "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com; sp=reject",
            ),
        ] {
            let (_folder, mut command) = of_a_subdomain(&["--policy", policy]);
            let (analysis, _) = judged(&mut command);
            assert_eq!(record(&analysis, "_dmarc.example.com"), text);
            let applies = &analysis["dmarc"]["policy"];
            assert_eq!(applies["domain"], "example.com");
            assert_eq!(applies["requested"], "reject");
        }
        let arguments = ["--policy", "p=reject", "--domain", "news.example.com"];
        let (_folder, mut command) = of_a_subdomain(&arguments);
        let (analysis, _) = judged(&mut command);
        assert_eq!(
            record(&analysis, "_dmarc.news.example.com"),
            "v=DMARC1; p=reject"
        );
        assert_eq!(analysis["dmarc"]["policy"]["domain"], "news.example.com");
    }

    #[test]
    fn an_spf_record_stands_at_the_authors_domains_unless_told_otherwise() {
        let none = ["--spf-record", "v=spf1 -all"];
        let (analysis, said) = judged(&mut analyse_case(PASSES, &none));
        assert_eq!(analysis["spf"]["mail_from"]["domain"], "mail.example.com");
        assert_eq!(analysis["spf"]["mail_from"]["result"], "fail");
        assert_eq!(said, "");
        fails(&mut analyse_case(AMAZONS, &none), "--domain amazonses.com");
        let there = [&none[..], &["--domain", "amazonses.com"]].concat();
        let (analysis, _) = judged(&mut analyse_case(AMAZONS, &there));
        assert_eq!(analysis["spf"]["mail_from"]["result"], "fail");
        let elsewhere = [&none[..], &["--domain", "mail.example.com"]].concat();
        fails(
            &mut analyse_case(AMAZONS, &elsewhere),
            "domain is amazonses.com, not mail.example.com",
        );
    }

    #[test]
    fn a_plan_that_touches_nothing_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let planned = folder.path().join("planned.zone");
        fs::write(&planned, "other.example. 300 TXT \"v=spf1 -all\"\n").unwrap();
        let planned = planned.to_str().unwrap();
        for (flags, said) in [
            (
                &["--policy", "p=quarantine"][..],
                "--policy: the record at _dmarc.example.com says so already",
            ),
            (
                &[
                    "--policy",
                    "v=DMARC1;p=quarantine;rua=mailto:dmarc@example.com",
                ],
                "--policy: the record at _dmarc.example.com says so already",
            ),
            (
                &["--policy", "p=none", "--domain", "example.net"],
                "does not ask for the record at _dmarc.example.net",
            ),
            (
                &["--spf-record", "v=spf1 include:amazonses.com ~all"],
                "--spf-record: the record at mail.example.com is the same already",
            ),
            (&["--overlay", planned], "planned.zone changes no answer"),
            (
                &["--overlay", planned, "--policy", "p=quarantine"],
                "planned.zone changes no answer",
            ),
        ] {
            for said in ["touches nothing of this message", said] {
                fails(&mut analyse_case(PASSES, flags), said);
            }
        }
        let (_folder, mut command) = of_a_subdomain(&["--spf-record", "v=spf1 -all"]);
        fails(&mut command, "give it with --mail-from");
    }

    #[test]
    fn zone_text_that_says_what_stands_already_touches_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let planned = folder.path().join("planned.zone");
        let overlay = ["--overlay", planned.to_str().unwrap()];
        for same in [
            "mail.example.com. 60 TXT \"v=spf1 include:amazonses.com ~all\"\n",
            "$GONE _dmarc.com\n",
        ] {
            fs::write(&planned, same).unwrap();
            fails(&mut analyse_case(PASSES, &overlay), "changes no answer");
        }
        fs::write(&planned, "$GONE _dmarc.example.com\n").unwrap();
        let (analysis, _) = judged(&mut analyse_case(PASSES, &overlay));
        assert_eq!(analysis["dmarc"]["result"], "none");
    }

    #[test]
    fn a_part_that_touches_nothing_is_a_note_where_another_does() {
        let flags = ["--spf-record", "v=spf1 -all", "--policy", "p=reject"];
        let (analysis, said) = judged(&mut analyse_case(AMAZONS, &flags));
        assert_eq!(analysis["dmarc"]["policy"]["requested"], "reject");
        assert!(said.starts_with("sesauth: note: --spf-record: "), "{said}");
    }

    #[test]
    fn tags_that_receivers_ignore_are_said() {
        let flags = ["--policy", "v=DMARC1; p=reject; pct=50"];
        let output = run(&mut analyse_case(PASSES, &flags));
        assert_eq!(output.status.code(), Some(0));
        assert!(
            err(&output).starts_with("sesauth: note: pct=50: "),
            "{}",
            err(&output)
        );
    }

    #[test]
    fn an_answer_that_may_come_later_is_75() {
        let folder = tempfile::tempdir().unwrap();
        let dns = folder.path().join("dns.jsonl");
        let recorded = "{\"sesauth_dns\":1}\n\
            {\"name\":\"_dmarc.example.com\",\"type\":\"TXT\",\"failure\":\"timeout\"}\n";
        fs::write(&dns, recorded).unwrap();
        let mut command = inspect(&["--policy", "p=reject", "--dns-absent", "nxdomain"]);
        command
            .arg("--dns")
            .arg(&dns)
            .arg(file(PASSES, "message.eml"));
        let output = run(&mut command);
        assert_eq!(output.status.code(), Some(75), "{}", err(&output));
        assert!(err(&output).contains("try again later"), "{}", err(&output));
    }

    #[test]
    fn what_is_no_record_is_refused_with_its_place() {
        for (flag, text, said) in [
            ("--policy", "p=rejct", "--policy: character 1: "),
            ("--policy", "v=DMARC1; p=rejct", "--policy: character 11: "),
            ("--policy", "v=DMARC2; p=none", "begins with v=DMARC1"),
            ("--spf-record", "ip4:192.0.2.1", "begins with"),
            (
                "--spf-record",
                "v=spf1 ip4:x",
                "--spf-record: character 12: ",
            ),
            ("--domain", "example.com", "--domain: it says where"),
        ] {
            fails(&mut analyse_case(PASSES, &[flag, text]), said);
            match flag {
                "--policy" => {
                    let arguments = ["dmarc", "--offline", flag, text, "example.com"];
                    fails(&mut sesauth(arguments), said);
                }
                "--spf-record" => {
                    let session = ["--ip", "192.0.2.1", "--mail-from", "a@example.com"];
                    let mut command = sesauth(["spf", "--offline", flag, text]);
                    fails(command.args(session), said);
                }
                _ => (),
            }
        }
    }

    #[test]
    fn nothing_planned_is_recorded() {
        for flag in ["--policy", "--spf-record", "--overlay"] {
            let mut command = inspect(&[flag, "x", "--record", "dns.jsonl", "x.eml"]);
            fails(&mut command, "cannot be used with");
        }
    }
}

mod output {
    use super::*;

    #[test]
    fn a_detail_without_json_is_an_error() {
        let mut command = analyse_case(PASSES, &["--detail", "full"]);
        fails(&mut command, "--detail: it needs --format json");
    }

    #[test]
    fn help_and_version_go_to_standard_output() {
        for arguments in [
            &["--help"][..],
            &["help"],
            &["help", "inspect"],
            &["inspect", "--help"],
            &["--version"],
        ] {
            let output = run(&mut sesauth(arguments.iter().copied()));
            assert_eq!(
                (output.status.code(), err(&output)),
                (Some(0), ""),
                "{arguments:?}"
            );
            assert!(out(&output).contains("sesauth"), "{}", out(&output));
            for line in out(&output).lines() {
                assert!(line.chars().count() <= 80, "{line}");
            }
        }
        let help = run(&mut sesauth(["--help"]));
        for code in ["0 ", "1 ", "2 ", "75"] {
            assert!(
                out(&help)
                    .lines()
                    .any(|line| line.trim_start().starts_with(code))
            );
        }
        fails(&mut sesauth([]), "Usage:");
    }

    #[test]
    fn a_reader_that_has_seen_enough_is_no_error() {
        let message = fs::read(file(PASSES, "message.eml")).unwrap();
        for format in ["text", "json"] {
            let mut command = inspect(&["--verbose", "--format", format, "--dns"]);
            command.arg(file(PASSES, "dns.jsonl"));
            command
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            let mut child = command.spawn().unwrap();
            drop(child.stdout.take());
            child.stdin.take().unwrap().write_all(&message).unwrap();
            let output = child.wait_with_output().unwrap();
            assert_eq!((output.status.code(), err(&output)), (Some(0), ""));
        }
        let mut child = sesauth(["schema"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), err(&output)), (Some(0), ""));
    }

    #[test]
    fn colours_are_for_terminals_or_on_demand() {
        let colored = |command: &mut Command| out(&run(command)).contains('\x1b');
        assert!(!colored(&mut analyse_case(PASSES, &[])));
        assert!(colored(&mut analyse_case(PASSES, &["--color", "always"])));
        assert!(!colored(&mut analyse_case(PASSES, &["--color", "never"])));
        assert!(!colored(
            analyse_case(PASSES, &["--color", "auto"]).env("NO_COLOR", "1")
        ));
        let json = &["--color", "always", "--format", "json"];
        assert!(!colored(&mut analyse_case(PASSES, json)));
    }

    #[test]
    fn the_json_of_every_case_keeps_to_the_schema() {
        let output = run(&mut sesauth(["schema"]));
        let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
        for case in case::cases() {
            let mut json = Vec::new();
            sesauth::render::json::write_inspection(
                &case::inspect_case(&case),
                Detail::Words,
                &mut json,
            )
            .unwrap();
            let value: Value = serde_json::from_slice(&json).unwrap();
            if let Err(problem) = keeps_to(&schema, &schema, &value) {
                panic!("{}: {problem}", case.display());
            }
        }
        let wrong = serde_json::json!({"schema": 1});
        assert!(keeps_to(&schema, &schema, &wrong).is_err());
    }
}

mod recordings {
    use super::*;

    #[test]
    fn what_was_recorded_replays_to_the_same_bytes() {
        let (_runtime, server) = served(PASSES);
        let resolver = server.address.to_string();
        let folder = tempfile::tempdir().unwrap();
        let dns = folder.path().join("dns.jsonl");
        let message = file(PASSES, "message.eml");
        for format in [&["--format", "json"][..], &["--verbose"]] {
            let record = [
                format,
                &["--timeout", "20", "--resolver", &resolver, "--record"],
            ]
            .concat();
            let live = run(inspect(&record).arg(&dns).arg(&message));
            assert_eq!(
                (live.status.code(), err(&live)),
                (Some(0), ""),
                "{}",
                out(&live)
            );
            let replayed = run(inspect(format).arg("--dns").arg(&dns).arg(&message));
            assert_eq!((replayed.status.code(), err(&replayed)), (Some(0), ""));
            assert_eq!(out(&live), out(&replayed));
        }
        assert!(!server.asked().is_empty());
        assert_eq!(names(folder.path()), ["dns.jsonl"]);
    }

    #[test]
    fn a_recording_keeps_what_it_held_and_takes_newer_answers() {
        let (_runtime, server) = served(PASSES);
        let resolver = server.address.to_string();
        let folder = tempfile::tempdir().unwrap();
        let dns = folder.path().join("dns.jsonl");
        let author = "{\"name\":\"_dmarc.example.com\",\"type\":\"TXT\",\"rcode\":\"SERVFAIL\"}";
        let other = "{\"name\":\"other.example\",\"type\":\"A\",\"rcode\":\"NXDOMAIN\"}";
        fs::write(&dns, format!("{{\"sesauth_dns\":1}}\n{author}\n{other}\n")).unwrap();
        let flags = ["--timeout", "20", "--resolver", &resolver, "--record"];
        let output = run(inspect(&flags).arg(&dns).arg(file(PASSES, "message.eml")));
        assert_eq!((output.status.code(), err(&output)), (Some(0), ""));
        let text = fs::read_to_string(&dns).unwrap();
        assert!(text.contains(other), "{text}");
        assert!(
            text.contains("\"_dmarc.example.com\"") && !text.contains("SERVFAIL"),
            "{text}"
        );
        assert!(text.lines().next().unwrap().contains(&resolver), "{text}");
        assert_eq!(names(folder.path()), ["dns.jsonl"]);
    }

    #[test]
    fn a_recording_that_cannot_be_written_is_said_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("none").join("dns.jsonl");
        let mut command = analyse_case(PASSES, &["--record"]);
        let command = command.arg(&inside);
        assert_eq!(run(command).status.code(), Some(2));
        fs::write(folder.path().join("other"), "not a recording").unwrap();
        let mut command = analyse_case(PASSES, &[]);
        fails(
            command.arg("--record").arg(folder.path().join("other")),
            "line 1",
        );
        let kept = fs::read_to_string(folder.path().join("other")).unwrap();
        assert_eq!(kept, "not a recording");
        assert_eq!(names(folder.path()), ["other"]);
    }

    /// Each command that records, without the file.
    #[cfg(unix)]
    fn recording() -> [Command; 4] {
        let mut batch = sesauth(["batch"]);
        batch.arg(file(PASSES, "message.eml"));
        let commands = [
            analyse_case(PASSES, &[]),
            batch,
            sesauth(["spf", "--ip", "192.0.2.1", "--mail-from", "a@example.com"]),
            sesauth(["dmarc", "example.com"]),
        ];
        let mut is_first = true;
        commands.map(|mut command| {
            if !std::mem::take(&mut is_first) {
                command.arg("--dns").arg(file(PASSES, "dns.jsonl"));
            }
            command.arg("--record");
            command
        })
    }

    #[cfg(unix)]
    #[test]
    fn a_recording_is_never_written_where_a_link_leads() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let (link, other) = (folder.path().join("link"), folder.path().join("other"));
        symlink("other", &link).unwrap();
        for held in [None, Some("{\"sesauth_dns\":1}\n")] {
            if let Some(held) = held {
                fs::write(&other, held).unwrap();
            }
            for mut command in recording() {
                fails(command.arg(&link), "/link: it is a link");
                assert_eq!(fs::read_to_string(&other).ok().as_deref(), held);
                assert!(link.is_symlink());
            }
        }
        assert_eq!(names(folder.path()).len(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_with_a_name_that_could_be_foreseen_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        // The process keeps the number of the shell.
        let script = "for n in 0 1 2; do ln -s other .sesauth-$$-$n.tmp; done; exec \"$@\"";
        for command in recording() {
            let mut shell = Command::new("sh");
            shell.args(["-c", script, "sh"]).arg(command.get_program());
            shell.args(command.get_args()).arg("dns.jsonl");
            let output = run(shell.current_dir(folder.path()));
            assert!(!err(&output).contains("error"), "{}", err(&output));
            assert!(!folder.path().join("other").exists());
            assert!(!folder.path().join("dns.jsonl").is_symlink());
            fs::remove_file(folder.path().join("dns.jsonl")).unwrap();
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_recording_whose_writing_fails_stops_and_names_the_file() {
        for command in recording() {
            // What never ends is not read: with little memory that would be seen.
            let script = "ulimit -v 4000000; exec \"$@\" /dev/full";
            let mut shell = Command::new("sh");
            shell.args(["-c", script, "sh"]).arg(command.get_program());
            let output = run(shell.args(command.get_args()));
            assert_eq!(output.status.code(), Some(2));
            let said = "error: /dev/full: No space left on device";
            assert!(err(&output).contains(said), "{}", err(&output));
        }
        let mut command = inspect(&["--dns", "/dev/zero"]);
        fails(&mut command, "/dev/zero: this zone text has more bytes");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn devices_and_pipes_are_written_to() {
        for mut command in recording() {
            let output = run(command.arg("/dev/stdout"));
            assert!(out(&output).contains("{\"sesauth_dns\":1"));
            let folder = tempfile::tempdir().unwrap();
            // What follows in the same file is not written over it.
            let whole = fs::File::create(folder.path().join("out")).unwrap();
            assert!(command.stdout(whole).status().unwrap().code() != Some(2));
            let text = fs::read(folder.path().join("out")).unwrap();
            assert_eq!(String::from_utf8(text).unwrap(), out(&output));
        }
        for mut command in recording() {
            let folder = tempfile::tempdir().unwrap();
            let pipe = folder.path().join("pipe");
            let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
            assert!(made.success());
            let reader = std::thread::spawn({
                let pipe = pipe.clone();
                move || fs::read_to_string(pipe).unwrap()
            });
            let output = run(command.arg(&pipe));
            let text = reader.join().unwrap();
            assert!(text.starts_with("{\"sesauth_dns\":1"), "{}", err(&output));
            assert_eq!(names(folder.path()), ["pipe"]);
        }
    }

    #[test]
    fn texts_of_any_length_are_exported_as_zone_text_that_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dns.jsonl");
        let lengths = [0, 1, 254, 255, 256, 510, 511, 600, 4000, 50_000];
        let text = |length: usize| {
            "ab\"\\; é #"
                .chars()
                .cycle()
                .take(length)
                .collect::<String>()
        };
        let line = |length: &usize| {
            let name = format!("n{length}.example");
            let strings = serde_json::json!(["first", text(*length), "", "last"]);
            let line = serde_json::json!({
                "name": name, "type": "TXT", "rcode": "NOERROR", "ttl": 1, "records": [strings],
            });
            format!("{line}\n")
        };
        // The last is longer than any record can be.
        let lines: String = lengths.iter().chain([&70_000]).map(line).collect();
        fs::write(&path, format!("{{\"sesauth_dns\":1}}\n{lines}")).unwrap();
        let mut command = sesauth(["dns", "export"]);
        let zone = run(command.arg(&path));
        let too_long = "\n; n70000.example. TXT: longer than DNS allows\n";
        assert!(out(&zone).contains(too_long));
        let zone = Zone::parse(out(&zone)).unwrap();
        for length in lengths {
            let name = Name::parse(&format!("n{length}.example")).unwrap();
            let reply = run::block_on(zone.query(&Question::txt(name)));
            let [Record::Txt(txt)] = reply.records() else {
                panic!("{reply:?}")
            };
            assert!(txt.0.iter().all(|part| part.len() <= 255));
            let expected = format!("first{}last", text(length));
            assert_eq!(String::from_utf8(txt.0.concat()).unwrap(), expected);
        }
    }

    #[test]
    fn replaying_opens_no_socket() {
        // The runtime here has no driver for input and output: a socket would be a panic.
        for case in case::cases() {
            case::inspect_case(&case);
        }
        let traced = tempfile::NamedTempFile::new().unwrap();
        let mut command = Command::new("strace");
        command
            .args(["-f", "-e", "trace=network", "-o"])
            .arg(traced.path());
        command
            .arg(env!("CARGO_BIN_EXE_sesauth"))
            .args(["inspect", "--verbose", "--dns"]);
        command
            .arg(file(PASSES, "dns.jsonl"))
            .arg(file(PASSES, "message.eml"));
        match command.output() {
            Ok(output) if output.status.code() == Some(0) => (),
            other => return println!("strace is not there, or may not trace: {other:?}"),
        }
        let calls = fs::read_to_string(traced.path()).unwrap();
        assert!(calls.contains("exited with 0"), "{calls}");
        assert!(!calls.contains("AF_INET"), "{calls}");
        println!("traced: {calls}");
    }

    /// A name server that says what the recording of a case says.
    fn served(case: &str) -> (tokio::runtime::Runtime, NameServer) {
        let dns = fs::read_to_string(file(case, "dns.jsonl")).unwrap();
        let dns = Snapshot::parse(&dns, Absent::NxDomain).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let answer = move |asked: &_| recorded_server::answer(&dns, asked);
        let server = runtime.block_on(NameServer::start(answer));
        (runtime, server)
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }
}
