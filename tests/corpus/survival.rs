//! Whatever ends a recording, nothing is lost, and the next one completes it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use sesauth::corpus::Folder;
use sesauth::dns::{Absent, Snapshot};
use tempfile::TempDir;

use super::random::Random;
use super::{command, corpus, files, run, told};

/// A recorded corpus, and beside it answers with which each expectation is another.
fn recorded() -> TempDir {
    let folder = corpus(&["orders", "news"]);
    told(&folder, &["record", "mail", "--dns", "dns.jsonl"], 0);
    let dns = fs::read_to_string(folder.path().join("dns.jsonl")).unwrap();
    let other = dns
        .replace("v=DMARC1; p=quarantine", "v=DMARC1; p=reject")
        .replace("2026-07-01T12:00:00Z", "2026-08-01T12:00:00Z");
    fs::write(folder.path().join("other.jsonl"), other).unwrap();
    folder
}

const RECORD: [&str; 4] = ["record", "mail", "--dns", "other.jsonl"];

/// Asserts that each file is the old one or the new one; says how many are new.
fn old_or_new(
    mail: &Path,
    old: &BTreeMap<String, Vec<u8>>,
    new: &BTreeMap<String, Vec<u8>>,
) -> usize {
    let found = files(mail);
    let mut count = 0;
    for (name, bytes) in &found {
        if name.contains(".sesauth-") {
            continue;
        }
        // The settings have the time at which they were written.
        if name == "expected/corpus.json" {
            serde_json::from_slice::<serde_json::Value>(bytes).unwrap();
            continue;
        }
        let is_new = new[name] == *bytes;
        assert!(is_new || old.get(name) == Some(bytes), "{name}");
        count += usize::from(is_new && old.get(name) != Some(bytes));
    }
    assert!(old.keys().all(|name| found.contains_key(name)));
    let dns = String::from_utf8(found["dns.jsonl"].clone()).unwrap();
    Snapshot::parse(&dns, Absent::NotRecorded).unwrap();
    count
}

#[test]
fn a_recording_that_is_killed_loses_nothing_and_can_be_made_again() {
    let folder = recorded();
    let mail = folder.path().join("mail");
    let old = files(&mail);
    let start = Instant::now();
    told(&folder, &RECORD, 0);
    let whole = start.elapsed();
    let new = files(&mail);
    let mut random = Random(20_261_121);
    let mut partial = 0;
    for round in 0..20 {
        restore(&mail, &old);
        let mut child = command(&folder, &RECORD)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Most of the time goes into judging; the writing is at the end.
        let share = match round % 2 {
            0 => random.below(1000) as f64 / 1000.0,
            _ => 0.45 + random.below(550) as f64 / 1000.0,
        };
        thread::sleep(whole.mul_f64(share));
        child.kill().unwrap();
        child.wait().unwrap();
        let count = old_or_new(&mail, &old, &new);
        partial += usize::from(count > 0 && count < 21);
        told(&folder, &RECORD, 0);
        let mut after = files(&mail);
        after.insert(
            "expected/corpus.json".into(),
            new["expected/corpus.json"].clone(),
        );
        assert!(after == new, "round {round}");
    }
    println!("{partial} of 20 were killed while they wrote");
}

/// Puts back what was there, and nothing else.
fn restore(mail: &Path, to: &BTreeMap<String, Vec<u8>>) {
    for name in files(mail).keys() {
        fs::remove_file(mail.join(name)).unwrap();
    }
    for (name, bytes) in to {
        fs::write(mail.join(name), bytes).unwrap();
    }
}

#[test]
fn what_a_killed_run_left_is_swept_and_never_read() {
    let folder = recorded();
    let mail = folder.path().join("mail");
    let left = [
        mail.join(".sesauth-1-1.tmp"),
        mail.join("expected/.sesauth-1-2.tmp"),
        mail.join("expected/orders/.sesauth-1-3.tmp"),
    ];
    for path in &left {
        fs::write(path, "From: a@example.com\r\n\r\nhalf a").unwrap();
    }
    let text = told(&folder, &["check", "mail"], 0);
    assert_eq!(text, "0 of 20 messages differ; 20 are as recorded\n");
    assert!(
        left.iter().all(|path| path.exists()),
        "a check writes nothing"
    );
    told(&folder, &["record", "mail", "--offline"], 0);
    assert!(left.iter().all(|path| !path.exists()));
}

