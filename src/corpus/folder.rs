//! A folder of saved messages with the DNS answers they need and their expectations.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::difference::is_expectation;
use super::entry::Entry;
use super::expectation_path::{self, is_place, place};
use super::hold::{Held, hold};
use super::reader::Reader;
use super::replace::{check_replaceable, replace, sweep};

/// A corpus: messages in any form that [`Reader`] finds, `dns.jsonl` with the DNS answers they
/// need, and `expected` with an expectation for each message.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The corpus in the folder `root`; nothing needs to exist yet.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// The path of the DNS recording.
    pub fn snapshot(&self) -> PathBuf {
        self.root.join("dns.jsonl")
    }

    /// The path of the settings: how the messages were judged.
    pub fn settings(&self) -> PathBuf {
        self.expected().join(expectation_path::SETTINGS)
    }

    /// The path of the expectation at `place`.
    pub fn file(&self, place: &str) -> PathBuf {
        self.expected().join(place)
    }

    /// A reader of the messages; each may have at most `limit` octets.
    pub fn reader(&self, limit: usize) -> Reader {
        let reader = Reader::new([self.root.clone()], limit).with_names_apart();
        reader.without([self.expected(), self.snapshot()])
    }

    /// The name of a message within the corpus.
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

    /// The place of the expectation of a message.
    pub fn place(&self, entry: &Entry) -> String {
        place(self.within(&entry.file), entry.number)
    }

    /// The name of the message whose expectation is at `place`, if the message no longer exists.
    pub fn name_of_place(&self, place: &str) -> String {
        expectation_path::name(place, |path| self.root.join(path).is_dir())
    }

    /// The places of all existing expectations, in order.
    ///
    /// # Errors
    ///
    /// If a folder cannot be read.
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

    /// Whether there is an expectation at `place`, not another file.
    pub fn holds(&self, place: &str) -> bool {
        fs::read(self.file(place)).is_ok_and(|text| is_expectation(&text))
    }

    /// Keeps other runs from writing to the corpus until what is returned is dropped; calls `wait`
    /// if it has to wait for one. Two runs at once would lose answers of each other.
    ///
    /// # Errors
    ///
    /// If something other than a regular file is where the recording or the settings are kept, or
    /// `expected` is a link.
    pub fn hold(&self, wait: impl FnOnce()) -> io::Result<Held> {
        let settings = self.settings();
        self.keeps_within(&settings)?;
        for file in [self.snapshot(), settings] {
            check_replaceable(&file)
                .map_err(|error| io::Error::other(format!("{}: {error}", file.display())))?;
        }
        hold(&self.root, wait)
    }

    /// Removes unfinished files of an interrupted run.
    ///
    /// # Errors
    ///
    /// If a folder cannot be read or a file cannot be removed.
    pub fn sweep(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.root)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                sweep(&entry.path())?;
            }
        }
        self.walk(|path, _| sweep(path))
    }

    /// Saves the settings, unless they are unchanged.
    ///
    /// # Errors
    ///
    /// As those of [`write`](Self::write).
    pub fn write_settings(&self, bytes: &[u8]) -> io::Result<Saved> {
        self.write(expectation_path::SETTINGS, bytes)
    }

    /// Saves an expectation, unless it is unchanged; returns what was done.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or written, or it or a folder on its path is a link.
    pub fn write(&self, place: &str, bytes: &[u8]) -> io::Result<Saved> {
        let file = self.file(place);
        self.keeps_within(&file)?;
        check_replaceable(&file)?;
        let old = fs::read(&file);
        if old.as_ref().is_ok_and(|old| old == bytes) {
            return Ok(Saved::Unchanged);
        }
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

    /// Refuses to write through a link, which may lead anywhere.
    fn keeps_within(&self, file: &Path) -> io::Result<()> {
        let folders = file.ancestors().skip(1);
        for folder in folders.take_while(|folder| **folder != *self.root) {
            let is_link = fs::symlink_metadata(folder).is_ok_and(|it| it.is_symlink());
            if is_link {
                let folder = folder.display();
                let why = format!("{folder} is a link; make a folder of it, or remove it");
                return Err(io::Error::other(why));
            }
        }
        Ok(())
    }

    /// Removes an expectation, and its folder if that is then empty.
    ///
    /// # Errors
    ///
    /// If the file cannot be removed.
    pub fn remove(&self, place: &str) -> io::Result<()> {
        let file = self.file(place);
        fs::remove_file(&file)?;
        let expected = self.expected();
        let folders = file.ancestors().skip(1);
        for folder in folders.take_while(|folder| **folder != *expected) {
            // This fails if the folder is not empty.
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

    /// Calls `see` for every file in `expected`, with its path there; links are not followed.
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
                // All our names are text, so others are not ours.
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

/// What saving an expectation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// There was no file.
    New,
    /// The file was replaced.
    Changed,
    /// The file was the same already.
    Unchanged,
}
