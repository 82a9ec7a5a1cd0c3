//! The other forms of `inspect`: a line, Markdown, nothing; and results that a script expects.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn case(name: &str) -> PathBuf {
    let messages = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/messages");
    messages.join(name)
}

fn inspect(name: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sesauth"))
        .args(["inspect", "--dns", "dns.jsonl"])
        .args(arguments)
        .arg("message.eml")
        .current_dir(case(name))
        .output()
        .unwrap()
}

fn out(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn err(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

const PASSES: &str = "ses-default-mail-from";
const FAILS: &str = "ses-records-missing";

#[test]
fn a_line_says_what_counts() {
    let output = inspect(PASSES, &["--format", "line"]);
    let line = "PASS example.com dmarc=pass spf=pass(amazonses.com,unaligned) \
                dkim=pass(example.com,aligned) p=quarantine findings=1 message.eml\n";
    assert_eq!(out(&output), line);
    let output = inspect(FAILS, &["--format", "line"]);
    let line = "FAIL example.com dmarc=fail spf=none(mail.example.com,aligned) \
                dkim=pass(amazonses.com,unaligned) p=quarantine findings=4 message.eml\n";
    assert_eq!(out(&output), line);
    // A plan is never taken for what is.
    let output = inspect(PASSES, &["--format", "line", "--policy", "p=reject"]);
    let line = out(&output);
    assert!(line.contains(" p=reject findings=") && line.contains(" planned=1 message.eml"));
}

#[test]
fn markdown_has_tables_and_records_in_code() {
    let output = inspect(PASSES, &["--format", "markdown"]);
    let text = out(&output);
    for part in [
        "# PASS\n\nDMARC passes for `example.com`, on DKIM alone.\n",
        "| SPF    | pass   | `amazonses.com` | no: another organization",
        "| DKIM 1 | pass   | `example.com`   | yes: the same domain",
        "`mx.google.com` recorded the same.\n",
        "## warning: ses-default-mail-from\n",
        "\n```\nmail.example.com. 300 MX 10 feedback-smtp.us-east-1.amazonses.com.\n\
         mail.example.com. 300 TXT \"v=spf1 include:amazonses.com ~all\"\n```\n",
        "```\ndig +short MX mail.example.com\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn what_a_script_expects_decides_the_exit_code_and_what_differs_is_said() {
    for (name, expect, code, said) in [
        (PASSES, "dmarc=pass,dkim=pass@example.com", 0, ""),
        (PASSES, "spf=pass@amazonses.com", 0, ""),
        (PASSES, "dkim=pass@AMAZONSES.com", 0, ""),
        (
            PASSES,
            "dmarc=pass@example.net",
            1,
            "dmarc is pass@example.com",
        ),
        (
            PASSES,
            "dkim=fail@example.com",
            1,
            "--expect dkim=fail@example.com: dkim is pass@example.com, pass@amazonses.com",
        ),
        (
            FAILS,
            "spf=pass",
            1,
            "--expect spf=pass: spf is none@mail.example.com",
        ),
        (PASSES, "arc=pass", 2, "none of dmarc, spf and dkim"),
        (
            PASSES,
            "dmarc=passed",
            2,
            "\"passed\" is no result; one of pass, fail",
        ),
        (PASSES, "dmarc", 2, "write dmarc=pass"),
    ] {
        let output = inspect(name, &["--quiet", "--fail-on", "never", "--expect", expect]);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{expect}: {}",
            err(&output)
        );
        assert!(err(&output).contains(said), "{expect}: {}", err(&output));
        assert_eq!(out(&output), "", "{expect}");
    }
}

#[test]
fn quiet_leaves_the_exit_code() {
    for (name, code) in [(PASSES, 0), (FAILS, 1)] {
        let output = inspect(name, &["-q"]);
        assert_eq!((out(&output), output.status.code()), ("", Some(code)));
    }
}
