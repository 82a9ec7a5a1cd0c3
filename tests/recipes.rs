//! The recipes of `docs` and `action.yml`: their shell is run as a mail server and GitHub run it.
#![cfg(unix)]

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const SESAUTH: &str = env!("CARGO_BIN_EXE_sesauth");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn executable(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// The script of docs/postfix.md, with a `sendmail` that keeps what it is given, in a folder of its own.
struct Postfix {
    folder: TempDir,
}

impl Postfix {
    fn new(sendmail_ends_with: u8) -> Self {
        let folder = TempDir::new().unwrap();
        let text = fs::read_to_string(root().join("docs/postfix.md")).unwrap();
        let script = text.split("```sh\n").nth(1).unwrap();
        let script = script.split("```").next().unwrap();
        let sendmail = folder.path().join("sendmail");
        let filter = format!("{SESAUTH} filter --offline");
        let script = script
            .replace("/usr/sbin/sendmail", sendmail.to_str().unwrap())
            .replace("/usr/bin/sesauth filter", &filter);
        assert!(script.contains(&filter) && !script.contains("/usr/"));
        executable(&folder.path().join("script"), &script);
        let keep = format!(
            "#!/bin/sh\ncd \"$(dirname \"$0\")\"\nprintf '%s\\n' \"$@\" >arguments\ncat >message\n\
             exit {sendmail_ends_with}\n"
        );
        executable(&sendmail, &keep);
        fs::create_dir(folder.path().join("tmp")).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, arguments: &[&str], message: &[u8]) -> Output {
        let mut command = Command::new(self.path("script"));
        command.args(arguments).env("TMPDIR", self.path("tmp"));
        command.stdin(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let _ = child.stdin.take().unwrap().write_all(message);
        let output = child.wait_with_output().unwrap();
        assert_eq!(fs::read_dir(self.path("tmp")).unwrap().count(), 0);
        output
    }
}

const MESSAGE: &[u8] = b"From: a@example.com\n\n.\n\nHello\n";

#[test]
fn postfix_gets_the_message_back_with_the_same_envelope() {
    let postfix = Postfix::new(0);
    let senders = [
        "a@example.com",
        "",
        "\"a b\"@example.com",
        "-oQ/tmp@example.com",
        "--offline",
        "\"$(id)`id`;\"@example.com",
        "*",
        "a@[192.0.2.1]",
        "MAILER-DAEMON",
        "\"a\\\"b\"@example.com",
    ];
    for sender in senders {
        for (client, helo) in [
            ("192.0.2.1", "a.example.com"),
            ("unknown", "unknown"),
            ("", "-x $(id)"),
        ] {
            let recipients = ["b@example.org", "-x@example.org", "c d@example.org"];
            let output = postfix.run(
                &[&[client, helo, sender], &recipients[..]].concat(),
                MESSAGE,
            );
            assert_eq!(output.status.code(), Some(0), "{sender}: {output:?}");
            let given = fs::read_to_string(postfix.path("arguments")).unwrap();
            let given: Vec<&str> = given.lines().collect();
            assert_eq!(given[..5], ["-G", "-i", "-f", sender, "--"]);
            assert_eq!(given[5..], recipients);
            let message = fs::read(postfix.path("message")).unwrap();
            assert!(message.starts_with(b"Authentication-Results: mx.example.org;\n"));
            assert!(message.ends_with(MESSAGE));
        }
    }
}

#[test]
fn postfix_keeps_what_could_not_be_given_back() {
    let arguments = [
        "192.0.2.1",
        "a.example.com",
        "a@example.com",
        "b@example.org",
    ];
    let output = Postfix::new(1).run(&arguments, MESSAGE);
    assert_eq!(output.status.code(), Some(75), "{output:?}");
    let postfix = Postfix::new(0);
    let script = fs::read_to_string(postfix.path("script")).unwrap();
    for broken in [
        script.replace("--offline", "--no-such-flag"),
        script.replace(SESAUTH, "/nonexistent/sesauth"),
        script.replace("judged=$(mktemp)", "judged=$(false)"),
    ] {
        assert_ne!(broken, script);
        executable(&postfix.path("script"), &broken);
        let output = postfix.run(&arguments, MESSAGE);
        assert_eq!(output.status.code(), Some(75), "{output:?}");
        assert!(!postfix.path("message").exists());
    }
}

/// The shell of the step with this name in action.yml.
fn step(name: &str) -> String {
    let action = fs::read_to_string(root().join("action.yml")).unwrap();
    let step = action
        .split(&format!("    - name: {name}\n"))
        .nth(1)
        .unwrap();
    let step = step.split("    - name: ").next().unwrap();
    let shell = step.split("      run: |\n").nth(1).unwrap();
    let lines = shell
        .lines()
        .take_while(|line| line.is_empty() || line.starts_with("        "));
    lines
        .map(|line| format!("{}\n", line.trim_start_matches("        ")))
        .collect()
}

/// Runs a step as GitHub does; the folder is its workspace.
fn stepped(name: &str, folder: &Path, environment: &[(&str, &OsStr)]) -> Output {
    let mut command = Command::new("bash");
    command
        .args([
            "--noprofile",
            "--norc",
            "-eo",
            "pipefail",
            "-c",
            &step(name),
        ])
        .current_dir(folder);
    for name in ["DNS", "OVERLAY", "POLICY", "SPF_RECORD", "FAIL_IF_WORSE"] {
        command.env(name, "");
    }
    for (name, file) in [
        ("GITHUB_OUTPUT", "output"),
        ("GITHUB_STEP_SUMMARY", "summary"),
        ("SAID", "said"),
        ("BODY", "body"),
    ] {
        command.env(name, folder.join(file));
    }
    let corpus = root().join("testdata/corpus");
    command
        .env("SESAUTH", SESAUTH)
        .env("CORPUS", corpus)
        .envs(environment.iter().copied());
    command.output().unwrap()
}

#[test]
fn no_input_of_the_action_becomes_shell() {
    let action = fs::read_to_string(root().join("action.yml")).unwrap();
    let names = action.split("    - name: ").skip(1);
    let with_shell = names.filter(|step| step.contains("      run: |"));
    let mut count = 0;
    for name in with_shell.map(|step| step.lines().next().unwrap()) {
        assert!(!step(name).contains("${{"), "{name}");
        count += 1;
    }
    assert_eq!(count, 5);
    let folder = TempDir::new().unwrap();
    for (name, flag) in [
        ("POLICY", "--policy"),
        ("OVERLAY", "--overlay"),
        ("DNS", "--dns"),
        ("CORPUS", ""),
    ] {
        let value = OsStr::new("-x; touch evil; $(touch evil) `touch evil`");
        let output = stepped(
            "What if",
            folder.path(),
            &[("POLICY", "p=reject".as_ref()), (name, value)],
        );
        assert_eq!(output.status.code(), Some(2), "{flag}: {output:?}");
        assert!(!folder.path().join("evil").exists());
    }
}

#[test]
fn the_action_checks_and_says_what_a_plan_would_change() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    let checked = stepped("Check", path, &[]);
    assert!(checked.status.success(), "{checked:?}");
    let plan = ("POLICY", OsStr::new("p=reject; adkim=s"));
    let said = stepped("What if", path, &[plan]);
    assert_eq!(said.status.code(), Some(0), "{said:?}");
    assert_eq!(
        fs::read_to_string(path.join("output")).unwrap(),
        "worse=true\n"
    );
    let summary = fs::read_to_string(path.join("summary")).unwrap();
    assert!(summary.contains("would newly refuse 13 of 60 messages"));
    let said = stepped("What if", path, &[plan, ("FAIL_IF_WORSE", "true".as_ref())]);
    assert_eq!(said.status.code(), Some(1), "{said:?}");
}

#[test]
fn the_action_writes_one_comment_and_then_the_same_again() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    // In place of GitHub's own command: it says which comment is there, and keeps what it is asked.
    let gh = "#!/bin/sh\ncase \"$*\" in\n*--paginate*) cat before ;;\n*) printf '%s\\n' \"$@\" >asked ;;\nesac\n";
    executable(&path.join("gh"), gh);
    let mut search = vec![path.to_owned()];
    search.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    let search = std::env::join_paths(search).unwrap();
    let environment = [
        ("PATH", search.as_os_str()),
        ("GH_TOKEN", "none".as_ref()),
        ("GITHUB_REPOSITORY", "o/r".as_ref()),
        ("PULL_REQUEST", "7".as_ref()),
    ];
    let asked = |before: &str, said: &str| {
        fs::write(path.join("before"), before).unwrap();
        fs::write(path.join("said"), said).unwrap();
        let output = stepped("Comment", path, &environment);
        assert!(output.status.success(), "{output:?}");
        let body = fs::read_to_string(path.join("body")).unwrap();
        assert!(body.starts_with("<!-- sesauth what-if -->\n"));
        (fs::read_to_string(path.join("asked")).unwrap(), body)
    };
    let (first, body) = asked("", "`p=reject` would change $(nothing)\n");
    assert!(
        first.contains("POST\nrepos/o/r/issues/7/comments\n"),
        "{first}"
    );
    assert!(body.ends_with("\n`p=reject` would change $(nothing)\n"));
    let (again, body) = asked("41\n42\n", &"x".repeat(70_000));
    assert!(
        again.contains("PATCH\nrepos/o/r/issues/comments/42\n"),
        "{again}"
    );
    assert!(body.len() < 200);
}
