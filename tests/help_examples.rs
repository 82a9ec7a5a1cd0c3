//! Every example in the help and in the manual pages runs as it stands there, and ends with an exit
//! code that the help of its command names.
#![cfg(unix)]

#[expect(dead_code, reason = "most of its acts are for other tests")]
#[path = "support/name_server.rs"]
mod name_server;
#[path = "support/recorded_server.rs"]
mod recorded_server;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use name_server::NameServer;
use sesauth::dns::{Absent, Snapshot};

const SESAUTH: &str = env!("CARGO_BIN_EXE_sesauth");

fn testdata(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata")
        .join(path)
}

/// The case whose message and DNS the examples work on.
fn case(file: &str) -> PathBuf {
    testdata("messages/ses-custom-mail-from").join(file)
}

/// What DNS says in all examples; a record is to be mended, so that there are records to publish.
fn dns() -> String {
    let dns = fs::read_to_string(case("dns.jsonl")).unwrap();
    let mended = dns.replace("; rua=mailto:dmarc@example.com", "");
    assert_ne!(dns, mended);
    mended
}

/// The help of each command, by the words that call it: "", "corpus", "corpus check".
fn helps() -> BTreeMap<String, String> {
    let mut helps = BTreeMap::new();
    let mut open = vec![String::new()];
    while let Some(command) = open.pop() {
        let help = Command::new(SESAUTH)
            .args(command.split_whitespace())
            .arg("--help")
            .output()
            .unwrap();
        assert!(help.status.success(), "{command}");
        let help = String::from_utf8(help.stdout).unwrap();
        if let Some((_, list)) = help.split_once("\nCommands:\n") {
            let rows = list.lines().take_while(|line| !line.is_empty());
            let names = rows.filter(|row| row.starts_with("  ") && !row.starts_with("   "));
            let names = names.filter_map(|row| row.split_whitespace().next());
            let names = names.filter(|name| *name != "help");
            open.extend(names.map(|name| format!("{command} {name}").trim_start().to_owned()));
        }
        helps.insert(command, help);
    }
    assert!(helps.contains_key("corpus check") && helps.len() > 15);
    helps
}

/// The lines of a part of the help, from behind its title to the next empty line.
fn part<'a>(help: &'a str, title: &str) -> impl Iterator<Item = &'a str> {
    let (_, lines) = help.split_once(title).unwrap_or_default();
    lines.lines().take_while(|line| !line.is_empty())
}

/// The commands in the examples of a help, each on its lines.
fn examples(help: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in part(help, "\nExamples:\n") {
        match found.last_mut() {
            Some(last) if last.ends_with(['\\', '|']) => {
                last.push('\n');
                last.push_str(line.trim());
            }
            _ if line.starts_with("      ") => (),
            _ => found.push(line.trim().to_owned()),
        }
    }
    found
}

/// The exit codes that a help names.
fn exit_codes(help: &str) -> Vec<String> {
    let lines = part(help, "\nExit codes:\n");
    let codes = lines.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let codes = codes.filter(|code| !code.is_empty());
    codes.map(str::to_owned).collect()
}

/// A folder in which the files are that examples name, and programs that they call.
struct Place {
    folder: tempfile::TempDir,
    port: u16,
}

