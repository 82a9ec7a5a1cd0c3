//! Runs the command itself on a corpus and measures it from outside.

use std::collections::HashMap;
use std::fs;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use serde::Deserialize;

/// What a run needed.
pub struct Cost {
    pub wall: Duration,
    pub cpu: Duration,
    /// The peak of its memory in bytes, if the system reports it.
    pub peak: Option<u64>,
}

#[derive(Deserialize)]
struct Line {
    path: PathBuf,
    #[serde(default)]
    dkim: Vec<Verdict>,
}

#[derive(Deserialize)]
struct Verdict {
    result: String,
}

/// The output format of the command.
#[derive(Clone, Copy)]
pub struct Output(pub &'static str, pub &'static [&'static str]);

impl Output {
    pub const CSV: Self = Self("csv", &["--format", "csv"]);
    pub const DATA: Self = Self("ndjson", &["--format", "ndjson"]);
    pub const WORDS: Self = Self("ndjson --explain", &["--format", "ndjson", "--explain"]);
}

fn batch(folder: &Path, output: Output, jobs: usize) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sesauth"));
    command
        .args(["batch", "--quiet"])
        .args(output.1)
        .args(["--fail-on", "never", "--jobs", &jobs.to_string(), "--dns"])
        .arg(folder.join("dns.jsonl"))
        .arg(folder)
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// The valid signatures of each message.
pub fn judged(folder: &Path) -> io::Result<HashMap<PathBuf, Vec<bool>>> {
    let mut child = batch(folder, Output::DATA, 2)
        .stdout(Stdio::piped())
        .spawn()?;
    let out = child.stdout.take().expect("a pipe, as was asked for");
    let lines = BufReader::new(out).lines().map(|line| {
        let line: Line = serde_json::from_str(&line?)?;
        let valid = line.dkim.iter().map(|verdict| verdict.result == "pass");
        Ok((line.path, valid.collect()))
    });
    let judged = lines.collect();
    child.wait()?;
    judged
}

/// One run; its output is dropped.
pub fn run(folder: &Path, output: Output, jobs: usize) -> io::Result<Cost> {
    let before = cpu(UsageWho::RUSAGE_CHILDREN)?;
    let start = Instant::now();
    let mut child = batch(folder, output, jobs).stdout(Stdio::null()).spawn()?;
    let id = child.id();
    let watch = thread::spawn(move || peak(id));
    let status = child.wait()?;
    let wall = start.elapsed();
    match status.code() {
        Some(0) => Ok(Cost {
            wall,
            cpu: cpu(UsageWho::RUSAGE_CHILDREN)? - before,
            peak: watch.join().unwrap_or_default(),
        }),
        _ => Err(io::Error::other(format!("sesauth ended with {status}"))),
    }
}

/// The processor time of this process, or of its children that have ended.
pub fn cpu(who: UsageWho) -> io::Result<Duration> {
    let usage = getrusage(who)?;
    let microseconds = (usage.user_time() + usage.system_time()).num_microseconds();
    Ok(Duration::from_micros(microseconds.unsigned_abs()))
}

/// The peak memory of a process, as Linux reports it. It is polled until the process ends, as the
/// sum at the end would include the parent.
fn peak(id: u32) -> Option<u64> {
    let mut peak = None;
    while let Ok(status) = fs::read_to_string(format!("/proc/{id}/status")) {
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        // A process that has ended has no memory.
        let Some(line) = line else { break };
        let kilobytes: Option<u64> = line.trim().trim_end_matches(" kB").parse().ok();
        peak = peak.max(kilobytes.map(|kilobytes| kilobytes * 1024));
        thread::sleep(Duration::from_millis(10));
    }
    peak
}