#[test]
fn recordings_at_once_lose_nothing_of_each_other() {
    let folder = corpus(&["orders"]);
    let mail = folder.path().join("mail");
    let dns = fs::read_to_string(folder.path().join("dns.jsonl")).unwrap();
    // Each gets another answer to the same question, and all are to be kept.
    let intervals = [1, 2, 3, 4].map(|number| format!("ri={number}"));
    let children: Vec<_> = intervals
        .iter()
        .zip(1..)
        .map(|(interval, month)| {
            let dns = dns
                .replace(
                    "v=DMARC1; p=quarantine",
                    &format!("v=DMARC1; p=quarantine; {interval}"),
                )
                .replace(
                    "2026-07-01T12:00:00Z",
                    &format!("2026-{month:02}-01T12:00:00Z"),
                );
            let name = format!("{month}.jsonl");
            fs::write(folder.path().join(&name), dns).unwrap();
            command(&folder, &["record", "mail", "--dns", &name])
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{errors}");
    }
    let found = files(&mail);
    assert!(!found.keys().any(|name| name.contains(".sesauth-")));
    let recorded = String::from_utf8_lossy(&found["dns.jsonl"]);
    for interval in &intervals {
        assert!(recorded.contains(interval), "{interval}");
    }
    told(&folder, &["record", "mail", "--offline"], 0);
    let text = told(&folder, &["check", "mail"], 0);
    assert!(text.starts_with("0 of 10 messages differ"), "{text}");
}

#[cfg(unix)]
#[test]
fn a_run_waits_for_another_that_writes() {
    let folder = recorded();
    let mail = folder.path().join("mail");
    let old = files(&mail);
    let unfinished = mail.join(".sesauth-unfinished.tmp");
    let held = Folder::new(mail.clone()).hold(|| unreachable!()).unwrap();
    fs::write(&unfinished, "").unwrap();
    for arguments in [&RECORD[..], &["update", "mail"]] {
        let mut child = command(&folder, arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let errors = child.stderr.as_mut().unwrap();
        BufReader::new(errors).read_line(&mut said).unwrap();
        assert!(said.contains("mail: another run writes there"), "{said}");
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(unfinished.exists());
    }
    let child = command(&folder, &RECORD)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Who only reads waits for nobody.
    told(&folder, &["check", "mail"], 0);
    fs::remove_file(&unfinished).unwrap();
    assert_eq!(files(&mail), old);
    drop(held);
    let status = child.wait_with_output().unwrap().status;
    assert_eq!(status.code(), Some(0));
    assert_ne!(files(&mail), old);
}

#[cfg(unix)]
#[test]
fn a_write_that_fails_is_an_error_that_loses_nothing() {
    let folder = recorded();
    let mail = folder.path().join("mail");
    let old = files(&mail);
    // No file may have more than 1 KB: the recording has.
    let script = "trap '' XFSZ; ulimit -f 2; exec \"$@\"";
    let output = Command::new("sh")
        .args(["-c", script, "sh", env!("CARGO_BIN_EXE_sesauth"), "corpus"])
        .args(RECORD)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(errors.contains("mail/dns.jsonl: "), "{errors}");
    assert_eq!(files(&mail), old);
    told(&folder, &["check", "mail"], 0);
}

/// A file system of a few pages, where this may be mounted.
#[cfg(target_os = "linux")]
struct Disk(TempDir);

#[cfg(target_os = "linux")]
impl Disk {
    fn mount(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", size, "tmpfs"])
            .arg(folder.path())
            .stderr(Stdio::null())
            .status();
        mounted
            .is_ok_and(|status| status.success())
            .then(|| Self(folder))
    }
}

#[cfg(target_os = "linux")]
impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_that_loses_nothing() {
    let Some(disk) = Disk::mount("size=640k") else {
        println!("not run: a tmpfs cannot be mounted here");
        return;
    };
    let from = recorded();
    super::copy(from.path(), disk.0.path());
    let mail = disk.0.path().join("mail");
    let old = files(&mail);
    told(&from, &RECORD, 0);
    let new = files(&from.path().join("mail"));
    let filler = disk.0.path().join("filler");
    // From no space at all to some: less than the recording takes, then less than what is new.
    for free in [0, 16, 32, 64] {
        fill(&filler, free);
        let output = run(&disk.0, &RECORD);
        let errors = String::from_utf8(output.stderr).unwrap();
        if output.status.success() {
            assert!(free > 0, "there was no space at all");
            break;
        }
        assert_eq!(output.status.code(), Some(2), "{errors}");
        assert!(errors.contains("No space left on device"), "{errors}");
        old_or_new(&mail, &old, &new);
        assert!(free > 0 || files(&mail) == old);
        fs::remove_file(&filler).unwrap();
    }
    let _ = fs::remove_file(&filler);
    // Of nothing to everything, on a disk that takes a part of it.
    fs::remove_dir_all(mail.join("expected")).unwrap();
    fill(&filler, 80);
    let output = run(&disk.0, &RECORD);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(errors.contains("No space left on device"), "{errors}");
    old_or_new(&mail, &BTreeMap::new(), &new);
    fs::remove_file(&filler).unwrap();
    told(&disk.0, &RECORD, 0);
    told(&disk.0, &["check", "mail"], 0);
}

/// Leaves so many KB free.
#[cfg(target_os = "linux")]
fn fill(filler: &Path, free: usize) {
    use std::io::Write as _;
    let mut file = fs::File::create(filler).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
    let size = fs::metadata(filler).unwrap().len();
    file.set_len(size.saturating_sub(free as u64 * 1024))
        .unwrap();
}