impl Place {
    fn new(helps: &BTreeMap<String, String>, resolver: &str) -> Self {
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
            port: free_port(),
        };
        place.put_files();
        place.put_programs(helps, resolver);
        place
    }

    fn put(&self, path: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn put_files(&self) {
        let message = fs::read_to_string(case("message.eml")).unwrap();
        for name in ["message", "passes", "gmail", "a"] {
            self.put(&format!("{name}.eml"), &message);
        }
        for name in ["fails", "failing", "b"] {
            self.put(&format!("{name}.eml"), format!("{message}A footer.\r\n"));
        }
        for folder in ["Maildir/cur", "mail", "saved-mail"] {
            self.put(&format!("{folder}/1.host:2,S"), &message);
        }
        self.put("Maildir/new/2.host", &message);
        self.put("archive.mbox.gz", message.replace("\r\n", "\n"));
        let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut export = tar::Builder::new(gzip);
        let file = self.folder.path().join("message.eml");
        export.append_path_with_name(file, "message.eml").unwrap();
        let export = export.into_inner().unwrap();
        self.put("export.tar.gz", export.finish().unwrap());
        let forwarded = "From: b@example.com\r\nMIME-Version: 1.0\r\n\
                         Content-Type: multipart/mixed; boundary=b\r\n\r\n\
                         --b\r\nContent-Type: message/rfc822\r\n\r\n";
        self.put(
            "forwarded.eml",
            format!("{forwarded}{message}\r\n--b--\r\n"),
        );
        self.put("mail/2.eml", "From: a@news.example.com\r\n\r\nNews.\r\n");
        for path in ["report.xml.gz", "reports/1.xml.gz"] {
            let report = fs::read(testdata("reports/packed/1.xml.gz"));
            self.put(path, report.unwrap());
        }
        self.put("dns.jsonl", dns());
        self.put("answers.jsonl", dns());
        let planned = "_dmarc.example.com. TXT \"v=DMARC1; p=reject\"\n";
        self.put("planned.zone", planned);
        self.put("domains.txt", "example.com\nexample.net\n");
        for folder in [
            ".zfunc",
            ".config/fish/completions",
            ".local/share/bash-completion/completions",
        ] {
            fs::create_dir_all(self.folder.path().join(folder)).unwrap();
        }
        let recorded = Command::new(SESAUTH)
            .args(["corpus", "record", "--dns", "dns.jsonl", "--dns-absent"])
            .args(["nxdomain", "mail/"])
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        assert_eq!(recorded.status.code(), Some(0), "{recorded:?}");
    }

    /// `sesauth` asks the name server of the test, and its exit codes are kept. Programs that a
    /// machine may not have say what they would, and are not tested.
    fn put_programs(&self, helps: &BTreeMap<String, String>, resolver: &str) {
        let asking = helps
            .iter()
            .filter(|(_, help)| help.contains("--resolver <"));
        let asking: Vec<_> = asking.map(|(name, _)| format!("'{name} '*")).collect();
        let asking = asking.join("|");
        let kept = self.folder.path().join("codes");
        let script = format!(
            "case \"$* \" in\n\
             *' --dns '*|*' --offline '*) ;;\n\
             {asking}) set -- \"$@\" --resolver {resolver} ;;\n\
             esac\n\
             '{SESAUTH}' \"$@\"\ncode=$?\n\
             echo \"$code $*\" >> '{}'\nexit $code\n",
            kept.display()
        );
        let cat = |path: PathBuf| format!("cat '{}'", path.display());
        let identity = "findings/ses-dkim-not-verified/quiet/identity/example.com.json";
        let report = testdata("second/ses-custom-mail-from/mailauth.json");
        for (name, script) in [
            ("sesauth", script),
            ("aws", cat(testdata(identity))),
            ("mailauth", cat(report)),
            ("jq", "cat".to_owned()),
            ("less", "cat".to_owned()),
            ("openssl", "cat".to_owned()),
            ("man", "cat".to_owned()),
        ] {
            let path = self.put(&format!("bin/{name}"), format!("#!/bin/sh\n{script}\n"));
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }
    }

    /// A command in this place.
    fn command(&self, program: &str) -> Command {
        let path = std::env::var("PATH").unwrap_or_default();
        let own = self.folder.path().join("bin");
        let mut command = Command::new(program);
        command
            .current_dir(self.folder.path())
            .env("PATH", format!("{}:{path}", own.display()))
            .env("HOME", self.folder.path())
            .env_remove("GITHUB_ACTIONS");
        command
    }

    /// What a line of a shell comes to, and with which codes `sesauth` ended on the way.
    fn run(&self, line: &str) -> (Output, Vec<(String, String)>) {
        let kept = self.folder.path().join("codes");
        let _ = fs::remove_file(&kept);
        let output = self.command("sh").args(["-c", line]).output().unwrap();
        let kept = fs::read_to_string(kept).unwrap_or_default();
        let codes = kept.lines().filter_map(|line| line.split_once(' '));
        let codes = codes.map(|(code, arguments)| (code.to_owned(), arguments.to_owned()));
        (output, codes.collect())
    }

    /// Starts a command that does not end by itself, and waits until it says something.
    fn start(&self, line: &str, resolver: &str) -> Child {
        let mut command = self.command(SESAUTH);
        // The socket stands in a folder of the system there.
        let own = self.folder.path().display().to_string();
        let line = line.replace("/run/sesauth", &own).replace("\\\n", " ");
        command.args(line.split_whitespace().skip(1));
        if line.contains("sesauth serve") {
            command.args(["--listen", &format!("127.0.0.1:{}", self.port)]);
        }
        if line.contains("sesauth milter") && !line.contains("--listen") {
            command.args(["--listen", "inet:0@127.0.0.1"]);
        }
        if !line.contains("--dns") {
            command.args(["--resolver", resolver]);
        }
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = child.unwrap();
        let mut said = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut said).unwrap();
        // The rest is read so that it never waits for us.
        std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        assert!(
            !said.is_empty(),
            "`{line}` says nothing: {:?}",
            child.wait_with_output()
        );
        child
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// The command that these arguments call.
fn called<'a>(helps: &'a BTreeMap<String, String>, arguments: &str) -> &'a str {
    let words: Vec<&str> = arguments.split_whitespace().take(2).collect();
    let two = words.join(" ");
    let names = [two.as_str(), words.first().copied().unwrap_or_default()];
    let found = names.iter().find_map(|name| helps.get_key_value(*name));
    found.map_or("", |(name, _)| name)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_runs_and_ends_with_a_code_that_is_named() {
    let dns = Snapshot::parse(&dns(), Absent::NxDomain).unwrap();
    let server = NameServer::start(move |asked| recorded_server::answer(&dns, asked)).await;
    let resolver = server.address.to_string();
    let checked = tokio::task::spawn_blocking(move || check_all(&resolver));
    let (count, wrong) = checked.await.unwrap();
    assert!(count > 60, "{count} examples");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn check_all(resolver: &str) -> (usize, Vec<String>) {
    let helps = helps();
    let has_curl = Command::new("curl").arg("--version").output().is_ok();
    let mut wrong = Vec::new();
    let mut count = 0;
    for (command, help) in &helps {
        let place = Place::new(&helps, resolver);
        let mut running: Option<Child> = None;
        for example in examples(help) {
            count += 1;
            let goes_on = ["sesauth serve", "sesauth milter"].iter();
            let mut goes_on = goes_on.map(|start| example.starts_with(start));
            let goes_on = goes_on.any(|is| is) || example.contains("--watch");
            if goes_on {
                wrong.extend(running.take().and_then(|child| end(child, &example)));
                running = Some(place.start(&example, resolver));
                continue;
            }
            if example.starts_with("curl") && !has_curl {
                continue;
            }
            let line = example.replace(":8025", &format!(":{}", place.port));
            let (output, codes) = place.run(&line);
            let is_ours = line.contains("sesauth ");
            let fits = match is_ours {
                true => !codes.is_empty(),
                false => output.status.success(),
            };
            let named = codes.iter().all(|(code, arguments)| {
                let promised = exit_codes(&helps[called(&helps, arguments)]);
                // The first page of the help, and those of groups, leave it to the commands.
                let is_named = promised.contains(code) || promised.is_empty() && code == "0";
                is_named && code != "2" && code != "75"
            });
            if !fits || !named {
                let said = String::from_utf8_lossy(&output.stderr);
                wrong.push(format!("{command}: {example}\n{codes:?}\n{said}"));
            }
        }
        wrong.extend(running.and_then(|child| end(child, command)));
    }
    (count, wrong)
}

/// Ends a command as Ctrl-C does; `None` if it was still there, or had done its work.
fn end(mut child: Child, name: &str) -> Option<String> {
    let ended = child.try_wait().unwrap();
    if ended.is_none() {
        let id = child.id().to_string();
        let _ = Command::new("kill").args(["-INT", &id]).status();
    }
    let output = child.wait_with_output().unwrap();
    let has_failed = ended.is_some_and(|status| !status.success());
    has_failed.then(|| format!("{name}: ended by itself: {output:?}"))
}

/// The commands in the examples of a manual page.
fn examples_of_page(page: &str) -> Vec<String> {
    let (_, page) = page.split_once("\n.SH EXAMPLES\n").unwrap_or_default();
    let pieces = page.split(".EX\n").skip(1);
    let pieces = pieces.filter_map(|piece| piece.split("\n.EE\n").next());
    let plain = |line: &str| {
        let line = line.replace("\\fB", "").replace("\\fR", "");
        let line = line.replace("\\-", "-").replace("\\*(Aq", "'");
        line.replace("\\\\", "\\").trim().to_owned()
    };
    pieces
        .map(|piece| piece.lines().map(plain).collect::<Vec<_>>().join("\n"))
        .collect()
}

#[test]
fn manual_pages_have_the_examples_and_exit_codes_of_the_help() {
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new(SESAUTH).arg("man").arg(folder.path()).output();
    assert!(made.unwrap().status.success());
    let helps = helps();
    for (command, help) in &helps {
        let name = format!("sesauth {command}").trim().replace(' ', "-");
        let page = fs::read_to_string(folder.path().join(format!("{name}.1"))).unwrap();
        assert_eq!(examples_of_page(&page), examples(help), "{name}");
        let codes = exit_codes(help);
        let titled = codes
            .iter()
            .all(|code| page.contains(&format!("\\fB{code}\\fR\n")));
        assert!(titled, "{name}: {codes:?}");
        // One word for each section, in the order that man-pages(7) asks for.
        let sections: Vec<&str> = page
            .lines()
            .filter(|line| line.starts_with(".SH "))
            .collect();
        assert_eq!(
            sections[..3],
            [".SH NAME", ".SH SYNOPSIS", ".SH DESCRIPTION"],
            "{name}"
        );
        assert_eq!(sections.last(), Some(&".SH \"SEE ALSO\""), "{name}");
    }
    let pages = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(pages, helps.len());
    let alone = Command::new(SESAUTH).arg("man").output().unwrap();
    assert_eq!(
        alone.stdout,
        fs::read(folder.path().join("sesauth.1")).unwrap()
    );
}

#[test]
fn each_shell_gets_a_script_with_every_command() {
    let helps = helps();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = Command::new(SESAUTH).args(["completions", shell]).output();
        let script = String::from_utf8(output.unwrap().stdout).unwrap();
        for word in helps.keys().flat_map(|command| command.split(' ')) {
            assert!(script.contains(word), "{shell}: {word}");
        }
        assert!(script.contains("fail-on"), "{shell}");
    }
}
