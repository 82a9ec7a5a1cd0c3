//! `sesauth corpus`, as a user calls it.

mod archive;
mod check;
#[expect(dead_code, reason = "other tests ask more of it")]
#[path = "../support/name_server.rs"]
mod name_server;
mod names;
#[expect(dead_code, reason = "other tests ask more of it")]
#[path = "../support/random.rs"]
mod random;
#[path = "../support/recorded_server.rs"]
mod recorded_server;
mod report;
mod survival;
mod update;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A file of testdata.
fn testdata(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata")
        .join(path)
}

/// A copy of testdata/corpus, as `mail` in a folder of its own, or of those of its parts.
fn corpus(parts: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mail = folder.path().join("mail");
    match parts {
        [] => copy(&testdata("corpus"), &mail),
        parts => {
            fs::create_dir(&mail).unwrap();
            for part in parts {
                copy(&testdata("corpus").join(part), &mail.join(part));
            }
            let dns = fs::read(testdata("corpus/dns.jsonl")).unwrap();
            fs::write(folder.path().join("dns.jsonl"), dns).unwrap();
        }
    }
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => _ = fs::copy(entry.path(), to).unwrap(),
        }
    }
}

fn command(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sesauth"));
    command
        .arg("corpus")
        .args(arguments)
        .current_dir(folder.path());
    command
}

/// `corpus` with these arguments, in `folder`.
fn run(folder: &TempDir, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

/// The same, of which the output and this exit code are expected.
fn told(folder: &TempDir, arguments: &[&str], code: i32) -> String {
    let output = run(folder, arguments);
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{text}{errors}");
    text
}

/// What it says on standard error when it cannot do its work.
fn refused(folder: &TempDir, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{errors}");
    errors
}

/// The files below `folder`, by their path.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(next) = pending.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).unwrap().to_string_lossy();
            files.insert(name.into_owned(), fs::read(&path).unwrap());
        }
    }
    files
}

/// Changes a text file.
fn edit(path: impl AsRef<Path>, change: impl FnOnce(String) -> String) {
    let text = fs::read_to_string(&path).unwrap();
    let changed = change(text.clone());
    assert_ne!(text, changed, "{}", path.as_ref().display());
    fs::write(path, changed).unwrap();
}

fn json(path: impl AsRef<Path>) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Writes down that this version recorded `mail`.
fn written_by(folder: &TempDir, version: &str) {
    let settings = folder.path().join("mail/expected/corpus.json");
    let mut value = json(&settings);
    value["written_by"] = Value::from(format!("sesauth {version}"));
    fs::write(settings, value.to_string()).unwrap();
}

/// A message of the folder `orders`.
const ORDER: &str = "orders/2026-06-11.eml";
