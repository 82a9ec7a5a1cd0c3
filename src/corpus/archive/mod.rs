//! The messages in tar and zip archives, one at a time. An archive is read on a thread of its own,
//! which waits until each message is taken, so that archives within archives, and mboxes in them, are
//! read where they are.

mod budget;
mod name;
mod tar;
mod walk;
mod zip;
mod zip_records;
mod zip_stream;

use std::collections::HashMap;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver};
use std::thread::JoinHandle;

use super::entry::{Entry, Load};
use super::expectation_path::place;
use super::passed_over::PassedOver;
use super::stream::{BUFFER, Octets, Stream};
use crate::message::Packing;
#[cfg(feature = "object-store")]
pub use name::Named;
pub use name::has_name_of_archive;
use walk::Walk;

/// How many octets of a packed archive show that it is one.
const PACKED_START: u64 = 1 << 20;

/// The form of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Zip,
    Tar,
    PackedTar(Packing),
}

/// Whether a file that begins so is an archive whose messages can be read.
pub fn is_archive(start: &[u8]) -> bool {
    let most = usize::try_from(PACKED_START).unwrap_or(usize::MAX);
    Form::of(&start[..start.len().min(most)]).is_some()
}

impl Form {
    /// The form, from the first octets; `None` if they are of no archive.
    pub fn of(start: &[u8]) -> Option<Self> {
        if zip::begins(start) {
            return Some(Self::Zip);
        }
        if tar::is_header(start) {
            return Some(Self::Tar);
        }
        let packing = Packing::of(start)?;
        let mut block = Vec::new();
        let unpacked = Stream::of(Some(packing), Box::new(start));
        // What is not there may be beyond the start.
        let _ = unpacked.take(tar::BLOCK as u64).read_to_end(&mut block);
        tar::is_header(&block).then_some(Self::PackedTar(packing))
    }

    /// How many octets show it.
    pub fn start(first: &[u8]) -> u64 {
        match Packing::of(first) {
            Some(_) => PACKED_START,
            None => tar::BLOCK as u64,
        }
    }
}

/// How an archive is read.
#[derive(Clone, Copy, Debug)]
pub struct How {
    /// The maximum number of octets of one message.
    pub limit: usize,
    /// Whether files of metadata are looked for.
    pub with_metadata: bool,
    /// Whether a message gets another name if one before it would have the same expectation.
    pub with_names_apart: bool,
}

/// What is found in an archive.
enum Item {
    Entry(Box<Entry>),
    /// At the end: what was not read.
    PassedOver(PassedOver),
}

/// An archive that is being read.
pub struct Archive {
    name: PathBuf,
    items: Receiver<Item>,
    thread: Option<JoinHandle<()>>,
    /// By the hash of the place of an expectation: how many messages there were for it. `None` if
    /// names may be the same.
    places: Option<HashMap<u64, usize>>,
}

impl Archive {
    /// Reads the archive in a file.
    pub fn of_file(path: PathBuf, form: Form, file: File, how: How) -> Self {
        Self::new(path, how, move |walk, path| walk.file(path, form, file))
    }

    /// Reads the archive in a stream.
    pub fn of_stream(name: PathBuf, form: Form, octets: Octets<'static>, how: How) -> Self {
        Self::new(name, how, move |walk, name| walk.stream(name, form, octets))
    }

    /// Reads the zip archive in a stream, which is put into a temporary file.
    pub fn of_zip_stream(name: PathBuf, octets: Octets<'static>, how: How) -> Self {
        Self::new(name, how, move |walk, name| walk.spooled_zip(name, octets))
    }

    fn new(
        name: PathBuf,
        how: How,
        read: impl FnOnce(&mut Walk, &Path) -> Result<(), walk::Stop> + Send + 'static,
    ) -> Self {
        // One is ready while another is judged.
        let (sender, items) = mpsc::sync_channel(1);
        let path = name.clone();
        let thread = std::thread::spawn(move || {
            let mut walk = Walk::new(sender, how);
            // It stops where nobody takes what it finds.
            let _ = read(&mut walk, &path).and_then(|()| walk.end());
        });
        Self {
            name,
            items,
            thread: Some(thread),
            places: how.with_names_apart.then(HashMap::new),
        }
    }

    /// The message under a name that none before it had, if that is wanted: an archive may have two
    /// members of one name.
    fn apart(&mut self, entry: Entry) -> Entry {
        let Some(places) = &mut self.places else {
            return entry;
        };
        let mut renamed = entry;
        loop {
            let mut hasher = DefaultHasher::new();
            place(&renamed.file, renamed.number).hash(&mut hasher);
            let count = places.entry(hasher.finish()).or_default();
            *count += 1;
            if *count == 1 {
                return renamed;
            }
            renamed = renamed.again(*count);
        }
    }

    /// The next message; at the end, `passed_over` is told what was not read.
    pub fn next(&mut self, passed_over: &mut PassedOver) -> Option<Entry> {
        loop {
            match self.items.recv() {
                Ok(Item::Entry(entry)) => return Some(self.apart(*entry)),
                Ok(Item::PassedOver(some)) => passed_over.add(&some),
                Err(_) => {
                    let is_broken = self.thread.take()?.join().is_err();
                    let why = "it made the program fail; please report it with the archive";
                    let failed = Load::Failed(why.into());
                    return is_broken.then(|| Entry::alone(self.name.clone(), failed));
                }
            }
        }
    }
}

/// The octets of a file.
fn octets(file: File) -> BufReader<File> {
    BufReader::with_capacity(BUFFER, file)
}
