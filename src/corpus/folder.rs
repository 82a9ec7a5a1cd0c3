//! A folder of saved messages with the DNS they need and what is expected of them.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::difference::is_expectation;
use super::expectation_path::{self, is_place, place};
use super::reader::{Entry, Reader};
use super::replace::{is_unfinished, replace};

/// A corpus: messages in every form that [`Reader`] finds, `dns.jsonl` with the answers they need,
/// and `expected` with an expectation for each of them.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The corpus in the folder `root`, whatever is there yet.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// The recording of DNS.
    pub fn snapshot(&self) -> PathBuf {
        self.root.join("dns.jsonl")
    }

    /// How all messages were judged.
    pub fn settings(&self) -> PathBuf {
        self.expected().join(expectation_path::SETTINGS)
    }

    /// The file of the expectation at `place`.
    pub fn file(&self, place: &str) -> PathBuf {
        self.expected().join(place)
    }

    /// Finds the messages, of which none may have more than `limit` octets.
    pub fn reader(&self, limit: usize) -> Reader {
        Reader::new([self.root.clone()], limit).without([self.expected(), self.snapshot()])
    }

    /// What a message is called within the corpus.
    pub fn name(&self, entry: &Entry) -> String {
        let parts = self.within(&entry.file).components();
        let parts: Vec<_> = parts
            .map(|part| part.as_os_str().to_string_lossy())
            .collect();
        match entry.number {
            Some(number) => format!("{}#{number}", parts.join("/")),
            None => parts.join("/"),
        }
    }

    /// Where the expectation of a message belongs.
    pub fn place(&self, entry: &Entry) -> String {
        place(self.within(&entry.file), entry.number)
    }

    /// What the message at a place is called, where it is there no more.
    pub fn name_of_place(&self, place: &str) -> String {
        expectation_path::name(place, |path| self.root.join(path).is_dir())
    }

    /// The places of all expectations that are there, in order.
    pub fn places(&self) -> io::Result<BTreeSet<String>> {
        let mut places = BTreeSet::new();
        self.walk(|_, within| {
            if is_place(within) {
                places.insert(within.to_owned());
            }
            Ok(())
        })?;
        Ok(places)
    }

    /// Whether an expectation is at `place`, and not a file of somebody else's.
    pub fn holds(&self, place: &str) -> bool {
        fs::read(self.file(place)).is_ok_and(|text| is_expectation(&text))
    }

    /// Removes what an interrupted run left behind.
    pub fn sweep(&self) -> io::Result<()> {
        let sweep = |path: &Path| match path.file_name().and_then(|name| name.to_str()) {
            Some(name) if is_unfinished(name) => fs::remove_file(path),
            _ => Ok(()),
        };
        for entry in fs::read_dir(&self.root)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                sweep(&entry.path())?;
            }
        }
        self.walk(|path, _| sweep(path))
    }

    /// Saves an expectation, or leaves it where it is the same; says which.
    pub fn write(&self, place: &str, bytes: &[u8]) -> io::Result<Saved> {
        let file = self.file(place);
        let old = fs::read(&file);
        if old.as_ref().is_ok_and(|old| old == bytes) {
            return Ok(Saved::Unchanged);
        }
        self.keeps_within(&file)?;
        let saved = match old {
            Ok(_) => Saved::Changed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if let Some(folder) = file.parent() {
                    fs::create_dir_all(folder)?;
                }
                Saved::New
            }
            Err(error) => return Err(error),
        };
        replace(&file, |out: &mut dyn Write| out.write_all(bytes))?;
        Ok(saved)
    }

    /// Refuses to write where a link leads: that may be anywhere.
    fn keeps_within(&self, file: &Path) -> io::Result<()> {
        let expected = self.expected();
        let folders = file.ancestors().skip(1);
        for folder in folders.take_while(|folder| **folder != *expected) {
            let is_link = fs::symlink_metadata(folder).is_ok_and(|it| it.is_symlink());
            if is_link {
                let folder = folder.display();
                let why = format!("{folder} is a link; make a folder of it, or remove it");
                return Err(io::Error::other(why));
            }
        }
        Ok(())
    }

    /// Removes an expectation, and its folder when that was the last one there.
    pub fn remove(&self, place: &str) -> io::Result<()> {
        let file = self.file(place);
        fs::remove_file(&file)?;
        let expected = self.expected();
        let folders = file.ancestors().skip(1);
        for folder in folders.take_while(|folder| **folder != *expected) {
            // It fails where something is left in it.
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
        Ok(())
    }

    fn expected(&self) -> PathBuf {
        self.root.join("expected")
    }

    fn within<'p>(&self, path: &'p Path) -> &'p Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }

    /// Gives every file in `expected` to `see`, with its path there; links are not followed.
    fn walk(&self, mut see: impl FnMut(&Path, &str) -> io::Result<()>) -> io::Result<()> {
        let mut pending = vec![(self.expected(), String::new())];
        while let Some((folder, within)) = pending.pop() {
            let entries = match fs::read_dir(&folder) {
                Err(error) if within.is_empty() && error.kind() == io::ErrorKind::NotFound => {
                    return Ok(());
                }
                entries => entries?,
            };
            for entry in entries {
                let entry = entry?;
                // All names there are text; others are none of ours.
                let Ok(name) = entry.file_name().into_string() else {
                    continue;
                };
                let within = match within.as_str() {
                    "" => name,
                    within => format!("{within}/{name}"),
                };
                let kind = entry.file_type()?;
                if kind.is_dir() {
                    pending.push((entry.path(), within));
                } else if kind.is_file() {
                    see(&entry.path(), &within)?;
                }
            }
        }
        Ok(())
    }
}

/// What became of an expectation that was saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// There was none.
    New,
    /// There was another.
    Changed,
    /// It was there already.
    Unchanged,
}
