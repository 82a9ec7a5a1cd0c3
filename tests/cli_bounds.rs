//! The command refuses what is too large by name, and one message never ends a run over many.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

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
