//! Finds saved messages: files, folders, Maildirs, mboxes, archives, object stores, standard input.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::archive::{Archive, Form, How};
use super::beside::SideFile;
use super::entry::{Entry, Load};
use super::mail_file::{is_mail, is_one_message};
use super::passed_over::PassedOver;
#[cfg(feature = "object-store")]
use super::store::{Ahead, Stores};
use super::store::{Location, NOT_BUILT_IN, of_file_url};
use super::stream::{BUFFER, Begun, Octets, Stream, begins_mbox, begins_packed_mbox, start};
use crate::message::Packing;
use crate::message::mbox::{Mbox, Part};
#[cfg(feature = "object-store")]
use objects::Objects;

#[cfg(feature = "object-store")]
mod objects;

/// Finds all messages at some paths, in the order of the paths; within a folder, in the order of
/// the names.
///
/// In a folder, files count as mail if their name (`.eml`, `.emlx`, `.msg`, `.mbox`, also with `.gz` or
/// `.zst`) or their first line says so; in the `cur` and `new` folders of a Maildir, all files do.
/// Tar and zip archives are read like folders. A path from the caller is always read.
///
/// A path may be a URL: `file://`, and with `Reader::with_stores` `s3://`, `gs://` and `az://`. One
/// that ends with a slash stands for all objects whose keys begin so, in the order of the keys, of
/// which those are read that would be read as files of a folder.
///
/// Beside a message in a file of its own, a file of metadata is looked for.
///
/// A message that cannot be read is an [`Entry`] too, with [`Load::Failed`].
pub struct Reader {
    /// From the caller, as they come.
    given: Box<dyn Iterator<Item = PathBuf> + Send>,
    /// The paths that were found and have not been visited yet, last first.
    pending: Vec<Pending>,
    /// Objects that are fetched ahead.
    #[cfg(feature = "object-store")]
    objects: Option<Ahead>,
    open: Option<Open>,
    /// An archive that is being read.
    archive: Option<Archive>,
    /// The folders that were entered, so links cannot lead in circles.
    entered: HashSet<PathBuf>,
    /// Paths that are never mail.
    without: HashSet<PathBuf>,
    /// The maximum number of octets of one message.
    limit: usize,
    with_metadata: bool,
    with_names_apart: bool,
    /// Which messages are wanted, by name; all if there is nothing.
    wanted: Option<Wanted>,
    passed_over: PassedOver,
    left: Arc<AtomicUsize>,
    fault: Option<String>,
}

/// Whether a message of this name is wanted.
struct Wanted(Box<dyn FnMut(&str) -> bool + Send>);

enum Pending {
    /// From the caller.
    Given(PathBuf),
    /// Found in a folder.
    Found(PathBuf),
    /// Standard input.
    Stdin,
}

/// An mbox that is being read.
struct Open {
    file: PathBuf,
    mbox: Mbox<Begun<'static>>,
    number: usize,
}

impl Reader {
    /// Finds messages at `paths`, where `-` is standard input; each message may have at most
    /// `limit` octets.
    pub fn new(
        paths: impl IntoIterator<Item = PathBuf, IntoIter: Send + 'static>,
        limit: usize,
    ) -> Self {
        Self {
            given: Box::new(paths.into_iter()),
            pending: Vec::new(),
            #[cfg(feature = "object-store")]
            objects: None,
            open: None,
            archive: None,
            entered: HashSet::new(),
            without: HashSet::new(),
            limit,
            with_metadata: true,
            with_names_apart: false,
            wanted: None,
            passed_over: PassedOver::default(),
            left: Arc::default(),
            fault: None,
        }
    }

    /// Leaves out these files and folders, written as paths that start with a path from the caller.
    pub fn without(mut self, paths: impl IntoIterator<Item = PathBuf>) -> Self {
        self.without.extend(paths);
        self
    }

    /// Reads object stores too.
    #[cfg(feature = "object-store")]
    pub fn with_stores(mut self, stores: Arc<Stores>) -> Self {
        self.objects = Some(Ahead::new(stores));
        self
    }

    /// Looks for no metadata beside messages.
    pub fn ignore_metadata(&mut self) {
        self.with_metadata = false;
        #[cfg(feature = "object-store")]
        if let Some(objects) = &mut self.objects {
            objects.ignore_metadata();
        }
    }

    /// Why nothing more was read, where not all was: the credentials of an object store were refused,
    /// so that it would have refused all else.
    pub fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// Whether an object store has listed keys in no order, as some do. Its messages come in that
    /// order, and metadata beside them may have been missed.
    pub fn is_unordered(&self) -> bool {
        #[cfg(feature = "object-store")]
        return self
            .objects
            .as_ref()
            .is_some_and(|objects| objects.is_unordered);
        #[cfg(not(feature = "object-store"))]
        false
    }

    /// Gives messages of one name in an archive different names, as each has an expectation.
    pub(super) fn with_names_apart(mut self) -> Self {
        self.with_names_apart = true;
        self
    }

