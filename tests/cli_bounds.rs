//! The command refuses what is too large by name, and one message never ends a run over many.

#[expect(dead_code, reason = "only plain DNS is spoken here")]
#[path = "support/name_server.rs"]
mod name_server;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

fn sesauth(arguments: &[&str], folder: &TempDir) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sesauth"))
        .args(arguments)
        .current_dir(folder.path())
        .output()
        .unwrap()
}

/// A folder with a message, `m.eml`.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let message = "From: a@example.com\r\nSubject: x\r\n\r\nbody\r\n";
    fs::write(folder.path().join("m.eml"), message).unwrap();
    folder
}

#[track_caller]
fn refused(output: &Output, said: &[&str]) {
    let text = std::str::from_utf8(&output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    for said in said {
        assert!(text.contains(said), "{said}: {text}");
    }
}

mod recorded_dns {
    use super::*;

    /// A file that starts with `start` and has so many bytes; those after `start` are zeros.
    fn file(folder: &TempDir, name: &str, start: &str, size: u64) -> PathBuf {
        let path = folder.path().join(name);
        fs::write(&path, start).unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        file.set_len(size).unwrap();
        path
    }

    #[test]
    fn a_file_that_is_too_large_is_refused_before_it_is_read() {
        let folder = folder();
        let megabytes = |count: u64| (count << 20) + 1;
        file(&folder, "a.zone", "example.com. TXT x\n", megabytes(16));
        file(&folder, "a.json", "{\"example.com\":{", megabytes(16));
        file(&folder, "a.jsonl", "{\"sesauth_dns\":1}\n", megabytes(256));
        for (arguments, said) in [
            (
                &["inspect", "--dns", "a.zone", "m.eml"][..],
                "a.zone: this zone text has 16777217 bytes, more than the limit of 16777216; keep the names",
            ),
            (
                &["inspect", "--offline", "--overlay", "a.zone", "m.eml"],
                "a.zone: this zone text has 16777217 bytes",
            ),
            (
                &["dmarc", "--dns", "a.json", "example.com"],
                "a.json: this DNS cache of mailauth has 16777217 bytes",
            ),
            (
                &["batch", "--dns", "a.jsonl", "m.eml"],
                "a.jsonl: this recording has 268435457 bytes, more than the limit of 268435456; record fewer",
            ),
            (&["dns", "show", "a.jsonl"], "a.jsonl: this recording has"),
            (
                &["batch", "--offline", "--record", "a.jsonl", "m.eml"],
                "a.jsonl: this recording has",
            ),
        ] {
            refused(&sesauth(arguments, &folder), &[said]);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_without_end_is_read_no_further_than_its_limit() {
        let folder = folder();
        assert!(Path::new("/dev/zero").exists());
        for flag in ["--dns", "--overlay"] {
            let output = sesauth(&["inspect", flag, "/dev/zero", "m.eml"], &folder);
            let said = "/dev/zero: this zone text has more bytes than the limit of 16777216; keep";
            refused(&output, &[said]);
        }
    }

    #[test]
    fn a_recording_may_be_larger_than_zone_text() {
        let folder = folder();
        let line = format!("{}\n", " ".repeat(1 << 19));
        let text = format!("{{\"sesauth_dns\":1}}\n{}", line.repeat(34));
        fs::write(folder.path().join("a.jsonl"), text).unwrap();
        let arguments = [
            "inspect",
            "--dns",
            "a.jsonl",
            "--dns-absent",
            "nxdomain",
            "m.eml",
        ];
        let output = sesauth(&arguments, &folder);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }

    #[test]
    fn zone_text_with_an_open_parenthesis_is_refused_in_one_line() {
        let folder = folder();
        let text = "; planned\nexample.com. TXT ( \"x\"";
        fs::write(folder.path().join("a.zone"), text).unwrap();
        for flag in ["--dns", "--overlay"] {
            let output = sesauth(&["inspect", flag, "a.zone", "m.eml"], &folder);
            let said = "a.zone: zone text, line 2: this parenthesis is never closed\n";
            refused(&output, &[said]);
            assert_eq!(output.stderr.iter().filter(|b| **b == b'\n').count(), 1);
        }
    }
}

/// `--record` names a file that may be there already, and that another run may write to.
mod to_record {
    use super::*;

    use std::process::Stdio;

    /// A folder with a message in each of these domains, and what DNS says of all in `a.zone`.
    fn mail(domains: &[String]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        let mut zone = String::new();
        for domain in domains {
            let message = format!("From: a@{domain}\r\nSubject: x\r\n\r\nbody\r\n");
            fs::write(folder.path().join(format!("{domain}.eml")), message).unwrap();
            zone += &format!("_dmarc.{domain}. 60 IN TXT \"v=DMARC1; p=none\"\n");
        }
        fs::write(folder.path().join("a.zone"), zone).unwrap();
        folder
    }

    fn domains(count: usize) -> Vec<String> {
        (0..count).map(|n| format!("d{n}.example")).collect()
    }

    fn record(command: &str, domain: &str, folder: &TempDir) -> std::process::Child {
        Command::new(env!("CARGO_BIN_EXE_sesauth"))
            .args([command, "--dns", "a.zone", "--dns-absent", "nxdomain"])
            .args(["--record", "a.jsonl"])
            .arg(format!("{domain}.eml"))
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    fn has(folder: &TempDir, domain: &str) -> bool {
        let text = fs::read_to_string(folder.path().join("a.jsonl")).unwrap();
        text.contains(&format!("\"_dmarc.{domain}\""))
    }

    #[test]
    fn what_is_no_recording_is_refused_before_a_message_is_read() {
        let folder = folder();
        fs::write(folder.path().join("notes.txt"), "Not a recording\n").unwrap();
        fs::write(folder.path().join("bad.jsonl"), "{\"sesauth_dns\":1}\n{}\n").unwrap();
        let large = File::create(folder.path().join("large.jsonl")).unwrap();
        large.set_len((256 << 20) + 1).unwrap();
        for (file, said) in [
            (
                "notes.txt",
                "notes.txt: DNS snapshot, line 1: the first line must be",
            ),
            ("bad.jsonl", "bad.jsonl: DNS snapshot, line 2: "),
            (
                "large.jsonl",
                "large.jsonl: this recording has 268435457 bytes, more than the limit",
            ),
        ] {
            for command in [
                &["inspect", "--offline", "none.eml"][..],
                &["batch", "--offline", "--format", "ndjson", "m.eml"],
                &[
                    "spf",
                    "--offline",
                    "--ip",
                    "192.0.2.1",
                    "--mail-from",
                    "a@example.com",
                ],
                &["dmarc", "--offline", "example.com"],
            ] {
                let output = sesauth(&[command, &["--record", file]].concat(), &folder);
                refused(&output, &[said]);
                assert_eq!(output.stdout, b"", "{command:?}");
                let lines = output.stderr.iter().filter(|byte| **byte == b'\n');
                assert_eq!(lines.count(), 1, "{output:?}");
            }
        }
    }

    #[test]
    fn runs_that_end_together_keep_the_answers_of_each_other() {
        let domains = domains(12);
        let folder = mail(&domains);
        for _ in 0..3 {
            let _ = fs::remove_file(folder.path().join("a.jsonl"));
            let runs = domains
                .iter()
                .map(|domain| record("inspect", domain, &folder));
            for run in runs.collect::<Vec<_>>() {
                let output = run.wait_with_output().unwrap();
                assert_eq!(output.status.code(), Some(0), "{output:?}");
            }
            let lost = domains.iter().filter(|domain| !has(&folder, domain));
            assert_eq!(lost.collect::<Vec<_>>(), [""; 0]);
        }
    }

    /// Another run has read the recording, and writes it later than this one could.
    #[cfg(unix)]
    #[test]
    fn a_run_waits_for_one_that_writes_there() {
        use std::io::{BufRead, BufReader};

        let domains = domains(2);
        let folder = mail(&domains);
        for command in ["inspect", "batch"] {
            let _ = fs::remove_file(folder.path().join("a.jsonl"));
            let held = File::open(folder.path()).unwrap();
            fs4::FileExt::lock(&held).unwrap();
            let mut run = record(command, &domains[0], &folder);
            let mut said = String::new();
            let mut errors = BufReader::new(run.stderr.take().unwrap());
            errors.read_line(&mut said).unwrap();
            assert_eq!(
                said,
                "sesauth: a.jsonl: another run writes in its folder; this one goes on when it ends\n"
            );
            let other = "{\"sesauth_dns\":1}\n{\"name\":\"_dmarc.d1.example\",\"type\":\"TXT\",\"rcode\":\"NXDOMAIN\"}\n";
            fs::write(folder.path().join("a.jsonl"), other).unwrap();
            drop(held);
            assert_eq!(run.wait().unwrap().code(), Some(0));
            assert!(
                domains.iter().all(|domain| has(&folder, domain)),
                "{command}"
            );
        }
    }
}

/// Files that say what to read, or whom to trust.
mod lists {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_file_without_end_is_read_no_further_than_its_limit() {
        let folder = folder();
        for file in ["/dev/zero", "/dev/full"] {
            let output = sesauth(&["batch", "--offline", "--files-from", file], &folder);
            let said = format!("{file}: this list has more bytes than the limit of 268435456; ");
            refused(&output, &[&said]);
            let resolver = ["dmarc", "--resolver", "tls://192.0.2.53", "example.com"];
            let arguments = [&resolver[..], &["--resolver-ca", file]].concat();
            let said =
                format!("{file}: it has more bytes than the limit of 4194304 for certificates; ");
            refused(&sesauth(&arguments, &folder), &[&said]);
        }
    }

    #[test]
    fn a_line_longer_than_any_path_is_an_error_with_its_number() {
        let folder = folder();
        for (separator, said) in [
            (
                "\n",
                "list: line 3 has 32768 bytes, and no path is longer than 32767",
            ),
            ("\r\n", "list: line 3 has 32768 bytes"),
            ("\0", "list: path 3 has 32768 bytes"),
        ] {
            let long = "x".repeat(32_768);
            let list = ["m.eml", "", &long, "m.eml"].join(separator);
            fs::write(folder.path().join("list"), list).unwrap();
            let output = sesauth(&["batch", "--offline", "--files-from", "list"], &folder);
            refused(&output, &[said]);
            assert_eq!(output.stdout, b"");
        }
        let list = format!("m.eml\n{}\n", "x".repeat(32_767));
        fs::write(folder.path().join("list"), list).unwrap();
        let output = sesauth(&["batch", "--offline", "--files-from", "list"], &folder);
        let text = std::str::from_utf8(&output.stdout).unwrap();
        assert_eq!(text.lines().count(), 2);
    }
}

mod time_for_dns {
    use super::*;

    use hickory_server::proto::op::ResponseCode;
    use hickory_server::proto::rr::RData;
    use hickory_server::proto::rr::rdata::TXT;
    use name_server::{Act, NameServer, record, soa};

    /// A server that says nothing about names in `silent.example`, and that there are no others but
    /// the one by which it is believed.
    fn server() -> (tokio::runtime::Runtime, NameServer) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let server = runtime.block_on(NameServer::start(|asked| match asked.name.as_str() {
            name if name.ends_with("silent.example") => Act::Silence,
            "amazonses.com" => {
                let text = TXT::new(vec!["v=spf1 -all".into()]);
                Act::records(vec![record(&asked.name, 60, RData::TXT(text))])
            }
            _ => {
                let soa = soa(".", 60, 60);
                Act::negative(ResponseCode::NXDomain, Vec::new(), vec![soa])
            }
        }));
        (runtime, server)
    }

    /// A folder `mail` with a message of each of these domains.
    fn mail(domains: &[&str]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("mail")).unwrap();
        for (number, domain) in domains.iter().enumerate() {
            let message = format!("From: a@{domain}\r\nReturn-Path: <a@{domain}>\r\n\r\nbody\r\n");
            let path = folder.path().join(format!("mail/{number}.eml"));
            fs::write(path, message).unwrap();
        }
        folder
    }

    /// One message at a time, each with one second for DNS, of a server that is waited for long.
    fn go(command: &[&str], folder: &TempDir) -> (Output, Duration) {
        let (_runtime, server) = server();
        let resolver = server.address.to_string();
        let flags = ["--timeout", "30", "--dns-budget", "1", "--jobs", "1"];
        let arguments = [command, &["--resolver", &resolver], &flags].concat();
        let start = Instant::now();
        (sesauth(&arguments, folder), start.elapsed())
    }

    const SPENT: &str = "the time for DNS (1 s for one message) is spent";

    #[test]
    fn each_message_of_a_batch_has_its_own() {
        let folder = mail(&["a.silent.example", "b.silent.example", "c.example"]);
        let (output, took) = go(&["batch", "--format", "ndjson", "mail"], &folder);
        let text = std::str::from_utf8(&output.stdout).unwrap();
        let lines = text.lines().map(serde_json::from_str::<Value>);
        let lines: Vec<Value> = lines.map(Result::unwrap).collect();
        let results: Vec<&Value> = lines.iter().map(|line| &line["dmarc"]["result"]).collect();
        assert_eq!(results, ["temperror", "temperror", "none"]);
        let spent = text.lines().map(|line| line.contains(SPENT));
        assert_eq!(spent.collect::<Vec<_>>(), [true, true, false]);
        assert_eq!(output.status.code(), Some(75));
        let seconds = took.as_secs_f64();
        assert!((2.0..20.0).contains(&seconds), "{seconds}");
    }

    #[test]
    fn each_message_of_a_recording_has_its_own_and_earlier_answers_stand() {
        let folder = mail(&["a.silent.example", "c.example"]);
        let path = folder.path().join("mail/dns.jsonl");
        let kept = "{\"name\":\"_dmarc.a.silent.example\",\"type\":\"TXT\",\"rcode\":\"NOERROR\",\"ttl\":60,\"records\":[[\"v=DMARC1; p=none\"]]}";
        fs::write(&path, format!("{{\"sesauth_dns\":1}}\n{kept}\n")).unwrap();
        let (output, took) = go(&["corpus", "record", "mail"], &folder);
        let said = std::str::from_utf8(&output.stderr).unwrap();
        assert!(
            said.contains("DNS did not answer TXT _dmarc.a.silent.example; the earlier"),
            "{said}"
        );
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(kept), "{text}");
        let absent = "\"name\":\"_dmarc.c.example\",\"type\":\"TXT\",\"rcode\":\"NXDOMAIN\"";
        assert!(text.contains(absent), "{text}");
        assert!(took < Duration::from_secs(20), "{took:?}");
    }
}

mod one_message_of_many {
    use super::*;

    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    const FROM: &str = "From a@example.com Tue Jun 30 10:33:16 2026\n";

    fn packed(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    /// A packed mbox of three messages; the second has one line of so many MB.
    fn mbox(megabytes: usize) -> Vec<u8> {
        let message = format!("{FROM}From: a@example.com\n\nbody\n\n");
        let long = packed(&"x".repeat(1 << 20)).repeat(megabytes);
        let start = packed(&format!("{message}{FROM}From: a@example.com\n\n"));
        [start, long, packed(&format!("\n\n{message}"))].concat()
    }

    fn results(output: &Output) -> Vec<Value> {
        let text = std::str::from_utf8(&output.stdout).unwrap();
        let line = |line| serde_json::from_str::<Value>(line).unwrap();
        text.lines().map(line).collect()
    }

    #[test]
    fn a_line_of_megabytes_is_an_error_of_its_message_alone() {
        let folder = folder();
        fs::write(folder.path().join("a.mbox.gz"), mbox(3)).unwrap();
        fs::write(folder.path().join("b.eml.gz"), packed(&"x".repeat(3 << 20))).unwrap();
        let output = sesauth(
            &[
                "batch",
                "--offline",
                "--format",
                "ndjson",
                "--max-size",
                "100K",
                "a.mbox.gz",
                "b.eml.gz",
                "m.eml",
            ],
            &folder,
        );
        let results = results(&output);
        let errors: Vec<&str> = results
            .iter()
            .map(|line| line["error"].as_str().unwrap_or_default())
            .collect();
        let large = format!(
            "the message has {} bytes, more than the limit of 102400",
            (3 << 20) + 67
        );
        assert_eq!(errors[..3], ["", &large, ""], "{errors:?}");
        assert!(
            errors[3].contains("unpacks to more than the limit of 102400"),
            "{errors:?}"
        );
        assert_eq!(errors[4], "");
    }

    /// Linux, as not every system heeds the limit.
    #[cfg(target_os = "linux")]
    #[test]
    fn memory_for_a_line_is_bounded_by_the_size_of_a_message() {
        let folder = folder();
        fs::write(folder.path().join("a.mbox.gz"), mbox(150)).unwrap();
        let script = "ulimit -v 200000; exec \"$0\" batch --offline --jobs 1 --max-size 8M \
                      --format ndjson a.mbox.gz m.eml";
        let output = Command::new("sh")
            .args(["-c", script, env!("CARGO_BIN_EXE_sesauth")])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let errors: Vec<bool> = results(&output)
            .iter()
            .map(|line| line["error"].is_string())
            .collect();
        assert_eq!(errors, [false, true, false, false], "{output:?}");
    }
}