    /// Gives only the messages of which `wanted` says so, by their names.
    pub fn only(mut self, wanted: impl FnMut(&str) -> bool + Send + 'static) -> Self {
        self.wanted = Some(Wanted(Box::new(wanted)));
        self
    }

    /// What was not read.
    pub fn passed_over(&self) -> PassedOver {
        self.passed_over
    }

    /// How many known paths have not been visited yet; the number changes as folders are entered.
    pub fn left(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.left)
    }

    fn of_open(&mut self) -> Option<Entry> {
        let open = self.open.as_mut()?;
        let Some(part) = open.mbox.next() else {
            let mut open = self.open.take()?;
            let behind = open.mbox.stream().get_mut().1.behind()?;
            return Some(Entry::alone(open.file, Load::Failed(behind)));
        };
        open.number += 1;
        let load = match part {
            Ok(Part::Message(bytes)) => Load::Bytes(bytes),
            Ok(Part::TooLarge(length)) => Load::too_large(length, self.limit),
            Err(error) => {
                let why = open.mbox.stream().get_ref().1.why(&error);
                Load::Failed(format!("the message cannot be read to its end: {why}"))
            }
        };
        Some(Entry::numbered(open.file.clone(), open.number, load))
    }

    fn of_archive(&mut self) -> Option<Entry> {
        let next = self.archive.as_mut()?.next(&mut self.passed_over);
        if next.is_none() {
            self.archive = None;
        }
        next
    }

    /// Begins to read an archive.
    fn archive(&mut self, archive: Archive) -> Option<Entry> {
        self.archive = Some(archive);
        self.of_archive()
    }

    fn how(&self) -> How {
        How {
            limit: self.limit,
            with_metadata: self.with_metadata,
            with_names_apart: self.with_names_apart,
        }
    }

    /// The next path that was found or given.
    fn next_pending(&mut self) -> Option<Pending> {
        let pending = self.pending.pop().or_else(|| self.next_given())?;
        let left = self.pending.len() + self.given.size_hint().0;
        self.left.store(left, Ordering::Relaxed);
        Some(pending)
    }

    fn next_given(&mut self) -> Option<Pending> {
        let path = self.given.next()?;
        Some(match path == Path::new("-") {
            true => Pending::Stdin,
            false => Pending::Given(path),
        })
    }

    fn look_at(&mut self, pending: Pending) -> Option<Entry> {
        match pending {
            Pending::Stdin => {
                let stdin = BufReader::with_capacity(BUFFER, io::stdin());
                self.stream("-".into(), Box::new(stdin))
            }
            Pending::Given(path) => self.given(path),
            Pending::Found(path) => self.found(path),
        }
    }

    fn given(&mut self, path: PathBuf) -> Option<Entry> {
        match of_file_url(&path) {
            Some(Ok(path)) => return self.given(path),
            Some(Err(why)) => return Some(Entry::alone(path, Load::Failed(why))),
            None => (),
        }
        if let Some(at) = Location::parse(&path) {
            let why = at.err().unwrap_or_else(|| NOT_BUILT_IN.into());
            return Some(Entry::alone(path, Load::Failed(why)));
        }
        match fs::metadata(&path) {
            Err(error) => Some(match archive_around(&path) {
                Some(archive) => Entry::alone(path, Load::Failed(within_archive(&archive))),
                None => Entry::failed(path, &error),
            }),
            Ok(metadata) if metadata.is_dir() => self.folder(&path),
            Ok(metadata) if metadata.is_file() => self.file(path),
            Ok(_) => match File::open(&path) {
                // A pipe that the caller names is read.
                Ok(file) => self.stream(path, Box::new(BufReader::with_capacity(BUFFER, file))),
                Err(error) => Some(Entry::failed(path, &error)),
            },
        }
    }

    fn found(&mut self, path: PathBuf) -> Option<Entry> {
        match fs::metadata(&path) {
            Err(error) => Some(Entry::failed(path, &error)),
            Ok(metadata) if metadata.is_dir() => self.folder(&path),
            Ok(metadata) if !metadata.is_file() => {
                self.passed_over.not_mail += 1;
                None
            }
            Ok(_) if is_mail(&path) => self.file(path),
            Ok(_) => {
                self.passed_over.not_mail += 1;
                None
            }
        }
    }

    /// Replaces a folder by its contents.
    fn folder(&mut self, path: &Path) -> Option<Entry> {
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if !self.entered.insert(real) {
            return None;
        }
        let entries = fs::read_dir(path).and_then(|entries| {
            let paths = entries.map(|entry| entry.map(|entry| entry.path()));
            paths.collect::<io::Result<Vec<PathBuf>>>()
        });
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => return Some(Entry::failed(path.to_owned(), &error)),
        };
        let is_maildir = entries.iter().any(|entry| entry.ends_with("cur"));
        entries.retain(|entry| {
            let name = entry.file_name().unwrap_or_default().to_string_lossy();
            let is_unfinished = is_maildir && name == "tmp";
            let is_hidden = name.starts_with('.') && !entry.join("cur").is_dir();
            !is_unfinished && !is_hidden && !self.without.contains(entry)
        });
        entries.sort_unstable_by(|a, b| b.cmp(a));
        self.pending.extend(entries.into_iter().map(Pending::Found));
        None
    }

    /// Reads a file that is mail: one message, an mbox, or an archive.
    fn file(&mut self, path: PathBuf) -> Option<Entry> {
        if is_one_message(&path) {
            return Some(self.alone(path));
        }
        let opened = File::open(&path).and_then(|file| {
            let mut file = BufReader::with_capacity(BUFFER, file);
            let most = Form::start(file.fill_buf()?);
            let start = start(&mut file, most)?;
            Ok((start, file))
        });
        let (start, file) = match opened {
            Ok(opened) => opened,
            Err(error) => return Some(Entry::failed(path, &error)),
        };
        if let Some(form) = Form::of(&start) {
            return match File::open(&path) {
                Ok(file) => self.archive(Archive::of_file(path, form, file, self.how())),
                Err(error) => Some(Entry::failed(path, &error)),
            };
        }
        let packing = Packing::of(&start);
        let octets = Box::new(Cursor::new(start).chain(file));
        match begins_mbox(Stream::of(packing, octets)) {
            Ok((true, begun)) => self.mbox(path, begun),
            _ => Some(self.alone(path)),
        }
    }

    /// The only message of a file, which has not been read yet.
    fn alone(&self, path: PathBuf) -> Entry {
        let metadata = match self.with_metadata {
            true => SideFile::Of(path.clone()),
            false => SideFile::Nothing,
        };
        Entry {
            metadata,
            ..Entry::alone(path.clone(), Load::File(path))
        }
    }

    /// Reads an mbox.
    fn mbox(&mut self, file: PathBuf, begun: Begun<'static>) -> Option<Entry> {
        self.open = Some(Open {
            file,
            mbox: Mbox::new(begun, self.limit),
            number: 0,
        });
        self.of_open()
    }

    /// Reads a stream: an mbox, an archive, or one message.
    fn stream(&mut self, path: PathBuf, mut octets: Octets<'static>) -> Option<Entry> {
        let started = octets
            .fill_buf()
            .map(Form::start)
            .and_then(|most| start(&mut octets, most));
        let start = match started {
            Ok(start) => start,
            Err(error) => return Some(Entry::failed(path, &error)),
        };
        let form = Form::of(&start);
        let octets = Box::new(Cursor::new(start).chain(octets));
        match form {
            // Its directory is better than what stands before each member.
            Some(Form::Zip) if Location::parse(&path).is_some() => {
                return self.archive(Archive::of_zip_stream(path, octets, self.how()));
            }
            Some(form) => {
                return self.archive(Archive::of_stream(path, form, octets, self.how()));
            }
            None => (),
        }
        let (is_mbox, begun) = match begins_packed_mbox(octets) {
            Ok(begun) => begun,
            Err(error) => return Some(Entry::failed(path, &error)),
        };
        if is_mbox {
            return self.mbox(path, begun);
        }
        Some(self.only_message(path, begun))
    }

    /// The one message that a stream is.
    fn only_message(&self, path: PathBuf, octets: impl Read) -> Entry {
        let mut bytes = Vec::new();
        let most = (self.limit as u64).saturating_add(1);
        match octets.take(most).read_to_end(&mut bytes) {
            Ok(_) => Entry::alone(path, Load::Bytes(bytes)),
            Err(error) => Entry::failed(path, &error),
        }
    }

    fn next_of_all(&mut self) -> Option<Entry> {
        loop {
            if let Some(entry) = self.of_open().or_else(|| self.of_archive()) {
                return Some(entry);
            }
            #[cfg(feature = "object-store")]
            match self.of_objects() {
                Objects::None => (),
                Objects::Stopped => return None,
                Objects::Next(object) => match self.object(*object) {
                    None if self.fault.is_some() => return None,
                    None => continue,
                    entry => return entry,
                },
            }
            let pending = self.next_pending()?;
            if let Some(entry) = self.look_at(pending) {
                return Some(entry);
            }
        }
    }
}

impl Iterator for Reader {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        loop {
            if self.fault.is_some() {
                return None;
            }
            let entry = self.next_of_all()?;
            let wanted = self.wanted.as_mut();
            if wanted.is_none_or(|wanted| (wanted.0)(&entry.name)) || is_of_prefix(&entry) {
                return Some(entry);
            }
            self.passed_over.unwanted += 1;
        }
    }
}

/// Whether it says that objects cannot be listed: what they are is not known, so they may be wanted.
fn is_of_prefix(entry: &Entry) -> bool {
    matches!(entry.load, Load::Failed(_))
        && matches!(Location::parse(&entry.file), Some(Ok(at)) if at.is_prefix())
}

/// The file in which a path that does not exist would be, were it a folder.
fn archive_around(path: &Path) -> Option<PathBuf> {
    let around = path.ancestors().skip(1).find(|path| path.exists())?;
    around.is_file().then(|| around.to_owned())
}

fn within_archive(archive: &Path) -> String {
    let archive = archive.display();
    format!(
        "{archive} is a file: a message in an archive cannot be given by its name; give {archive}"
    )
}
